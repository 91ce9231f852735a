import { useQueryClient } from '@tanstack/react-query'
import { Navigate, useLocation } from '@tanstack/react-router'
import { type ReactNode, useCallback, useMemo } from 'react'
import { me, signOut } from '#features/access/contract.ts'
import { faultOf, Refusal, useClient, useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { type Reader, ReaderProvider } from '#ui/reader.tsx'
import { Loading, Problem } from '#ui/states.tsx'

/** Lets a signed-in reader through, with what he may do and see; sends anybody else to the door and back again. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  const query = useRead(me, {})
  const here = useLocation({ select: ({ href }) => href })
  const reader = useMemo((): Reader | undefined => {
    if (!query.data) return undefined
    return { ...query.data, permissions: new Set(query.data.permissions) }
  }, [query.data])
  if (query.error instanceof Refusal && query.error.code === 'not_signed_in')
    return <Navigate to="/sign-in" search={{ next: here } as never} replace />
  if (reader) return <ReaderProvider value={reader}>{children}</ReaderProvider>
  if (query.isError)
    return (
      <main className="zy-page">
        <Problem fault={faultOf(query.error, language)} onRetry={() => void query.refetch()} />
      </main>
    )
  return (
    <main className="zy-page">
      <Loading rows={10} />
    </main>
  )
}

/** Ends the session and forgets everything that was read in it. */
export function useSignOut(): () => void {
  const client = useClient()
  const queries = useQueryClient()
  return useCallback(() => {
    void client.call(signOut, {}).finally(() => {
      queries.clear()
      location.assign('/sign-in')
    })
  }, [client, queries])
}
