import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { list, nothing, sql } from '#warehouse/sql.ts'
import { daySums, daysIn, spansShape, sumsShape, weeksShape } from './metricSums.ts'

export const experienceDays = question({
  id: 'experience.days',
  version: 1,
  title: { zh: '指标日合计', en: 'Sums of the metrics by day' },
  definition: {
    zh: '每日汇总的可加和：样本数、合计、平方和、命中数；期间、周、对比期的数都由此合并得出。',
    en: 'Mergeable sums of the daily rollup, a row a day: the figures of periods, weeks and compared periods merge from them.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({
    ...spansShape,
    ...weeksShape,
    metrics: z.array(z.string().max(40)).min(1).max(20),
    channel: z.string().max(20).optional(),
  }),
  row: z.object({
    local_day: z.iso.date(),
    metric: z.string(),
    ...sumsShape,
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const { any } = daysIn(sql`d.local_day`, [p.from, p.to], [p.comparedFrom, p.comparedTo], [p.weeksFrom, p.weeksTo])
    return sql`
    select d.local_day as local_day, d.metric as metric, ${daySums(dialect)}
    from ${from.daily} d
    where ${any} and d.metric in ${list(p.metrics)} ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}
    group by d.local_day, d.metric
    order by d.metric, d.local_day`
  },
})
