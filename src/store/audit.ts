import { newId } from '#lib/ids.ts'
import type { Tx } from './store.ts'

export interface Actor {
  readonly id: string
  readonly kind: 'user' | 'token' | 'job' | 'operator' | 'system'
}

export interface AuditEntry {
  /** What was done, `noun.verb`: `finding.accept`, `load.undo`. */
  action: string
  objectKind: string
  objectId?: string
  /** Before and after, or counts and hashes; personal fields masked by the caller. */
  detail?: Record<string, unknown>
  correlation?: string
}

/** Writes the audit record in the transaction of the change; the sealer chains it within a second. */
export async function recordAudit(tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into audit_records (id, at, actor, actor_kind, action, object_kind, object_id, detail, correlation)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)`,
    [
      newId('aud'),
      new Date().toISOString(),
      actor.id,
      actor.kind,
      entry.action,
      entry.objectKind,
      entry.objectId ?? null,
      JSON.stringify(entry.detail ?? {}),
      entry.correlation ?? null,
    ],
  )
}
