import { z } from 'zod'
import { question } from '#warehouse/question.ts'
import { sql } from '#warehouse/sql.ts'
import { factKinds } from '#warehouse/facts.ts'

export const importsReach = question({
  id: 'imports.reach',
  version: 1,
  title: { zh: '一次导入涉及的范围', en: 'What a load reaches' },
  definition: {
    zh: '一次导入中现行有效的行：起止日、机构数、触点数、客户数。',
    en: 'The rows of a load that are current: first and last day, units, touchpoints and customers.',
  },
  permission: 'import.read',
  parameters: z.strictObject({ kind: z.enum(factKinds), load: z.int().positive().max(Number.MAX_SAFE_INTEGER) }),
  row: z.object({
    first_day: z.iso.date().nullable(),
    last_day: z.iso.date().nullable(),
    n: z.int(),
    units: z.int(),
    touchpoints: z.int(),
    customers: z.int(),
  }),
  sql: ({ parameters: p, from }) => sql`
    select min(f.local_day) as first_day, max(f.local_day) as last_day, count(*) as n,
      count(distinct f.unit_id) as units, count(distinct f.touchpoint_id) as touchpoints, count(distinct f.customer_key) as customers
    from ${from[p.kind]} f
    where f.load_id = ${p.load}`,
})
