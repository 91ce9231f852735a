import { createLink, type OneTimeLink } from '#access/link.ts'
import type { Scope } from '#access/scope.ts'
import { revokeSessions } from '#access/session.ts'
import { normalLogin } from '#access/signIn.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { maskName } from '#lib/mask.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { isUniqueViolation } from '#store/errors.ts'
import type { Tx } from '#store/store.ts'
import { administers, isLastAdministrator, needsSecondPerson } from '../policy.ts'
import { changeRights, type Done, done } from './rights.ts'

export async function createUser(
  services: Services,
  scope: Scope,
  input: { login: string; name: string; language: 'zh' | 'en' },
): Promise<Result<{ id: string; link: OneTimeLink }, 'login_taken' | 'users_only'>> {
  const id = newId('usr')
  const login = normalLogin(input.login)
  const now = services.clock()
  try {
    return await changeRights(services, scope, async (tx) => {
      await tx.query(
        'insert into users (id, login, name_enc, language, created_at, created_by) values ($1, $2, $3, $4, $5, $6)',
        [id, login, services.cipher.encrypt(input.name), input.language, now.toISOString(), scope.actor.id],
      )
      await recordAudit(tx, scope.actor, {
        action: 'user.create',
        objectKind: 'user',
        objectId: id,
        detail: { name: maskName(input.name) },
      })
      return ok({
        id,
        link: await createLink(tx, { purpose: 'set_password', userId: id, createdBy: scope.actor.id, now }),
      })
    })
  } catch (error) {
    if (isUniqueViolation(error, 'users_login_key')) return fail('login_taken')
    throw error
  }
}

/** A link with which the user sets a new password. Never one's own: that would need no password to change it. */
export const renewLink = (services: Services, scope: Scope, userId: string) =>
  changeRights(services, scope, async (tx) => {
    if (userId === scope.actor.id) return fail('second_person_needed')
    const [user] = await tx.query('select 1 from users where id = $1 and not disabled', [userId])
    if (!user || !(await administers(tx, scope, userId))) return fail('not_found')
    const now = services.clock()
    const link = await createLink(tx, { purpose: 'set_password', userId, createdBy: scope.actor.id, now })
    await recordAudit(tx, scope.actor, { action: 'link.create', objectKind: 'user', objectId: userId })
    return ok({ link })
  })

export const setDisabled = (services: Services, scope: Scope, userId: string, disabled: boolean) =>
  changeRights(services, scope, async (tx): Promise<Result<Done, 'not_found' | 'last_administrator'>> => {
    if (!(await administers(tx, scope, userId))) return fail('not_found')
    if (disabled && (await isLastAdministrator(tx, userId))) return fail('last_administrator')
    const changed = await tx.query('update users set disabled = $2 where id = $1 and disabled <> $2 returning id', [
      userId,
      disabled,
    ])
    if (disabled) await revokeSessions(tx, userId, services.clock())
    const waiting = !disabled && changed.length > 0 ? await giveBack(services, scope, tx, userId) : 0
    await recordAudit(tx, scope.actor, {
      action: disabled ? 'user.disable' : 'user.enable',
      objectKind: 'user',
      objectId: userId,
      ...(disabled ? {} : { detail: { grantsAwaitingApproval: waiting } }),
    })
    return ok(done)
  })

/**
 * Enabling a user gives him his rights anew, so they wait for a second person as any given right does. The old grants
 * are taken back, not changed: that there was a second administrator stays known.
 */
async function giveBack(services: Services, scope: Scope, tx: Tx, userId: string): Promise<number> {
  if (!(await needsSecondPerson(tx))) return 0
  const now = services.clock().toISOString()
  const held = await tx.query<{ role: string; unit_id: string }>(
    `update grants set revoked_at = $2, revoked_by = $3
     where user_id = $1 and revoked_at is null and not awaits_approval returning role, unit_id`,
    [userId, now, scope.actor.id],
  )
  for (const { role, unit_id } of held)
    await tx.query(
      `insert into grants (id, user_id, role, unit_id, granted_by, granted_at, awaits_approval)
       values ($1, $2, $3, $4, $5, $6, true)`,
      [newId('grt'), userId, role, unit_id, scope.actor.id, now],
    )
  return held.length
}

export const endUserSessions = (services: Services, scope: Scope, userId: string) =>
  changeRights(services, scope, async (tx) => {
    if (!(await administers(tx, scope, userId))) return fail('not_found')
    const ended = await revokeSessions(tx, userId, services.clock())
    await recordAudit(tx, scope.actor, {
      action: 'session.revoke',
      objectKind: 'user',
      objectId: userId,
      detail: { ended },
    })
    return ok({ ended })
  })
