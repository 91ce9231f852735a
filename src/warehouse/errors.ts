import { FilesError } from '#files/fault.ts'
import { TrinoError } from './lake/trinoError.ts'
import { WarehouseRefusal } from './refusal.ts'

const codes = {
  away: 'warehouse_away',
  lost: 'question_lost',
  too_long: 'question_too_long',
  too_large: 'question_too_large',
  changed_elsewhere: 'warehouse_changed_elsewhere',
  full: 'warehouse_full',
  denied: 'warehouse_denied',
} as const

export type WarehouseCode = (typeof codes)[keyof typeof codes] | WarehouseRefusal['code'] | 'storage_unavailable'

const ofFiles = {
  full: 'warehouse_full',
  unreachable: 'warehouse_away',
  denied: 'storage_unavailable',
  // A share that is not mounted looks as if its files were missing.
  missing: 'storage_unavailable',
} as const

const fullDisk = /^IO Error: .*No space left on device|^Out of Memory Error: failed to offload data block/

/** The catalogued code of what the warehouse could not do; undefined where the error is none of its, or a defect. */
export function warehouseCodeOf(error: unknown): WarehouseCode | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof WarehouseRefusal) return at.code
    if (at instanceof TrinoError) return at.reason === 'fault' ? undefined : codes[at.reason]
    if (at instanceof FilesError && at.reason !== 'corrupt') return ofFiles[at.reason]
    // DuckDB has no codes for these: full disks first, for a spill that finds none is told as a lack of memory.
    if (fullDisk.test(at.message)) return 'warehouse_full'
    if (at.message.startsWith('Out of Memory Error')) return 'question_too_large'
  }
  return undefined
}
