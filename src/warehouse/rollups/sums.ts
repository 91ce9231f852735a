import { addDays } from '#lib/time.ts'
import type { FactKind } from '../facts.ts'
import { rolledUp } from '../loading.ts'
import { raw, type Sql } from '../sql.ts'

// What facts add up to, as SQL in the common subset.

/** A wait or a handling within this long is a hit. */
export const withinSeconds = 600

/** Contacts of one customer for one intent belong together for so long. */
export const episodeDays = 7

/** Bin k of daily_bins holds seconds s with k ≤ binsPerDoubling · log2(1 + s) < k + 1. */
export const binsPerDoubling = 8

// Sums are not kept by segment, which would make three rows of one: who asks for a segment adds up its facts (`dailyOf`).
const keys = 'local_day, unit_id, touchpoint_id, channel'

// Nobody asks for the quantiles of a touchpoint, and they would be most of the rows.
const binKeys = 'local_day, unit_id, channel'

export const dailyColumns = [
  'metric',
  'local_day',
  'unit_id',
  'touchpoint_id',
  'channel',
  'n',
  'total',
  'total_squares',
  'hits',
  'misses',
] as const

export const binColumns = ['metric', ...binKeys.split(', '), 'bin', 'n']

export const columnsOf = { daily: dailyColumns, daily_bins: binColumns } as const

// A question reads one metric over a period: that lies together, and the rest is passed over.
const sortKeys = { daily: `metric, ${keys}`, daily_bins: `metric, ${binKeys}` }

export const inOrder = (rows: string, table: keyof typeof sortKeys = 'daily'): Sql =>
  raw(`select * from (${rows}) made order by ${sortKeys[table]}`)

export const inDays = (days: readonly string[]): string => `local_day in (${days.map(dateOf).join(', ')})`

export const between = (days: readonly string[], more = 0): string =>
  `local_day between ${dateOf(addDays(days[0]!, -more))} and ${dateOf(addDays(days.at(-1)!, more))}`

const dateOf = (day: string): string => `date '${checkedDay(day)}'`

function checkedDay(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`not a day: ${day}`)
  return day
}

/** What waits, durations, outcomes, answers and complaints of these facts add up to. In the common subset, as all below. */
export function measures(
  where: string,
  kinds: readonly FactKind[] = [...rolledUp],
  heldIn: (kind: FactKind) => string = (kind) => kind,
): string {
  const current = `superseded_by = 0 and ${where}`
  const each: Partial<Record<FactKind, string>> = {
    interactions: eachMeasure(
      `select ${keys}, count(*) as n, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('success')}
       from (select ${keys}, wait_seconds as wait, duration_seconds as duration, outcome
         from ${heldIn('interactions')} where ${current}) i
       group by ${keys}`,
      ['volume', 'wait', 'duration', 'success_rate'],
    ),
    tickets: eachMeasure(
      `select ${keys}, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('served')}
       from (select ${keys}, ${queuedWait} as wait, service_seconds as duration, outcome
         from ${heldIn('tickets')} where ${current}) t
       group by ${keys}`,
      ['wait', 'duration', 'success_rate'],
    ),
    responses: `select metric, ${keys}, count(*) as n, sum(score) as total, sum(score * score) as total_squares,
        ${answerHits} as hits, ${answerMisses} as misses
      from (${scaledAnswers(heldIn('responses'))} and ${where}) a where score is not null group by metric, ${keys}`,
    complaints: `select 'complaint_rate' as metric, ${keys}, count(*) as n, cast(0 as double) as total,
        cast(0 as double) as total_squares, count(*) as hits, cast(0 as bigint) as misses
      from ${heldIn('complaints')} where ${current} group by ${keys}`,
  }
  return `select metric, ${keys}, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
      cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
    from (${kinds.map((kind) => each[kind]).join(' union all ')}) r
    group by metric, ${keys}`
}

/** Facts are read and added up once, then a row becomes one of each measure: Trino reads again what stands in several branches. */
function eachMeasure(sums: string, measured: readonly string[]): string {
  const of = (column: 'n' | 'total' | 'total_squares' | 'hits', zero: string) =>
    `case measure ${measured.map((m) => `when '${m}' then ${sumsOf[m]![column] ?? zero}`).join(' ')} end`
  const zero = 'cast(0 as double)'
  return `select * from (
      select measure as metric, ${keys}, ${of('n', '0')} as n, ${of('total', zero)} as total,
        ${of('total_squares', zero)} as total_squares, ${of('hits', '0')} as hits, cast(0 as bigint) as misses
      from (${sums}) s cross join (values ${measured.map((m) => `('${m}')`).join(', ')}) as m(measure)) e
    where n > 0`
}

