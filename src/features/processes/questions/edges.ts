import { z } from 'zod'
import type { Services } from '#features/services.ts'
import { question } from '#warehouse/question.ts'
import { nothing, sql } from '#warehouse/sql.ts'
import { view } from '../contract.ts'
import { type AskedLog, askedLog } from '../data.ts'
import { timesOf } from './times.ts'

/** How often one activity directly follows another, and how long it takes until it does. */
export const processesEdges = question({
  id: 'processes.edges',
  version: 1,
  title: { zh: '流程直接后继', en: 'Directly-follows edges' },
  definition: {
    zh: '同一案件中紧接着发生的两个活动的次数，及前者结束到后者开始的间隔（秒）：均值、精确中位数与 P90；另给出按营业时间计的均值。时间少于 10 次者标记为 few。',
    en: 'How often one activity is directly followed by another in a case, and the seconds from the end of the first to the start of the second: mean, exact median and P90; and the mean in business hours. Times of fewer than 10 are marked few.',
  },
  permission: 'processes.read',
  heavy: true,
  parameters: z.strictObject({
    process: z.string().min(1).max(64),
    view: view.default('events'),
    /** Also the edges from the start of a case (`from` null) and to its end (`to` null). */
    ends: z.boolean().default(false),
  }),
  row: z.object({
    from: z.string().nullable(),
    to: z.string().nullable(),
    n: z.int(),
    mean_seconds: z.number().nullable(),
    p50_seconds: z.number().nullable(),
    p90_seconds: z.number().nullable(),
    mean_business_seconds: z.number().nullable(),
    times: z.enum(['ok', 'few', 'none']),
  }),
  prepare: ({ parameters, services }) => askedLog(services as Services, parameters.process),
  sql: ({ parameters: p, prepared, from, dialect }) => {
    const { log } = prepared as AskedLog
    const { aggregate, at } = dialect.quantiles([0.5, 0.9])
    const rows = from.log(log, p.view)
    const activities = from.log(log, 'activities')
    return sql`
      with edges as (
        select activity_no as from_no, next_activity_no as to_no, count(*) as n, count(gap_micros) as timed, avg(gap_micros) as mean_micros, ${aggregate(sql`gap_micros`)} as gaps,
          avg(business_gap_micros) as mean_business_micros
        from ${rows} r ${p.ends ? nothing : sql`where next_activity_no is not null`}
        group by activity_no, next_activity_no
        ${
          p.ends
            ? sql`union all
        select null, activity_no, count(*), 0, null, null, null
        from ${rows} r where begins group by activity_no`
            : nothing
        }
      )
      select f.activity as from_activity, t.activity as to_activity, e.n as n, e.timed as timed,
        e.mean_micros / 1e6 as mean_seconds, ${at(sql`e.gaps`, 0)} / 1e6 as p50_seconds,
        ${at(sql`e.gaps`, 1)} / 1e6 as p90_seconds, e.mean_business_micros / 1e6 as mean_business_seconds
      from edges e left join ${activities} f on f.activity_no = e.from_no left join ${activities} t on t.activity_no = e.to_no
      order by e.n desc, f.activity, t.activity`
  },
  finish: (rows) =>
    rows.map(({ from_activity, to_activity, timed, ...row }) => ({
      from: from_activity as string | null,
      to: to_activity as string | null,
      n: row.n as number,
      mean_seconds: row.mean_seconds as number | null,
      p50_seconds: row.p50_seconds as number | null,
      p90_seconds: row.p90_seconds as number | null,
      mean_business_seconds: row.mean_business_seconds as number | null,
      times: timesOf(Number(timed)),
    })),
})
