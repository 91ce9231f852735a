import { addDays } from '#lib/time.ts'
import { tables } from './facts.ts'
import { readMeta, writeMeta } from './migrations.ts'
import { raw, sql } from './sql.ts'
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
    await dayTable(writer, 'rollup_days', asked)
    const those = 'local_day in (select local_day from rollup_days)'
    await writer.script(`delete from daily where metric <> 'channel_hops' and ${those};
      delete from daily_bins where ${those}; delete from stale_days where ${those};`)
    written += await counting(writer, () => insertMeasures(writer, those))
  }
  if (episodes === 'later') await writer.append('stale_episode_days', ['local_day'], [asked])
  else if (open.length > 0) {
    // A contact begins, joins or ends episodes up to a week to either side.
    await dayTable(writer, 'episode_days', around(open, episodeDays + 1))
    const those = 'local_day in (select local_day from episode_days)'
    const seen = `local_day between (select min(local_day) from episode_days) - ${episodeDays + 1}
      and (select max(local_day) from episode_days) + ${episodeDays + 1}`
    await writer.script(`delete from daily where metric = 'channel_hops' and ${those}; delete from stale_episode_days;`)
    written += await counting(writer, () => insertEpisodes(writer, those, seen))
  }
  await sortWhenScattered(writer, written)
  return asked
}

/** Makes all rollups anew from the facts. */
export async function rebuildRollups(writer: Writer): Promise<void> {
  for (const table of ['daily', 'daily_bins', 'stale_days', 'stale_episode_days'])
    await writer.run(sql`delete from ${raw(table)}`)
  // Gathered first and written once, in order: writing, deleting and writing again costs as much as all the sums.
  for (const table of rollups) await writer.script(`create temp table made_${table} as select * from ${table} limit 0`)
  await insertMeasures(writer, 'local_day is not null', 'made_')
  await insertEpisodes(writer, 'local_day is not null', 'true', 'made_')
  for (const table of rollups) {
    const columns = raw(Object.keys(tables[table]).join(', '))
    const order = raw(sortKeys.join(', '))
    await writer.run(
      sql`insert into ${raw(table)} (${columns}) select ${columns} from ${raw(`made_${table}`)} order by ${order}`,
    )
    await writer.script(`drop table made_${table}`)
  }
  await writeMeta(writer, { rollup_rows_scattered: '0' })
}

const rollups = ['daily', 'daily_bins'] as const

const fewDays = 60

async function staleDays(writer: Writer, table: 'stale_days' | 'stale_episode_days'): Promise<string[]> {
  const { rows } = await writer.run(sql`select distinct local_day from ${raw(table)} order by 1`)
  return rows.map((row) => String(row.local_day))
}

const around = (days: readonly string[], reach: number): string[] => [
  ...new Set(days.flatMap((day) => Array.from({ length: 2 * reach + 1 }, (_, i) => addDays(day, i - reach)))),
]

async function knownDays(writer: Writer): Promise<number> {
  return Number((await writer.run(sql`select count(distinct local_day) as n from daily`)).rows[0]!.n)
}

async function counting(writer: Writer, work: () => Promise<void>): Promise<number> {
  const before = await countRollups(writer)
  await work()
  return (await countRollups(writer)) - before
}

/** `into` names tables of another prefix, where order is of no use. */
async function insertMeasures(writer: Writer, days: string, into = ''): Promise<void> {
  const inOrder = (columns: string) => (into ? '' : `order by ${columns}`)
  const current = `superseded_by = 0 and ${days}`
  await writer.script(`
    create or replace temp table contacts as
      select ${keys}, count(*) as n, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('success')}
      from (select ${keys}, wait_seconds as wait, duration_seconds as duration, outcome from interactions where ${current})
      group by ${keys};
    create or replace temp table queued as
      select ${keys}, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('served')}
      from (select ${keys}, ${queuedWait} as wait, service_seconds as duration, outcome from tickets where ${current})
      group by ${keys};
    create or replace temp table rollup_rows as
      select 'volume' as metric, ${keys}, n, 0.0::double as total, 0.0::double as total_squares, 0::bigint as hits, 0::bigint as misses from contacts
      union all ${['contacts', 'queued'].flatMap(measureRows).join(' union all ')}
      union all select metric, ${keys}, count(*), sum(score), sum(score * score), ${answerHits}, ${answerMisses}
        from (${scaledAnswers} and ${days}) group by metric, ${keys}
      union all select 'complaint_rate', ${keys}, count(*), 0, 0, count(*), 0
        from complaints where ${current} group by ${keys};
    insert into ${into}daily (metric, ${keys}, n, total, total_squares, hits, misses)
      select metric, ${keys}, sum(n), sum(total), sum(total_squares), sum(hits), sum(misses)
      from rollup_rows group by metric, ${keys} ${inOrder('metric, local_day, unit_id, touchpoint_id')};
    insert into ${into}daily_bins (metric, ${keys}, bin, n)
      select metric, ${keys}, cast(floor(${binsPerDoubling} * log2(1 + seconds)) as bigint) as bin, count(*)
      from (${secondsRows(days)}) where seconds >= 0 group by metric, ${keys}, bin ${inOrder('metric, local_day, unit_id')};
    drop table contacts; drop table queued; drop table rollup_rows;`)
}

