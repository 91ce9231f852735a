import { z } from 'zod'
import { seesUnit } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { metricIds, metricValue } from '#warehouse/metrics.ts'
import { question } from '#warehouse/question.ts'
import { day, sql } from '#warehouse/sql.ts'
import { unitsOf, upwards } from '../data/bank.ts'

/** The same measure and touchpoint in the units of the same level that the reader may see, each with its interval. */
export const findingsPeers = question({
  id: 'findings.peers',
  version: 1,
  title: { zh: '同级机构对照', en: 'Units of the same level beside it' },
  definition: {
    zh: '同一指标、同一触点在各同级机构的数值与区间，按名称排列，不作排名。',
    en: 'The same metric and touchpoint in each unit of the same level, with its interval, in order of name, not ranked.',
  },
  permission: 'findings.read',
  parameters: z.strictObject({
    metric: z.enum(metricIds),
    /** Null: all touchpoints together. */
    touchpoint: z.string().max(64).nullable(),
    unit: z.string().max(64),
    from: z.iso.date(),
    to: z.iso.date(),
  }),
  row: z.object({
    unit_id: z.string(),
    name: z.string(),
    name_en: z.string(),
    value: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    n: z.int(),
    shown: z.enum(['ok', 'few', 'hidden']),
  }),
  prepare: async ({ parameters, scope, services }) => {
    if (!seesUnit(scope, parameters.unit)) return fail('not_found')
    const units = await unitsOf(services as Services)
    const level = units.get(parameters.unit)?.level
    if (!level) return fail('not_found')
    const parentOf = new Map([...units.values()].map((unit) => [unit.id, unit.parentId]))
    const placeOf: Record<string, { id: string; name: string; nameEn: string }> = {}
    for (const id of units.keys()) {
      const at = upwards(parentOf, id)
        .map((above) => units.get(above)!)
        .find((unit) => unit.level === level)
      if (at) placeOf[id] = { id: at.id, name: at.name, nameEn: at.nameEn ?? at.name }
    }
    return ok({ placeOf })
  },
  sql: ({ parameters: p, from, dialect }) => sql`
    select unit_id, metric, ${dialect.sumInteger(sql`n`)} as n, sum(total) as total, sum(total_squares) as total_squares,
      ${dialect.sumInteger(sql`hits`)} as hits, ${dialect.sumInteger(sql`misses`)} as misses
    from ${from.daily}
    where local_day between ${day(p.from)} and ${day(p.to)} and unit_id is not null
      and metric in (${p.metric}, ${p.metric === 'complaint_rate' ? 'volume' : p.metric})
      and ${p.touchpoint === null ? sql`true` : sql`touchpoint_id = ${p.touchpoint}`}
    group by 1, 2
    order by 1, 2`,
  finish: (rows, { parameters: { metric }, prepared }) => {
    const { placeOf } = prepared as { placeOf: Record<string, { id: string; name: string; nameEn: string }> }
    const groups = Map.groupBy(
      rows.filter((row) => placeOf[String(row.unit_id)]),
      (row) => placeOf[String(row.unit_id)]!.id,
    )
    return [...groups.values()]
      .map((group) => {
        const place = placeOf[String(group[0]!.unit_id)]!
        const add = (name: string, of: string) =>
          group.filter((row) => row.metric === of).reduce((sum, row) => sum + Number(row[name] ?? 0), 0)
        const { value, low, high, n, shown } = metricValue(metric, {
          n: add('n', metric),
          total: add('total', metric),
          total_squares: add('total_squares', metric),
          hits: add('hits', metric),
          misses: add('misses', metric),
          exposure: add('n', 'volume'),
        })
        return { unit_id: place.id, name: place.name, name_en: place.nameEn, value, low, high, n, shown }
      })
      .sort((a, b) => a.name.localeCompare(b.name, 'zh'))
  },
})
