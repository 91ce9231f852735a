import { FilesError } from '#files/fault.ts'
import { fail, type Result } from '#lib/result.ts'
import { isStoreAway } from '#store/errors.ts'
import { type WarehouseCode, warehouseCodeOf } from '#warehouse/errors.ts'
import { WarehouseRefusal } from '#warehouse/refusal.ts'

export type PartRefusal = WarehouseCode | 'store_away'

/** What the store, the warehouse or the storage of files could not do, by its code; undefined where it is a fault. */
export function refusalOfPart(error: unknown): Result<never, PartRefusal> | undefined {
  const said = (error as Error).message
  if (isStoreAway(error)) return fail('store_away', { said })
  const code = warehouseCodeOf(error)
  if (code) return fail(code, error instanceof WarehouseRefusal ? error.detail : { said })
  if (error instanceof FilesError) return fail('storage_unavailable', { said })
  return undefined
}