const insertEpisodes = (writer: Writer, days: string, seen: string, into = ''): Promise<void> =>
  writer.script(`insert into ${into}daily (metric, ${keys}, n, total, total_squares, hits, misses)
    select 'channel_hops', ${keys}, count(*), 0, 0, count_if(hops), 0
    from (${episodesOf(days, seen)}) group by ${keys}${into ? '' : ' order by local_day, unit_id, touchpoint_id'}`)

const measureRows = (table: string): string[] => [
  ...['wait', 'duration'].map(
    (m) => `select '${m}', ${keys}, ${m}_n, ${m}_total, ${m}_squares, ${m}_hits, 0 from ${table} where ${m}_n > 0`,
  ),
  `select 'success_rate', ${keys}, outcome_n, 0, 0, outcome_hits, 0 from ${table} where outcome_n > 0`,
]

// A ticket that never queued has no wait to measure, unless its system says it had one.
const queuedWait = 'case when queued is distinct from false or wait_seconds > 0 then wait_seconds end'

const secondsSums = (name: string) =>
  `count(${name}) as ${name}_n, coalesce(sum(${name}), 0) as ${name}_total,
   coalesce(sum(${name} * ${name}), 0) as ${name}_squares, count_if(${name} <= ${withinSeconds}) as ${name}_hits`

const outcomeSums = (good: string) => `count(outcome) as outcome_n, count_if(outcome = '${good}') as outcome_hits`

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

const answerHits = `count_if(score >= case metric when 'nps' then 9 when 'csat' then 4 else 5 end)`
const answerMisses = `count_if(metric = 'nps' and score <= 6)`

/**
 * One row for each episode: a contact of a customer for an intent without another in the seven days before begins one;
 * it hops when a second channel is used within the seven days after. It counts where and when it began.
 */
const episodesOf = (days: string, seen: string) => `
  select ${keys}, hops from (
    select ${keys},
      lag(start_at) over began is null or start_at - lag(start_at) over began > interval ${episodeDays} day as begins,
      min(channel) over reach <> max(channel) over reach as hops
    from interactions
    where superseded_by = 0 and customer_key is not null and intent is not null and channel is not null and ${seen}
    window began as (partition by customer_key, intent order by start_at, channel, touchpoint_id, unit_id, source_id),
      reach as (partition by customer_key, intent order by start_at
        range between current row and interval ${episodeDays} day following))
  where begins and ${days}`

const secondsRows = (days: string) => `
  select 'wait' as metric, ${keys}, wait_seconds as seconds from interactions
    where superseded_by = 0 and wait_seconds is not null and ${days}
  union all select 'duration', ${keys}, duration_seconds from interactions
    where superseded_by = 0 and duration_seconds is not null and ${days}
  union all select 'wait', ${keys}, ${queuedWait} from tickets
    where superseded_by = 0 and ${queuedWait} is not null and ${days}
  union all select 'duration', ${keys}, service_seconds from tickets
    where superseded_by = 0 and service_seconds is not null and ${days}`

async function dayTable(writer: Writer, name: string, days: readonly string[]): Promise<void> {
  await writer.script(`create or replace temp table ${name} as
    select unnest([${days.map((day) => `date '${checkedDay(day)}'`).join(', ')}]) as local_day`)
}

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
