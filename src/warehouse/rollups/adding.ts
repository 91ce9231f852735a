import type { FactKind } from '../facts.ts'
import { type LoadCounts, loadFacts, type LoadTarget, type Touched } from '../loading.ts'
import { readMeta, writeMeta } from '../migrations.ts'
import { raw, sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import { staleDays } from './days.ts'
import { counting } from './making.ts'
import { binColumns, bins, columnsOf, dailyColumns, folded, inDays, inOrder, measures, waitOf } from './sums.ts'

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

/** Makes one row of the several that adding left for the sums of a day: less to read until they are made anew. */
export async function foldRollups(writer: Writer): Promise<void> {
  const days = await staleDays(writer, 'stale_episode_days')
  if (days.length === 0 || (await readMeta(writer))[unfoldedKey] !== 'yes') return
  await writeMeta(writer, { [unfoldedKey]: 'no' })
  for (const table of ['daily', 'daily_bins'] as const)
    await writer.replace(table, raw(inDays(days)), columnsOf[table], inOrder(folded(table, inDays(days)), table))
}

const finer = {
  daily: 'segment is not null',
  daily_bins: 'touchpoint_id is not null or segment is not null',
} as const

/**
 * Adds up what programs before this one kept apart by segment, or bins by touchpoint as well: three rows to read for one.
 * So many days in one turn of a lake; returns how many it found.
 */
export async function foldFiner(writer: Writer, daysAtOnce = 31): Promise<number> {
  const each = Object.entries(finer).map(([table, where]) => `select local_day from ${table} where ${where}`)
  const { rows } = await writer.whole(
    sql`select distinct local_day from (${raw(each.join(' union all '))}) f order by 1 limit ${raw(String(daysAtOnce))}`,
  )
  if (rows.length === 0) return 0
  // DuckDB writes all of it as quickly, and it comes out sorted.
  const which = writer.dialect.name === 'duckdb' ? 'true' : inDays(rows.map((row) => String(row.local_day)))
  for (const table of ['daily', 'daily_bins'] as const)
    await writer.replace(table, raw(which), columnsOf[table], inOrder(folded(table, which), table))
  return rows.length
}
