import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Answer } from './Answer.tsx'
import { Page } from './Page.tsx'
import { Loading } from './states.tsx'

interface PageAnswerProps<T> {
  title: string
  query: UseQueryResult<T>
  rows?: number
  /** The page itself, once there is something to say. */
  children: (value: T) => ReactNode
}

/** A page that is one read: it has its name and its frame also while it loads and where it was refused. */
export function PageAnswer<T>({ title, query, rows = 10, children }: PageAnswerProps<T>) {
  if (query.data === undefined)
    return (
      <Page title={title}>
        <Answer query={query} skeleton={<Loading rows={rows} />}>
          {() => null}
        </Answer>
      </Page>
    )
  return <Answer query={query}>{children}</Answer>
}
