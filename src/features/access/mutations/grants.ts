import type { Role } from '#access/policy.ts'
import { type Scope, seesUnit } from '#access/scope.ts'
import { isSecondPerson } from '#access/secondPerson.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { isUniqueViolation } from '#store/errors.ts'
import { administers, isLastAdministrator, needsSecondPerson } from '../policy.ts'
import { changeRights, type Done, done } from './rights.ts'

export async function giveGrant(
  services: Services,
  scope: Scope,
  input: { userId: string; role: Role; unitId: string },
): Promise<Result<{ id: string; awaitsApproval: boolean }, 'not_found' | 'already_granted' | 'users_only'>> {
  const id = newId('grt')
  try {
    return await changeRights(services, scope, async (tx) => {
      const [unit] = await tx.query('select 1 from units where id = $1', [input.unitId])
      if (!unit || !seesUnit(scope, input.unitId)) return fail('not_found')
      if (!(await administers(tx, scope, input.userId))) return fail('not_found')
      const awaitsApproval = await needsSecondPerson(tx)
      await tx.query(
        `insert into grants (id, user_id, role, unit_id, granted_by, granted_at, awaits_approval)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, input.userId, input.role, input.unitId, scope.actor.id, services.clock().toISOString(), awaitsApproval],
      )
      await recordAudit(tx, scope.actor, {
        action: 'grant.give',
        objectKind: 'grant',
        objectId: id,
        detail: { ...input, awaitsApproval, ...(awaitsApproval ? {} : { soleAdministrator: true }) },
      })
      return ok({ id, awaitsApproval })
    })
  } catch (error) {
    if (isUniqueViolation(error, 'grants_once')) return fail('already_granted')
    throw error
  }
}

/** Takes a grant back, at once. The last administrator's stays. */
export const revokeGrant = (services: Services, scope: Scope, id: string) =>
  changeRights(services, scope, async (tx): Promise<Result<Done, 'not_found' | 'last_administrator'>> => {
    const [grant] = await tx.query<{ user_id: string; role: string; unit_id: string }>(
      'select user_id, role, unit_id from grants where id = $1 and revoked_at is null',
      [id],
    )
    if (!grant || !seesUnit(scope, grant.unit_id)) return fail('not_found')
    if (await isLastAdministrator(tx, grant.user_id, id)) return fail('last_administrator')
    await tx.query('update grants set revoked_at = $2, revoked_by = $3 where id = $1', [
      id,
      services.clock().toISOString(),
      scope.actor.id,
    ])
    await recordAudit(tx, scope.actor, {
      action: 'grant.revoke',
      objectKind: 'grant',
      objectId: id,
      detail: { userId: grant.user_id, role: grant.role, unitId: grant.unit_id },
    })
    return ok(done)
  })

interface Waiting {
  unit_id: string
  given_by: string | null
  for: string | null
}

/** The second person's word on a grant or a service token. */
export const approve = (services: Services, scope: Scope, what: 'grant' | 'token', id: string) =>
  changeRights(services, scope, async (tx): Promise<Result<Done, 'not_found' | 'second_person_needed'>> => {
    const [waiting] = await tx.query<Waiting>(
      what === 'grant'
        ? `select unit_id, granted_by as given_by, user_id as for from grants
           where id = $1 and awaits_approval and revoked_at is null`
        : `select unit_id, created_by as given_by, null as for from service_tokens
           where id = $1 and awaits_approval and revoked_at is null`,
      [id],
    )
    if (!waiting || !seesUnit(scope, waiting.unit_id)) return fail('not_found')
    const right = { givenBy: waiting.given_by, for: waiting.for }
    if (!(await isSecondPerson(tx, scope, right))) return fail('second_person_needed')
    await tx.query(
      `update ${what === 'grant' ? 'grants' : 'service_tokens'}
       set awaits_approval = false, approved_by = $2, approved_at = $3 where id = $1`,
      [id, scope.actor.id, services.clock().toISOString()],
    )
    await recordAudit(tx, scope.actor, {
      action: `${what}.approve`,
      objectKind: what,
      objectId: id,
      detail: { givenBy: waiting.given_by },
    })
    return ok(done)
  })
