import { z } from 'zod'
import { narrow } from '#access/narrow.ts'
import type { Units } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { ok } from '#lib/result.ts'
import { addDays, daysBetween } from '#lib/time.ts'
import {
  isMetric,
  type MetricId,
  type MetricSums,
  metricChange,
  metricIds,
  metrics,
  metricValue,
} from '#warehouse/metrics.ts'
import { question } from '#warehouse/question.ts'
import { day, list, nothing, raw, type Sql, sql } from '#warehouse/sql.ts'
import type { Row } from '#warehouse/warehouse.ts'
import { daySums, readMetrics, sumsOf, sumsOfDays } from './metricSums.ts'

const number = z.number().nullable()
const id = z.string().min(1).max(64)

/** Every metric of every touchpoint, stage, journey, unit or channel, with its interval and its change. */
export const experienceScores = question({
  id: 'experience.scores',
  version: 1,
  title: { zh: '体验指标得分', en: 'Experience scores' },
  definition: {
    zh: '各指标的值、95% 区间和样本量：NPS 修正 Wald，均值 t 区间（等候与办理时长考虑同日相关），占比 Wilson，投诉率精确泊松。给出起止日期时，与之前等长期间比较（双侧 5%）。少于 10 不显示，少于 30 标记 few。',
    en: 'Each metric’s value, 95 % interval and n: adjusted Wald for NPS, t for means (waits and handling times allow for days that move together), Wilson for shares, exact Poisson for complaints. With both days given it is compared with the equally long period before (two-sided, 5 %). Below 10 nothing is shown, below 30 it is marked few.',
  },
  permission: 'experience.read',
  parameters: z
    .strictObject({
      /** First and last local day; without them, all there is. */
      from: z.iso.date().optional(),
      to: z.iso.date().optional(),
      groupBy: z.enum(['touchpoint', 'stage', 'journey', 'unit', 'channel', 'none']).default('touchpoint'),
      metric: z.enum(metricIds).optional(),
      /** This unit and all below it. */
      unit: id.optional(),
      channel: z.string().min(1).max(20).optional(),
      touchpoint: id.optional(),
    })
    .refine((p) => !p.from || !p.to || p.from <= p.to, { path: ['to'] }),
  row: z.object({
    metric: z.enum(metricIds),
    group: z.string().nullable(),
    name: z.string().nullable(),
    name_en: z.string().nullable(),
    journey: z.string().nullable(),
    stage: z.string().nullable(),
    touchpoint: z.string().nullable(),
    unit: z.string().nullable(),
    channel: z.string().nullable(),
    n: z.int(),
    value: number,
    low: number,
    high: number,
    shown: z.enum(['ok', 'few', 'hidden']),
    share: number,
    share_low: number,
    share_high: number,
    previous: number,
    previous_n: z.int().nullable(),
    change: number,
    change_low: number,
    change_high: number,
    significant: z.boolean().nullable(),
    verdict: z.enum(['better', 'worse', 'same']).nullable(),
    unit_of_measure: z.string(),
    definition_version: z.int(),
  }),
  prepare: async ({ parameters, scope, services }) => {
    const { store } = services as Services
    const units = parameters.unit ? (await narrow(store, scope, parameters.unit)).units : 'all'
    return ok({ units, names: await namesOf(store, parameters.groupBy) })
  },
  sql: ({ parameters: p, prepared, from, dialect }) => {
    const { units } = prepared as Prepared
    const before = previousPeriod(p)
    const span = before
      ? sql`case when d.local_day < ${day(p.from as string)} then 'before' else 'now' end`
      : sql`'now'`
    const first = before?.from ?? p.from
    const { columns, joined } = groupOf(p.groupBy, from)
    return sql`
      with days as (
        select ${columns}, d.metric as metric, ${span} as span, d.local_day as local_day, ${daySums(dialect)}
        from ${from.daily} d ${joined}
        where d.metric in ${list(readMetrics(p.metric ? [p.metric] : metricIds))}
          ${first ? sql`and d.local_day >= ${day(first)}` : nothing}
          ${p.to ? sql`and d.local_day <= ${day(p.to)}` : nothing}
          ${units === 'all' ? nothing : sql`and d.unit_id in ${list(units)}`}
          ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}${p.touchpoint ? sql` and d.touchpoint_id = ${p.touchpoint}` : nothing}
        group by 1, 2, 3, 4, 5, 6)
      select group_id, stage_id, journey_id, metric, span, ${sumsOfDays(dialect)}
      from days group by group_id, stage_id, journey_id, metric, span
      order by metric, group_id, stage_id, journey_id, span`
  },
  finish: (rows, { parameters: p, prepared }) => {
    const { names } = prepared as Prepared
    const compared = previousPeriod(p) !== undefined
    const wanted = p.metric ? [p.metric] : metricIds
    return groupsOf(rows).flatMap(({ group, stage, journey, spans }) =>
      wanted.flatMap((metric) => {
        const now = spans.now.get(metric)
        if (!now) return []
        const value = metricValue(metric, now)
        const before = compared ? spans.before.get(metric) : undefined
        const previous = before && metricValue(metric, before)
        const change = before && metricChange(metric, now, before)
        const [name, nameEn] = (group !== null && names[group]) || [group, group]
        return [
          {
            metric,
            group,
            name,
            name_en: nameEn,
            journey: p.groupBy === 'journey' ? group : journey,
            stage: p.groupBy === 'stage' ? group : stage,
            touchpoint: p.groupBy === 'touchpoint' ? group : null,
            unit: p.groupBy === 'unit' ? group : null,
            channel: p.groupBy === 'channel' ? group : null,
            n: value.n,
            value: value.value,
            low: value.low,
            high: value.high,
            shown: value.shown,
            share: value.share?.value ?? null,
            share_low: value.share?.low ?? null,
            share_high: value.share?.high ?? null,
            previous: previous?.value ?? null,
            previous_n: previous?.n ?? null,
            change: change?.difference ?? null,
            change_low: change?.low ?? null,
            change_high: change?.high ?? null,
            significant: change?.significant ?? null,
            verdict: change?.verdict ?? null,
            unit_of_measure: metrics[metric].unit,
            definition_version: metrics[metric].version,
          },
        ]
      }),
    )
  },
})

