/**
 * The overview's data at 200,000 customers and 10 M interactions over two years, while one writer loads interactions
 * without pause. Each reading asks for another metric, unit and period, so that no answer comes from the cache.
 * node bench/overview.ts [interactions] [customers] [readings]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scopeOfOperator } from '#access/mint.ts'
import { overview } from '#features/experience/data.ts'
import { addDays } from '#lib/time.ts'
import { openHome } from '#server/open.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { metricIds } from '#warehouse/metrics.ts'
import { loadAddingUp } from '#warehouse/rollups/adding.ts'
import { rebuildRollups, refreshRollups } from '#warehouse/rollups/making.ts'
import { branches, lastDay, makeModel, rowsOf } from './bank.ts'
import { machine, quantileOf, timed } from './machine.ts'

const [interactions = 10_000_000, customers = 200_000, readings = 60] = process.argv.slice(2).map(Number)

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-overview-'))
const opened = await openHome({ folder, kind: 'real' })
if (!opened.ok) throw new Error(opened.reason)
const { services } = opened.value
services.clock = () => new Date(`${lastDay}T15:00:00Z`)
const { warehouse, home } = services
await makeModel(services)
const sizes: [FactKind, number][] = [
  ['interactions', interactions],
  ['tickets', interactions / 10],
  ['responses', interactions / 10],
  ['complaints', interactions / 500],
]
let loadId = 0
/** `adding`: as intake is moved. */
const load = (kind: FactKind, query: string, source: string, adding: boolean) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as ${query}`)
    await write(async (writer) => {
      const target = { loadId: ++loadId, source, timeZone: home.timeZone }
      if (!adding) return void (await loadFacts(writer, kind, target, 'staged'))
      await loadAddingUp(writer, kind, target, 'staged')
      await refreshRollups(writer, { episodes: 'later' })
    })
  })
console.log(machine())
const loaded = await timed(async () => {
  for (const [kind, count] of sizes) await load(kind, rowsOf(kind, Math.floor(count), customers), 'bench', false)
})
const rolled = await timed(() => warehouse.write((writer) => rebuildRollups(writer)))
await warehouse.write((writer) =>
  refreshDimensions(writer, {
    units: branches.map((id, i) => ({ unit_id: id, name: id, level: 'branch', path: `/hq/p${i % 4}/${id}/` })),
    touchpoints: Array.from({ length: 24 }, (_, i) => ({ touchpoint_id: `t${i}`, position: i })),
  }),
)
console.log(`${interactions} interactions: load ${loaded.ms.toFixed(0)} ms, all rollups ${rolled.ms.toFixed(0)} ms`)

let stop = false
let written = 0
const writer = (async () => {
  while (!stop)
    // What comes in as it happens is of today.
    await load(
      'interactions',
      rowsOf('interactions', 1000, customers, interactions + 1000 * written++, [lastDay, 1]),
      'intake',
      true,
    )
})()
const scope = scopeOfOperator()
const times: number[] = []
for (let i = 0; i < readings; i++) {
  const to = addDays(lastDay, -(i % 30))
  const unit = i % 3 === 0 ? undefined : i % 3 === 1 ? `p${i % 4}` : branches[i % 60]
  const { ms, value } = await timed(() =>
    overview(services, scope, { metric: metricIds[i % 8]!, unit, from: addDays(to, -89), to, compare: 'previous' }),
  )
  if (!value.ok) throw new Error(JSON.stringify(value))
  times.push(ms)
}
stop = true
await writer
console.log(
  `overview: median ${quantileOf(times, 0.5).toFixed(0)} ms, p95 ${quantileOf(times, 0.95).toFixed(0)} ms over ${readings} readings, while ${written} batches of 1,000 were loaded with their rollups; ${machine()}`,
)
await opened.value.close()
await rm(folder, { recursive: true, force: true })
process.exit(0)
