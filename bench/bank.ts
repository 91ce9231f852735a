import type { Services } from '#features/services.ts'
import { addDays } from '#lib/time.ts'
import type { FactKind } from '#warehouse/facts.ts'

/** The bank of the benchmarks: 60 branches (or ZHIYIN_BENCH_BRANCHES) in four provinces, 24 touchpoints, two years. */
export const days = 730
export const firstDay = '2024-07-01'
export const lastDay = addDays(firstDay, days - 1)
export const branches = Array.from({ length: Number(process.env.ZHIYIN_BENCH_BRANCHES ?? 60) }, (_, i) => `b${i}`)

export async function makeModel({ store }: Services): Promise<void> {
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
export const rowsOf = (
  kind: FactKind,
  count: number,
  customers: number,
  from = 0,
  [start, span] = [firstDay, days],
): string => {
  const context = `i as source_id, 'b' || hash(i * 1000 + 1) % ${branches.length} as unit_id, 't' || hash(i * 1000 + 2) % 24 as touchpoint_id,
    1 + hash(i * 1000 + 3) % ${customers} as customer_key, (['app', 'branch', 'phone', 'wechat'])[1 + cast(hash(i * 1000 + 2) % 4 as integer)] as channel,
    (['mass', 'gold', 'private'])[1 + cast(hash(i * 1000 + 3) % 3 as integer)] as segment,
    timestamp '${start}' + to_milliseconds(cast((i - ${from}) * ${(span * 86_400_000) / count} as bigint)) as start_at`
  const own: Partial<Record<FactKind, string>> = {
    interactions: `'intent ' || hash(i * 1000 + 4) % 12 as intent, hash(i * 1000 + 5) % 900 as wait_seconds, hash(i * 1000 + 6) % 1200 as duration_seconds,
      case when hash(i * 1000 + 7) % 20 = 0 then 'failure' else 'success' end as outcome`,
    tickets: `true as queued, hash(i * 1000 + 5) % 2400 as wait_seconds, hash(i * 1000 + 6) % 900 as service_seconds, 'served' as outcome`,
    responses: `(['nps', 'csat', 'ces'])[1 + cast(hash(i * 1000 + 4) % 3 as integer)] as metric, 1 + hash(i * 1000 + 5) % 5 as score`,
    complaints: `'service' as category_reason`,
  }
  return `select ${context}, ${own[kind]} from (select i + ${from} as i from range(${count}) r(i))`
}
