import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { sql } from '#warehouse/sql.ts'

export const experienceNewest = question({
  id: 'experience.newest',
  version: 1,
  title: { zh: '数据截至日', en: 'The newest day that has facts' },
  definition: { zh: '每日汇总中最近的一天。', en: 'The last day of the daily rollup.' },
  permission: 'experience.read',
  parameters: z.strictObject({}),
  row: z.object({ newest_day: z.iso.date().nullable() }),
  sql: ({ from }) => sql`select max(local_day) as newest_day from ${from.daily}`,
})
