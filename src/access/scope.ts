import type { Actor } from '#store/audit.ts'
import type { Permission, Role } from './policy.ts'

declare const minted: unique symbol

/** What one caller may see and do, now. Minted only in this folder (see mint.ts); every read takes one. */
export interface Scope {
  readonly [minted]: true
  readonly actor: Actor
  readonly roles: readonly Role[]
  readonly permissions: ReadonlySet<Permission>
  /** Every unit inside the scope (whole subtrees of the grants), or 'all' at head office. */
  readonly units: 'all' | readonly string[]
}

export const seesUnit = (scope: Scope, unitId: string | null): boolean =>
  scope.units === 'all' || (unitId !== null && scope.units.includes(unitId))

export const may = (scope: Scope, permission: Permission): boolean => scope.permissions.has(permission)
