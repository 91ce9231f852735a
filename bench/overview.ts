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
import type { Services } from '#features/services.ts'
import { addDays } from '#lib/time.ts'
import { openHome } from '#server/open.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { metricIds } from '#warehouse/metrics.ts'
import { rebuildRollups, refreshRollups } from '#warehouse/rollups.ts'
import { machine, quantileOf, timed } from './machine.ts'

const [interactions = 10_000_000, customers = 200_000, readings = 60] = process.argv.slice(2).map(Number)
const days = 730
const firstDay = '2024-07-01'
const lastDay = addDays(firstDay, days - 1)
const branches = Array.from({ length: 60 }, (_, i) => `b${i}`)

async function makeModel({ store }: Services): Promise<void> {
  const unit = (id: string, level: string, parent: string | null, path: string) =>
    store.query(
      'insert into units (id, code, name, level, kind, parent_id, path) values ($1, $1, $1, $2, $3, $4, $5)',
      [id, level, level === 'branch' ? 'branch' : 'administration', parent, path],
    )
  await unit('hq', 'head_office', null, '/hq/')
  for (let p = 0; p < 4; p++) await unit(`p${p}`, 'province', 'hq', `/hq/p${p}/`)
  for (const [i, id] of branches.entries()) await unit(id, 'branch', `p${i % 4}`, `/hq/p${i % 4}/${id}/`)
  for (let j = 0; j < 4; j++) {
    await store.query('insert into journeys (id, name, name_en, position) values ($1, $1, $1, $2)', [`j${j}`, j])
    for (let s = 0; s < 3; s++) {
      const phase = ['before', 'during', 'after'][s] as string
      await store.query(
        'insert into stages (id, journey_id, name, name_en, phase, position) values ($1, $2, $1, $1, $3, $4)',
        [`s${j}${s}`, `j${j}`, phase, s],
      )
      for (let t = 0; t < 2; t++)
        await store.query(
          `insert into touchpoints (id, stage_id, name, name_en, facet, channel, position) values ($1, $2, $1, $1, 'service', 'app', $3)`,
          [`t${j * 6 + s * 2 + t}`, `s${j}${s}`, t],
        )
    }
  }
}

/** Rows of one kind, the same at every run, spread over the days, units, touchpoints and customers. */
const rowsOf = (kind: FactKind, count: number, from = 0, [start, span] = [firstDay, days]): string => {
  const context = `i as source_id, 'b' || hash(i, 1) % 60 as unit_id, 't' || hash(i, 2) % 24 as touchpoint_id,
    1 + hash(i, 3) % ${customers} as customer_key, (['app', 'branch', 'phone', 'wechat'])[1 + cast(hash(i, 2) % 4 as integer)] as channel,
    (['mass', 'gold', 'private'])[1 + cast(hash(i, 3) % 3 as integer)] as segment,
    timestamp '${start}' + to_milliseconds(cast((i - ${from}) * ${(span * 86_400_000) / count} as bigint)) as start_at`
  const own: Partial<Record<FactKind, string>> = {
    interactions: `'intent ' || hash(i, 4) % 12 as intent, hash(i, 5) % 900 as wait_seconds, hash(i, 6) % 1200 as duration_seconds,
      case when hash(i, 7) % 20 = 0 then 'failure' else 'success' end as outcome`,
    tickets: `true as queued, hash(i, 5) % 2400 as wait_seconds, hash(i, 6) % 900 as service_seconds, 'served' as outcome`,
    responses: `(['nps', 'csat', 'ces'])[1 + cast(hash(i, 4) % 3 as integer)] as metric, 1 + hash(i, 5) % 5 as score`,
    complaints: `'service' as category_reason`,
  }
  return `select ${context}, ${own[kind]} from (select i + ${from} as i from range(${count}) r(i))`
}

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
const load = (kind: FactKind, query: string, source: string, refresh: boolean) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as ${query}`)
    await write(async (writer) => {
      await loadFacts(writer, kind, { loadId: ++loadId, source, timeZone: home.timeZone }, 'staged')
      if (refresh) await refreshRollups(writer, undefined, { episodes: 'later' })
    })
  })
console.log(machine())
const loaded = await timed(async () => {
  for (const [kind, count] of sizes) await load(kind, rowsOf(kind, Math.floor(count)), 'bench', false)
})
const rolled = await timed(() => warehouse.write(rebuildRollups))
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
      rowsOf('interactions', 1000, interactions + 1000 * written++, [lastDay, 1]),
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
