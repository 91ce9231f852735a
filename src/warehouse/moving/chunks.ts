import { isFact, logOfTable, orderOfTable } from '../lake/lakeTables.ts'
import { logColumns } from '../logTables.ts'

/** A part of a table that is copied, and begun again, as one: days that follow one another, or the whole table. */
export interface Chunk {
  table: string
  /** Its name among the table's; the same each time the same rows are there. */
  name: string
  /** In the common subset. */
  where: string
  rows: number
}

/** How many rows a chunk has at most, unless one day has more; what a killed move does again is no more than this. */
export const chunkRows = 4_000_000
/** A writer of the cluster has one file open for each month. */
const monthsAtMost = 12

export const isByDay = (table: string): boolean => isFact(table) || table === 'daily' || table === 'daily_bins'

/** The order in which a table's rows are written: of a log that in which it was prepared. */
export function orderToCopy(table: string): readonly string[] {
  const log = logOfTable(table)
  return log ? Object.keys(logColumns[log.part]).slice(0, 1) : orderOfTable(table)
}

export const wholeTable = (table: string, rows: number): Chunk[] =>
  rows > 0 ? [{ table, name: 'all', where: 'true', rows }] : []

const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7))

/** Days in their order, each with its rows; a null day last. */
export function chunksOfDays(
  table: string,
  days: readonly { day: string | null; rows: number }[],
  atMost = chunkRows,
): Chunk[] {
  const chunks: Chunk[] = []
  let open: { first: string; last: string; rows: number } | undefined
  const close = () => {
    if (!open) return
    const { first, last, rows } = open
    const where = `local_day between date '${first}' and date '${last}'`
    chunks.push({ table, name: `${first}..${last}`, where, rows })
    open = undefined
  }
  for (const { day, rows } of days) {
    if (day === null) {
      close()
      chunks.push({ table, name: 'without a day', where: 'local_day is null', rows })
      continue
    }
    if (open && (open.rows + rows > atMost || monthOf(day) - monthOf(open.first) >= monthsAtMost)) close()
    if (open) Object.assign(open, { last: day, rows: open.rows + rows })
    else open = { first: day, last: day, rows }
  }
  close()
  return chunks
}
