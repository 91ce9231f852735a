import type { TestHome } from '#server/testing.ts'
import type { FactKind } from '../facts.ts'
import { loadFacts } from '../loading.ts'
import { prepareLog } from '../preparedLog.ts'
import { refreshRollups } from '../rollups/making.ts'

/**
 * Facts on which engines that agree by luck would differ: nulls in every column, ties of time, days around a leap day and
 * around changes of the clock, zero durations, groups of one and of none, texts with quotes, marks and many scripts. The
 * same for the same number: everything comes of a hash of the row's number.
 */

const h = (salt: number) => `(hash(i * 1000 + ${salt}) % 1000003)`
/** `then` in so many of a thousand rows, else null. */
const some = (salt: number, perThousand: number, then: string) =>
  `case when ${h(salt)} % 1000 < ${perThousand} then ${then} end`
const pick = (salt: number, values: readonly string[]) =>
  `(case ${h(salt)} % ${values.length} ${values.map((value, i) => `when ${i} then ${value}`).join(' ')} end)`
const units = ["'hz-xihu'", "'hz-binjiang'", "'nj-gulou'"]
const words = ["'success'", "'failure'", "'abandoned'"]
const texts = ["'O''Brien'", "'办理 贷款'", "'100 %_\\'", '\'"quoted"\'', "'🙂'", "'ÄÖ ß'", "' '", "'a,b'"]
/** Minutes of fourteen months with a leap day; one in eight on a full hour, so that many tie. */
const at = (salt: number) =>
  `timestamp '2024-01-30 15:00:00' + to_minutes(cast(case when ${h(salt + 1)} % 8 = 0 then 60 * (${h(salt)} % 10200) else ${h(salt)} % 612000 end as bigint)) + to_microseconds(cast(${h(salt + 2)} % 3 * 250001 as bigint))`

const rowsOf: Record<Exclude<FactKind, 'events'>, string> = {
  interactions: `select ${some(1, 990, "'i' || i")} as source_id, ${some(2, 950, pick(3, units))} as unit_id,
    ${some(4, 900, `${h(5)} % 300 + 1`)} as customer_key, ${at(10)} as start_at,
    ${some(14, 850, pick(15, ["'tp_counter'", "'tp_transfer'"]))} as touchpoint_id,
    ${some(16, 970, pick(17, ["'branch'", "'phone'", "'app'"]))} as channel, ${some(18, 900, pick(19, ["'loan'", "'card'"]))} as intent,
    ${some(20, 800, pick(21, texts))} as segment, ${some(22, 930, pick(23, words))} as outcome,
    ${some(24, 700, pick(25, ['0', `${h(26)} % 900`, `${h(26)} % 900 + 0.1`, '7', '600', '3600']))} as wait_seconds,
    ${some(27, 700, `${h(28)} % 1200 / 4.0`)} as duration_seconds, ${some(29, 100, pick(30, texts))} as product`,
  tickets: `select 't' || i as source_id, ${some(2, 990, pick(3, units))} as unit_id, ${at(10)} as start_at, 'tp_counter' as touchpoint_id,
    ${some(16, 970, "'branch'")} as channel, ${some(17, 900, pick(18, ['true', 'false']))} as queued,
    ${some(19, 800, pick(20, ['0', `${h(21)} % 1500`]))} as wait_seconds, ${some(22, 800, `${h(23)} % 700`)} as service_seconds,
    ${some(24, 950, pick(25, ["'served'", "'no_show'", "'abandoned'"]))} as outcome`,
  responses: `select 'r' || i as source_id, ${some(2, 990, pick(3, units))} as unit_id, ${at(10)} as start_at, 's' as survey,
    'p' || (i % 900) as respondent, 'q' as item, ${some(14, 900, pick(15, ["'tp_counter'", "'tp_transfer'"]))} as touchpoint_id,
    ${pick(16, ["'branch'", "'app'"])} as channel, ${pick(17, ["'nps'", "'csat'", "'ces'", "'other'"])} as metric,
    ${some(18, 950, `${h(19)} % 5 + 1`)} as score, ${some(20, 300, '0')} as scale_min, ${some(20, 300, pick(21, ['10', '0', '100']))} as scale_max,
    ${some(22, 400, `${h(23)} % 300 + 1`)} as customer_key`,
  complaints: `select 'c' || i as source_id, ${some(2, 950, pick(3, units))} as unit_id, ${at(10)} as start_at,
    ${some(14, 800, "'tp_transfer'")} as touchpoint_id, ${some(15, 900, pick(16, ["'app'", "'phone'"]))} as channel,
    ${some(17, 600, `${at(10)} + to_hours(cast(${h(18)} % 600 as integer))`)} as end_at,
    ${some(19, 900, pick(20, texts))} as category_reason, ${some(21, 500, `${h(22)} % 300 + 1`)} as customer_key`,
  transactions: `select 'x' || i as source_id, ${some(2, 990, pick(3, units))} as unit_id, ${at(10)} as start_at,
    ${some(14, 900, `round(${h(15)} / 7.0, 2)`)} as amount, 'CNY' as currency, ${some(16, 900, pick(17, words))} as outcome`,
}

