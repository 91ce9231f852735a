import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { QueryOf } from '#contract/route.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { type BackupListing, backupsOf, listBackups } from '#store/backup.ts'
import type { freshness as freshnessRoute, listAudit as listAuditRoute } from './contract.ts'

/** What is the whole bank's is for those who hold the right over the whole bank. */
const wholeBank = async <T>(scope: Scope, read: () => Promise<T>): Promise<Result<T, 'not_allowed'>> =>
  scope.units === 'all' ? ok(await read()) : fail('not_allowed')

export const backups = (
  { home }: Services,
  scope: Scope,
): Promise<Result<{ backups: BackupListing[] }, 'not_allowed'>> =>
  wholeBank(scope, async () => ({ backups: await listBackups(backupsOf(home.folder)) }))

export const auditVerdict = ({ upkeep }: Services, scope: Scope) => wholeBank(scope, () => upkeep.verifyAudit())

/** When the figures last changed and what has not reached them: said on every page, and of no unit in particular. */
export async function freshness(
  { store, warehouse, upkeep }: Services,
  _scope: Scope,
): Promise<z.input<typeof freshnessRoute.answer>> {
  const [[waiting], ready] = await Promise.all([
    store.query<{ since: string | null }>(
      'select min(received_at) as since from intake_batches where moved_at is null and failed_at is null',
    ),
    upkeep.readiness(),
  ])
  return {
    changedAt: warehouse.versions().changedAt,
    waitingSince: waiting?.since ?? null,
    warehouse: ready.ok ? ready.value.warehouse : 'away',
  }
}

type AuditPage = z.input<typeof listAuditRoute.answer>

/** Records name no unit, so the whole trail is for those who hold the right over the whole bank. */
export async function listAudit(
  { store }: Services,
  scope: Scope,
  query: QueryOf<typeof listAuditRoute>,
): Promise<Result<AuditPage, 'not_allowed'>> {
  if (scope.units !== 'all') return fail('not_allowed')
  const rows = await store.query<AuditPage['records'][number]>(
    `select r.id, r.at, r.actor, r.actor_kind as "actorKind", coalesce(u.login, t.name) as "actorName", r.action,
       r.object_kind as "objectKind", r.object_id as "objectId", r.detail, r.correlation, c.position
     from audit_records r
       left join audit_chain c on c.record_id = r.id
       left join users u on r.actor_kind = 'user' and u.id = r.actor
       left join service_tokens t on r.actor_kind = 'token' and t.id = r.actor
     where ($1::text is null or r.id < $1) and ($2::text is null or r.action = $2) and ($3::text is null or r.actor = $3)
       and ($4::text is null or r.object_kind = $4) and ($5::text is null or r.object_id = $5)
       and ($6::timestamptz is null or r.at >= $6) and ($7::timestamptz is null or r.at < $7)
     order by r.id desc limit $8`,
    [
      query.cursor ?? null,
      query.action ?? null,
      query.actor ?? null,
      query.objectKind ?? null,
      query.objectId ?? null,
      query.from ?? null,
      query.to ?? null,
      query.limit + 1,
    ],
  )
  const records = rows.slice(0, query.limit)
  return ok({ records, nextCursor: rows.length > query.limit ? records.at(-1)!.id : null })
}
