import type { Scope } from '#access/scope.ts'
import { holdRights, isPerson } from '#access/secondPerson.ts'
import type { Services } from '#features/services.ts'
import { fail, type Result } from '#lib/result.ts'
import type { Tx } from '#store/store.ts'

export type Done = { done: true }
export const done: Done = { done: true }

/** One change of rights: by a person, one at a time. */
export async function changeRights<T, R extends string>(
  services: Services,
  scope: Scope,
  work: (tx: Tx) => Promise<Result<T, R>>,
): Promise<Result<T, R | 'users_only'>> {
  if (!isPerson(scope)) return fail('users_only')
  return services.store.transaction(async (tx) => {
    await holdRights(tx)
    return work(tx)
  })
}
