import { addDays, type Day } from '#lib/time.ts'
import { type FactKind, tables } from './facts.ts'
import { type LoadCounts, type LoadTarget, loadFacts, rolledUp, type Touched } from './loading.ts'
import { readMeta, writeMeta } from './migrations.ts'
import type { StoredType } from './dialect.ts'
import { join, raw, type Sql, sql } from './sql.ts'
import type { Cell, Row, Warehouse, Writer } from './warehouse.ts'

/** A wait or a handling within this long is a hit. */
export const withinSeconds = 600
/** Contacts of one customer for one intent belong together for so long. */
export const episodeDays = 7

/** Bin k of daily_bins holds seconds s with k ≤ binsPerDoubling · log2(1 + s) < k + 1. */
export const binsPerDoubling = 8

const keys = 'local_day, unit_id, touchpoint_id, channel, segment'
// Nobody asks for the quantiles of a touchpoint or a segment, and they would be most of the rows.
const binKeys = 'local_day, unit_id, channel'
// A question reads one metric over a period: that lies together, and the rest is passed over.
const sortKeys = { daily: `metric, ${keys}`, daily_bins: `metric, ${binKeys}` }

export interface RefreshOptions {
  /**
   * When the episodes of channel hopping are made anew, which reach over a week and so cost a month of facts: now, or
   * later, by the next refresh that says `now` (under intake, where a day's episodes stay open for a week anyway).
   */
  episodes?: 'now' | 'later'
}

/**
 * Makes the daily rollups of the days that loads marked stale anew from the facts, and with the episodes those of the days
 * that were added to. Returns the days that were stale.
 */
export async function refreshRollups(writer: Writer, { episodes = 'now' }: RefreshOptions = {}): Promise<string[]> {
  const stale = await staleDays(writer)
  const open = inOneOrder([...stale, ...(await staleDays(writer, 'stale_episode_days'))])
  // Past half of all days it is quicker to write everything, and it comes out sorted.
  if (open.length > fewDays && open.length * 2 >= (await knownDays(writer))) {
    await rebuildRollups(writer)
    return stale
  }
  const anew = episodes === 'now' ? open : stale
  if (anew.length === 0) return stale
  await counting(writer, async () => {
    await makeMeasures(writer, await inParts(writer, anew))
    await writer.script('delete from stale_days')
    if (episodes === 'later') await writer.append('stale_episode_days', ['local_day'], [stale])
    else {
      const near = daysOfEpisodes(open)
      await makeHops(writer, await inParts(writer, near))
      await strikeOut(writer, 'hops', near)
      await writer.script('delete from stale_episode_days')
    }
  })
  return stale
}

/**
 * Loads facts as `loadFacts` does and adds them to the sums of their days instead of having these made anew: that costs
 * what comes in and not what the day already holds. Where anything is corrected, or a day was stale before, the days stay
 * stale. The sums of a day then stand in several rows, until `foldRollups` or a refresh with its episodes makes them one.
 */
export async function loadAddingUp(
  writer: Writer,
  kind: FactKind,
  target: LoadTarget,
  staging: string,
): Promise<LoadCounts & Touched> {
  const stale = new Set(await staleDays(writer))
  const loaded = await loadFacts(writer, kind, target, staging)
  const days = loaded.days.filter((day) => !stale.has(day))
  const corrected = await writer.run(sql`select 1 from ${raw(kind)} where superseded_by = ${target.loadId} limit 1`)
  if (days.length === 0 || corrected.rows.length > 0) return loaded
  const brought = `load_id = ${target.loadId} and ${inDays(days)}`
  await counting(writer, async () => {
    await writer.fill('daily', dailyColumns, inOrder(measures(brought, [kind])))
    if (waitOf[kind]) await writer.fill('daily_bins', binColumns, inOrder(bins(brought, [kind]), 'daily_bins'))
  })
  await writer.script(`delete from stale_days where ${inDays(days)}`)
  await writer.append('stale_episode_days', ['local_day'], [days])
  await writeMeta(writer, { [unfoldedKey]: 'yes' })
  return loaded
}

/** Whether rows were added since they were folded. */
const unfoldedKey = 'rollup_rows_unfolded'

