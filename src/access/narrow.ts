import { mint, type Reader, union, unitsUnder, unitsWith } from './mint.ts'
import { type Permission, permissionsOf } from './policy.ts'
import type { Scope, Units } from './scope.ts'

/** The same caller in the units where he holds this permission; undefined where he holds it nowhere. Never widens. */
export function focus(scope: Scope, permission: Permission): Scope | undefined {
  if (permission === 'self.read') return scope
  // A role held in no unit that is left still is a role: its reader sees nothing, and is not told that he may not.
  if (!permissionsOf(scope.roles).has(permission)) return undefined
  return mint(scope.actor, scope.grants, both(scope.units, unitsWith(scope.grants, permission)), scope.session)
}

/** The same caller inside one unit's subtree: for a reader who picked a unit. Never widens. */
export async function narrow(store: Reader, scope: Scope, unitId: string): Promise<Scope> {
  const wanted = (await unitsUnder(store, [unitId])).get(unitId) ?? []
  const grants = scope.grants.map(({ role, units }) => ({ role, units: both(units, wanted) }))
  return mint(scope.actor, grants, both(scope.units, wanted), scope.session)
}

/** Every permission the caller holds somewhere, for showing him what he can reach. */
export const permissionsAnywhere = (scope: Scope, all: readonly Permission[]): Permission[] =>
  all.filter((permission) => focus(scope, permission) !== undefined)

/** Every unit in which the caller holds anything. */
export const unitsAnywhere = (scope: Scope): Units => union(scope.grants.map(({ units }) => units))

function both(a: Units, b: Units): Units {
  if (a === 'all') return b
  if (b === 'all') return a
  const inside = new Set(b)
  return a.filter((unit) => inside.has(unit))
}
