import { z } from 'zod'
import type { Services } from '#features/services.ts'
import { caseColumns } from '#warehouse/logTables.ts'
import { question } from '#warehouse/question.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { view } from '../contract.ts'
import { type AskedLog, askedLog } from '../data.ts'
import { timesOf } from './times.ts'

const between = '\x1f'
const day = 86_400

/** The sequences of activities that cases took, the most frequent first. */
export const processesVariants = question({
  id: 'processes.variants',
  version: 2,
  title: { zh: '流程变体', en: 'Variants of a process' },
  definition: {
    zh: '活动顺序完全相同的案件为同一变体：案件数、占比、历时均值与精确中位数（天）。',
    en: 'Cases with exactly the same sequence of activities are one variant: cases, share, mean and exact median duration in days.',
  },
  permission: 'processes.read',
  heavy: true,
  parameters: z.strictObject({
    process: z.string().min(1).max(64),
    view: view.default('events'),
    limit: z.int().min(1).max(1000).default(100),
  }),
  row: z.object({
    variant: z.int(),
    cases: z.int(),
    /** Of all cases in sight, 0…1. */
    share: z.number(),
    length: z.int(),
    activities: z.array(z.string()),
    mean_days: z.number().nullable(),
    median_days: z.number().nullable(),
    times: z.enum(['ok', 'few', 'none']),
  }),
  prepare: ({ parameters, services }) => askedLog(services as Services, parameters.process),
  sql: ({ parameters: p, prepared, from, dialect }) => {
    const { log } = prepared as AskedLog
    const column = caseColumns(p.view)
    const variantNo = raw(column.variantNo)
    const seconds = dialect.secondsBetween(sql`c.${raw(column.startAt)}`, sql`c.${raw(column.endAt)}`)
    const cases = from.log(log, 'cases')
    const { aggregate, at } = dialect.quantiles([0.5])
    return sql`
      with counted as (
        select ${variantNo} as variant_no, count(*) as cases, min(case_no) as case_no, max(${raw(column.events)}) as length,
          sum(count(*)) over () as all_cases
        from ${cases} c where ${variantNo} is not null group by ${variantNo}),
      frequent as (select * from counted order by cases desc, length, variant_no limit ${raw(String(p.limit))}),
      spelled as (
        select t.variant_no, ${dialect.joined(sql`a.activity`, between, sql`r.row_no`)} as path
        from frequent t join ${from.log(log, p.view)} r on r.case_no = t.case_no
        join ${from.log(log, 'activities')} a on a.activity_no = r.activity_no group by t.variant_no),
      timed as (
        select t.variant_no, avg(${seconds}) as mean_seconds, ${aggregate(seconds)} as spans
        from frequent t join ${cases} c on c.${variantNo} = t.variant_no group by t.variant_no)
      select t.variant_no as variant_no, t.cases as cases, ${dialect.ratio(sql`t.cases`, sql`t.all_cases`)} as share,
        t.length as length, s.path as path, m.mean_seconds as mean_seconds, ${at(sql`m.spans`, 0)} as median_seconds
      from frequent t join spelled s on s.variant_no = t.variant_no join timed m on m.variant_no = t.variant_no
      order by t.cases desc, t.length, t.variant_no`
  },
  finish: (rows) =>
    rows.map((row) => ({
      variant: Number(row.variant_no),
      cases: Number(row.cases),
      share: Number(row.share),
      length: Number(row.length),
      activities: String(row.path).split(between),
      mean_days: row.mean_seconds === null ? null : Number(row.mean_seconds) / day,
      median_days: row.median_seconds === null ? null : Number(row.median_seconds) / day,
      times: timesOf(Number(row.cases)),
    })),
})
