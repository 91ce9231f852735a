import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBIntegerVector,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import { mayHaveChanged } from './changing.ts'
import type { Bindable, Compiled } from './sql.ts'
import type { Cell, Column, Result, Row } from './warehouse.ts'

const dayMs = 86_400_000

/** Runs a statement with its values and reads the whole result; `changed` is told where rows may have changed. */
export async function runCompiled(
  connection: DuckDBConnection,
  { text, values }: Compiled,
  changed?: () => void,
): Promise<Result> {
  const result = await connection.run(text, values.map(bound))
  if (changed && mayHaveChanged(text, result)) changed()
  const names = result.deduplicatedColumnNames()
  const types = result.columnTypes()
  const columns = names.map((name, i) => ({ name, type: String(types[i]).toLowerCase() }))
  const readers = types.map((type) => cellReader(type.typeId))
  const rows: Row[] = []
  for (const chunk of await result.fetchAllChunks()) {
    const values = chunk.getColumns()
    for (let i = 0; i < chunk.rowCount; i++) {
      const row: Row = {}
      for (let c = 0; c < names.length; c++) row[names[c]!] = readers[c]!(values[c]![i]!)
      rows.push(row)
    }
  }
  return { columns, rows }
}

function bound(value: Bindable): DuckDBValue {
  if (value instanceof Date) return new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n)
  if (typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) >= 2 ** 31) return BigInt(value)
  return value
}

/** How a DuckDB value of a type becomes a cell. */
function cellReader(type: DuckDBTypeId): (value: DuckDBValue) => Cell {
  switch (type) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UTINYINT:
      return (value) => value as Cell
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.FLOAT:
      // JSON has no infinity and no NaN: what is not a number is not known.
      return (value) => (Number.isFinite(value) ? (value as number) : null)
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
      return (value) => (value === null ? null : Number(value))
    case DuckDBTypeId.DECIMAL:
      return (value) => (value instanceof DuckDBDecimalValue ? value.toDouble() : null)
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) =>
        value === null ? null : new Date(Number((value as DuckDBTimestampValue).micros / 1000n)).toISOString()
    default:
      return (value) => (value === null ? null : String(value))
  }
}

/** Appends columns of equal length to a table through DuckDB's appender; columns not named stay null. */
export async function appendColumns(
  connection: DuckDBConnection,
  table: string,
  columns: readonly string[],
  data: readonly Column[],
): Promise<void> {
  const length = data[0]?.length ?? 0
  if (columns.length !== data.length || data.some((column) => column.length !== length))
    throw new Error(`append to ${table}: columns of unequal length`)
  if (length === 0) return
  const described = await (
    await connection.run(`select name from pragma_table_info('${table}') order by cid`)
  ).getRows()
  const names = described.map(([name]) => String(name))
  const unknown = columns.find((column) => !names.includes(column))
  if (unknown) throw new Error(`append to ${table}: there is no column ${unknown}`)
  const places = names.map((name) => columns.indexOf(name))
  const appender = await connection.createAppender(table)
  try {
    const types = names.map((_, i) => appender.columnType(i))
    const writers = types.map(cellWriter)
    const chunk = DuckDBDataChunk.create(types)
    for (let start = 0; start < length; start += 2048) {
      const size = Math.min(2048, length - start)
      chunk.reset()
      chunk.rowCount = size
      for (let c = 0; c < names.length; c++) {
        const source = places[c]! < 0 ? undefined : data[places[c]!]!
        if (source instanceof Int32Array && types[c]!.typeId === DuckDBTypeId.INTEGER) {
          copyIntegers(chunk, c, source.subarray(start, start + size))
          continue
        }
        const values: DuckDBValue[] = new Array(size).fill(null)
        if (source) for (let i = 0; i < size; i++) values[i] = writers[c]!(source[start + i] ?? null)
        chunk.setColumnValues(c, values)
      }
      appender.appendDataChunk(chunk)
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

/** Whole numbers as they are: no value is made of each. */
function copyIntegers(chunk: DuckDBDataChunk, column: number, source: Int32Array): void {
  const vector = chunk.getColumnVector(column) as DuckDBIntegerVector
  for (let i = 0; i < source.length; i++) vector.setItem(i, source[i]!)
  vector.flush()
}

/** How a cell becomes a DuckDB value of a type: days as YYYY-MM-DD, instants as ISO 8601 or microseconds (bigint). */
function cellWriter(type: DuckDBType): (value: Cell | bigint | Date) => DuckDBValue {
  const unlessNull =
    (write: (value: Exclude<Cell | bigint | Date, null>) => DuckDBValue) =>
    (value: Cell | bigint | Date): DuckDBValue =>
      value === null ? null : write(value)
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
      return unlessNull((value) => BigInt(value as number | bigint))
    case DuckDBTypeId.DATE:
      return unlessNull((value) => new DuckDBDateValue(Math.floor(Date.parse(`${value}T00:00:00Z`) / dayMs)))
    case DuckDBTypeId.TIMESTAMP:
      return unlessNull((value) => {
        if (typeof value === 'bigint') return new DuckDBTimestampValue(value)
        const ms = value instanceof Date ? value.getTime() : Date.parse(String(value))
        return new DuckDBTimestampValue(BigInt(ms) * 1000n)
      })
    case DuckDBTypeId.VARCHAR:
      return unlessNull(String)
    default:
      return unlessNull((value) => (typeof value === 'bigint' ? Number(value) : (value as DuckDBValue)))
  }
}
