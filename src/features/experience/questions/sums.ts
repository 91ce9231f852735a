import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { day, list, nothing, raw, type Sql, sql } from '#warehouse/sql.ts'

const id = z.string().max(64)

/** Two spans of days side by side, filtered to a touchpoint, a channel or some metrics, by one thing at a time. */
export const sumsParameters = z.strictObject({
  from: z.iso.date(),
  to: z.iso.date(),
  comparedFrom: z.iso.date(),
  comparedTo: z.iso.date(),
  by: z.enum(['none', 'touchpoint', 'unit', 'channel']),
  metrics: z.array(z.string().max(40)).max(20).default([]),
  touchpoint: id.optional(),
  channel: z.string().max(20).optional(),
  /** With `by: unit`: which part of a unit's path names the group, 2 for the head office itself. */
  level: z.int().min(2).max(8).default(3),
})

export const experienceSums = question({
  id: 'experience.sums',
  version: 1,
  title: { zh: '指标合计（本期与对比期）', en: 'Sums of the metrics, now and in the compared period' },
  definition: {
    zh: '每日汇总的可加和：样本数、合计、平方和、命中数；另给出按日聚合的平方项，用于考虑同日相关的区间。',
    en: 'Mergeable sums of the daily rollup: n, total, squares, hits; and squares over days, for intervals that mind days.',
  },
  permission: 'experience.read',
  parameters: sumsParameters,
  row: z.object({
    group_id: z.string().nullable(),
    metric: z.string(),
    span: z.enum(['now', 'before']),
    n: z.int(),
    total: z.number().nullable(),
    total_squares: z.number().nullable(),
    hits: z.int().nullable(),
    misses: z.int().nullable(),
    days: z.int(),
    n_n: z.number().nullable(),
    n_total: z.number().nullable(),
    total_total: z.number().nullable(),
    first_day: z.iso.date(),
    last_day: z.iso.date(),
  }),
  sql: ({ parameters: p, from, dialect }) => {
    const inNow = sql`d.local_day between ${day(p.from)} and ${day(p.to)}`
    const inBefore = sql`d.local_day between ${day(p.comparedFrom)} and ${day(p.comparedTo)}`
    // One range as well, which passes over all rows outside it unread; an or does not.
    const [first = p.from] = [p.comparedFrom, p.from].sort()
    const last = [p.comparedTo, p.to].sort().at(-1) ?? p.to
    const { group, joined } = groupOf(p, from)
    const sums = sql`${dialect.sumInteger(sql`d.n`)} as n, sum(d.total) as total, sum(d.total_squares) as total_squares,
          ${dialect.sumInteger(sql`d.hits`)} as hits, ${dialect.sumInteger(sql`d.misses`)} as misses`
    const wanted = sql`d.local_day between ${day(first)} and ${day(last)} and (${inNow} or ${inBefore})
          ${p.metrics.length ? sql`and d.metric in ${list(p.metrics)}` : nothing}
          ${p.touchpoint ? sql`and d.touchpoint_id = ${p.touchpoint}` : nothing}
          ${p.channel ? sql`and d.channel = ${p.channel}` : nothing}`
    // Units first by themselves: their place in the tree is then looked up for a few rows, not for each of the rollup.
    const source =
      p.by === 'unit'
        ? sql`(select d.unit_id as unit_id, d.metric as metric, d.local_day as local_day, ${sums}
          from ${from.daily} d where ${wanted} group by d.unit_id, d.metric, d.local_day) d ${joined}`
        : sql`${from.daily} d where ${wanted}`
    return sql`
      with by_day as (
        select ${group} as group_id, d.metric as metric, case when ${inNow} then 'now' else 'before' end as span, d.local_day as local_day,
          ${sums}
        from ${source}
        group by 1, 2, 3, 4
      )
      select group_id, metric, span, ${dialect.sumInteger(sql`n`)} as n, sum(total) as total, sum(total_squares) as total_squares,
        ${dialect.sumInteger(sql`hits`)} as hits, ${dialect.sumInteger(sql`misses`)} as misses, count(*) as days,
        sum(cast(n as double) * n) as n_n, sum(n * total) as n_total, sum(total * total) as total_total,
        min(local_day) as first_day, max(local_day) as last_day
      from by_day
      group by group_id, metric, span
      order by metric, group_id, span`
  },
})

type Handles = { units: Sql }

function groupOf(p: z.output<typeof sumsParameters>, from: Handles): { group: Sql; joined: Sql } {
  switch (p.by) {
    case 'none':
      return { group: sql`cast(null as varchar)`, joined: nothing }
    case 'touchpoint':
      return { group: sql`d.touchpoint_id`, joined: nothing }
    case 'channel':
      return { group: sql`d.channel`, joined: nothing }
    case 'unit':
      return {
        group: sql`nullif(split_part(u.path, '/', ${raw(String(p.level))}), '')`,
        joined: sql`join ${from.units} u on u.unit_id = d.unit_id`,
      }
  }
}
