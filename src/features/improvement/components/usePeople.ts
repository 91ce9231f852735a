import { useMemo } from 'react'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { listOwners } from '../contract.ts'
import { texts } from '../texts.ts'

/** Who is who: the people who can own something in the reader's units. */
export function usePeople() {
  const { t } = useLanguage()
  const reader = useReader()
  const { data } = useRead(listOwners, { query: {} })
  return useMemo(() => {
    const owners = data?.owners ?? []
    const names = new Map([...owners.map(({ id, name }) => [id, name] as const), [reader.id, reader.name] as const])
    const nameOf = (id: string | null) =>
      id === null
        ? ''
        : (names.get(id) ??
          (id === 'operator' ? t(texts.operator) : id.includes('.') ? t(texts.bySystem) : t(texts.byOther)))
    return { owners, nameOf }
  }, [data, reader, t])
}
