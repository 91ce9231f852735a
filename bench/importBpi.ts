/** Imports BPI 2012 (XES.gz) into a prepared log, the whole way that a reader's import takes, beside a plain scan of the text. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { readLoad } from '#features/imports/data/loads.ts'
import { loadAndWait } from '#features/imports/mutations/loadFile.ts'
import { undoLoad } from '#features/imports/mutations/undo.ts'
import { sharedData } from '#lib/sharedData.ts'
import { openTestHome } from '#server/testing.ts'
import { readMapping } from '#warehouse/import/mapping.ts'

const path = sharedData('process/bpi2012.xes.gz')
if (!path) {
  console.log('skipped: shared/data/process/bpi2012.xes.gz is absent')
  process.exit(0)
}
const map = readMapping(JSON.parse(await readFile(new URL('../demo/maps/bpi2012.json', import.meta.url), 'utf8')))
if (!map.ok) throw new Error(JSON.stringify(map))
const bytes = await readFile(path)
const hash = createHash('sha256').update(bytes).digest('hex')
const text = gunzipSync(bytes).toString('latin1')

function plainScan(): number {
  let events = 0
  for (let at = text.indexOf('<event>'); at >= 0; at = text.indexOf('<event>', at + 7)) events++
  let sum = 0
  for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) | 0
  return events + (sum & 0)
}

const home = await openTestHome()
const runs = Number(process.argv[2] ?? 5)
const times: { scan: number; load: number }[] = []
for (let run = 0; run < runs; run++) {
  let start = performance.now()
  plainScan()
  const scan = performance.now() - start
  start = performance.now()
  const id = await loadAndWait(home.services, home.operator, { path, fileName: 'bpi2012.xes.gz', hash }, map.value)
  const load = performance.now() - start
  const done = await readLoad(home.services, home.operator, id)
  if (done?.state !== 'done' || done.rows.new !== 262_200) throw new Error(JSON.stringify(done))
  times.push({ scan, load })
  await undoLoad(home.services, home.operator, id)
}
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
const scan = median(times.map((time) => time.scan))
const load = median(times.map((time) => time.load))
console.log(
  `BPI 2012, 262,200 events: import ${load.toFixed(0)} ms, plain scan of the text ${scan.toFixed(0)} ms, ratio ${(load / scan).toFixed(1)}; all: ${times.map((time) => time.load.toFixed(0)).join(' ')} ms`,
)
await home.close()
process.exit(0)
