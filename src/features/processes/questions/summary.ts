import { z } from 'zod'
import type { Services } from '#features/services.ts'
import { caseColumns } from '#warehouse/logTables.ts'
import { question } from '#warehouse/question.ts'
import { raw, sql } from '#warehouse/sql.ts'
import type { Row } from '#warehouse/warehouse.ts'
import { view } from '../contract.ts'
import { type AskedLog, askedLog } from '../data.ts'
import { timesOf } from './times.ts'

const day = 86_400
const ends = z.array(z.object({ activity: z.string(), n: z.int() }))

/** What a process log is, in one row. */
export const processesSummary = question({
  id: 'processes.summary',
  version: 2,
  title: { zh: '流程概况', en: 'Summary of a process' },
  definition: {
    zh: '案件数、事件数、活动数、变体数、直接后继数、资源数；案件历时（首个事件到最后事件）的均值、精确中位数和 P90（天）；起始与结束活动。案件少于 10 件时历时标记为 few。',
    en: 'Cases, events, activities, variants, directly-follows edges, resources; mean, exact median and P90 of case durations (first to last event) in days; activities that cases start and end with. Durations of fewer than 10 cases are marked few.',
  },
  permission: 'processes.read',
  heavy: true,
  parameters: z.strictObject({ process: z.string().min(1).max(64), view: view.default('events') }),
  row: z.object({
    process: z.string(),
    view,
    cases: z.int(),
    events: z.int(),
    activities: z.int(),
    variants: z.int(),
    edges: z.int(),
    resources: z.int(),
    mean_days: z.number().nullable(),
    median_days: z.number().nullable(),
    p90_days: z.number().nullable(),
    times: z.enum(['ok', 'few', 'none']),
    first_start: z.iso.datetime().nullable(),
    last_end: z.iso.datetime().nullable(),
    start_activities: ends,
    end_activities: ends,
    calendar: z.string(),
  }),
  prepare: ({ parameters, services }) => askedLog(services as Services, parameters.process),
  // One row a figure, so that one query brings figures of every grain; `finish` puts them into one row.
  sql: ({ parameters: p, prepared, from, dialect }) => {
    const { log } = prepared as AskedLog
    const column = caseColumns(p.view)
    const of = (name: keyof typeof column) => sql`c.${raw(column[name])}`
    const { aggregate, at } = dialect.quantiles([0.5, 0.9])
    const seconds = dialect.secondsBetween(of('startAt'), of('endAt'))
    const rows = from.log(log, p.view)
    const unnamed = sql`cast(null as varchar)`
    const noTime = sql`cast(null as ${raw(dialect.type('timestamp'))})`
    const counted = (what: string, select: ReturnType<typeof sql>) =>
      sql`select ${raw(`'${what}'`)}, ${unnamed}, n, cast(null as double), cast(null as double), cast(null as double), ${noTime}, ${noTime} from (${select}) x`
    const ofActivity = (what: string, where: ReturnType<typeof sql>) =>
      sql`select ${raw(`'${what}'`)}, a.activity, x.n, cast(null as double), cast(null as double), cast(null as double), ${noTime}, ${noTime}
        from (select activity_no, count(*) as n from ${rows} r where ${where} group by activity_no) x
        join ${from.log(log, 'activities')} a on a.activity_no = x.activity_no`
    return sql`
      select what, name, n, mean_seconds, median_seconds, p90_seconds, first_start, last_end from (
        select 'cases' as what, ${unnamed} as name, n, mean_seconds, ${at(sql`spans`, 0)} as median_seconds,
          ${at(sql`spans`, 1)} as p90_seconds, first_start, last_end
        from (select count(*) as n, avg(${seconds}) as mean_seconds, ${aggregate(seconds)} as spans,
                min(${of('startAt')}) as first_start, max(${of('endAt')}) as last_end
              from ${from.log(log, 'cases')} c where ${of('events')} is not null) x
        union all ${counted('variants', sql`select count(distinct ${of('variantNo')}) as n from ${from.log(log, 'cases')} c`)}
        union all ${counted('events', sql`select count(*) as n from ${rows} r`)}
        union all ${counted('activities', sql`select count(distinct activity_no) as n from ${rows} r`)}
        union all ${counted('resources', sql`select count(distinct resource_no) as n from ${rows} r`)}
        union all ${counted('edges', sql`select count(*) as n from (select distinct activity_no, next_activity_no from ${rows} r where next_activity_no is not null) e`)}
        union all ${ofActivity('start', sql`begins`)}
        union all ${ofActivity('end', sql`next_activity_no is null`)}
      ) figures
      order by what, n desc, name`
  },
  finish: (rows, { parameters, prepared }) => {
    const figure = (what: string) => rows.find((row) => row.what === what) as Row
    const count = (what: string) => Number(figure(what).n)
    const days = (seconds: unknown) => (seconds === null ? null : Number(seconds) / day)
    const activities = (what: string) =>
      rows.filter((row) => row.what === what).map((row) => ({ activity: String(row.name), n: Number(row.n) }))
    const cases = figure('cases')
    return [
      {
        process: parameters.process,
        view: parameters.view,
        cases: count('cases'),
        events: count('events'),
        activities: count('activities'),
        variants: count('variants'),
        edges: count('edges'),
        resources: count('resources'),
        mean_days: days(cases.mean_seconds),
        median_days: days(cases.median_seconds),
        p90_days: days(cases.p90_seconds),
        times: timesOf(Number(cases.n)),
        first_start: cases.first_start as string | null,
        last_end: cases.last_end as string | null,
        start_activities: activities('start'),
        end_activities: activities('end'),
        calendar: (prepared as AskedLog).calendar,
      },
    ]
  },
})
