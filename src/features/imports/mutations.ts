import { createHash } from 'node:crypto'
import { TextDecoder } from 'node:util'
import { type Scope, seesUnit } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { counter } from '#lib/telemetry.ts'
import { recordAudit } from '#store/audit.ts'
import { packBody } from './data/intakeBody.ts'
import { impersonal, type LeftOut, type PersonalReason } from './parse/personal.ts'
import { type KnownPlaces, readInteractionLines } from './parse/interactionLines.ts'

const rowsTaken = counter('zhiyin.intake.rows.taken', '{row}', 'Interactions taken in over the API, repeats left out.')

export interface TakenBatch {
  batch: number
  rows: number
  repeated: boolean
  practice: boolean
  leftOut: LeftOut[]
}

/** Units (by id and by code) inside the scope, and touchpoints, that a fact may name. */
export async function knownPlaces(services: Pick<Services, 'store'>, scope: Scope): Promise<KnownPlaces> {
  const [units, touchpoints] = await Promise.all([
    services.store.query<{ id: string; code: string }>('select id, code from units'),
    services.store.query<{ id: string }>('select id from touchpoints where archived_at is null'),
  ])
  return {
    units: new Set(units.filter((unit) => seesUnit(scope, unit.id)).flatMap((unit) => [unit.id, unit.code])),
    touchpoints: new Set(touchpoints.map((touchpoint) => touchpoint.id)),
    unitNeeded: scope.units !== 'all',
  }
}

/**
 * The source under which a caller's facts stand. An id is its source's own, and a later fact of the same id replaces the
 * earlier: who speaks for some units only has a source of his own, so that he replaces nobody else's.
 */
async function ownSource(services: Pick<Services, 'store'>, scope: Scope, source: string): Promise<string> {
  if (scope.units === 'all') return source
  const tops = await services.store.query<{ id: string }>(
    'select id from units where id = any($1::text[]) and (parent_id is null or parent_id <> all($1::text[])) order by id',
    [[...scope.units]],
  )
  return `${source}@${tops.map(({ id }) => id).join('+')}`
}

/**
 * Takes a batch of interactions: validated whole, then kept in the Store with its key in one transaction, and only then
 * acknowledged. It moves to the warehouse afterwards (jobs.ts), exactly once.
 */
export async function takeInteractions(
  services: Services,
  scope: Scope,
  input: { source: string; key: string | undefined; body: Uint8Array },
): Promise<Result<TakenBatch>> {
  const { key, body } = input
  const practice = services.home.kind === 'demo'
  if (!key || key.length > 200 || !/^[\x21-\x7e]+$/.test(key)) return fail('idempotency_key_missing')
  const source = await ownSource(services, scope, input.source)
  const hash = createHash('sha256').update(body).digest()
  const repeated = await batchOf(services, source, key, hash)
  if (repeated) return repeated
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return fail('intake_line_invalid', { lines: [{ line: 0, column: '', reason: 'not UTF-8' }] })
  }
  const lines = readInteractionLines(text, await knownPlaces(services, scope))
  if (!lines.ok) return lines
  const rows = lines.value.length
  const left = new Map<string, PersonalReason>()
  for (const { attributes } of lines.value) if (attributes) impersonal(attributes, left)
  const leftOut = [...left].map(([column, reason]) => ({ column, reason }))
  const kept = packBody(services.cipher, body)
  const id = await services.store.transaction(async (tx) => {
    const [row] = await tx.query<{ id: number }>(
      `insert into intake_batches (source, idempotency_key, received_from, row_count, body_hash, body_enc, practice)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (source, idempotency_key) do nothing returning id`,
      [source, key, scope.actor.id, rows, hash, kept, practice],
    )
    if (row) {
      await recordAudit(tx, scope.actor, {
        action: 'interactions.take',
        objectKind: 'intake_batch',
        objectId: String(row.id),
        detail: {
          source,
          rows,
          sha256: hash.toString('hex'),
          ...(practice ? { practice } : {}),
          ...(leftOut.length ? { leftOut: leftOut.map(({ column }) => column) } : {}),
        },
      })
    }
    return row?.id
  })
  if (id !== undefined) rowsTaken(rows)
  if (id !== undefined) return ok({ batch: id, rows, repeated: false, practice, leftOut })
  // Somebody else brought the same key between our look and our write.
  return (await batchOf(services, source, key, hash)) ?? fail('changed_meanwhile')
}

async function batchOf(
  services: Services,
  source: string,
  key: string,
  hash: Uint8Array,
): Promise<Result<TakenBatch> | undefined> {
  const [row] = await services.store.query<{ id: number; row_count: number; body_hash: Uint8Array; practice: boolean }>(
    'select id, row_count, body_hash, practice from intake_batches where source = $1 and idempotency_key = $2',
    [source, key],
  )
  if (!row) return undefined
  if (Buffer.compare(Buffer.from(row.body_hash), Buffer.from(hash)) !== 0) return fail('idempotency_key_reused')
  return ok({ batch: row.id, rows: row.row_count, repeated: true, practice: row.practice, leftOut: [] })
}