/** Where a measure's sums stand in a row of contacts. */
const sumsOf: Record<string, { n: string; total?: string; total_squares?: string; hits?: string }> = {
  volume: { n: 'n' },
  wait: { n: 'wait_n', total: 'wait_total', total_squares: 'wait_squares', hits: 'wait_hits' },
  duration: { n: 'duration_n', total: 'duration_total', total_squares: 'duration_squares', hits: 'duration_hits' },
  success_rate: { n: 'outcome_n', hits: 'outcome_hits' },
}

const secondsSums = (name: string) =>
  `count(${name}) as ${name}_n, coalesce(sum(${name}), 0) as ${name}_total,
   coalesce(sum(${name} * ${name}), 0) as ${name}_squares, count(*) filter (where ${name} <= ${withinSeconds}) as ${name}_hits`

const outcomeSums = (good: string) =>
  `count(outcome) as outcome_n, count(*) filter (where outcome = '${good}') as outcome_hits`

// A ticket that never queued has no wait to measure, unless its system says it had one.
const queuedWait = 'case when queued is distinct from false or wait_seconds > 0 then wait_seconds end'

/** On which scale a metric is answered where a response does not say. */
export const nativeScale = { nps: [0, 10], csat: [1, 5], ces: [1, 7] } as const

/** Answers on the metric's own scale; other scales are mapped linearly. */
const scaledAnswers = (responses: string): string => `select metric, ${keys}, ${`case metric ${Object.entries(
  nativeScale,
)
  .map(
    ([metric, [low, high]]) => `when '${metric}' then case
      when coalesce(scale_min, ${low}) = ${low} and coalesce(scale_max, ${high}) = ${high} then score
      else ${low} + ${high - low} * (score - coalesce(scale_min, ${low}))
        / nullif(coalesce(scale_max, ${high}) - coalesce(scale_min, ${low}), 0) end`,
  )
  .join(' ')} end`} as score
  from ${responses} where superseded_by = 0 and score is not null and metric in ('nps', 'csat', 'ces')`

const answerHits = `count(*) filter (where score >= case metric when 'nps' then 9 when 'csat' then 4 else 5 end)`

const answerMisses = `count(*) filter (where metric = 'nps' and score <= 6)`

/** The facts that somebody waits in, and where it stands for how long. */
export const waitOf: Partial<Record<FactKind, string>> = { interactions: 'wait_seconds', tickets: queuedWait }

/** Waits in logarithmic bins. */
export const bins = (where: string, kinds: readonly FactKind[] = [...rolledUp]): string => {
  const waits = kinds.flatMap((kind) =>
    waitOf[kind]
      ? [`select ${binKeys}, ${waitOf[kind]} as seconds from ${kind} where superseded_by = 0 and ${where}`]
      : [],
  )
  return `select 'wait' as metric, ${binKeys}, bin, count(*) as n
    from (select ${binKeys}, cast(floor(${binsPerDoubling} * log2(1 + seconds) + ${binTolerance}) as bigint) as bin
      from (${waits.join(' union all ')}) s where seconds >= 0) b
    group by ${binKeys}, bin`
}

// Engines reckon logarithms to base two in ways that differ in the last digit: a value on the edge of a bin is in it.
const binTolerance = '1e-9'

export const hops = (days: string, seen: string, contacts = 'interactions'): string =>
  `select 'channel_hops' as metric, ${keys}, count(*) as n, cast(0 as double) as total, cast(0 as double) as total_squares,
     count(*) filter (where hops) as hits, cast(0 as bigint) as misses
   from (${episodesOf(days, seen, contacts)}) e group by ${keys}`

/**
 * One row for each episode: a contact of a customer for an intent without another in the seven days before begins one;
 * it hops when a second channel is used within the seven days after. It counts where and when it began.
 */
const episodesOf = (days: string, seen: string, contacts: string) => `
  select ${keys}, hops from (
    select ${keys},
      lag(start_at) over began is null or start_at - lag(start_at) over began > interval '${episodeDays}' day as begins,
      min(channel) over reach <> max(channel) over reach as hops
    from ${contacts}
    where superseded_by = 0 and customer_key is not null and intent is not null and channel is not null and ${seen}
    window began as (partition by customer_key, intent order by start_at, channel, touchpoint_id, unit_id, source_id),
      reach as (partition by customer_key, intent order by start_at
        range between current row and interval '${episodeDays}' day following)) c
  where begins and ${days}`

/** The rows of a rollup with those of one key put together. */
export const folded = (table: 'daily' | 'daily_bins', where: string): string =>
  table === 'daily'
    ? `select metric, ${keys}, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
         cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
       from daily where ${where} group by metric, ${keys}`
    : `select metric, ${binKeys}, bin, cast(sum(n) as bigint) as n
       from daily_bins where ${where} group by metric, ${binKeys}, bin`
