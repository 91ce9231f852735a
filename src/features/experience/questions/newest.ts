import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, nothing, sql } from '#warehouse/sql.ts'

export const experienceNewest = question({
  id: 'experience.newest',
  version: 3,
  title: { zh: '数据截至日', en: 'The newest day that has facts' },
  definition: {
    zh: '每日汇总中最近的一天，可限定不早于某日；没有数据则无行。',
    en: 'The last day of the daily rollup, not before a day where one is given; no row where there are no facts.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({ since: z.iso.date().optional() }),
  row: z.object({ newest_day: z.iso.date() }),
  // The few newest rows are found by the ranges of the row groups; a maximum under a filter reads everything.
  sql: ({ parameters: { since }, from }) =>
    sql`select local_day as newest_day from ${from.daily} d
      ${since ? sql`where local_day >= ${day(since)}` : nothing} order by local_day desc limit 1`,
})
