import type { Dialect, StoredType } from '../dialect.ts'

/** A row's hash is the first eight bytes of the MD5 of its text, the lower one first; both engines have MD5. */
const engines = {
  duckdb: {
    sum: (text: string) => `cast(sum(md5_number_upper(${text})) as varchar)`,
    bits: (value: string) => `cast(cast(${value} as bit) as bigint)`,
    instant: (value: string) => `strftime(${value}, '%Y-%m-%d %H:%M:%S.%f')`,
  },
  trino: {
    sum: (text: string) =>
      `cast(sum(cast(from_big_endian_64(reverse(substr(md5(to_utf8(${text})), 1, 8))) as decimal(38, 0))) as varchar)`,
    bits: (value: string) => `from_big_endian_64(to_ieee754_64(${value}))`,
    instant: (value: string) => `cast(${value} as varchar)`,
  },
} as const

/** Nothing with a minus is nothing: DuckDB's Parquet keeps one of the two for both where a column has a dictionary. */
export const withoutMinusZero = (value: string): string => `case when ${value} = 0e0 then 0e0 else ${value} end`

/**
 * A value as a text that is the same on both engines, exactly: no number is printed with a point. A text has its length
 * before it and an unknown value is a dash, so that no two rows have the same text.
 */
function canonical(dialect: Dialect, column: string, type: StoredType): string {
  const { bits, instant } = engines[dialect.name]
  const texts: Record<StoredType, string> = {
    text: `cast(length(${column}) as varchar) || ':' || ${column}`,
    bigint: `cast(${column} as varchar)`,
    integer: `cast(${column} as varchar)`,
    smallint: `cast(${column} as varchar)`,
    boolean: `cast(${column} as varchar)`,
    date: `cast(date_diff('day', date '1970-01-01', ${column}) as varchar)`,
    timestamp: instant(column),
    double: `cast(${bits(`(${withoutMinusZero(column)})`)} as varchar)`,
  }
  return `coalesce(${texts[type]}, '-')`
}

/** The query that tallies the rows of another, which has at least these columns. */
export function tallyQuery(dialect: Dialect, columns: Readonly<Record<string, StoredType>>, from: string): string {
  const text = Object.entries(columns).map(([column, type]) => canonical(dialect, column, type))
  return `select count(*) as n, ${engines[dialect.name].sum(text.join(" || ',' || "))} as checksum from (${from}) t`
}
