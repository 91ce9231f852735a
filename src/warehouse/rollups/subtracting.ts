import type { StoredType } from '../dialect.ts'
import { tables } from '../facts.ts'
import { join, raw, sql } from '../sql.ts'
import type { Cell, Row, Writer } from '../warehouse.ts'
import { daysOfEpisodes, remainingOf, staleDays } from './days.ts'
import { bins, columnsOf, hops, inDays, measures } from './sums.ts'

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
  // His episodes of the other days may just be looked at beside the writers, and be put in after he has gone.
  const again = even.filter((day) => open.has(day))
  await writer.append('stale_episode_days', ['local_day'], [again])
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
