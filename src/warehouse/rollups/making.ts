import { readMeta, writeMeta } from '../migrations.ts'
import { raw, sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import {
  daysOfEpisodes,
  factDays,
  inOneOrder,
  inParts,
  mostFacts,
  partsOf,
  remainingKey,
  seenInParts,
  staleDays,
  strikeOut,
} from './days.ts'
import { between, binColumns, bins, columnsOf, dailyColumns, folded, hops, inDays, inOrder, measures } from './sums.ts'

export interface RefreshOptions {
  /**
   * When the episodes of channel hopping are made anew, which reach over a week and so cost a month of facts: now, or
   * later, by the next refresh that says `now` (under intake, where a day's episodes stay open for a week anyway).
   */
  episodes?: 'now' | 'later'
}

/**
 * When the episodes of what a file brought or an undo took out are made: on a lake a day of them is the contacts of two
 * weeks, which nobody else's writing should wait for.
 */
export const episodesAfterLoad = ({ dialect }: Pick<Writer, 'dialect'>): 'now' | 'later' =>
  dialect.name === 'duckdb' ? 'now' : 'later'

const fewDays = 60

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

export async function makeMeasures(writer: Writer, parts: readonly string[][]): Promise<void> {
  const all = inDays(parts.flat())
  await writer.remove('daily', sql`metric <> 'channel_hops' and ${raw(all)}`)
  await writer.remove('daily_bins', raw(all))
  for (const part of parts) {
    await writer.fill('daily', dailyColumns, inOrder(measures(inDays(part))))
    await writer.fill('daily_bins', binColumns, inOrder(bins(inDays(part)), 'daily_bins'))
  }
}

export async function makeHops(writer: Writer, parts: readonly string[][]): Promise<void> {
  await writer.remove('daily', raw(`metric = 'channel_hops' and ${inDays(parts.flat())}`))
  for (const part of parts)
    for (const seen of await seenInParts(writer, part))
      await writer.fill('daily', dailyColumns, inOrder(hops(inDays(part), seen)))
}

async function knownDays(writer: Writer): Promise<number> {
  return Number((await writer.whole(sql`select count(distinct local_day) as n from daily`)).rows[0]!.n)
}

/** Counts the rows that `work` wrote out of order. The tables of a lake are sorted when they are compacted. */
export async function counting(writer: Writer, work: () => Promise<void>): Promise<void> {
  if (writer.dialect.name !== 'duckdb') return work()
  const before = await countRollups(writer)
  await work()
  await sortWhenScattered(writer, (await countRollups(writer)) - before)
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