/**
 * Takes what some facts add up to out of the sums of their days, before they go: their days made anew would cost all facts
 * of those days. Exact for counts, and for episodes where `theirs` are whole customers, whose own they are. Days that are
 * behind anyway are not touched.
 */
export async function subtractFromRollups(writer: Writer, theirs: string, days: readonly string[]): Promise<void> {
  const stale = await staleDays(writer)
  const even = days.filter((day) => !stale.includes(day))
  if (even.length === 0) return
  const open = new Set([
    ...(await remainingOf(writer)).hops,
    ...daysOfEpisodes([...stale, ...(await staleDays(writer, 'stale_episode_days'))]),
  ])
  const made = even.filter((day) => !open.has(day))
  const where = `${theirs} and ${inDays(even)}`
  const each = {
    daily: [measures(where), ...(made.length ? [hops(inDays(made), theirs)] : [])].join(' union all '),
    daily_bins: bins(where),
  }
  for (const table of ['daily', 'daily_bins'] as const) {
    const { rows } = await writer.whole(raw(each[table]))
    for (let at = 0; at < rows.length; at += subtractedAtOnce)
      await subtractRows(writer, table, rows.slice(at, at + subtractedAtOnce))
  }
}

/** So many rows are a text that an engine takes. */
const subtractedAtOnce = 1_000
const sumColumns: ReadonlySet<string> = new Set(['n', 'total', 'total_squares', 'hits', 'misses'])

async function subtractRows(writer: Writer, table: 'daily' | 'daily_bins', rows: readonly Row[]): Promise<void> {
  const columns = columnsOf[table]
  const types: Readonly<Record<string, StoredType>> = tables[table]
  const typed = (column: string) => `cast(${column} as ${writer.dialect.type(types[column]!)}) as ${column}`
  const value = (cell: Cell | undefined) => (cell === null || cell === undefined ? sql`null` : sql`${String(cell)}`)
  const values = rows.map((row) => {
    const minus = (column: string) => (sumColumns.has(column) ? -Number(row[column]) : row[column])
    return sql`(${join(
      columns.map((column) => value(minus(column))),
      ', ',
    )})`
  })
  const theirs = sql`(select ${raw(columns.map(typed).join(', '))}
    from (values ${join(values, ', ')}) v(${raw(columns.join(', '))})) theirs`
  const group = columns.filter((column) => !sumColumns.has(column))
  const cell = group.map((column) => `coalesce(cast(${column} as varchar), chr(30))`).join(' || chr(31) || ')
  const days = [...new Set(rows.map((row) => String(row.local_day)))]
  const theirCells = sql`${raw(inDays(days))} and ${raw(cell)} in (select ${raw(cell)} from ${theirs})`
  const both = sql`select ${raw(columns.join(', '))} from ${raw(table)} where ${theirCells}
    union all select ${raw(columns.join(', '))} from ${theirs}`
  const added = columns.map((column) => (sumColumns.has(column) ? `sum(${column}) as ${column}` : column))
  const left = sql`select ${raw(added.join(', '))} from (${both}) b group by ${raw(group.join(', '))} having sum(n) > 0`
  const names = columns.map(typed).join(', ')
  await writer.replace(table, theirCells, columns, sql`select ${raw(names)} from (${left}) l`)
}

/** Makes one row of the several that adding left for the sums of a day: less to read until they are made anew. */
export async function foldRollups(writer: Writer): Promise<void> {
  const days = await staleDays(writer, 'stale_episode_days')
  if (days.length === 0 || (await readMeta(writer))[unfoldedKey] !== 'yes') return
  await writeMeta(writer, { [unfoldedKey]: 'no' })
  for (const table of ['daily', 'daily_bins'] as const)
    await writer.replace(table, raw(inDays(days)), columnsOf[table], inOrder(folded(table, inDays(days)), table))
}

/** What `refreshInTurns` has still to do, in warehouse_meta: days whose sums, and days whose episodes, are made anew. */
interface Remaining {
  measures: string[]
  hops: string[]
}
const remainingKey = 'rollup_days_remaining'

/**
 * What `refreshRollups` does with the episodes, in many turns instead of one: for a lake, where a month of facts takes
 * minutes and whoever else writes must not wait for all of it. Episodes are made once nothing can join them any more, a
 * week after they began; those of the last days stay noted. Killed in between it goes on the next time.
 */
