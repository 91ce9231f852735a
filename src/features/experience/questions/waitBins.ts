import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, nothing, sql } from '#warehouse/sql.ts'

export const experienceWaitBins = question({
  id: 'experience.wait_bins',
  version: 1,
  title: { zh: '等候时间分布', en: 'How waits are spread' },
  definition: {
    zh: '等候秒数的对数分箱计数，按周；任意日期、机构的分位数可由此合并得出。',
    en: 'Counts of waits in logarithmic bins of seconds, by week; quantiles over any days and units merge from them.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    touchpoint: z.string().max(64).optional(),
    channel: z.string().max(20).optional(),
    /** One row a bin over all days, or a bin and a week. */
    weekly: z.boolean().default(false),
  }),
  row: z.object({ week: z.iso.date().nullable(), bin: z.int(), n: z.int() }),
  sql: ({ parameters: p, from, dialect }) => sql`
    select ${p.weekly ? sql`cast(date_trunc('week', b.local_day) as date)` : sql`cast(null as date)`} as week, b.bin as bin,
      ${dialect.sumInteger(sql`b.n`)} as n
    from ${from.dailyBins} b
    where b.metric = 'wait' and b.local_day between ${day(p.from)} and ${day(p.to)}
      ${p.touchpoint ? sql`and b.touchpoint_id = ${p.touchpoint}` : nothing}
      ${p.channel ? sql`and b.channel = ${p.channel}` : nothing}
    group by 1, 2
    order by 1, 2`,
})
