import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, sql } from '#warehouse/sql.ts'

export const experienceComplaintTimes = question({
  id: 'experience.complaint_times',
  version: 1,
  title: { zh: '投诉按期办结', en: 'Complaints closed in time' },
  definition: {
    zh: '期间内收到、且已到期限或已办结的投诉中，在规定自然日内办结的件数。',
    en: 'Of the complaints received in the period that are closed or past their limit: how many were closed within the given calendar days.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    days: z.int().min(1).max(400),
    asOf: z.iso.date(),
  }),
  row: z.object({ n: z.int(), hits: z.int() }),
  sql: ({ parameters: p, from, dialect }) => {
    const taken = dialect.daysBetween(sql`c.local_day`, sql`cast(c.end_at as date)`)
    const age = dialect.daysBetween(sql`c.local_day`, day(p.asOf))
    return sql`
      select count(*) as n, count(*) filter (where c.end_at is not null and ${taken} <= ${p.days}) as hits
      from ${from.complaints} c
      where c.local_day between ${day(p.from)} and ${day(p.to)} and (c.end_at is not null or ${age} > ${p.days})`
  },
})
