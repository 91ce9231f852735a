import { newSurrogate } from '#lib/ids.ts'
import { arrayText } from './arrayText.ts'
import type { FieldCipher } from './encryption.ts'
import type { Tx } from './store.ts'

export type SubjectKind = 'customer' | 'staff'

/** Blind indexes of so many take some milliseconds, in which nobody else is answered. */
const chunk = 2_000

/**
 * The random surrogates of customers or staff by the numbers a source system gives them; unknown ones are made.
 * The number itself is kept encrypted beside its blind index, and nowhere else.
 */
export async function surrogatesFor(
  tx: Pick<Tx, 'query'>,
  cipher: FieldCipher,
  kind: SubjectKind,
  source: string,
  externals: Iterable<string>,
): Promise<Map<string, number>> {
  const keys = new Map<string, number>()
  const wanted = [...new Set(externals)]
  const field = `${kind}:${source}`
  for (let from = 0; from < wanted.length; from += chunk) {
    const part = wanted.slice(from, from + chunk)
    const indexes = part.map((external) => cipher.blindIndex(field, external))
    // Several spellings of a number (full width, half width) are one number.
    const byHex = new Map<string, string[]>()
    for (const [i, index] of indexes.entries()) {
      const hex = Buffer.from(index).toString('hex')
      byHex.set(hex, [...(byHex.get(hex) ?? []), part[i] as string])
    }
    const take = (rows: readonly { hex: string; key: number }[]) => {
      for (const row of rows) for (const external of byHex.get(row.hex) ?? []) keys.set(external, row.key)
    }
    const find = async () => {
      const rows = await tx.query<{ hex: string; key: number }>(
        `select encode(external_index, 'hex') as hex, key from subject_keys
         where kind = $1 and source = $2 and external_index = any($3::bytea[])`,
        [kind, source, arrayText(indexes)],
      )
      take(rows)
    }
    await find()
    const missing = part
      .map((external, i) => ({ external, index: indexes[i] as Uint8Array }))
      .filter(({ external }) => !keys.has(external))
    if (missing.length === 0) continue
    const made = await tx.query<{ hex: string; key: number }>(
      `insert into subject_keys (kind, source, external_index, external_enc, key)
       select $1, $2, i, e, k from unnest($3::bytea[], $4::bytea[], $5::bigint[]) as t(i, e, k)
       on conflict do nothing returning encode(external_index, 'hex') as hex, key`,
      [
        kind,
        source,
        arrayText(missing.map(({ index }) => index)),
        arrayText(missing.map(({ external }) => cipher.encrypt(external))),
        arrayText(missing.map(() => newSurrogate())),
      ],
    )
    take(made)
    // Two loads may meet the same new customer: the first one's key stays, both read it.
    if (missing.some(({ external }) => !keys.has(external))) await find()
  }
  return keys
}
