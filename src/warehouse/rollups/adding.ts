import type { FactKind } from '../facts.ts'
import {
  type LoadCounts,
  loadFacts,
  loadNewFacts,
  type LoadTarget,
  sourcesToCompare,
  type Touched,
} from '../loading.ts'
import { readMeta, writeMeta } from '../migrations.ts'
import { list, raw, type Sql, sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import { mostFacts, partsOf, staleDays } from './days.ts'
import { counting } from './making.ts'
import { binColumns, bins, columnsOf, dailyColumns, folded, inDays, inOrder, measures, waitOf } from './sums.ts'

/**
 * Loads facts as `loadFacts` does and adds them to the sums of their days instead of having these made anew: that costs
 * what comes in and not what the day already holds. Where anything is corrected, or a day was stale before, the days stay
 * stale. The sums of a day then stand in several rows, until `foldRollups` or a refresh with its episodes makes them one.
 */
export const loadAddingUp = (
  writer: Writer,
  kind: FactKind,
  target: LoadTarget,
  staging: string,
): Promise<LoadCounts & Touched> =>
  addingUp(writer, kind, [target.loadId], () => loadFacts(writer, kind, target, staging))

/**
 * As `loadAddingUp`, for rows of several sources at once, of each of which the staging table says its `source` and `load_id`:
 * a lake takes the same dozen statements for all as for one. Sources with rows to compare are loaded one by one.
 */
export async function loadSourcesAddingUp(
  writer: Writer,
  kind: FactKind,
  { timeZone }: Pick<LoadTarget, 'timeZone'>,
  staging: string,
): Promise<void> {
  const loads = await loadsOf(writer, staging)
  const compared = await sourcesToCompare(writer, kind, staging)
  const rest = loads.filter(({ source }) => !compared.includes(source))
  if (rest.length > 0) {
    const fresh = compared.length === 0 ? staging : ownRows
    if (fresh === ownRows)
      await ownTable(writer, sql`select * from ${raw(staging)} where source not in ${list(compared)}`)
    const loadIds = rest.map(({ loadId }) => loadId)
    await addingUp(writer, kind, loadIds, () => loadNewFacts(writer, kind, { timeZone }, fresh))
  }
  for (const { source, loadId } of loads.filter(({ source }) => compared.includes(source))) {
    const its = sql`source = ${source} and load_id = ${loadId}`
    await ownTable(writer, sql`select * exclude (source, load_id) from ${raw(staging)} where ${its}`)
    await loadAddingUp(writer, kind, { loadId, source, timeZone }, ownRows)
  }
  await writer.script(`drop table if exists ${ownRows}`)
}

/** In the order of the loads: a later one corrects an earlier. */
async function loadsOf(writer: Writer, staging: string): Promise<{ source: string; loadId: number }[]> {
  const { rows } = await writer.run(sql`select distinct source, load_id from ${raw(staging)} order by load_id`)
  return rows.map(({ source, load_id }) => ({ source: String(source), loadId: Number(load_id) }))
}

const ownRows = 'temp.rows_of_source'

const ownTable = (writer: Writer, query: Sql) =>
  writer.run(sql`create or replace temp table rows_of_source as ${query}`)

async function addingUp(
  writer: Writer,
  kind: FactKind,
  loadIds: readonly number[],
  load: () => Promise<LoadCounts & Touched>,
): Promise<LoadCounts & Touched> {
  const stale = new Set(await staleDays(writer))
  const loaded = await load()
  const days = loaded.days.filter((day) => !stale.has(day))
  const theirs = list(loadIds)
  const corrected = await writer.run(sql`select 1 from ${raw(kind)} where superseded_by in ${theirs} limit 1`)
  if (days.length === 0 || corrected.rows.length > 0) return loaded
  const brought = `load_id in (${loadIds.join(', ')}) and ${inDays(days)}`
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
 * As many days in one turn of a lake as it takes at once; returns how many.
 */
export async function foldFiner(writer: Writer, rowsAtOnce = mostFacts[writer.dialect.name]): Promise<number> {
  const each = Object.entries(finer).map(([table, where]) => `select local_day, 1 as n from ${table} where ${where}`)
  const { rows } = await writer.whole(
    sql`select local_day, sum(n) as n from (${raw(each.join(' union all '))}) f where local_day is not null group by 1 order by 1`,
  )
  const parts = partsOf(
    rows.map((row) => ({ day: String(row.local_day), n: Number(row.n) })),
    rowsAtOnce,
  )
  const [days] = parts
  if (!days) return 0
  // DuckDB takes all of it, and as quickly: it then comes out sorted.
  const which = rowsAtOnce === Number.POSITIVE_INFINITY ? 'true' : inDays(days)
  for (const table of ['daily', 'daily_bins'] as const)
    await writer.replace(table, raw(which), columnsOf[table], inOrder(folded(table, which), table))
  return days.length
}
