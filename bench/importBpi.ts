/**
 * Imports BPI 2012 (XES.gz) into a prepared log, the whole way that a reader's import takes, in a home on disk, beside a
 * plain scan of the text and beside r4pm, which reads the file into memory (where bench/peers/r4pm.sh was run).
 * node bench/importBpi.ts [runs]
 */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { scopeOfOperator } from '#access/mint.ts'
import { undoLoad } from '#features/imports/mutations/undo.ts'
import { sharedData } from '#lib/sharedData.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { hashOf, importWhole, withHome } from './home.ts'
import { machine, quantileOf } from './machine.ts'
import { r4pmReader } from './peers/r4pm.ts'

const path = sharedData('process/bpi2012.xes.gz')
if (!path) {
  console.log('skipped: shared/data/process/bpi2012.xes.gz is absent')
  process.exit(0)
}
const map = readMapping(JSON.parse(await readFile(new URL('../demo/maps/bpi2012.json', import.meta.url), 'utf8')))
if (!map.ok) throw new Error(JSON.stringify(map))
const file = { path, fileName: 'bpi2012.xes.gz', hash: await hashOf(path) }
const mapping = map.value
const text = gunzipSync(await readFile(path)).toString('latin1')

function plainScan(): number {
  let events = 0
  for (let at = text.indexOf('<event>'); at >= 0; at = text.indexOf('<event>', at + 7)) events++
  let sum = 0
  for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) | 0
  return events + (sum & 0)
}

const runs = Number(process.argv[2] ?? 5)
const times: { scan: number; load: number; peer: number }[] = []
const peer = await r4pmReader(path)
await peer?.read()
console.log(machine())
await withHome(async (services) => {
  for (let run = 0; run < runs; run++) {
    const other = (await peer?.read()) ?? Number.NaN
    let start = performance.now()
    plainScan()
    const scan = performance.now() - start
    start = performance.now()
    const id = await importWhole(services, file, mapping, 262_200)
    times.push({ scan, load: performance.now() - start, peer: other })
    await undoLoad(services, scopeOfOperator(), id)
  }
})
peer?.close()
const median = (of: 'scan' | 'load' | 'peer') =>
  quantileOf(
    times.map((time) => time[of]),
    0.5,
  )
const [scan, load, read] = [median('scan'), median('load'), median('peer')]
const beside = peer
  ? `r4pm reads the file into memory in ${read.toFixed(0)} ms, ratio ${(load / read).toFixed(2)}`
  : 'r4pm is not installed (bench/peers/r4pm.sh)'
console.log(
  `BPI 2012, 262,200 events: import ${load.toFixed(0)} ms, plain scan of the text ${scan.toFixed(0)} ms, ratio ${(load / scan).toFixed(1)}; ${beside}; all: ${times.map((time) => time.load.toFixed(0)).join(' ')} ms; ${machine()}`,
)
process.exit(0)
