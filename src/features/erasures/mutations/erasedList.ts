import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { backupsOf } from '#store/backup.ts'
import { type Erased, erasedListIn, queueErased, readErasedList, writeErasedList } from '#store/erasedList.ts'

/**
 * Has the list beside the backups name every erasing that is done, and this one. Nothing is taken off it: what it names
 * and the store does not know was done before the store was put back to an earlier day, and is done again.
 */
export async function keepErasedList(services: Services, id?: string): Promise<void> {
  const { store, home, cipher } = services
  const path = erasedListIn(backupsOf(home.folder), home.id)
  const done = await store.query<Erased>(
    `select e.id, e.ground, e.requested_by as "requestedBy", e.requested_at as "requestedAt", e.decided_by as "decidedBy",
       e.decided_at as "decidedAt", array_agg(c.customer_key order by c.customer_key) as customers
     from erasures e join erasure_customers c on c.erasure_id = e.id
     where e.state = 'done' or e.id = $1 group by e.id`,
    [id ?? null],
  )
  const found = await readErasedList(path, cipher)
  if (found === 'forged') log('error', `${path} does not bear this home's signature and is written anew`)
  const listed = Array.isArray(found) ? found : []
  if (listed.length > 0) await queueErased(store, listed, { id: 'system', kind: 'system' })
  const known = new Set(listed.map((one) => one.id))
  const missing = done.filter((one) => !known.has(one.id))
  if (missing.length > 0) await writeErasedList(path, [...listed, ...missing], cipher)
}
