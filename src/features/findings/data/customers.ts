import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import type { Day } from '#lib/time.ts'
import { from } from '#warehouse/relations.ts'
import { day, list, type Sql, sql } from '#warehouse/sql.ts'

/** Different customers who passed a touchpoint in these units and days; facts without a customer count for none. */
export async function customersAt(
  services: Pick<Services, 'warehouse'>,
  scope: Scope,
  place: { touchpointId: string | null; unitIds: readonly string[] | 'all'; from: Day; to: Day },
): Promise<number> {
  const touched = place.touchpointId === null ? sql`true` : sql`touchpoint_id = ${place.touchpointId}`
  const inside = place.unitIds === 'all' ? sql`true` : sql`unit_id in ${list(place.unitIds)}`
  const keys = (facts: Sql) => sql`
    select customer_key from ${facts}
    where customer_key is not null and ${touched} and ${inside}
      and local_day between ${day(place.from)} and ${day(place.to)}`
  const { rows } = await services.warehouse.read(
    sql`select count(distinct customer_key) as n
        from (${keys(from.interactions)} union all ${keys(from.tickets)} union all ${keys(from.responses)}) as passed`,
    scope,
  )
  return Number(rows[0]!.n)
}
