import type { StoredType } from '../dialect.ts'
import { trino } from '../dialect.ts'
import { type FactKind, factKinds, facts, internals, tables } from '../facts.ts'
import { logColumns, type LogPart, logParts } from '../logTables.ts'

/** What of the machinery lies in the lake; the rest of it is kept in the Store (lakeState.ts). */
const ownInternals = { fact_repeats: internals.fact_repeats } as const

/** Every table that stands from the beginning; those of prepared logs come with their log. */
export const standingTables: Readonly<Record<string, Readonly<Record<string, StoredType>>>> = {
  ...facts,
  ...tables,
  ...ownInternals,
}

export const isFact = (table: string): table is FactKind => (factKinds as readonly string[]).includes(table)

/** The process's log and the part of it that a table holds. */
export function logOfTable(table: string): { log: number; part: LogPart } | undefined {
  const found = /^log_(\d+)_([a-z_]+)$/.exec(table)
  if (!found || !(logParts as readonly string[]).includes(found[2]!)) return undefined
  return { log: Number(found[1]), part: found[2] as LogPart }
}

export function columnsOfTable(table: string): Readonly<Record<string, StoredType>> {
  const log = logOfTable(table)
  const columns = log ? logColumns[log.part] : standingTables[table]
  if (!columns) throw new Error(`the lake has no table ${table}`)
  return columns
}

/** In which order rows lie: what questions filter on comes first, so that whole files and row groups are passed over. */
export function orderOfTable(table: string): readonly string[] {
  if (isFact(table)) return ['local_day', 'unit_id']
  if (table === 'daily' || table === 'daily_bins') return ['metric', 'local_day', 'unit_id']
  if (table === 'customers') return ['customer_key']
  if (table === 'fact_repeats') return ['kind', 'source', 'source_id']
  return []
}

/**
 * Rows with an instant in the last second before 1970. Trino sorts what it writes by way of ORC files, which do not keep
 * the fraction of that one second; where there are such rows, they are written as they come, and they come in order.
 */
export function besideEpoch(table: string): string | undefined {
  const instants = Object.entries(columnsOfTable(table)).filter(([, type]) => type === 'timestamp')
  const beside = instants.map(
    ([name]) => `(${name} > timestamp '1969-12-31 23:59:59' and ${name} < timestamp '1970-01-01 00:00:00')`,
  )
  return beside.length ? beside.join(' or ') : undefined
}

/** For statements that write such rows. */
export const unsorted = (catalog: string): Readonly<Record<string, string>> => ({
  [`${catalog}.sorted_writing_enabled`]: 'false',
})

const columnList = (columns: Readonly<Record<string, StoredType>>): string =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${trino.type(type)}`)
    .join(', ')

export function createLakeTable(table: string): string {
  const properties = ["format = 'PARQUET'"]
  if (isFact(table) || table === 'daily' || table === 'daily_bins')
    properties.push("partitioning = ARRAY['month(local_day)']")
  const order = orderOfTable(table)
  if (order.length && !logOfTable(table))
    properties.push(`sorted_by = ARRAY[${order.map((column) => `'${column}'`).join(', ')}]`)
  return `create table if not exists ${table} (${columnList(columnsOfTable(table))}) with (${properties.join(', ')})`
}

/** A table whose Parquet files are registered and then read once: unpartitioned, for add_files takes no other. */
export const createStageTable = (name: string, columns: Readonly<Record<string, StoredType>>): string =>
  `create table ${name} (${columnList(columns)}) with (format = 'PARQUET')`
