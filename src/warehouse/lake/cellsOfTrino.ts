import type { Cell, Column, Result, Row } from '../warehouse.ts'
import type { Statement, TrinoColumn } from './trinoClient.ts'

/** Trino's name of a type without its measures: `timestamp(6)` is a timestamp. */
export const plainType = (type: string): string => type.replace(/\(.*\)/, '').trim()

/** How a value in Trino's JSON becomes a cell. */
function cellReader(type: string): (value: unknown) => Cell {
  switch (plainType(type)) {
    case 'double':
    case 'real':
      // 'NaN' and 'Infinity' come as texts: what is not a number is not known.
      return (value) => (typeof value === 'number' ? value : null)
    case 'decimal':
    case 'bigint':
      return (value) => (value === null ? null : Number(value))
    case 'timestamp':
    case 'timestamp with time zone':
      return (value) => (value === null ? null : new Date(microsOf(String(value)) / 1000).toISOString())
    case 'boolean':
    case 'integer':
    case 'smallint':
    case 'tinyint':
      return (value) => value as Cell
    default:
      return (value) => (value === null ? null : typeof value === 'string' ? value : JSON.stringify(value))
  }
}

/** Microseconds since 1970 of `2025-01-01 01:02:03.456789`, whose zone is UTC. Exact until the year 2255. */
function microsOf(text: string): number {
  const seconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
  const fraction = /^\.(\d{1,6})/.exec(text.slice(19))?.[1] ?? ''
  return seconds * 1000 + Number(fraction.padEnd(6, '0'))
}

export function resultOf({ columns, rows }: Pick<Statement, 'columns' | 'rows'>): Result {
  const readers = columns.map(({ type }) => cellReader(type))
  return {
    columns: columns.map(({ name, type }) => ({ name, type: plainType(type) })),
    rows: rows.map((values) => {
      const row: Row = {}
      for (let c = 0; c < columns.length; c++) row[columns[c]!.name] = readers[c]!(values[c])
      return row
    }),
  }
}

/** Rows as columns that the workbench takes in: instants with their microseconds. */
export function columnsOf(rows: readonly unknown[][], columns: readonly TrinoColumn[]): Column[] {
  return columns.map(({ type }, c) => {
    if (plainType(type) !== 'timestamp') {
      const read = cellReader(type)
      return rows.map((row) => read(row[c]))
    }
    return rows.map((row) => (row[c] === null ? null : BigInt(microsOf(String(row[c])))))
  })
}
