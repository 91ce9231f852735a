import { acceptLink, readLink } from '#access/link.ts'
import { signIn } from '#access/signIn.ts'
import { bind } from '#features/bind.ts'
import { copySoon } from '#features/copies.ts'
import type { Services } from '#features/services.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'
import { door, listTokens, listUsers, me, mySessions, unitTree, userSessions } from './data.ts'
import { approve, giveGrant, revokeGrant } from './mutations/grants.ts'
import { changeLanguage, changePassword, endOwnSession } from './mutations/self.ts'
import { createToken, revokeToken } from './mutations/tokens.ts'
import { createUser, endUserSessions, renewLink, setDisabled } from './mutations/users.ts'

const deps = ({ store, cipher, clock }: Services) => ({ store, cipher, now: clock() })

export const routes = [
  bind(contract.signIn, async ({ services, body, setSession }) => {
    const outcome = await signIn(deps(services), body)
    if (!outcome.ok) return outcome
    setSession(outcome.value.secret, outcome.value.expiresAt)
    return ok({ expiresAt: outcome.value.expiresAt.toISOString() })
  }),
  bind(contract.signOut, async ({ services, scope, setSession }) => {
    await endOwnSession(services, scope, scope.session)
    setSession(null)
    return ok({ done: true as const })
  }),
  bind(contract.me, async ({ services, scope, language }) => ok(await me(services, scope, language))),
  bind(contract.changeLanguage, ({ services, scope, body }) => changeLanguage(services, scope, body.language)),
  bind(contract.changePassword, ({ services, scope, body }) => changePassword(services, scope, body)),
  bind(contract.mySessions, async ({ services, scope }) => ok({ sessions: await mySessions(services, scope) })),
  bind(contract.revokeMySession, ({ services, scope, params }) => endOwnSession(services, scope, params.id)),
  bind(contract.readLink, async ({ services, body }) => {
    const found = await readLink(services.store, body.token, services.clock())
    if (!found.ok) return found
    return ok({ purpose: found.value.purpose, login: found.value.login, expiresAt: found.value.expires_at })
  }),
  bind(contract.acceptLink, async ({ services, body, setSession }) => {
    const outcome = await acceptLink(deps(services), body)
    if (!outcome.ok) return outcome
    // The first administrator may have come with the head office in which he stands.
    if (body.login !== undefined) await copySoon(services, () => services.upkeep.reconcileDimensions())
    setSession(outcome.value.secret, outcome.value.expiresAt)
    return ok({ expiresAt: outcome.value.expiresAt.toISOString() })
  }),
  bind(contract.readDoor, async ({ services }) => ok(await door(services))),
  bind(contract.units, async ({ services, scope }) => ok({ units: await unitTree(services, scope.units) })),
  bind(contract.listUsers, async ({ services, scope, query }) => ok(await listUsers(services, scope, query))),
  bind(contract.createUser, ({ services, scope, body }) => createUser(services, scope, body)),
  bind(contract.createLink, ({ services, scope, params }) => renewLink(services, scope, params.id)),
  bind(contract.disableUser, ({ services, scope, params }) => setDisabled(services, scope, params.id, true)),
  bind(contract.enableUser, ({ services, scope, params }) => setDisabled(services, scope, params.id, false)),
  bind(contract.userSessions, ({ services, scope, params }) => userSessions(services, scope, params.id)),
  bind(contract.revokeUserSessions, ({ services, scope, params }) => endUserSessions(services, scope, params.id)),
  bind(contract.giveGrant, ({ services, scope, body }) => giveGrant(services, scope, body)),
  bind(contract.approveGrant, ({ services, scope, params }) => approve(services, scope, 'grant', params.id)),
  bind(contract.revokeGrant, ({ services, scope, params }) => revokeGrant(services, scope, params.id)),
  bind(contract.listTokens, async ({ services, scope }) => ok(await listTokens(services, scope))),
  bind(contract.createToken, ({ services, scope, body }) => createToken(services, scope, body)),
  bind(contract.approveToken, ({ services, scope, params }) => approve(services, scope, 'token', params.id)),
  bind(contract.revokeToken, ({ services, scope, params }) => revokeToken(services, scope, params.id)),
]
