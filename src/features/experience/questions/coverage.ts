import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, sql } from '#warehouse/sql.ts'

export const experienceCoverage = question({
  id: 'experience.coverage',
  version: 1,
  title: { zh: '触点测量覆盖', en: 'What measures each touchpoint' },
  definition: {
    zh: '期间内每个触点、每个指标的有效测量数及最近一次测量日。',
    en: 'For each touchpoint and metric, how many measurements the period holds and the day of the last one.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
  row: z.object({ touchpoint_id: z.string(), metric: z.string(), n: z.int(), last_day: z.iso.date() }),
  sql: ({ parameters, from, dialect }) => sql`
    select touchpoint_id, metric, ${dialect.sumInteger(sql`n`)} as n, max(local_day) as last_day
    from ${from.daily}
    where touchpoint_id is not null and local_day between ${day(parameters.from)} and ${day(parameters.to)}
    group by touchpoint_id, metric
    order by touchpoint_id, metric`,
})
