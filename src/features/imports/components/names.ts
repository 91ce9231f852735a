import { useMemo } from 'react'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { readKinds } from '../contract.ts'
import { fieldNames, valueNames } from '../texts.ts'
import type { ImportField } from './draft.ts'

interface KnownKind {
  kind: string
  name: string
  fields: readonly ImportField[]
}

/** Kinds, fields and codes as the reader knows them. */
export function useNames() {
  const { t, language } = useLanguage()
  const { data } = useRead(readKinds, {})
  return useMemo(() => {
    const kinds: KnownKind[] = (data?.kinds ?? []).map((known) => ({ ...known, name: known.name[language] }))
    const named = (names: typeof fieldNames) => (id: string) => {
      const text = names[id]
      return text ? t(text) : id
    }
    return {
      kinds,
      kind: (id: string) => kinds.find(({ kind }) => kind === id)?.name ?? id,
      fieldsOf: (id: string) => kinds.find(({ kind }) => kind === id)?.fields ?? [],
      field: named(fieldNames),
      value: named(valueNames),
    }
  }, [data, language, t])
}

export type Names = ReturnType<typeof useNames>
