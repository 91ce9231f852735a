import { timingSafeEqual } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Actor, recordAudit } from './audit.ts'
import type { FieldCipher } from './encryption.ts'
import type { Store } from './store.ts'

// A backup that was made before a customer was erased brings him back, and knows nothing of the erasing. So the surrogates
// of all who were erased lie beside the backups, without anything that says who they were.

/** One erasing that was carried out, or is about to be. */
export interface Erased {
  id: string
  customers: number[]
  ground: string
  requestedBy: string
  requestedAt: string
  decidedBy: string | null
  decidedAt: string | null
}

/** Several homes may keep their backups in one folder. */
export const erasedListIn = (backups: string, homeId: string): string => join(backups, `erased-${homeId}.json`)

// Whoever could write this list could have a restored home forget whom he likes.
const signatureOf = (text: string, cipher: FieldCipher): string =>
  Buffer.from(cipher.blindIndex('erased list', text)).toString('hex')

/** The list; undefined where there is none, 'forged' where it does not bear this home's signature. */
export async function readErasedList(path: string, cipher: FieldCipher): Promise<Erased[] | 'forged' | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const { erased, signature } = JSON.parse(text) as { erased: string; signature: string }
    const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(erased, cipher))]
    if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged'
    return JSON.parse(erased) as Erased[]
  } catch {
    return 'forged'
  }
}

/** Writes the list anew, whole or not at all. */
export async function writeErasedList(path: string, list: readonly Erased[], cipher: FieldCipher): Promise<void> {
  const erased = JSON.stringify([...list].sort((a, b) => a.id.localeCompare(b.id)))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify({ erased, signature: signatureOf(erased, cipher) }))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** Has a restored store carry out again what its backup does not know, or knew as not decided yet. */
export async function queueErased(store: Store, list: readonly Erased[], actor: Actor): Promise<number> {
  return store.transaction(async (tx) => {
    const queued: string[] = []
    for (const { id, customers, ...one } of list) {
      const [row] = await tx.query(
        `insert into erasures (id, state, ground, requested_by, requested_at, decided_by, decided_at)
         values ($1, 'approved', $2, $3, $4, $5, $6)
         on conflict (id) do update set state = 'approved', decided_by = excluded.decided_by, decided_at = excluded.decided_at
           where erasures.state not in ('approved', 'done') returning id`,
        [id, one.ground, one.requestedBy, one.requestedAt, one.decidedBy, one.decidedAt],
      )
      if (!row) continue
      queued.push(id)
      await tx.query(
        `insert into erasure_customers (erasure_id, customer_key) select $1, key from unnest($2::bigint[]) as k(key)
         on conflict do nothing`,
        [id, customers],
      )
      await recordAudit(tx, actor, {
        action: 'erasure.again',
        objectKind: 'erasure',
        objectId: id,
        detail: { keys: customers, why: 'restore' },
      })
    }
    return queued.length
  })
}
