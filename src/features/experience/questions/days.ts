import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, join, list, nothing, sql } from '#warehouse/sql.ts'

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
    from: z.iso.date(),
    to: z.iso.date(),
    comparedFrom: z.iso.date(),
    comparedTo: z.iso.date(),
    weeksFrom: z.iso.date(),
    weeksTo: z.iso.date(),
    metrics: z.array(z.string().max(40)).min(1).max(20),
    channel: z.string().max(20).optional(),
  }),
  row: z.object({
    local_day: z.iso.date(),
    metric: z.string(),
    n: z.int(),
    total: z.number().nullable(),
    total_squares: z.number().nullable(),
    hits: z.int().nullable(),
    misses: z.int().nullable(),
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const ranges: [string, string][] = [
      [p.from, p.to],
      [p.comparedFrom, p.comparedTo],
      [p.weeksFrom, p.weeksTo],
    ]
    const days = ranges.flat().sort()
    const inAny = ranges.map(([first, last]) => sql`d.local_day between ${day(first)} and ${day(last)}`)
    return sql`
    select d.local_day as local_day, d.metric as metric, ${dialect.sumInteger(sql`d.n`)} as n, sum(d.total) as total,
      sum(d.total_squares) as total_squares, ${dialect.sumInteger(sql`d.hits`)} as hits, ${dialect.sumInteger(sql`d.misses`)} as misses
    from ${from.daily} d
    where d.local_day between ${day(days[0]!)} and ${day(days.at(-1)!)} and (${join(inAny, ' or ')})
      and d.metric in ${list(p.metrics)} ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}
    group by d.local_day, d.metric
    order by d.metric, d.local_day`
  },
})
