import type { Actor } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { type Permission, type Role, permissionsOf, policy, roles } from './policy.ts'
import type { Scope } from './scope.ts'

type Reader = Pick<Tx, 'query'>

function mint(actor: Actor, held: readonly Role[], permissions: Set<Permission>, units: Scope['units']): Scope {
  return { actor, roles: held, permissions, units } as unknown as Scope
}

/** Every unit in the subtrees of `roots`; 'all' when a head office is among them. */
async function unitsUnder(store: Reader, roots: readonly string[]): Promise<Scope['units']> {
  if (roots.length === 0) return []
  const rows = await store.query<{ id: string; head: boolean }>(
    `select u.id, bool_or(r.parent_id is null) as head
     from units u join units r on u.path like r.path || '%'
     where r.id = any($1::text[]) group by u.id order by u.id`,
    [roots],
  )
  return rows.some((row) => row.head) ? 'all' : rows.map((row) => row.id)
}

/** The scope of a signed-in user, from the grants as they are now. */
export async function scopeOfUser(store: Reader, userId: string): Promise<Scope> {
  const grants = await store.query<{ role: Role; unit_id: string }>(
    'select role, unit_id from grants where user_id = $1 and revoked_at is null',
    [userId],
  )
  const held = [...new Set(grants.map((grant) => grant.role))]
  const units = await unitsUnder(store, [...new Set(grants.map((grant) => grant.unit_id))])
  return mint({ id: userId, kind: 'user' }, held, permissionsOf(held), units)
}

/** The scope of a service token: one role in one subtree. */
export async function scopeOfToken(store: Reader, token: { id: string; role: Role; unit_id: string }): Promise<Scope> {
  return mint(
    { id: token.id, kind: 'token' },
    [token.role],
    permissionsOf([token.role]),
    await unitsUnder(store, [token.unit_id]),
  )
}

/** The scope of a named job of the server itself: sees all units, holds every permission. */
export function scopeOfJob(name: string): Scope {
  return mint({ id: `job:${name}`, kind: 'job' }, roles, new Set(Object.keys(policy) as Permission[]), 'all')
}

/** The scope of whoever holds the home's files and works offline or through its token file. */
export function scopeOfOperator(): Scope {
  return mint({ id: 'operator', kind: 'operator' }, roles, new Set(Object.keys(policy) as Permission[]), 'all')
}

/** The same caller, seeing only these units' subtrees as well: for a reader who picked a unit. Never widens. */
export async function narrow(store: Reader, scope: Scope, unitId: string): Promise<Scope> {
  const wanted = await unitsUnder(store, [unitId])
  if (wanted === 'all') return scope
  const seen = scope.units === 'all' ? wanted : wanted.filter((id) => (scope.units as readonly string[]).includes(id))
  return mint(scope.actor, scope.roles, new Set(scope.permissions), seen)
}
