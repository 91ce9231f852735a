import type { Tx } from '#store/store.ts'
import type { Scope } from './scope.ts'

/** What changes rights, or cannot be taken back, is done by people and by the operator of the home: never by a program's token. */
export const isPerson = (scope: Scope): boolean => scope.actor.kind === 'user' || scope.actor.kind === 'operator'

// Any constant. Whoever changes rights, or acts on who holds them, waits here: what is judged still holds when it is written.
export const holdRights = (tx: Tx) => tx.query('select pg_advisory_xact_lock(77002028)')

/**
 * Neither who gave it nor who receives it approves; nor does an account of which somebody may know the password who may
 * also act as the giver, in whichever order that came about.
 */
export async function isSecondPerson(
  tx: Tx,
  scope: Scope,
  right: { givenBy: string | null; for: string | null },
): Promise<boolean> {
  const { id } = scope.actor
  if (!isPerson(scope) || id === right.givenBy || id === right.for) return false
  const oneHand = await tx.query(
    `select 1 from users approver, users giver where approver.id = $1 and giver.id = $2
       and array_append(approver.password_known_to, approver.id) && array_append(giver.password_known_to, giver.id)`,
    [id, right.givenBy ?? ''],
  )
  return oneHand.length === 0
}
