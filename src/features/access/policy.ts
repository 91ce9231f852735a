import { type Scope, seesUnit } from '#access/scope.ts'
import type { Tx } from '#store/store.ts'

/** A user is administered by whoever sees every unit he holds a role in; one without a role by his maker too. */
export async function administers(tx: Pick<Tx, 'query'>, scope: Scope, userId: string): Promise<boolean> {
  const [user] = await tx.query<{ created_by: string | null }>('select created_by from users where id = $1', [userId])
  if (!user) return false
  if (scope.units === 'all') return true
  const grants = await tx.query<{ unit_id: string }>(
    'select unit_id from grants where user_id = $1 and revoked_at is null',
    [userId],
  )
  return grants.length > 0
    ? grants.every((grant) => seesUnit(scope, grant.unit_id))
    : user.created_by === scope.actor.id
}

/**
 * A right waits for a second person from the moment there has been a second administrator: before, there is nobody to
 * ask. Taking a right back never waits.
 */
export async function needsSecondPerson(tx: Tx): Promise<boolean> {
  const rows = await tx.query("select distinct user_id from grants where role = 'ADM' and not awaits_approval limit 2")
  return rows.length > 1
}

/** Whether nobody could administer the bank any more without this user, or without this one grant of his. */
export async function isLastAdministrator(tx: Tx, userId: string, grantId?: string): Promise<boolean> {
  const grants = await tx.query<{ id: string; user_id: string }>(
    `select g.id, g.user_id from grants g join users u on u.id = g.user_id join units n on n.id = g.unit_id
     where g.role = 'ADM' and g.revoked_at is null and not g.awaits_approval and not u.disabled
       and n.parent_id is null and n.level = 'head_office'`,
  )
  const falls = (grant: { id: string; user_id: string }) =>
    grantId === undefined ? grant.user_id === userId : grant.id === grantId
  return grants.length > 0 && grants.every(falls)
}
