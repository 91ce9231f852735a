import { type Sql, raw, sql } from './sql.ts'

/** Types of stored columns; prepared logs hold codes in the small ones. */
export type StoredType = 'text' | 'bigint' | 'integer' | 'smallint' | 'double' | 'timestamp' | 'date' | 'boolean'

/** What the two engines say differently; everything else keeps to their common subset. */
export interface Dialect {
  readonly name: 'duckdb' | 'trino'
  /** Always a double; null when the divisor is zero. */
  ratio(numerator: Sql, divisor: Sql): Sql
  /** Seconds elapsed, with fractions, as a double. */
  secondsBetween(from: Sql, to: Sql): Sql
  /** Whole days between two dates. */
  daysBetween(from: Sql, to: Sql): Sql
  /** Exact continuous quantile of a numeric column, 0 < q < 1. */
  quantile(column: Sql, q: number): Sql
  /** The value of `what` where `by` is greatest, rows with a null `what` left out. */
  maxBy(what: Sql, by: Sql): Sql
  greatest(a: Sql, b: Sql): Sql
  least(a: Sql, b: Sql): Sql
  /** Texts joined in an order, by a separator the program chose. */
  joined(what: Sql, separator: string, orderBy: Sql): Sql
  /** 1 Monday … 7 Sunday. */
  dayOfWeek(date: Sql): Sql
  /** Sum of an integer column as a bigint. */
  sumInteger(column: Sql): Sql
  /** Floor to a 64-bit integer. */
  floorInteger(value: Sql): Sql
  /** Text for a column's type in DDL. */
  type(name: StoredType): string
}

const quoted = (separator: string): Sql => {
  if (!/^[\x20-\x7e]*$/.test(separator) || separator.includes("'")) throw new Error('a separator must be plain ASCII')
  return raw(`'${separator}'`)
}

export const duckdb: Dialect = {
  name: 'duckdb',
  ratio: (a, b) => sql`(cast(${a} as double) / nullif(cast(${b} as double), 0))`,
  secondsBetween: (from, to) => sql`((epoch_us(${to}) - epoch_us(${from})) / 1e6)`,
  daysBetween: (from, to) => sql`date_diff('day', ${from}, ${to})`,
  quantile: (column, q) => sql`quantile_cont(${column}, ${raw(String(q))})`,
  maxBy: (what, by) => sql`max_by(${what}, ${by})`,
  greatest: (a, b) => sql`greatest(${a}, ${b})`,
  least: (a, b) => sql`least(${a}, ${b})`,
  joined: (what, separator, orderBy) => sql`string_agg(${what}, ${quoted(separator)} order by ${orderBy})`,
  dayOfWeek: (date) => sql`isodow(${date})`,
  sumInteger: (column) => sql`cast(sum(${column}) as bigint)`,
  floorInteger: (value) => sql`cast(floor(${value}) as bigint)`,
  type: (name) => (name === 'text' ? 'varchar' : name),
}

// Trino has no exact percentile: interpolate between the two neighbours in the sorted array.
const trinoQuantile = (column: Sql, q: number): Sql => {
  const sorted = sql`array_sort(array_agg(cast(${column} as double)) filter (where ${column} is not null))`
  const size = sql`count(${column})`
  const position = sql`(${raw(String(q))} * (${size} - 1))`
  const low = sql`element_at(${sorted}, cast(floor(${position}) as integer) + 1)`
  const high = sql`element_at(${sorted}, cast(ceil(${position}) as integer) + 1)`
  return sql`(case when ${size} = 0 then null else ${low} + (${high} - ${low}) * (${position} - floor(${position})) end)`
}

export const trino: Dialect = {
  name: 'trino',
  ratio: (a, b) => sql`(cast(${a} as double) / nullif(cast(${b} as double), 0))`,
  secondsBetween: (from, to) => sql`(date_diff('millisecond', ${from}, ${to}) / 1e3)`,
  daysBetween: (from, to) => sql`date_diff('day', ${from}, ${to})`,
  quantile: trinoQuantile,
  maxBy: (what, by) => sql`max_by(${what}, ${by}) filter (where ${what} is not null)`,
  greatest: (a, b) => sql`greatest(coalesce(${a}, ${b}), coalesce(${b}, ${a}))`,
  least: (a, b) => sql`least(coalesce(${a}, ${b}), coalesce(${b}, ${a}))`,
  joined: (what, separator, orderBy) =>
    sql`array_join(array_agg(${what} order by ${orderBy}) filter (where ${what} is not null), ${quoted(separator)})`,
  dayOfWeek: (date) => sql`day_of_week(${date})`,
  sumInteger: (column) => sql`cast(sum(${column}) as bigint)`,
  floorInteger: (value) => sql`cast(floor(${value}) as bigint)`,
  type: (name) => (name === 'text' ? 'varchar' : name === 'timestamp' ? 'timestamp(6)' : name),
}
