import { z } from 'zod'
import { narrow } from '#access/narrow.ts'
import type { Units } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { ok } from '#lib/result.ts'
import { metricIds, metrics, metricValue } from '#warehouse/metrics.ts'
import { question } from '#warehouse/question.ts'
import { day, list, nothing, raw, sql } from '#warehouse/sql.ts'
import { daySums, readMetrics, sumsOf, sumsOfDays } from './metricSums.ts'

const number = z.number().nullable()
const id = z.string().min(1).max(64)

/** One metric over time. */
export const experienceTrend = question({
  id: 'experience.trend',
  version: 1,
  title: { zh: '体验指标走势', en: 'Trend of an experience metric' },
  definition: {
    zh: '一个指标按日、周（周一起）或月的值、95% 区间和样本量；少于 10 不显示，少于 30 标记 few。首尾期间可能不完整，由天数可见。',
    en: 'One metric by day, week (from Monday) or month: value, 95 % interval, n. Below 10 nothing is shown, below 30 it is marked few. The first and last stretch may be incomplete, as their days tell.',
  },
  permission: 'experience.read',
  parameters: z
    .strictObject({
      metric: z.enum(metricIds),
      grain: z.enum(['day', 'week', 'month']).default('week'),
      from: z.iso.date().optional(),
      to: z.iso.date().optional(),
      touchpoint: id.optional(),
      /** This unit and all below it. */
      unit: id.optional(),
      channel: z.string().min(1).max(20).optional(),
    })
    .refine((p) => !p.from || !p.to || p.from <= p.to, { path: ['to'] }),
  row: z.object({
    period: z.iso.date(),
    metric: z.enum(metricIds),
    n: z.int(),
    value: number,
    low: number,
    high: number,
    shown: z.enum(['ok', 'few', 'hidden']),
    share: number,
    share_low: number,
    share_high: number,
    /** Days with a measurement. */
    days: z.int(),
    unit_of_measure: z.string(),
    definition_version: z.int(),
  }),
  prepare: async ({ parameters, scope, services }) =>
    ok(parameters.unit ? (await narrow((services as Services).store, scope, parameters.unit)).units : 'all'),
  sql: ({ parameters: p, prepared, from, dialect }) => {
    const units = prepared as Units
    return sql`
      with days as (
        select cast(date_trunc(${raw(`'${p.grain}'`)}, d.local_day) as date) as period, d.metric as metric,
          d.local_day as local_day, ${daySums(dialect)}
        from ${from.daily} d
        where d.metric in ${list(readMetrics([p.metric]))}
          ${p.from ? sql`and d.local_day >= ${day(p.from)}` : nothing}
          ${p.to ? sql`and d.local_day <= ${day(p.to)}` : nothing}
          ${p.touchpoint ? sql`and d.touchpoint_id = ${p.touchpoint}` : nothing}
          ${units === 'all' ? nothing : sql`and d.unit_id in ${list(units)}`}
          ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}
        group by 1, 2, 3)
      select period, metric, ${sumsOfDays(dialect)}
      from days group by period, metric order by period, metric`
  },
  finish: (rows, { parameters: p }) => {
    const volumes = new Map(rows.filter((row) => row.metric === 'volume').map((row) => [row.period, Number(row.n)]))
    const own = new Map(rows.filter((row) => row.metric === p.metric).map((row) => [String(row.period), row]))
    // A stretch in which nobody complained has a rate of zero, as long as somebody was served.
    const periods = p.metric === 'complaint_rate' ? [...volumes.keys(), ...own.keys()] : [...own.keys()]
    return [...new Set(periods.map(String))].sort().map((period) => {
      const row = own.get(period) ?? { metric: p.metric, n: 0, days: 0 }
      const value = metricValue(p.metric, sumsOf(row, volumes.get(period)))
      return {
        period,
        metric: p.metric,
        n: value.n,
        value: value.value,
        low: value.low,
        high: value.high,
        shown: value.shown,
        share: value.share?.value ?? null,
        share_low: value.share?.low ?? null,
        share_high: value.share?.high ?? null,
        days: Number(row.days),
        unit_of_measure: metrics[p.metric].unit,
        definition_version: metrics[p.metric].version,
      }
    })
  },
})
