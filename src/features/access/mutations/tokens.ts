import type { Role } from '#access/policy.ts'
import { type Scope, seesUnit } from '#access/scope.ts'
import { newSecret, secretHash } from '#access/session.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { needsSecondPerson } from '../policy.ts'
import { changeRights, done } from './rights.ts'

export const createToken = (
  services: Services,
  scope: Scope,
  input: { name: string; role: Role; unitId: string; days: number },
) =>
  changeRights(services, scope, async (tx) => {
    const [unit] = await tx.query('select 1 from units where id = $1', [input.unitId])
    if (!unit || !seesUnit(scope, input.unitId)) return fail('not_found')
    const [id, token, now] = [newId('tok'), newSecret('zyt'), services.clock()]
    const expiresAt = new Date(now.getTime() + input.days * 86_400_000).toISOString()
    const awaitsApproval = await needsSecondPerson(tx)
    await tx.query(
      `insert into service_tokens (id, token_hash, name, role, unit_id, created_by, created_at, expires_at, awaits_approval)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        secretHash(token),
        input.name,
        input.role,
        input.unitId,
        scope.actor.id,
        now.toISOString(),
        expiresAt,
        awaitsApproval,
      ],
    )
    await recordAudit(tx, scope.actor, {
      action: 'token.create',
      objectKind: 'token',
      objectId: id,
      detail: { name: input.name, role: input.role, unitId: input.unitId, expiresAt, awaitsApproval },
    })
    return ok({ id, token, expiresAt, awaitsApproval })
  })

export const revokeToken = (services: Services, scope: Scope, id: string) =>
  changeRights(services, scope, async (tx) => {
    const [token] = await tx.query<{ unit_id: string }>(
      'select unit_id from service_tokens where id = $1 and revoked_at is null',
      [id],
    )
    if (!token || !seesUnit(scope, token.unit_id)) return fail('not_found')
    await tx.query('update service_tokens set revoked_at = $2, revoked_by = $3 where id = $1', [
      id,
      services.clock().toISOString(),
      scope.actor.id,
    ])
    await recordAudit(tx, scope.actor, { action: 'token.revoke', objectKind: 'token', objectId: id })
    return ok(done)
  })
