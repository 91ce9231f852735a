import { type Sql, raw, sql } from './sql.ts'

/** Types of stored columns; prepared logs hold codes in the small ones. */
export type StoredType = 'text' | 'bigint' | 'integer' | 'smallint' | 'double' | 'timestamp' | 'date' | 'boolean'

/** What the two engines say differently; everything else keeps to their common subset. */
export interface Dialect {
  readonly name: 'duckdb' | 'trino'
  /** Always a double; null when the divisor is zero. */
  ratio(numerator: Sql, divisor: Sql): Sql
  /**
   * Seconds between two instants, each taken to the millisecond that it lies in, as a double: Trino cuts instants before it
   * counts, so that elapsed milliseconds would be another number there.
   */
  secondsBetween(from: Sql, to: Sql): Sql
  /** Whole days between two dates. */
  daysBetween(from: Sql, to: Sql): Sql
  /**
   * Exact continuous quantiles (0 < q < 1) of a numeric column, in two steps: the aggregate, and in a query around it the
   * quantile at a place of `qs`, read from that aggregate's column.
   */
  quantiles(qs: readonly number[]): { aggregate(column: Sql): Sql; at(aggregate: Sql, place: number): Sql }
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
  // The unit separator, which no text of a bank's contains: for lists that are split again.
  if (separator === '\x1f') return raw('chr(31)')
  if (!/^[\x20-\x7e]*$/.test(separator) || separator.includes("'")) throw new Error('a separator must be plain ASCII')
  return raw(`'${separator}'`)
}

export const duckdb: Dialect = {
  name: 'duckdb',
  ratio: (a, b) => sql`(cast(${a} as double) / nullif(cast(${b} as double), 0))`,
  secondsBetween: (from, to) => sql`(date_diff('millisecond', ${from}, ${to}) / 1e3)`,
  daysBetween: (from, to) => sql`date_diff('day', ${from}, ${to})`,
  quantiles: (qs) => ({
    aggregate: (column) => sql`quantile_cont(${column}, [${raw(qs.join(', '))}])`,
    at: (aggregate, place) => sql`list_extract(${aggregate}, ${raw(String(place + 1))})`,
  }),
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
const trinoSorted = (column: Sql): Sql =>
  sql`array_sort(array_agg(cast(${column} as double)) filter (where ${column} is not null))`
const trinoQuantile = (sorted: Sql, q: number): Sql => {
  // A double, so that the place between two neighbours is not cut off; an empty group has a null array.
  const position = sql`(${raw(`${q}e0`)} * (cardinality(${sorted}) - 1))`
  const low = sql`element_at(${sorted}, cast(floor(${position}) as integer) + 1)`
  const high = sql`element_at(${sorted}, cast(ceil(${position}) as integer) + 1)`
  return sql`(${low} + (${high} - ${low}) * (${position} - floor(${position})))`
}

export const trino: Dialect = {
  name: 'trino',
  ratio: (a, b) => sql`(cast(${a} as double) / nullif(cast(${b} as double), 0))`,
  secondsBetween: (from, to) => sql`(date_diff('millisecond', ${from}, ${to}) / 1e3)`,
  daysBetween: (from, to) => sql`date_diff('day', ${from}, ${to})`,
  quantiles: (qs) => ({
    aggregate: trinoSorted,
    at: (sorted, place) => trinoQuantile(sorted, qs[place]!),
  }),
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
