import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { faultOf } from './api.tsx'
import { useLanguage } from './i18n.ts'
import { Loading, Problem } from './states.tsx'
import { texts } from './texts.ts'

interface AnswerProps<T> {
  query: UseQueryResult<T>
  children: (value: T) => ReactNode
  /** The shape of what is coming. */
  skeleton?: ReactNode
}

/** A read in its three states: a skeleton of its shape, the answer (dimmed while a newer one is on its way), or the problem. */
export function Answer<T>({ query, children, skeleton }: AnswerProps<T>) {
  const { language, t } = useLanguage()
  if (query.data !== undefined)
    return (
      <>
        {query.isError ? (
          <Problem fault={faultOf(query.error, language)} onRetry={() => void query.refetch()} />
        ) : query.isPlaceholderData ? (
          <span role="status" className="zy-visually-hidden">
            {t(texts.refreshing)}
          </span>
        ) : null}
        <div className={query.isPlaceholderData || query.isError ? 'zy-dimmed' : undefined}>{children(query.data)}</div>
      </>
    )
  if (query.isError) return <Problem fault={faultOf(query.error, language)} onRetry={() => void query.refetch()} />
  return skeleton ?? <Loading />
}
