import { refreshMasters } from '#features/imports/mutations/masters.ts'
import { refreshTouchpoints } from '#features/journeys/mutations.ts'
import type { Services } from '#features/services.ts'
import { type DimensionName, markDimensions } from '#warehouse/dimensions.ts'

// The sum of the rows' hashes: in one pass, in no order, with nothing kept.
const printOf = (columns: string, table: string) =>
  `(select count(*) || ':' || coalesce(sum(hashtextextended((${columns})::text, 0)), 0) from ${table} t)`

/** What each dimension is copied from, as short texts that differ where it differs. */
const prints = `select
  ${printOf('id, name, level, kind, parent_id, path', 'units')} as units,
  ${printOf('key, unit_id, segment, birth_year, opened_on', 'customers')} as customers,
  concat_ws(' ', ${['touchpoints', 'stages', 'journeys', 'moments_of_truth'].map((table) => printOf('t', table)).join(', ')}) as touchpoints`

/**
 * The store has units, customers and model first and the warehouse copies them afterwards: whatever came in between, a
 * kill or a backup, is made good here. Where nothing came in between it costs one look, which waits for nobody's write.
 */
export async function reconcileDimensions(services: Pick<Services, 'store' | 'warehouse'>): Promise<DimensionName[]> {
  const [now] = await services.store.query<Record<DimensionName, string>>(prints)
  const copied = await services.warehouse.dimensionMarks()
  const stale = (['units', 'touchpoints', 'customers'] as const).filter((name) => copied[name] !== now![name])
  if (stale.includes('units')) await refreshMasters(services, 'units')
  if (stale.includes('touchpoints')) await refreshTouchpoints(services)
  if (stale.includes('customers')) await refreshMasters(services, 'customers')
  if (stale.length > 0)
    await services.warehouse.write((writer) =>
      markDimensions(writer, Object.fromEntries(stale.map((name) => [name, now![name]]))),
    )
  return stale
}
