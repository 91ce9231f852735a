import type { Actor } from '#store/audit.ts'
import type { Permission, Role } from './policy.ts'

declare const minted: unique symbol

/** Whole subtrees as the ids of all their units, or 'all' at head office. */
export type Units = 'all' | readonly string[]

/** One role in some units. */
export interface Held {
  readonly role: Role
  readonly units: Units
}

/** What one caller may see and do, now. Minted only in this folder (see mint.ts); every read takes one. */
export interface Scope {
  readonly [minted]: true
  readonly actor: Actor
  /** The session it came from, for signing out; absent for anyone but a signed-in user. */
  readonly session: string | undefined
  readonly roles: readonly Role[]
  /** Held in every unit of this scope: who may decide in one branch and read in ten may not decide in ten. */
  readonly permissions: ReadonlySet<Permission>
  /** Every unit inside the scope. */
  readonly units: Units
  /** What the caller holds, role by role: `focus` chooses from these the units in which one permission is held. */
  readonly grants: readonly Held[]
}

export const seesUnit = (scope: Scope, unitId: string | null): boolean =>
  scope.units === 'all' || (unitId !== null && scope.units.includes(unitId))

/** Whether the permission is held in every unit of this scope. Focus a caller's scope on a route's permission first. */
export const may = (scope: Scope, permission: Permission): boolean => scope.permissions.has(permission)