export async function refreshInTurns({ write, aside }: Pick<Warehouse, 'write' | 'aside'>, today: Day): Promise<void> {
  const complete = addDays(today, -episodeDays - 1)
  const parts = await write(async (writer) => {
    const before = await remainingOf(writer)
    const open = [...(await staleDays(writer)), ...(await staleDays(writer, 'stale_episode_days'))]
    const remaining = {
      measures: inOneOrder([...before.measures, ...open]),
      hops: inOneOrder([...before.hops, ...daysOfEpisodes(open)]),
    }
    if (remaining.measures.length + remaining.hops.length === 0) return undefined
    // What comes in from here on is noted anew, and is not struck out by what ends here.
    await writeMeta(writer, { [remainingKey]: JSON.stringify(remaining) })
    await writer.script('delete from stale_episode_days')
    const hops: { days: string[]; seen: string[] }[] = []
    const due = remaining.hops.filter((day) => day <= complete)
    for (const days of await inParts(writer, due)) hops.push({ days, seen: await seenInParts(writer, days) })
    return { measures: await inParts(writer, remaining.measures), hops }
  })
  for (const part of parts?.measures ?? [])
    await write(async (writer) => {
      await makeMeasures(writer, [part])
      await writer.script(`delete from stale_days where ${inDays(part)}`)
      await strikeOut(writer, 'measures', part)
    })
  for (const { days, seen } of parts?.hops ?? []) {
    const putIn = (made?: string) =>
      write(async (writer) => {
        // Whoever had the turn meanwhile may have made some of them, from newer facts.
        const open = new Set((await remainingOf(writer)).hops)
        const left = days.filter((day) => open.has(day))
        if (left.length === 0) return
        if (made === undefined) await makeHops(writer, [left])
        else {
          await writer.remove('daily', raw(`metric = 'channel_hops' and ${inDays(left)}`))
          await writer.fill(
            'daily',
            dailyColumns,
            inOrder(`select ${dailyColumns.join(', ')} from ${made} where ${inDays(left)}`),
          )
        }
        await strikeOut(writer, 'hops', left)
      })
    // Weeks of contacts are looked at beside the writers; the turn is for putting in what was found.
    if (!aside) await putIn()
    else
      await aside(
        tables.daily,
        (held) => seen.map((some) => raw(hops(inDays(days), some, held('interactions')))),
        putIn,
      )
  }
}

async function remainingOf(writer: Writer): Promise<Remaining> {
  const noted = (await readMeta(writer))[remainingKey]
  return noted ? (JSON.parse(noted) as Remaining) : { measures: [], hops: [] }
}

async function strikeOut(writer: Writer, what: keyof Remaining, done: readonly string[]): Promise<void> {
  const remaining = await remainingOf(writer)
  const rest = remaining[what].filter((day) => !done.includes(day))
  if (rest.length < remaining[what].length)
    await writeMeta(writer, { [remainingKey]: JSON.stringify({ ...remaining, [what]: rest }) })
}

async function makeMeasures(writer: Writer, parts: readonly string[][]): Promise<void> {
  const all = inDays(parts.flat())
  await writer.remove('daily', sql`metric <> 'channel_hops' and ${raw(all)}`)
  await writer.remove('daily_bins', raw(all))
  for (const part of parts) {
    await writer.fill('daily', dailyColumns, inOrder(measures(inDays(part))))
    await writer.fill('daily_bins', binColumns, inOrder(bins(inDays(part)), 'daily_bins'))
  }
}

async function makeHops(writer: Writer, parts: readonly string[][]): Promise<void> {
  await writer.remove('daily', raw(`metric = 'channel_hops' and ${inDays(parts.flat())}`))
  for (const part of parts)
    for (const seen of await seenInParts(writer, part))
      await writer.fill('daily', dailyColumns, inOrder(hops(inDays(part), seen)))
}

/** A contact begins, joins or ends episodes up to a week to either side. */
const daysOfEpisodes = (days: readonly string[]) => around(days, episodeDays + 1)

