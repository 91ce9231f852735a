import { z } from 'zod'
import { seesUnit } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { metricIds } from '#warehouse/metrics.ts'
import { question } from '#warehouse/question.ts'
import { day, list, raw, type Sql, sql } from '#warehouse/sql.ts'
import { subtree, unitsOf } from '../data/bank.ts'

/** The single facts behind a finding, the worst first; nothing in them names a customer. */
export const findingsCases = question({
  id: 'findings.cases',
  version: 1,
  title: { zh: '问题背后的单笔记录', en: 'Single cases behind a finding' },
  definition: {
    zh: '按影响由重到轻列出期间内的单笔记录，不含任何可识别客户的信息。',
    en: 'Single facts of the span, the worst first, without anything that identifies a customer.',
  },
  permission: 'findings.read',
  parameters: z.strictObject({
    metric: z.enum(metricIds),
    /** Null: all touchpoints together. */
    touchpoint: z.string().max(64).nullable(),
    unit: z.string().max(64),
    from: z.iso.date(),
    to: z.iso.date(),
    limit: z.int().min(1).max(100).default(20),
  }),
  row: z.object({
    local_day: z.iso.date(),
    unit_id: z.string().nullable(),
    channel: z.string().nullable(),
    segment: z.string().nullable(),
    kind: z.string(),
    /** Score, seconds, or null where the outcome says it. */
    measured: z.number().nullable(),
    outcome: z.string().nullable(),
  }),
  prepare: async ({ parameters, scope, services }) => {
    if (!seesUnit(scope, parameters.unit)) return fail('not_found')
    return ok({ units: subtree(await unitsOf(services as Services), parameters.unit) })
  },
  sql: ({ parameters: p, from, prepared }) => {
    const { units } = prepared as { units: string[] }
    const rows = (kind: string, facts: Sql, measured: Sql, outcome: Sql, where: Sql) => sql`
      select local_day, unit_id, channel, segment, ${raw(`'${kind}'`)} as kind, ${measured} as measured, ${outcome} as outcome
      from ${facts}
      where ${where} and local_day between ${day(p.from)} and ${day(p.to)}
        and ${p.touchpoint === null ? sql`true` : sql`touchpoint_id = ${p.touchpoint}`}
        and unit_id in ${list(units)}`
    const none = sql`cast(null as varchar)`
    const contacts = (column: 'wait_seconds' | 'duration_seconds') => sql`
      ${rows('interaction', from.interactions, raw(column), sql`outcome`, sql`${raw(column)} is not null`)}
      union all ${rows('ticket', from.tickets, raw(column === 'wait_seconds' ? column : 'service_seconds'), sql`outcome`, sql`${raw(column === 'wait_seconds' ? column : 'service_seconds')} is not null`)}`
    const nothingMeasured = sql`cast(null as double)`
    const [body, order] = ((): [Sql, Sql] => {
      switch (p.metric) {
        case 'wait':
          return [contacts('wait_seconds'), sql`measured desc`]
        case 'duration':
          return [contacts('duration_seconds'), sql`measured desc`]
        case 'complaint_rate':
          return [
            rows('complaint', from.complaints, nothingMeasured, sql`category_reason`, sql`local_day is not null`),
            sql`local_day desc`,
          ]
        case 'success_rate':
        case 'channel_hops':
        case 'volume':
          return [
            rows('interaction', from.interactions, sql`duration_seconds`, sql`outcome`, sql`outcome <> 'success'`),
            sql`local_day desc`,
          ]
        default:
          return [
            rows('response', from.responses, sql`score`, none, sql`metric = ${p.metric} and score is not null`),
            sql`measured asc`,
          ]
      }
    })()
    return sql`select * from (${body}) as cases order by ${order}, local_day desc, kind, unit_id, channel, segment, outcome, measured limit ${raw(String(p.limit))}`
  },
})
