/**
 * Takes interactions in over HTTP, in batches of 1,000, each acknowledged only when durable in the Store on disk; the
 * mover works at the same time. Usage: node bench/ingest.ts [batches] [callers]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHome } from '#server/open.ts'
import { startServer } from '#server/start.ts'
import { homePaths } from '#store/home.ts'
import { batchOf, batchSize, insertUnit, send } from './intakeBatches.ts'
import { quantileOf } from './machine.ts'

const batches = Number(process.argv[2] ?? 200)
const callers = Number(process.argv[3] ?? 4)

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-ingest-'))
const opened = await openHome({ folder, kind: 'real' })
if (!opened.ok) throw new Error(opened.reason)
const { services } = opened.value
await services.store.query(insertUnit)
const server = await startServer({ home: opened.value, port: 0 })
const { secret } = JSON.parse(await readFile(homePaths(folder).token, 'utf8')) as { secret: string }

const bodies = Array.from({ length: batches }, (_, b) => batchOf(b, Date.UTC(2026, 0, 1), 1_000))
const latencies: number[] = []
let next = 0
async function caller() {
  for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
    latencies.push(await send({ address: server.address, secret }, body))
}
const start = performance.now()
await Promise.all(Array.from({ length: callers }, caller))
const seconds = (performance.now() - start) / 1000
const p = (q: number) => quantileOf(latencies, q).toFixed(0)
console.log(
  `${cpus().length} cores, ${services.store.kind}: ${batches} batches of ${batchSize} by ${callers} callers: ${((batches * batchSize) / seconds).toFixed(0)} interactions/s durable; a batch p50 ${p(0.5)} ms, p95 ${p(0.95)} ms`,
)
const moving = performance.now()
for (;;) {
  const [row] = await services.store.query<{ n: number }>(
    'select count(*) as n from intake_batches where moved_at is null',
  )
  if (row?.n === 0) break
  await new Promise((resolve) => setTimeout(resolve, 200))
}
console.log(`all in the warehouse ${((performance.now() - moving) / 1000).toFixed(1)} s after the last answer`)
await server.close()
await rm(folder, { recursive: true, force: true })
process.exit(0)