/** Makes all rollups anew from the facts. */
export async function rebuildRollups(writer: Writer, factsAtOnce = mostFacts[writer.dialect.name]): Promise<void> {
  await writer.remove('daily')
  await writer.remove('daily_bins')
  // Written once, in order: writing, deleting and writing again costs as much as all the sums.
  for (const part of partsOf(await factDays(writer), factsAtOnce)) {
    const days = between(part)
    const [seen = 'false', ...others] = await seenInParts(writer, part, factsAtOnce)
    await writer.fill('daily', dailyColumns, inOrder(`${measures(days)} union all ${hops(days, seen)}`))
    for (const other of others) await writer.fill('daily', dailyColumns, inOrder(hops(days, other)))
    await writer.fill('daily_bins', binColumns, inOrder(bins(days), 'daily_bins'))
  }
  await writer.script('delete from stale_days; delete from stale_episode_days')
  await writeMeta(writer, { rollup_rows_scattered: '0', [remainingKey]: '{"measures":[],"hops":[]}' })
}

const dailyColumns = ['metric', ...keys.split(', '), 'n', 'total', 'total_squares', 'hits', 'misses']
const binColumns = ['metric', ...binKeys.split(', '), 'bin', 'n']
const columnsOf = { daily: dailyColumns, daily_bins: binColumns } as const

const fewDays = 60

/** Days whose sums are behind their facts; or whose episodes are, and which may have been added to. */
async function staleDays(writer: Writer, table: 'stale_days' | 'stale_episode_days' = 'stale_days'): Promise<string[]> {
  const { rows } = await writer.run(sql`select distinct local_day from ${raw(table)} order by 1`)
  return rows.map((row) => String(row.local_day))
}

const inOneOrder = (days: readonly string[]): string[] => [...new Set(days)].sort()

const around = (days: readonly string[], reach: number): string[] =>
  inOneOrder(days.flatMap((day) => Array.from({ length: 2 * reach + 1 }, (_, i) => addDays(day, i - reach))))

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

/** Days, as many at once as the engine takes; those without facts, too, for they may have had some. */
async function inParts(writer: Writer, days: readonly string[]): Promise<string[][]> {
  if (days.length === 0) return []
  const factsAtOnce = mostFacts[writer.dialect.name]
  if (factsAtOnce === Number.POSITIVE_INFINITY) return [[...days]]
  const facts = new Map((await factDays(writer, inDays(days))).map(({ day, n }) => [day, n]))
  return partsOf(
    [...days].sort().map((day) => ({ day, n: facts.get(day) ?? 0 })),
    factsAtOnce,
  )
}

const between = (days: readonly string[], more = 0): string =>
  `local_day between ${dateOf(addDays(days[0]!, -more))} and ${dateOf(addDays(days.at(-1)!, more))}`

/**
 * Conditions for the days on which the episodes of these days may have begun and may go on; of so many customers at once
 * that an engine takes their contacts. A key's episodes may then stand in several rows.
 */
async function seenInParts(
  writer: Writer,
  days: readonly string[],
  factsAtOnce = mostFacts[writer.dialect.name],
): Promise<string[]> {
  const seen = between(days, episodeDays + 1)
  if (factsAtOnce === Number.POSITIVE_INFINITY) return [seen]
  const { rows } = await writer.whole(sql`select count(*) as n from interactions where ${raw(seen)}`)
  const parts = Math.ceil(Number(rows[0]!.n) / (episodesAtOnce * factsAtOnce))
  if (parts <= 1) return [seen]
  return Array.from({ length: parts }, (_, part) => `${seen} and mod(customer_key, ${parts}) = ${part}`)
}

/** Fewer columns of a contact are looked at for its episode than are added up. */
const episodesAtOnce = 2

async function knownDays(writer: Writer): Promise<number> {
  return Number((await writer.whole(sql`select count(distinct local_day) as n from daily`)).rows[0]!.n)
}

/** Counts the rows that `work` wrote out of order. The tables of a lake are sorted when they are compacted. */
async function counting(writer: Writer, work: () => Promise<void>): Promise<void> {
  if (writer.dialect.name !== 'duckdb') return work()
  const before = await countRollups(writer)
  await work()
  await sortWhenScattered(writer, (await countRollups(writer)) - before)
}

