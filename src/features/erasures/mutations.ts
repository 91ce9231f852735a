import type { Scope } from '#access/scope.ts'
import { holdRights } from '#access/secondPerson.ts'
import type { BodyOf } from '#contract/route.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import type { refuseErasure as refuseRoute, requestErasure as requestRoute } from './contract.ts'
import { customersOf, keysOf, recordUnknown } from './data.ts'
import { approval, mayAct } from './policy.ts'

type Done = { done: true }
const done: Done = { done: true }

/** Files a request. The audit and the request know the customer by his surrogate only. */
export async function requestErasure(
  services: Services,
  scope: Scope,
  { customers, ground, note }: BodyOf<typeof requestRoute>,
): Promise<Result<{ id: string }, 'not_allowed' | 'users_only' | 'customer_unknown'>> {
  const allowed = mayAct(scope)
  if (!allowed.ok) return allowed
  return services.store.transaction(async (tx) => {
    const keys = await keysOf(tx, services, scope, customers)
    if (!keys.ok) {
      await recordUnknown(tx, scope, customers.length)
      return keys
    }
    const id = newId('era')
    await tx.query(
      `insert into erasures (id, state, ground, note_enc, requested_by, requested_at) values ($1, 'requested', $2, $3, $4, $5)`,
      [id, ground, note ? services.cipher.encrypt(note) : null, scope.actor.id, services.clock().toISOString()],
    )
    await tx.query(
      'insert into erasure_customers (erasure_id, customer_key) select $1, key from unnest($2::bigint[]) as k(key)',
      [id, keys.value],
    )
    await recordAudit(tx, scope.actor, {
      action: 'erasure.request',
      objectKind: 'erasure',
      objectId: id,
      detail: { ground, keys: keys.value },
    })
    return ok({ id })
  })
}

type Open = 'not_allowed' | 'users_only' | 'not_found' | 'erasure_decided'

/** One decision on a request that nobody has decided on yet. */
async function decide<R extends string>(
  services: Services,
  scope: Scope,
  id: string,
  work: (tx: Tx, requestedBy: string) => Promise<Result<Done, R>>,
): Promise<Result<Done, R | Open>> {
  const allowed = mayAct(scope)
  if (!allowed.ok) return allowed
  return services.store.transaction(async (tx): Promise<Result<Done, R | Open>> => {
    await holdRights(tx)
    const [row] = await tx.query<{ state: string; requested_by: string }>(
      'select state, requested_by from erasures where id = $1 for update',
      [id],
    )
    if (!row) return fail('not_found')
    if (row.state !== 'requested') return fail('erasure_decided')
    return work(tx, row.requested_by)
  })
}

/** The second person's word. What had been taken in by now is waited for and goes as well. */
export const approveErasure = (services: Services, scope: Scope, id: string) =>
  decide(services, scope, id, async (tx, requestedBy): Promise<Result<Done, 'erasure_second_person'>> => {
    const second = await approval(tx, scope, requestedBy)
    if (!second.ok) return second
    await tx.query(
      `update erasures set state = 'approved', decided_by = $2, decided_at = $3,
         approved_place = nextval(pg_get_serial_sequence('loads', 'id')) where id = $1`,
      [id, scope.actor.id, services.clock().toISOString()],
    )
    await recordAudit(tx, scope.actor, {
      action: 'erasure.approve',
      objectKind: 'erasure',
      objectId: id,
      detail: {
        requestedBy,
        keys: await customersOf(tx, scope, id),
        ...(second.value.alone ? { soleHolder: true } : {}),
      },
    })
    return ok(done)
  })

export const refuseErasure = (
  services: Services,
  scope: Scope,
  id: string,
  { reason, note }: BodyOf<typeof refuseRoute>,
) =>
  decide(services, scope, id, async (tx, requestedBy): Promise<Result<Done, 'erasure_second_person'>> => {
    const second = await approval(tx, scope, requestedBy)
    if (!second.ok) return second
    await tx.query(
      `update erasures set state = 'refused', decided_by = $2, decided_at = $3, refusal = $4, refusal_note_enc = $5
       where id = $1`,
      [id, scope.actor.id, services.clock().toISOString(), reason, services.cipher.encrypt(note)],
    )
    await recordAudit(tx, scope.actor, {
      action: 'erasure.refuse',
      objectKind: 'erasure',
      objectId: id,
      detail: { requestedBy, reason, ...(second.value.alone ? { soleHolder: true } : {}) },
    })
    return ok(done)
  })

export const withdrawErasure = (services: Services, scope: Scope, id: string) =>
  decide(services, scope, id, async (tx, requestedBy): Promise<Result<Done, 'erasure_not_yours'>> => {
    if (requestedBy !== scope.actor.id) return fail('erasure_not_yours')
    await tx.query(
      "update erasures set state = 'withdrawn', decided_by = $2, decided_at = $3, note_enc = null where id = $1",
      [id, scope.actor.id, services.clock().toISOString()],
    )
    await recordAudit(tx, scope.actor, { action: 'erasure.withdraw', objectKind: 'erasure', objectId: id })
    return ok(done)
  })
