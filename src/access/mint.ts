import type { Actor } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { type Permission, type Role, permissionsOf, policy, roles } from './policy.ts'
import type { Held, Scope, Units } from './scope.ts'

export type Reader = Pick<Tx, 'query'>

/** The only place where a scope comes into being: what is granted, and the part of it that is looked at. */
export function mint(actor: Actor, grants: readonly Held[], units: Units, session: string | undefined): Scope {
  const held = [...new Set(grants.map((grant) => grant.role))]
  // Whoever is known may see himself, sign out and change his password, even before he holds a role.
  const permissions = new Set<Permission>(['self.read'])
  for (const permission of permissionsOf(held))
    if (covers(unitsWith(grants, permission), units)) permissions.add(permission)
  return { actor, session, roles: held, permissions, units, grants } as unknown as Scope
}

/** The units in which a permission is held. */
export const unitsWith = (grants: readonly Held[], permission: Permission): Units =>
  union(grants.filter(({ role }) => (policy[permission] as readonly Role[]).includes(role)).map(({ units }) => units))

export function union(parts: readonly Units[]): Units {
  if (parts.includes('all')) return 'all'
  return [...new Set((parts as readonly (readonly string[])[]).flat())].sort()
}

function covers(wide: Units, narrow: Units): boolean {
  if (wide === 'all') return true
  if (narrow === 'all') return false
  const inside = new Set(wide)
  return narrow.every((unit) => inside.has(unit))
}

/** All units in the subtree of each root; 'all' for the head office, whose facts may name no unit. */
export async function unitsUnder(store: Reader, roots: readonly string[]): Promise<Map<string, Units>> {
  if (roots.length === 0) return new Map()
  const heads = await store.query<{ id: string }>(
    "select id from units where id = any($1::text[]) and parent_id is null and level = 'head_office'",
    [roots],
  )
  return subtrees(store, roots, new Set(heads.map(({ id }) => id)))
}

async function subtrees(
  store: Reader,
  roots: readonly string[],
  heads: ReadonlySet<string>,
): Promise<Map<string, Units>> {
  const found = new Map<string, Units>()
  for (const root of roots) found.set(root, heads.has(root) ? 'all' : [])
  const others = roots.filter((root) => !heads.has(root))
  if (others.length === 0) return found
  // By parent, not by path: a path is text that a load writes, and one id may be the beginning of another.
  const rows = await store.query<{ root: string; id: string }>(
    `with recursive under (root, id) as (
       select id, id from units where id = any($1::text[])
       union
       select under.root, u.id from units u join under on u.parent_id = under.id
     ) select root, id from under order by id`,
    [others],
  )
  for (const { root, id } of rows) (found.get(root) as string[]).push(id)
  return found
}

interface Grant {
  role: string
  unit_id: string
  /** Whether the unit is the head office. */
  head: boolean
}

/** The scope of a signed-in user, from the grants as they are now. */
export async function scopeOfUser(store: Reader, userId: string, session?: string): Promise<Scope> {
  const rows = await store.query<Grant>(
    `select g.role, g.unit_id, n.parent_id is null and n.level = 'head_office' as head
     from grants g join units n on n.id = g.unit_id
     where g.user_id = $1 and g.revoked_at is null and not g.awaits_approval`,
    [userId],
  )
  return scopeOf(store, { id: userId, kind: 'user' }, rows, session)
}

/** The scope of a service token: one role in one subtree. */
export const scopeOfToken = (store: Reader, { id, ...grant }: Grant & { id: string }): Promise<Scope> =>
  scopeOf(store, { id, kind: 'token' }, [grant], undefined)

async function scopeOf(
  store: Reader,
  actor: Actor,
  rows: readonly Grant[],
  session: string | undefined,
): Promise<Scope> {
  // A role that this version does not know gives nothing.
  const known = rows.filter((row): row is Grant & { role: Role } => (roles as readonly string[]).includes(row.role))
  const heads = new Set(known.filter((row) => row.head).map((row) => row.unit_id))
  const trees = await subtrees(store, [...new Set(known.map((row) => row.unit_id))], heads)
  const grants = known.map((row) => ({ role: row.role, units: trees.get(row.unit_id) ?? [] }))
  return mint(actor, grants, union(grants.map((grant) => grant.units)), session)
}

const everything: readonly Held[] = roles.map((role) => ({ role, units: 'all' }))

/** The scope of a named job of the server itself: sees all units, holds every permission. */
export const scopeOfJob = (name: string): Scope =>
  mint({ id: `job:${name}`, kind: 'job' }, everything, 'all', undefined)

/** The scope of whoever holds the home's files and works offline or through its token file. */
export const scopeOfOperator = (): Scope => mint({ id: 'operator', kind: 'operator' }, everything, 'all', undefined)
