import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { join, list, nothing, raw, type Sql, sql } from '#warehouse/sql.ts'
import { daySums, daysIn, spansShape, sumsOfDays, sumsShape } from './metricSums.ts'

const id = z.string().max(64)
export const sumsGroups = ['none', 'touchpoint', 'unit', 'channel'] as const
export type SumsGroup = (typeof sumsGroups)[number]

/** Two spans of days side by side, filtered to a touchpoint, a channel or some metrics, by one thing or several, each for itself. */
export const sumsParameters = z.strictObject({
  ...spansShape,
  by: z.array(z.enum(sumsGroups)).min(1).max(sumsGroups.length),
  metrics: z.array(z.string().max(40)).max(20).default([]),
  touchpoint: id.optional(),
  channel: z.string().max(20).optional(),
  /** With `by: unit`: which part of a unit's path names the group, 2 for the head office itself. */
  level: z.int().min(2).max(8).default(3),
})

export const experienceSums = question({
  id: 'experience.sums',
  version: 2,
  title: { zh: '指标合计（本期与对比期）', en: 'Sums of the metrics, now and in the compared period' },
  definition: {
    zh: '每日汇总的可加和：样本数、合计、平方和、命中数；另给出按日聚合的平方项，用于考虑同日相关的区间。',
    en: 'Mergeable sums of the daily rollup: n, total, squares, hits; and squares over days, for intervals that mind days.',
  },
  permission: 'experience.read',
  parameters: sumsParameters,
  row: z.object({
    grouped_by: z.enum(sumsGroups),
    group_id: z.string().nullable(),
    metric: z.string(),
    span: z.enum(['now', 'before']),
    ...sumsShape,
    days: z.int(),
    n_n: z.number().nullable(),
    n_total: z.number().nullable(),
    total_total: z.number().nullable(),
    first_day: z.iso.date(),
    last_day: z.iso.date(),
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const { each, any } = daysIn(sql`d.local_day`, [p.from, p.to], [p.comparedFrom, p.comparedTo])
    const [inNow, inBefore] = each as [Sql, Sql]
    const sums = daySums(dialect)
    const { sets, columns, mark, groupedBy, groupId, joined } = groupsOf(p, from)
    // One pass over the rollup for all groups. The days' place in a span, and the units' in the tree, are then found for
    // a few thousand sums, not for each row.
    return sql`
      with cells as (
        select ${columns}${mark} as mark, d.metric as metric, d.local_day as local_day, ${sums}
        from ${from.daily} d
        where ${any}
          ${p.metrics.length ? sql`and d.metric in ${list(p.metrics)}` : nothing}
          ${p.touchpoint ? sql`and d.touchpoint_id = ${p.touchpoint}` : nothing}
          ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}
        group by grouping sets (${sets})
      ), by_day as (
        select ${groupedBy} as grouped_by, ${groupId} as group_id, d.metric as metric, d.local_day as local_day, ${sums}
        from cells d ${joined}
        group by 1, 2, 3, 4
      )
      select grouped_by, group_id, metric, s.span as span, ${sumsOfDays(dialect)},
        min(local_day) as first_day, max(local_day) as last_day
      from by_day d join (values ('now'), ('before')) s(span)
        on (s.span = 'now' and ${inNow}) or (s.span = 'before' and ${inBefore})
      group by 1, 2, 3, 4
      order by grouped_by, metric, group_id, span`
  },
})

const columnOf = { touchpoint: 'touchpoint_id', unit: 'unit_id', channel: 'channel' } as const

/** The groupings of one pass. `grouping()` has a bit for each column, set where a row is not grouped by it. */
function groupsOf({ by, level }: z.output<typeof sumsParameters>, from: { units: Sql }) {
  const named = [...new Set(by)].filter((one) => one !== 'none')
  const all = 2 ** named.length - 1
  const markOf = (group: SumsGroup) => (group === 'none' ? all : all - 2 ** (named.length - 1 - named.indexOf(group)))
  const set = (group: SumsGroup) => raw(`(d.metric, d.local_day${group === 'none' ? '' : `, d.${columnOf[group]}`})`)
  const when = (group: SumsGroup, what: Sql) => sql`when ${raw(String(markOf(group)))} then ${what}`
  const value = (group: keyof typeof columnOf): Sql =>
    group === 'unit' ? sql`nullif(split_part(u.path, '/', ${raw(String(level))}), '')` : raw(`d.${columnOf[group]}`)
  const ofUnit = named.includes('unit')
  return {
    sets: join([...new Set(by)].map(set), ', '),
    columns: raw(named.map((group) => `d.${columnOf[group]}, `).join('')),
    mark: named.length ? raw(`grouping(${named.map((group) => `d.${columnOf[group]}`).join(', ')})`) : raw('0'),
    groupedBy: sql`case d.mark ${join(
      [...new Set(by)].map((group) => when(group, raw(`'${group}'`))),
      ' ',
    )} end`,
    groupId: named.length
      ? sql`case d.mark ${join(
          named.map((group) => when(group, value(group))),
          ' ',
        )} end`
      : raw('cast(null as varchar)'),
    // Facts of no unit have no place in the tree.
    joined: ofUnit
      ? sql`left join ${from.units} u on u.unit_id = d.unit_id where d.mark <> ${raw(String(markOf('unit')))} or u.unit_id is not null`
      : nothing,
  }
}
