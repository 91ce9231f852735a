import type { TestHome } from '#server/testing.ts'
import { refreshDimensions } from '../dimensions.ts'
import type { FactKind } from '../facts.ts'
import { loadFacts } from '../loading.ts'
import { prepareLog } from '../preparedLog.ts'
import { refreshRollups } from '../rollups/making.ts'

/** Plain arithmetic, so that every figure of the golden results can be recomputed by hand. */
const unit = (i: string) => `case ${i} % 3 when 0 then 'hz-xihu' when 1 then 'hz-binjiang' else 'nj-gulou' end`
const at = (i: string, everyHours: number) =>
  `timestamp '2025-01-01 01:00:00' + to_hours(cast(${i} * ${everyHours} as integer))`

const staged: Partial<Record<FactKind, string>> = {
  interactions: `select 'i' || i as source_id, ${unit('i')} as unit_id, i % 40 + 1 as customer_key, ${at('i', 5)} as start_at,
    case i % 4 when 0 then 'tp_counter' when 3 then null else 'tp_transfer' end as touchpoint_id,
    case i % 4 when 0 then 'branch' when 3 then 'phone' else 'app' end as channel, case i % 2 when 0 then 'loan' else 'card' end as intent,
    case when i % 10 < 8 then 'success' when i % 10 = 8 then 'failure' else 'abandoned' end as outcome,
    (i * 37) % 900 as wait_seconds, (i * 53) % 1200 as duration_seconds from range(500) r(i)`,
  tickets: `select 't' || i as source_id, ${unit('i')} as unit_id, ${at('i', 12)} as start_at, 'tp_counter' as touchpoint_id, 'branch' as channel,
    i % 5 <> 0 as queued, case when i % 5 <> 0 then (i * 71) % 1500 else 0 end as wait_seconds, (i * 29) % 700 as service_seconds,
    case when i % 20 = 7 then 'no_show' else 'served' end as outcome from range(200) r(i)`,
  responses: `select 'r' || i as source_id, ${unit('i')} as unit_id, ${at('i', 8)} as start_at, 's' as survey, 'p' || i as respondent, 'q' as item,
    case when i % 4 = 0 then 'tp_counter' else 'tp_transfer' end as touchpoint_id, case when i % 4 = 0 then 'branch' else 'app' end as channel,
    case i % 3 when 0 then 'nps' when 1 then 'csat' else 'ces' end as metric,
    case i % 3 when 0 then (i * 7) % 11 when 1 then 1 + (i * 7) % 5 else 1 + (i * 5) % 7 end as score from range(300) r(i)`,
  complaints: `select 'c' || i as source_id, ${unit('i')} as unit_id, ${at('i', 100)} as start_at, 'tp_transfer' as touchpoint_id, 'app' as channel,
    case when i % 2 = 0 then ${at('i', 100)} + to_days(cast(i % 20 as integer)) end as end_at from range(24) r(i)`,
  // 60 cases of a loan; a third goes back once, odd ones record starts as well.
  events: `select 'loan' as process, 'L' || c as case_key, ${unit('c')} as unit_id, s.activity, s.lifecycle, 'r' || (c % 4) as resource,
    ${at('c', 30)} + to_minutes(cast(s.minute * (1 + c % 5) as integer)) as start_at
    from range(60) r(c), (values (0, 'apply', 'complete', 0), (1, 'check', 'start', 20), (2, 'check', 'complete', 50),
      (3, 'return', 'complete', 60), (4, 'check', 'complete', 90), (5, 'decide', 'complete', 200)) s(step, activity, lifecycle, minute)
    where (step not in (3, 4) or c % 3 = 0) and (lifecycle <> 'start' or c % 2 = 1) order by c, step`,
}

/** Fills a test home with fixed facts of a quarter; `only` keeps those of some units. */
export async function loadFixedFacts({ services, store }: TestHome, only?: readonly string[]): Promise<void> {
  await store.query(`insert into journeys (id, name, name_en, position) values ('j_use', '使用', 'Use', 1)`)
  await store.query(
    `insert into stages (id, journey_id, name, name_en, phase, position) values ('s_pay', 'j_use', '办理', 'Do', 'during', 1)`,
  )
  await store.query(`insert into touchpoints (id, stage_id, name, name_en, facet, channel, position) values
    ('tp_counter', 's_pay', '柜面', 'Counter', 'people', 'branch', 1), ('tp_transfer', 's_pay', '转账', 'Transfer', 'channel', 'app', 2)`)
  await store.query(`insert into processes (id, name, name_en) values ('loan', '贷款', 'Loan')`)
  const [process] = await store.query<{ log: number }>(`select log from processes where id = 'loan'`)
  const units = await store.query<{
    id: string
    name: string
    level: string
    kind: string
    parent_id: string | null
    path: string
  }>('select id, name, level, kind, parent_id, path from units order by id')
  const timeZone = services.home.timeZone
  await services.warehouse.session(async ({ connection, write }) => {
    let loadId = 0
    for (const [kind, query] of Object.entries(staged)) {
      loadId++
      const inside = only ? `where unit_id in (${only.map((id) => `'${id}'`).join(', ')})` : ''
      await connection.run(`create or replace temp table staged as select * from (${query}) ${inside}`)
      await write((writer) => loadFacts(writer, kind as FactKind, { loadId, source: 'fixed', timeZone }, 'staged'))
    }
    await write(
      async (writer) => {
        await refreshRollups(writer)
        await refreshDimensions(writer, {
          units: units.map(({ id, ...rest }) => ({ unit_id: id, ...rest })),
          touchpoints: ['tp_counter', 'tp_transfer'].map((id, i) => ({
            touchpoint_id: id,
            journey_id: 'j_use',
            stage_id: 's_pay',
            phase: 'during',
            position: i,
          })),
        })
        await prepareLog(writer, { process: 'loan', log: process!.log, timeZone })
      },
      { publish: true },
    )
  })
}
