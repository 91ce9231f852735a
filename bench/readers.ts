/**
 * Reading BPI 2012 (XES.gz, 262,200 events) into staging tables, beside a plain scan of the unzipped text, in one run.
 * node bench/readers.ts [--json]
 */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { sharedData } from '#lib/sharedData.ts'
import { readInto } from '#warehouse/import/readers/readInto.ts'

const runs = 7
const path = sharedData('process/bpi2012.xes.gz')
if (!path) {
  console.log('skipped: the shared data folder is absent')
  process.exit(0)
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
let rows = 0
const read = () =>
  timed(async () => {
    const result = await readInto(connection, path)
    if (!result.ok) throw new Error(result.reason)
    rows = result.value.rows
  })

const readFirst = await read()
const text = gunzipSync(await readFile(path)).toString('utf8')
const scan = () =>
  timed(() => {
    let tags = 0
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 60) tags++
    return tags
  })
const scans: number[] = []
const reads: number[] = []
for (let i = 0; i < runs; i++) {
  scans.push(await scan())
  reads.push(await read())
}
connection.closeSync()
instance.closeSync()

const result = {
  events: rows,
  megabytes: Math.round(text.length / 1e6),
  readFirstMs: Math.round(readFirst),
  readMs: Math.round(median(reads)),
  scanMs: Math.round(median(scans)),
  ratio: Number((median(reads) / median(scans)).toFixed(2)),
}
if (process.argv.includes('--json')) console.log(JSON.stringify(result))
else {
  console.log(`${result.events} events, ${result.megabytes} MB of XES`)
  console.log(`read into DuckDB: ${result.readMs} ms (first ${result.readFirstMs} ms), median of ${runs}`)
  console.log(`plain scan of the text in memory: ${result.scanMs} ms; ratio ${result.ratio}`)
}
