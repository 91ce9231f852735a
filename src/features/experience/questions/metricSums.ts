import { z } from 'zod'
import type { MetricId, MetricSums } from '#warehouse/metrics.ts'
import type { Dialect } from '#warehouse/dialect.ts'
import { day, join, type Sql, sql } from '#warehouse/sql.ts'
import type { Row } from '#warehouse/warehouse.ts'

/** Waits and handling times of one day are long together; answers are taken as independent. */
const movesByDay: ReadonlySet<string> = new Set(['wait', 'duration'])

/** The metrics to read for these to be computed: complaints are counted against the volume of the same cells. */
export const readMetrics = (metrics: readonly MetricId[]): MetricId[] =>
  metrics.includes('complaint_rate') ? [...new Set<MetricId>([...metrics, 'volume'])] : [...metrics]

/** What sums of rollup rows are, as part of a question's row. */
export const sumsShape = {
  n: z.int(),
  total: z.number().nullable(),
  total_squares: z.number().nullable(),
  hits: z.int().nullable(),
  misses: z.int().nullable(),
}

/** A period and the one it is compared with; and the weeks of a small trend. */
export const spansShape = { from: z.iso.date(), to: z.iso.date(), comparedFrom: z.iso.date(), comparedTo: z.iso.date() }
export const weeksShape = { weeksFrom: z.iso.date(), weeksTo: z.iso.date() }

/**
 * Which of some ranges a day lies in, each as a condition, and whether it lies in any. The latter holds one range around
 * them all as well, which passes over all rows outside it unread; an `or` does not.
 */
export function daysIn(column: Sql, ...ranges: (readonly [first: string, last: string])[]) {
  const each = ranges.map(([first, last]) => sql`${column} between ${day(first)} and ${day(last)}`)
  const [first, ...others] = ranges.flat().sort() as [string, ...string[]]
  const around = sql`${column} between ${day(first)} and ${day(others.at(-1) ?? first)}`
  return { each, any: sql`${around} and (${join(each, ' or ')})` }
}

/** Sums of rollup rows, one row a day: the inner step. */
export const daySums = (dialect: Dialect): Sql => sql`${dialect.sumInteger(sql`d.n`)} as n, sum(d.total) as total,
  sum(d.total_squares) as total_squares, ${dialect.sumInteger(sql`d.hits`)} as hits, ${dialect.sumInteger(sql`d.misses`)} as misses`

/** Sums of days, with the products from which an interval learns how much days differ: the outer step. */
export const sumsOfDays = (dialect: Dialect): Sql => sql`${dialect.sumInteger(sql`n`)} as n, sum(total) as total,
  sum(total_squares) as total_squares, ${dialect.sumInteger(sql`hits`)} as hits, ${dialect.sumInteger(sql`misses`)} as misses,
  count(*) as days, sum(cast(n as double) * cast(n as double)) as n_n, sum(cast(n as double) * total) as n_total,
  sum(total * total) as total_total`

/** A row of `sumsOfDays` as what the metric's value is computed from. */
export function sumsOf(row: Row, exposure: number | undefined): MetricSums {
  const number = (name: string) => Number(row[name] ?? 0)
  return {
    n: number('n'),
    total: number('total'),
    total_squares: number('total_squares'),
    hits: number('hits'),
    misses: number('misses'),
    ...(row.metric === 'complaint_rate' ? { exposure: exposure ?? 0 } : {}),
    ...(movesByDay.has(String(row.metric))
      ? {
          days: {
            days: number('days'),
            n_n: number('n_n'),
            n_total: number('n_total'),
            total_total: number('total_total'),
          },
        }
      : {}),
  }
}
