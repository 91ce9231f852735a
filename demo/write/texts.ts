import { newId } from '#lib/ids.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Store } from '#store/store.ts'
import type { FreeText } from '../facts/freeText.ts'
import { bulkInsert } from './bulk.ts'
import { demoSource, factId } from './facts.ts'

/** What customers wrote goes into the Store, encrypted, and nowhere else. */
export async function writeTexts(
  store: Store,
  cipher: FieldCipher,
  texts: readonly FreeText[],
  loads: Record<FreeText['kind'], number>,
): Promise<void> {
  await store.transaction((tx) =>
    bulkInsert(tx, 'free_texts', {
      id: { type: 'text', values: texts.map(() => newId('txt')) },
      fact_kind: { type: 'text', values: texts.map(({ kind }) => kind) },
      source: { type: 'text', values: texts.map(() => demoSource) },
      source_id: { type: 'text', values: texts.map(({ kind, row }) => factId(kind, row)) },
      text_enc: { type: 'bytea', values: texts.map(({ text }) => cipher.encrypt(text)) },
      load_id: { type: 'bigint', values: texts.map(({ kind }) => loads[kind]) },
    }),
  )
}
