import { policy } from '#access/policy.ts'
import type { Scope } from '#access/scope.ts'
import { isPerson, isSecondPerson } from '#access/secondPerson.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Tx } from '#store/store.ts'

/** Facts of one customer lie in many units: whoever looks at them together, or takes them out, holds the whole bank. */
export const wholeBank = (scope: Scope): Result<void, 'not_allowed'> =>
  scope.units === 'all' ? ok(undefined) : fail('not_allowed')

/** Of the whole bank, and no program. */
export function mayAct(scope: Scope): Result<void, 'not_allowed' | 'users_only'> {
  if (!isPerson(scope)) return fail('users_only')
  return wholeBank(scope)
}

/** A request waits for a second person from the moment there has been one who could decide: before, nobody can be asked. */
async function needsSecondPerson(tx: Pick<Tx, 'query'>): Promise<boolean> {
  const rows = await tx.query(
    `select distinct g.user_id from grants g join units n on n.id = g.unit_id
     where g.role = any($1::text[]) and not g.awaits_approval and n.parent_id is null and n.level = 'head_office' limit 2`,
    [policy['privacy.erase']],
  )
  return rows.length > 1
}

/** Not whoever filed it, unless there has never been anybody else: `alone` says so in the audit. */
export async function approval(
  tx: Tx,
  scope: Scope,
  requestedBy: string,
): Promise<Result<{ alone: boolean }, 'erasure_second_person'>> {
  if (await isSecondPerson(tx, scope, { givenBy: requestedBy, for: null })) return ok({ alone: false })
  return (await needsSecondPerson(tx)) ? fail('erasure_second_person') : ok({ alone: true })
}
