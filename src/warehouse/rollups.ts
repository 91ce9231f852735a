import { addDays } from '#lib/time.ts'
import { tables } from './facts.ts'
import { rolledUp } from './loading.ts'
import { readMeta, writeMeta } from './migrations.ts'
import { raw, type Sql, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

/** A wait or a handling within this long is a hit. */
export const withinSeconds = 600
/** Contacts of one customer for one intent belong together for so long. */
export const episodeDays = 7

/** Bin k of daily_bins holds seconds s with k ≤ binsPerDoubling · log2(1 + s) < k + 1. */
export const binsPerDoubling = 8

const keys = 'local_day, unit_id, touchpoint_id, channel, segment'
// A question reads one metric over a period: that lies together, and the rest is passed over.
const sortKeys = ['metric', 'local_day', 'unit_id', 'touchpoint_id', 'channel', 'segment']

export interface RefreshOptions {
  /**
   * When the episodes of channel hopping are made anew, which reach over a week and so cost a month of facts: now, or
   * later, by the next refresh that says `now` (under intake, where a day's episodes stay open for a week anyway).
   */
  episodes?: 'now' | 'later'
}

/**
 * Makes the daily rollups of these days anew from the facts; without `days`, of those that loads marked stale. Returns
 * the days.
 */
export async function refreshRollups(
  writer: Writer,
  days?: readonly string[],
  { episodes = 'now' }: RefreshOptions = {},
): Promise<string[]> {
  const asked = days ? [...new Set(days)].sort() : await staleDays(writer, 'stale_days')
  const open = [...new Set([...asked, ...(await staleDays(writer, 'stale_episode_days'))])].sort()
  // Past half of all days it is quicker to write everything, and it comes out sorted.
  if (open.length > fewDays && open.length * 2 >= (await knownDays(writer))) {
    await rebuildRollups(writer)
    return asked
  }
  let written = 0
  if (asked.length > 0) {
    const all = inDays(asked)
    written += await counting(writer, async () => {
      await writer.remove('daily', sql`metric <> 'channel_hops' and ${raw(all)}`)
      await writer.remove('daily_bins', raw(all))
      for (const part of await inParts(writer, asked)) {
        await writer.fill('daily', dailyColumns, inOrder(measures(inDays(part))))
        await writer.fill('daily_bins', binColumns, inOrder(bins(inDays(part))))
      }
    })
    await writer.script(`delete from stale_days where ${all}`)
  }
  if (episodes === 'later') await writer.append('stale_episode_days', ['local_day'], [asked])
  else if (open.length > 0) {
    // A contact begins, joins or ends episodes up to a week to either side.
    const near = around(open, episodeDays + 1)
    written += await counting(writer, async () => {
      await writer.remove('daily', raw(`metric = 'channel_hops' and ${inDays(near)}`))
      for (const part of await inParts(writer, near))
        await writer.fill('daily', dailyColumns, inOrder(hops(inDays(part), seenAround(part))))
    })
    await writer.script('delete from stale_episode_days')
  }
  // The tables of a lake are sorted when they are compacted.
  if (writer.dialect.name === 'duckdb') await sortWhenScattered(writer, written)
  return asked
}

/** Makes all rollups anew from the facts. */
export async function rebuildRollups(writer: Writer, factsAtOnce = mostFacts[writer.dialect.name]): Promise<void> {
  await writer.remove('daily')
  await writer.remove('daily_bins')
  // Written once, in order: writing, deleting and writing again costs as much as all the sums.
  for (const part of partsOf(await factDays(writer), factsAtOnce)) {
    const days = between(part)
    await writer.fill('daily', dailyColumns, inOrder(`${measures(days)} union all ${hops(days, seenAround(part))}`))
    await writer.fill('daily_bins', binColumns, inOrder(bins(days)))
  }
  await writer.script('delete from stale_days; delete from stale_episode_days')
  await writeMeta(writer, { rollup_rows_scattered: '0' })
}

const dailyColumns = ['metric', ...keys.split(', '), 'n', 'total', 'total_squares', 'hits', 'misses']
const binColumns = ['metric', ...keys.split(', '), 'bin', 'n']

const fewDays = 60

async function staleDays(writer: Writer, table: 'stale_days' | 'stale_episode_days'): Promise<string[]> {
  const { rows } = await writer.run(sql`select distinct local_day from ${raw(table)} order by 1`)
  return rows.map((row) => String(row.local_day))
}

const around = (days: readonly string[], reach: number): string[] =>
  [...new Set(days.flatMap((day) => Array.from({ length: 2 * reach + 1 }, (_, i) => addDays(day, i - reach))))].sort()

/** A cluster adds up in its memory and refuses what does not fit, where DuckDB spills: so many facts in one statement. */
const mostFacts = { duckdb: Number.POSITIVE_INFINITY, trino: 2_000_000 }

interface DayOfFacts {
  day: string
  n: number
}

/** The days that have facts, in their order. */
async function factDays(writer: Writer, among = 'local_day is not null'): Promise<DayOfFacts[]> {
  const each = [...rolledUp].map((kind) => `select local_day from ${kind} where ${among}`)
  const { rows } = await writer.whole(
    sql`select local_day, count(*) as n from (${raw(each.join(' union all '))}) f group by local_day order by local_day`,
  )
  return rows.map(({ local_day, n }) => ({ day: String(local_day), n: Number(n) }))
}

/** Days in their order, so many at once that their facts are not too many; one at the least. */
function partsOf(days: readonly DayOfFacts[], factsAtOnce: number): string[][] {
  const parts: string[][] = []
  let left = 0
  for (const { day, n } of days) {
    if (parts.length === 0 || n > left) {
      parts.push([])
      left = factsAtOnce
    }
    parts.at(-1)!.push(day)
    left -= n
  }
  return parts
}

/** Days, as many at once as the engine takes. */
async function inParts(writer: Writer, days: readonly string[]): Promise<string[][]> {
  const factsAtOnce = mostFacts[writer.dialect.name]
  if (factsAtOnce === Number.POSITIVE_INFINITY) return [[...days]]
  return partsOf(await factDays(writer, inDays(days)), factsAtOnce)
}

const between = (days: readonly string[], more = 0): string =>
  `local_day between ${dateOf(addDays(days[0]!, -more))} and ${dateOf(addDays(days.at(-1)!, more))}`

/** The days on which the episodes of these days may have begun and may go on. */
const seenAround = (days: readonly string[]): string => between(days, episodeDays + 1)

async function knownDays(writer: Writer): Promise<number> {
  return Number((await writer.whole(sql`select count(distinct local_day) as n from daily`)).rows[0]!.n)
}

async function counting(writer: Writer, work: () => Promise<void>): Promise<number> {
  if (writer.dialect.name !== 'duckdb') {
    await work()
    return 0
  }
  const before = await countRollups(writer)
  await work()
  return (await countRollups(writer)) - before
}

// A question reads one metric over a period: that lies together, and the rest is passed over.
const inOrder = (rows: string): Sql => raw(`select * from (${rows}) made order by ${sortKeys.join(', ')}`)

/** What waits, durations, outcomes, answers and complaints of these days add up to. In the common subset, as all below. */
function measures(days: string): string {
  const current = `superseded_by = 0 and ${days}`
  const contacts = `select ${keys}, count(*) as n, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('success')}
    from (select ${keys}, wait_seconds as wait, duration_seconds as duration, outcome from interactions where ${current}) i
    group by ${keys}`
  const queued = `select ${keys}, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('served')}
    from (select ${keys}, ${queuedWait} as wait, service_seconds as duration, outcome from tickets where ${current}) t
    group by ${keys}`
  return `select metric, ${keys}, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
      cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
    from (
      ${eachMeasure(contacts, ['volume', 'wait', 'duration', 'success_rate'])}
      union all ${eachMeasure(queued, ['wait', 'duration', 'success_rate'])}
      union all select metric, ${keys}, count(*), sum(score), sum(score * score), ${answerHits}, ${answerMisses}
        from (${scaledAnswers} and ${days}) a where score is not null group by metric, ${keys}
      union all select 'complaint_rate', ${keys}, count(*), 0, 0, count(*), 0
        from complaints where ${current} group by ${keys}) r
    group by metric, ${keys}`
}

/** Waits and durations in logarithmic bins. */
const bins = (days: string): string => `select metric, ${keys}, bin, count(*) as n
  from (select metric, ${keys}, cast(floor(${binsPerDoubling} * log2(1 + seconds) + ${binTolerance}) as bigint) as bin
    from (${secondsRows(days)}) s where seconds >= 0) b
  group by metric, ${keys}, bin`

// Engines reckon logarithms to base two in ways that differ in the last digit: a value on the edge of a bin is in it.
const binTolerance = '1e-9'

const hops = (days: string, seen: string): string =>
  `select 'channel_hops' as metric, ${keys}, count(*) as n, cast(0 as double) as total, cast(0 as double) as total_squares,
     count(*) filter (where hops) as hits, cast(0 as bigint) as misses
   from (${episodesOf(days, seen)}) e group by ${keys}`

/** Where a measure's sums stand in a row of contacts. */
const sumsOf: Record<string, { n: string; total?: string; total_squares?: string; hits?: string }> = {
  volume: { n: 'n' },
  wait: { n: 'wait_n', total: 'wait_total', total_squares: 'wait_squares', hits: 'wait_hits' },
  duration: { n: 'duration_n', total: 'duration_total', total_squares: 'duration_squares', hits: 'duration_hits' },
  success_rate: { n: 'outcome_n', hits: 'outcome_hits' },
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

// A ticket that never queued has no wait to measure, unless its system says it had one.
const queuedWait = 'case when queued is distinct from false or wait_seconds > 0 then wait_seconds end'

const secondsSums = (name: string) =>
  `count(${name}) as ${name}_n, coalesce(sum(${name}), 0) as ${name}_total,
   coalesce(sum(${name} * ${name}), 0) as ${name}_squares, count(*) filter (where ${name} <= ${withinSeconds}) as ${name}_hits`

const outcomeSums = (good: string) =>
  `count(outcome) as outcome_n, count(*) filter (where outcome = '${good}') as outcome_hits`

/** On which scale a metric is answered where a response does not say. */
export const nativeScale = { nps: [0, 10], csat: [1, 5], ces: [1, 7] } as const

/** Answers on the metric's own scale; other scales are mapped linearly. */
const scaledAnswers = `select metric, ${keys}, ${`case metric ${Object.entries(nativeScale)
  .map(
    ([metric, [low, high]]) => `when '${metric}' then case
      when coalesce(scale_min, ${low}) = ${low} and coalesce(scale_max, ${high}) = ${high} then score
      else ${low} + ${high - low} * (score - coalesce(scale_min, ${low}))
        / nullif(coalesce(scale_max, ${high}) - coalesce(scale_min, ${low}), 0) end`,
  )
  .join(' ')} end`} as score
  from responses where superseded_by = 0 and score is not null and metric in ('nps', 'csat', 'ces')`

const answerHits = `count(*) filter (where score >= case metric when 'nps' then 9 when 'csat' then 4 else 5 end)`
const answerMisses = `count(*) filter (where metric = 'nps' and score <= 6)`

/**
 * One row for each episode: a contact of a customer for an intent without another in the seven days before begins one;
 * it hops when a second channel is used within the seven days after. It counts where and when it began.
 */
const episodesOf = (days: string, seen: string) => `
  select ${keys}, hops from (
    select ${keys},
      lag(start_at) over began is null or start_at - lag(start_at) over began > interval '${episodeDays}' day as begins,
      min(channel) over reach <> max(channel) over reach as hops
    from interactions
    where superseded_by = 0 and customer_key is not null and intent is not null and channel is not null and ${seen}
    window began as (partition by customer_key, intent order by start_at, channel, touchpoint_id, unit_id, source_id),
      reach as (partition by customer_key, intent order by start_at
        range between current row and interval '${episodeDays}' day following)) c
  where begins and ${days}`

const secondsRows = (days: string) =>
  [
    ['interactions', 'wait_seconds', 'duration_seconds'],
    ['tickets', queuedWait, 'service_seconds'],
  ]
    .map(
      ([table, wait, duration]) => `select measure as metric, ${keys},
      case measure when 'wait' then ${wait} else ${duration} end as seconds
    from ${table} cross join (values ('wait'), ('duration')) as m(measure)
    where superseded_by = 0 and ${days}`,
    )
    .join(' union all ')

const dateOf = (day: string): string => `date '${checkedDay(day)}'`

const inDays = (days: readonly string[]): string => `local_day in (${days.map(dateOf).join(', ')})`

function checkedDay(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`not a day: ${day}`)
  return day
}

async function countRollups(writer: Writer): Promise<number> {
  return Number((await writer.run(sql`select count(*) as n from daily`)).rows[0]!.n)
}

/** Rows written out of order since the last sorting are counted; past half of the table it is sorted. */
async function sortWhenScattered(writer: Writer, written: number): Promise<void> {
  const scattered = Number((await readMeta(writer)).rollup_rows_scattered ?? 0) + Math.max(0, written)
  if (scattered * 2 < (await countRollups(writer)) || scattered < 100_000)
    await writeMeta(writer, { rollup_rows_scattered: String(scattered) })
  else await sortRollups(writer)
}

/** Writes the rollups in the order in which they are read, so that a metric's period lies in few row groups. */
async function sortRollups(writer: Writer): Promise<void> {
  for (const table of ['daily', 'daily_bins'] as const) {
    const columns = raw(Object.keys(tables[table]).join(', '))
    const order = raw(sortKeys.join(', '))
    await writer.run(sql`create or replace temp table sorted as select ${columns} from ${raw(table)} order by ${order}`)
    await writer.run(sql`delete from ${raw(table)}`)
    await writer.run(sql`insert into ${raw(table)} (${columns}) select ${columns} from sorted`)
    await writer.script('drop table sorted')
  }
  await writeMeta(writer, { rollup_rows_scattered: '0' })
}
