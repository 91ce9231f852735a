import { z } from 'zod'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { metricIds, type MetricId, metricValue } from '#warehouse/metrics.ts'
import { question } from '#warehouse/question.ts'
import { day, list, sql } from '#warehouse/sql.ts'
import { seesUnit } from '#access/scope.ts'
import { subtree, unitsOf } from '../data/bank.ts'

/** One measure at one touchpoint in one unit and those below it, month by month: what a finding's numbers are made of. */
export const findingsCell = question({
  id: 'findings.cell',
  version: 1,
  title: { zh: '问题所在单元的逐月数值', en: 'The place of a finding, month by month' },
  definition: {
    zh: '某指标在某触点、某机构（含下级）的逐月值、区间与样本量；期间的合计行 month 为空。',
    en: 'A metric at a touchpoint in a unit and those below it: value, interval and n by month; the whole span has no month.',
  },
  permission: 'findings.read',
  parameters: z.strictObject({
    metric: z.enum(metricIds),
    /** Null: all touchpoints together. */
    touchpoint: z.string().max(64).nullable(),
    unit: z.string().max(64),
    from: z.iso.date(),
    to: z.iso.date(),
  }),
  row: z.object({
    month: z.iso.date().nullable(),
    value: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    n: z.int(),
    shown: z.enum(['ok', 'few', 'hidden']),
  }),
  prepare: async ({ parameters, scope, services }) => {
    if (!seesUnit(scope, parameters.unit)) return fail('not_found')
    const units = subtree(await unitsOf(services as Services), parameters.unit)
    return units.length > 0 ? ok({ units }) : fail('not_found')
  },
  sql: ({ parameters: p, from, dialect, prepared }) => sql`
    select cast(date_trunc('month', local_day) as date) as month, metric, ${dialect.sumInteger(sql`n`)} as n,
      sum(total) as total, sum(total_squares) as total_squares,
      ${dialect.sumInteger(sql`hits`)} as hits, ${dialect.sumInteger(sql`misses`)} as misses
    from ${from.daily}
    where local_day between ${day(p.from)} and ${day(p.to)}
      and metric in (${p.metric}, ${p.metric === 'complaint_rate' ? 'volume' : p.metric})
      and ${p.touchpoint === null ? sql`true` : sql`touchpoint_id = ${p.touchpoint}`}
      and unit_id in ${list((prepared as { units: string[] }).units)}
    group by 1, 2
    order by 1, 2`,
  finish: (rows, { parameters: { metric } }) => {
    const months = [...new Set(rows.map((row) => String(row.month)))]
    const sumsOf = (month: string | null) => {
      const inside = rows.filter((row) => month === null || row.month === month)
      const add = (name: string, of: string) =>
        inside.filter((row) => row.metric === of).reduce((sum, row) => sum + Number(row[name] ?? 0), 0)
      return {
        n: add('n', metric),
        total: add('total', metric),
        total_squares: add('total_squares', metric),
        hits: add('hits', metric),
        misses: add('misses', metric),
        exposure: add('n', 'volume'),
      }
    }
    return [...months, null].map((month) => {
      const { value, low, high, n, shown } = metricValue(metric as MetricId, sumsOf(month))
      return { month, value, low, high, n, shown }
    })
  },
})
