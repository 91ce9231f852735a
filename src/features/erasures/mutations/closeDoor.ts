import { linesInBody, packBody } from '#features/imports/data/intakeBody.ts'
import type { Services } from '#features/services.ts'
import type { Tx } from '#store/store.ts'
import type { Counts } from '../data.ts'

/** What customers are called in files, to find them there once nobody can find their keys any more. */
export interface Named {
  /** Their numbers by the system that gave them. */
  numbers: Record<string, string[]>
  /** Telephones and documents. */
  others: string[]
}

/** Interactions that come through the interface name customers by the bank's own number. */
const intakeSource = 'core'
const batchesAtOnce = 20

/** As the blind index takes it: several spellings of a number are one number. */
export const spelled = (text: string): string => text.normalize('NFKC')

/**
 * From here on nobody finds these customers' keys: whoever names them later is given new ones, and is somebody new. What
 * waits to be moved loses their lines in the same transaction, in a turn of the warehouse in which no batch is being moved.
 */
export async function closeDoor(services: Services, id: string, keys: readonly number[]): Promise<void> {
  await services.warehouse.write(() =>
    services.store.transaction(async (tx) => {
      const [row] = await tx.query<{ counts: Counts }>(
        "select counts from erasures where id = $1 and state = 'approved' and closed_at is null for update",
        [id],
      )
      if (!row) return
      const named = await whatTheyAreCalled(tx, services, keys)
      const gone = await tx.query(
        "delete from subject_keys where kind = 'customer' and key = any($1::bigint[]) returning 1",
        [keys],
      )
      const lines = await takeOutLines(tx, services, named.numbers[intakeSource] ?? [])
      const counts: Counts = { ...row.counts, keys: gone.length, lines }
      await tx.query('update erasures set closed_at = now(), named_enc = $2, counts = $3::jsonb where id = $1', [
        id,
        services.cipher.encrypt(JSON.stringify(named)),
        JSON.stringify(counts),
      ])
    }),
  )
}

async function whatTheyAreCalled(tx: Tx, { cipher }: Services, keys: readonly number[]): Promise<Named> {
  const known = await tx.query<{ source: string; external_enc: Uint8Array }>(
    "select source, external_enc from subject_keys where kind = 'customer' and key = any($1::bigint[])",
    [keys],
  )
  const people = await tx.query<{ phone_enc: Uint8Array | null; document_enc: Uint8Array | null }>(
    'select phone_enc, document_enc from customers where key = any($1::bigint[])',
    [keys],
  )
  const numbers: Named['numbers'] = {}
  for (const { source, external_enc } of known)
    numbers[source] = [...(numbers[source] ?? []), spelled(cipher.decrypt(external_enc))]
  const others = people.flatMap(({ phone_enc, document_enc }) =>
    [phone_enc, document_enc].flatMap((field) => (field ? [spelled(cipher.decrypt(field))] : [])),
  )
  return { numbers, others }
}

/** Takes these customers' interactions out of the batches that wait; answers how many they were. */
async function takeOutLines(tx: Tx, { cipher }: Services, numbers: readonly string[]): Promise<number> {
  if (numbers.length === 0) return 0
  const theirs = new Set(numbers)
  let taken = 0
  for (let after = 0; ; ) {
    const batches = await tx.query<{ id: number; body_enc: Uint8Array }>(
      `select id, body_enc from intake_batches where moved_at is null and body_enc is not null and id > $1
       order by id limit ${batchesAtOnce} for update`,
      [after],
    )
    if (batches.length === 0) return taken
    for (const { id, body_enc } of batches) {
      after = id
      const lines = linesInBody(cipher, body_enc)
      const kept = lines.filter((line) => {
        const { customer } = JSON.parse(line) as { customer?: string }
        return customer === undefined || !theirs.has(spelled(customer))
      })
      if (kept.length === lines.length) continue
      taken += lines.length - kept.length
      // Why it could not be moved may quote what stood there.
      await tx.query('update intake_batches set body_enc = $2, row_count = $3, failure = null where id = $1', [
        id,
        packBody(cipher, Buffer.from(kept.join('\n'), 'utf8')),
        kept.length,
      ])
    }
  }
}
