import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, sql } from '#warehouse/sql.ts'

export const experienceRecognised = question({
  id: 'experience.recognised',
  version: 1,
  title: { zh: '识别出客户的交互占比', en: 'Interactions in which the customer was recognised' },
  definition: {
    zh: '交互记录中带有客户标识的件数，分渠道；未识别客户就谈不上个性化服务。',
    en: 'Interactions that carry a customer key, by channel; nobody unknown can be served personally.',
  },
  permission: 'experience.read',
  parameters: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
  row: z.object({ channel: z.string().nullable(), n: z.int(), hits: z.int() }),
  sql: ({ parameters: p, from }) => sql`
    select i.channel as channel, count(*) as n, count(i.customer_key) as hits
    from ${from.interactions} i
    where i.local_day between ${day(p.from)} and ${day(p.to)}
    group by i.channel
    order by i.channel`,
})
