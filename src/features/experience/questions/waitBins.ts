import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { nothing, type Sql, sql } from '#warehouse/sql.ts'
import { daysIn, spansShape, weeksShape } from './metricSums.ts'

export const experienceWaitBins = question({
  id: 'experience.wait_bins',
  version: 2,
  title: { zh: '等候时间分布', en: 'How waits are spread' },
  definition: {
    zh: '等候秒数的对数分箱计数，按周及本期、对比期；任意日期、机构的分位数可由此合并得出。',
    en: 'Counts of waits in logarithmic bins of seconds, by week and by period; quantiles over any days and units merge from them.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({
    ...spansShape,
    ...weeksShape,
    channel: z.string().max(20).optional(),
  }),
  row: z.object({
    /** Monday; null outside the weeks asked for. */
    week: z.iso.date().nullable(),
    now: z.boolean(),
    before: z.boolean(),
    bin: z.int(),
    n: z.int(),
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const { each, any } = daysIn(
      sql`b.local_day`,
      [p.from, p.to],
      [p.comparedFrom, p.comparedTo],
      [p.weeksFrom, p.weeksTo],
    )
    const [inNow, inBefore, inWeeks] = each as [Sql, Sql, Sql]
    return sql`
    with by_day as (
      select b.local_day as local_day, b.bin as bin, ${dialect.sumInteger(sql`b.n`)} as n
      from ${from.dailyBins} b
      where b.metric = 'wait' and ${any}
        ${p.channel ? sql`and b.channel = ${p.channel}` : nothing}
      group by b.local_day, b.bin)
    select case when ${inWeeks} then cast(date_trunc('week', b.local_day) as date) end as week, ${inNow} as now,
      ${inBefore} as before, b.bin as bin, ${dialect.sumInteger(sql`b.n`)} as n
    from by_day b
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4`
  },
})
