import { fail, type Result } from '#lib/result.ts'
import type { LockRefusal } from '#store/lock.ts'
import type { OpenStoreRefusal } from '#store/open.ts'
import { type PartRefusal, refusalOfPart } from '../refusals.ts'

export type MoveRefusal =
  | LockRefusal
  | OpenStoreRefusal
  | PartRefusal
  | 'home_missing'
  | 'home_not_empty'
  | 'move_differs'
  | 'move_source_old'
  | 'move_stopped'

/** What a move could not do, where that is foreseen; faults are thrown on. */
export function refusalOf(error: unknown, signal: AbortSignal): Result<never, MoveRefusal> {
  if (signal.aborted) return fail('move_stopped')
  const refused = refusalOfPart(error)
  if (refused) return refused
  throw error
}
