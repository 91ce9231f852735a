import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { FieldCipher } from '#store/encryption.ts'
import type { Tx } from '#store/store.ts'

export interface CaseBlock {
  base: number
  /** Number i has the key base + i; null where its customer was erased. */
  numbers: (string | null)[]
}

/** The case numbers of a process that have a key already. */
export async function caseBlocks(tx: Pick<Tx, 'query'>, cipher: FieldCipher, processId: string): Promise<CaseBlock[]> {
  const rows = await tx.query<{ base: number; numbers_enc: Uint8Array }>(
    'select base, numbers_enc from case_key_blocks where process_id = $1 order by base',
    [processId],
  )
  return rows.map(({ base, numbers_enc }) => ({
    base,
    numbers: JSON.parse(zstdDecompressSync(cipher.decryptBytes(numbers_enc)).toString('utf8')) as (string | null)[],
  }))
}

export const packCases = (cipher: FieldCipher, numbers: CaseBlock['numbers']): Uint8Array =>
  cipher.encryptBytes(zstdCompressSync(Buffer.from(JSON.stringify(numbers), 'utf8')))
