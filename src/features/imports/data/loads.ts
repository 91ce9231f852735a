import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import type { load } from '../contract.ts'
import { runningLoads } from '../mutations/running.ts'
import { recordAudit } from '#store/audit.ts'
import { faultText } from '../parse/faultTexts.ts'

export type Load = z.output<typeof load>

interface LoadRow {
  id: number
  kind: Load['kind']
  process_id: string | null
  source: string
  file_name: string
  practice: boolean
  state: Load['state']
  rows_read: number
  rows_new: number
  rows_same: number
  rows_corrected: number
  rows_rejected: number
  rows_skipped: number
  progress: Load['progress']
  failure: string | null
  failure_detail: Record<string, unknown> | null
  left_out: Load['leftOut']
  created_by: string
  login: string | null
  created_at: string
  finished_at: string | null
  undone_at: string | null
}

const selectLoads = 'select l.*, u.login from loads l left join users u on u.id = l.created_by'

function loadOf(services: Services, row: LoadRow): Load {
  return {
    id: row.id,
    kind: row.kind,
    process: row.process_id,
    source: row.source,
    fileName: row.file_name,
    practice: row.practice,
    state: row.state,
    rows: {
      read: row.rows_read,
      new: row.rows_new,
      same: row.rows_same,
      corrected: row.rows_corrected,
      rejected: row.rows_rejected,
      skipped: row.rows_skipped,
    },
    createdBy: row.login ?? row.created_by,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    undoneAt: row.undone_at,
    progress: row.state === 'running' ? (runningLoads(services).get(row.id)?.progress ?? row.progress) : null,
    failure: row.failure,
    failureDetail: row.failure_detail,
    leftOut: row.left_out,
  }
}

/** Loads are the whole bank's: whoever may read them reads all, for a file may touch every unit. */
export async function listLoads(
  services: Services,
  _scope: Scope,
  { before, limit }: { before?: number | undefined; limit: number },
) {
  const rows = await services.store.query<LoadRow>(
    `${selectLoads} where ($1::bigint is null or l.id < $1) order by l.id desc limit $2`,
    [before ?? null, limit + 1],
  )
  return {
    loads: rows.slice(0, limit).map((row) => loadOf(services, row)),
    next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
    intake: await readIntake(services),
  }
}

/** How it stands with what came over the interface. */
async function readIntake(services: Services) {
  const [row] = await services.store.query<{ waiting: number }>(
    'select count(*)::int as waiting from intake_batches where moved_at is null and failed_at is null',
  )
  const aside = await services.store.query<{
    batch: number
    source: string
    rows: number
    receivedAt: string
    reason: string
  }>(
    `select id as batch, source, row_count as rows, received_at as "receivedAt", coalesce(failure, '') as reason
     from intake_batches where moved_at is null and failed_at is not null order by id desc limit 20`,
  )
  return { waiting: row?.waiting ?? 0, setAside: aside }
}

export async function readLoad(services: Services, _scope: Scope, id: number): Promise<Load | undefined> {
  const [row] = await services.store.query<LoadRow>(`${selectLoads} where l.id = $1`, [id])
  // Another server may have carried it out: whoever is told that it is over also sees what it brought.
  if (row && row.state !== 'running') await services.warehouse.catchUp?.()
  return row ? loadOf(services, row) : undefined
}

export interface LoadError {
  row: number
  column: string
  reason: string
  excerpt: string | null
}

/** What stood in the rows of a load may name customers: whoever looks is written down. */
export async function viewErrors(services: Services, scope: Scope, id: number, after: number, limit: number) {
  const page = await loadErrors(services, scope, id, after, limit)
  if (page.errors.length > 0)
    await services.store.transaction((tx) =>
      recordAudit(tx, scope.actor, {
        action: 'load.viewErrors',
        objectKind: 'load',
        objectId: String(id),
        detail: { after, rows: page.errors.length },
      }),
    )
  return page
}

/** Rows that were not loaded, in the order of the file; `after` is the place in that order. */
export async function loadErrors(services: Services, _scope: Scope, id: number, after: number, limit: number) {
  const rows = await services.store.query<{
    row_number: number
    column_name: string
    reason: string
    excerpt_enc: Uint8Array | null
  }>(
    'select row_number, column_name, reason, excerpt_enc from load_errors where load_id = $1 order by row_number, column_name offset $2 limit $3',
    [id, after, limit + 1],
  )
  return {
    errors: rows.slice(0, limit).map((row) => ({
      row: row.row_number,
      column: row.column_name,
      reason: row.reason,
      text: faultText(row.reason).text,
      excerpt: row.excerpt_enc ? services.cipher.decrypt(row.excerpt_enc) : null,
    })),
    next: rows.length > limit ? after + limit : null,
  }
}