/** Cases of one to nine steps; ties within a case, starts without an end, ends without a start, cases without a unit. */
const events = (rows: number) => `select 'loan' as process, 'L' || (i // 6 - (${h(1)} % 7) // 6) as case_key,
    ${some(2, 300, pick(3, units))} as unit_id, ${pick(4, ["'apply'", "'check'", "'return'", "'decide'", "'pay out'", "'办结'"])} as activity,
    ${some(5, 900, pick(6, ["'start'", "'complete'", "'COMPLETE'", "'suspend'"]))} as lifecycle,
    ${some(7, 900, `'r' || (${h(8)} % 9)`)} as resource,
    timestamp '2024-02-27 20:00:00' + to_minutes(cast((i // 6) * 37 + (${h(9)} % 5) * 60 as bigint)) as start_at,
    ${some(10, 200, `timestamp '2024-02-27 20:00:00' + to_minutes(cast((i // 6) * 37 + (${h(9)} % 5) * 60 + ${h(11)} % 90 as bigint))`)} as end_at,
    ${some(12, 100, pick(13, ['\'{"amount": 5}\'', '\'{"note": "O\'\'Brien"}\'']))} as attributes
  from range(${rows}) r(i)`

/** Fills a test home whose model stands: so many rows of each kind in two loads, of which the second corrects some. */
export async function loadGeneratedFacts({ services, store }: TestHome, rows: number): Promise<void> {
  const timeZone = services.home.timeZone
  const [process] = await store.query<{ log: number }>(`select log from processes where id = 'loan'`)
  await services.warehouse.session(async ({ connection, write }) => {
    let loadId = 100
    const load = async (kind: FactKind, query: string) => {
      loadId++
      await connection.run(`create or replace temp table staged as ${query}`)
      await write((writer) => loadFacts(writer, kind, { loadId, source: 'generated', timeZone }, 'staged'))
    }
    for (const [kind, query] of Object.entries(rowsOf)) {
      await load(kind as FactKind, `${query} from range(${rows}) r(i)`)
      // A tenth comes again, half of those changed, and some new ones with them.
      await load(
        kind as FactKind,
        `select * from (${query} from range(${Math.ceil(rows / 10)}) r(i))
         union all select * from (${query} from (select i + ${rows} as i from range(${Math.ceil(rows / 20)}) s(i)) r)`.replaceAll(
          "'success'",
          "'failure'",
        ),
      )
    }
    await load('events', events(rows * 2))
    await write(
      async (writer) => {
        await refreshRollups(writer)
        await prepareLog(writer, { process: 'loan', log: process!.log, timeZone })
      },
      { publish: true },
    )
  })
}
