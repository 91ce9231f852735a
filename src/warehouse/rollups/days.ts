import { addDays } from '#lib/time.ts'
import { rolledUp } from '../loading.ts'
import { readMeta, writeMeta } from '../migrations.ts'
import { raw, sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import { between, episodeDays, inDays } from './sums.ts'

/** Days whose sums are behind their facts; or whose episodes are, and which may have been added to. */
export async function staleDays(
  writer: Writer,
  table: 'stale_days' | 'stale_episode_days' = 'stale_days',
): Promise<string[]> {
  const { rows } = await writer.run(sql`select distinct local_day from ${raw(table)} order by 1`)
  return rows.map((row) => String(row.local_day))
}

export const inOneOrder = (days: readonly string[]): string[] => [...new Set(days)].sort()

const around = (days: readonly string[], reach: number): string[] =>
  inOneOrder(days.flatMap((day) => Array.from({ length: 2 * reach + 1 }, (_, i) => addDays(day, i - reach))))

/** A contact begins, joins or ends episodes up to a week to either side. */
export const daysOfEpisodes = (days: readonly string[]) => around(days, episodeDays + 1)

/** What `refreshInTurns` has still to do, in warehouse_meta: days whose sums, and days whose episodes, are made anew. */
interface Remaining {
  measures: string[]
  hops: string[]
}

export const remainingKey = 'rollup_days_remaining'

export async function remainingOf(writer: Writer): Promise<Remaining> {
  const noted = (await readMeta(writer))[remainingKey]
  return noted ? (JSON.parse(noted) as Remaining) : { measures: [], hops: [] }
}

export async function strikeOut(writer: Writer, what: keyof Remaining, done: readonly string[]): Promise<void> {
  const remaining = await remainingOf(writer)
  const rest = remaining[what].filter((day) => !done.includes(day))
  if (rest.length < remaining[what].length)
    await writeMeta(writer, { [remainingKey]: JSON.stringify({ ...remaining, [what]: rest }) })
}

/** A cluster adds up in its memory and refuses what does not fit, where DuckDB spills: so many facts in one statement. */
export const mostFacts = { duckdb: Number.POSITIVE_INFINITY, trino: 2_000_000 }

interface DayOfFacts {
  day: string
  n: number
}

/** The days that have facts, in their order. */
export async function factDays(writer: Writer, among = 'local_day is not null'): Promise<DayOfFacts[]> {
  const each = [...rolledUp].map((kind) => `select local_day from ${kind} where ${among}`)
  const { rows } = await writer.whole(
    sql`select local_day, count(*) as n from (${raw(each.join(' union all '))}) f group by local_day order by local_day`,
  )
  return rows.map(({ local_day, n }) => ({ day: String(local_day), n: Number(n) }))
}

/** Days in their order, so many at once that their facts are not too many; one at the least. */
export function partsOf(days: readonly DayOfFacts[], factsAtOnce: number): string[][] {
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
export async function inParts(writer: Writer, days: readonly string[]): Promise<string[][]> {
  if (days.length === 0) return []
  const factsAtOnce = mostFacts[writer.dialect.name]
  if (factsAtOnce === Number.POSITIVE_INFINITY) return [[...days]]
  const facts = new Map((await factDays(writer, inDays(days))).map(({ day, n }) => [day, n]))
  return partsOf(
    [...days].sort().map((day) => ({ day, n: facts.get(day) ?? 0 })),
    factsAtOnce,
  )
}

/**
 * Conditions for the days on which the episodes of these days may have begun and may go on; of so many customers at once
 * that an engine takes their contacts. A key's episodes may then stand in several rows.
 */
export async function seenInParts(
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
