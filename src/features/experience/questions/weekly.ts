import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, list, nothing, sql } from '#warehouse/sql.ts'
import { daySums, sumsShape } from './metricSums.ts'

export const experienceWeekly = question({
  id: 'experience.weekly',
  version: 1,
  title: { zh: '指标周合计', en: 'Sums of the metrics by week' },
  definition: {
    zh: '按周（周一至周日）汇总的可加和，用于走势小图与控制限。',
    en: 'Mergeable sums by week, Monday to Sunday, for small trends and their control limits.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    metrics: z.array(z.string().max(40)).min(1).max(20),
    touchpoint: z.string().max(64).optional(),
    channel: z.string().max(20).optional(),
  }),
  row: z.object({
    week: z.iso.date(),
    metric: z.string(),
    ...sumsShape,
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const sums = daySums(dialect)
    return sql`
    with by_day as (
      select d.local_day as local_day, d.metric as metric, ${sums}
      from ${from.daily} d
      where d.local_day between ${day(p.from)} and ${day(p.to)} and d.metric in ${list(p.metrics)}
        ${p.touchpoint ? sql`and d.touchpoint_id = ${p.touchpoint}` : nothing}
        ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}
      group by d.local_day, d.metric)
    select cast(date_trunc('week', d.local_day) as date) as week, d.metric as metric, ${sums}
    from by_day d
    group by 1, 2
    order by 2, 1`
  },
})