// A question reads one metric over a period: that lies together, and the rest is passed over.
const inOrder = (rows: string, table: keyof typeof sortKeys = 'daily'): Sql =>
  raw(`select * from (${rows}) made order by ${sortKeys[table]}`)

/** What waits, durations, outcomes, answers and complaints of these facts add up to. In the common subset, as all below. */
function measures(where: string, kinds: readonly FactKind[] = [...rolledUp]): string {
  const current = `superseded_by = 0 and ${where}`
  const each: Partial<Record<FactKind, string>> = {
    interactions: eachMeasure(
      `select ${keys}, count(*) as n, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('success')}
       from (select ${keys}, wait_seconds as wait, duration_seconds as duration, outcome from interactions where ${current}) i
       group by ${keys}`,
      ['volume', 'wait', 'duration', 'success_rate'],
    ),
    tickets: eachMeasure(
      `select ${keys}, ${secondsSums('wait')}, ${secondsSums('duration')}, ${outcomeSums('served')}
       from (select ${keys}, ${queuedWait} as wait, service_seconds as duration, outcome from tickets where ${current}) t
       group by ${keys}`,
      ['wait', 'duration', 'success_rate'],
    ),
    responses: `select metric, ${keys}, count(*) as n, sum(score) as total, sum(score * score) as total_squares,
        ${answerHits} as hits, ${answerMisses} as misses
      from (${scaledAnswers} and ${where}) a where score is not null group by metric, ${keys}`,
    complaints: `select 'complaint_rate' as metric, ${keys}, count(*) as n, cast(0 as double) as total,
        cast(0 as double) as total_squares, count(*) as hits, cast(0 as bigint) as misses
      from complaints where ${current} group by ${keys}`,
  }
  return `select metric, ${keys}, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
      cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
    from (${kinds.map((kind) => each[kind]).join(' union all ')}) r
    group by metric, ${keys}`
}

/** Waits in logarithmic bins. */
const bins = (where: string, kinds: readonly FactKind[] = [...rolledUp]): string => {
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

const hops = (days: string, seen: string, contacts = 'interactions'): string =>
  `select 'channel_hops' as metric, ${keys}, count(*) as n, cast(0 as double) as total, cast(0 as double) as total_squares,
     count(*) filter (where hops) as hits, cast(0 as bigint) as misses
   from (${episodesOf(days, seen, contacts)}) e group by ${keys}`

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

/** The facts that somebody waits in, and where it stands for how long. */
const waitOf: Partial<Record<FactKind, string>> = { interactions: 'wait_seconds', tickets: queuedWait }

/** The rows of a rollup with those of one key put together. */
const folded = (table: 'daily' | 'daily_bins', where: string): string =>
  table === 'daily'
    ? `select metric, ${keys}, cast(sum(n) as bigint) as n, sum(total) as total, sum(total_squares) as total_squares,
         cast(sum(hits) as bigint) as hits, cast(sum(misses) as bigint) as misses
       from daily where ${where} group by metric, ${keys}`
    : `select metric, ${binKeys}, bin, cast(sum(n) as bigint) as n
       from daily_bins where ${where} group by metric, ${binKeys}, bin`

const dateOf = (day: string): string => `date '${checkedDay(day)}'`

const inDays = (days: readonly string[]): string => `local_day in (${days.map(dateOf).join(', ')})`

function checkedDay(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`not a day: ${day}`)
  return day
}

async function countRollups(writer: Writer): Promise<number> {
  return Number((await writer.run(sql`select count(*) as n from daily`)).rows[0]!.n)
}

/** Rows written out of order since the last sorting are counted; past half of the table it is sorted, and folded with it. */
async function sortWhenScattered(writer: Writer, written: number): Promise<void> {
  const scattered = Number((await readMeta(writer)).rollup_rows_scattered ?? 0) + Math.max(0, written)
  if (scattered * 2 < (await countRollups(writer)) || scattered < 100_000)
    return writeMeta(writer, { rollup_rows_scattered: String(scattered) })
  // A metric's period then lies in few row groups.
  for (const table of ['daily', 'daily_bins'] as const)
    await writer.replace(table, raw('true'), columnsOf[table], inOrder(folded(table, 'true'), table))
  await writeMeta(writer, { rollup_rows_scattered: '0' })
}
