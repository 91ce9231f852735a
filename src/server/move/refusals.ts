import { fail, type Result } from '#lib/result.ts'
import type { LockRefusal } from '#store/lock.ts'
import type { OpenStoreRefusal } from '#store/open.ts'
import { WarehouseRefusal } from '#warehouse/refusal.ts'
import { type WarehouseCode, warehouseCodeOf } from '#warehouse/errors.ts'

export type MoveRefusal =
  | LockRefusal
  | OpenStoreRefusal
  | WarehouseCode
  | 'home_missing'
  | 'home_not_empty'
  | 'move_differs'
  | 'move_source_old'
  | 'move_stopped'

/** An address as it may be written down: without its password. */
export function shown(address: string): string {
  const url = new URL(address)
  url.password = ''
  url.search = ''
  return url.href
}

/** What a move could not do, where that is foreseen; faults are thrown on. */
export function refusalOf(error: unknown, signal: AbortSignal): Result<never, MoveRefusal> {
  if (signal.aborted) return fail('move_stopped')
  const code = warehouseCodeOf(error)
  if (code) return fail(code, error instanceof WarehouseRefusal ? error.detail : { said: (error as Error).message })
  if (error instanceof TypeError || /^WAREHOUSE_URL/.test((error as Error).message))
    return fail('warehouse_address_wrong', { why: (error as Error).message })
  throw error
}