interface Prepared {
  units: Units
  names: Record<string, [string, string]>
}

/** The equally long period before, when both days are given. */
function previousPeriod({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  if (!from || !to) return undefined
  return { from: addDays(from, -(daysBetween(from, to) + 1)) }
}

function groupOf(groupBy: string, from: { touchpoints: Sql }): { columns: Sql; joined: Sql } {
  const none = raw('cast(null as varchar)')
  const touchpoints = sql`left join ${from.touchpoints} t on t.touchpoint_id = d.touchpoint_id`
  const as = (group: Sql, stage: Sql, journey: Sql) =>
    sql`${group} as group_id, ${stage} as stage_id, ${journey} as journey_id`
  switch (groupBy) {
    case 'touchpoint':
      return { columns: as(sql`d.touchpoint_id`, sql`t.stage_id`, sql`t.journey_id`), joined: touchpoints }
    case 'stage':
      return { columns: as(sql`t.stage_id`, none, sql`t.journey_id`), joined: touchpoints }
    case 'journey':
      return { columns: as(sql`t.journey_id`, none, none), joined: touchpoints }
    case 'unit':
      return { columns: as(sql`d.unit_id`, none, none), joined: nothing }
    case 'channel':
      return { columns: as(sql`d.channel`, none, none), joined: nothing }
    default:
      return { columns: as(none, none, none), joined: nothing }
  }
}

interface Group {
  group: string | null
  stage: string | null
  journey: string | null
  spans: { now: Map<MetricId, MetricSums>; before: Map<MetricId, MetricSums> }
}

function groupsOf(rows: readonly Row[]): Group[] {
  const groups = new Map<string, Group>()
  const keyOf = (row: Row) => JSON.stringify([row.group_id, row.stage_id, row.journey_id])
  const volumes = new Map<string, number>()
  for (const row of rows) if (row.metric === 'volume') volumes.set(`${keyOf(row)}${row.span}`, Number(row.n))
  for (const row of rows) {
    const key = keyOf(row)
    const text = (name: string) => row[name] as string | null
    const group = groups.get(key) ?? {
      group: text('group_id'),
      stage: text('stage_id'),
      journey: text('journey_id'),
      spans: { now: new Map(), before: new Map() },
    }
    groups.set(key, group)
    if (isMetric(String(row.metric)))
      group.spans[row.span as 'now' | 'before'].set(
        row.metric as MetricId,
        sumsOf(row, volumes.get(`${key}${row.span}`)),
      )
  }
  for (const [key, { spans }] of groups)
    for (const span of ['now', 'before'] as const) {
      const exposure = volumes.get(`${key}${span}`)
      // Nobody complained is a rate of zero, as long as somebody was served.
      if (exposure && !spans[span].has('complaint_rate')) spans[span].set('complaint_rate', { n: 0, exposure })
    }
  return [...groups.values()]
}

const nameTables = { touchpoint: 'touchpoints', stage: 'stages', journey: 'journeys', unit: 'units' } as const

async function namesOf(store: Services['store'], groupBy: string): Promise<Prepared['names']> {
  const table = nameTables[groupBy as keyof typeof nameTables]
  if (!table) return {}
  const rows = await store.query<{ id: string; name: string; name_en: string | null }>(
    `select id, name, name_en from ${table} order by id`,
  )
  return Object.fromEntries(rows.map((row) => [row.id, [row.name, row.name_en ?? row.name]]))
}
