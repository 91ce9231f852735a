import { hashPassword, passwordFault } from '#access/password.ts'
import type { Scope } from '#access/scope.ts'
import { revokeSessions } from '#access/session.ts'
import { guarded } from '#access/signIn.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Language } from '#lib/text.ts'
import { recordAudit } from '#store/audit.ts'
import { type Done, done } from './rights.ts'

/** Ends the session this call came with; a token or the operator has none to end. */
export async function endOwnSession(
  services: Services,
  scope: Scope,
  id: string | undefined,
): Promise<Result<Done, 'not_found'>> {
  if (id === undefined) return ok(done)
  return services.store.transaction(async (tx) => {
    const ended = await tx.query(
      'update sessions set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null returning id',
      [id, scope.actor.id, services.clock().toISOString()],
    )
    if (ended.length === 0) return fail('not_found')
    await recordAudit(tx, scope.actor, { action: 'session.close', objectKind: 'session', objectId: id })
    return ok(done)
  })
}

/** Changes one's own password: the present one is asked again, wrong guesses count, the other sessions end. */
export async function changePassword(
  services: Services,
  scope: Scope,
  input: { current: string; next: string },
): Promise<Result<Done, 'sign_in_failed' | 'account_locked' | 'password_weak' | 'too_many_requests' | 'users_only'>> {
  const { store, cipher } = services
  const [user] = await store.query<{ login: string }>('select login from users where id = $1', [scope.actor.id])
  if (!user || scope.actor.kind !== 'user') return fail('users_only')
  const weak = passwordFault(input.next, user.login)
  if (weak) return fail('password_weak', { why: weak })
  const hash = await hashPassword(input.next)
  const now = services.clock()
  return guarded({ store, cipher, now }, user.login, input.current, async (tx, { id }) => {
    // A first password is his own from here on. One that was set over another is not: whoever set it may be changing it.
    await tx.query(
      `update users set password_hash = $2,
         password_known_to = case when password_reset then password_known_to else '{}' end where id = $1`,
      [id, hash],
    )
    await revokeSessions(tx, id, now, scope.session)
    await recordAudit(tx, scope.actor, { action: 'password.change', objectKind: 'user', objectId: id })
    return done
  })
}

export async function changeLanguage(services: Services, scope: Scope, language: Language): Promise<Result<Done>> {
  if (scope.actor.kind === 'user')
    await services.store.transaction(async (tx) => {
      await tx.query('update users set language = $2 where id = $1', [scope.actor.id, language])
      const { id } = scope.actor
      await recordAudit(tx, scope.actor, {
        action: 'user.language',
        objectKind: 'user',
        objectId: id,
        detail: { language },
      })
    })
  return ok(done)
}
