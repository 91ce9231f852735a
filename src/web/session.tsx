import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useCallback, useEffect, useMemo } from 'react'
import { me, signOut } from '#features/access/contract.ts'
import { recordExport } from '#features/system/contract.ts'
import { faultOf, Refusal, useClient, useRead } from '#ui/api.tsx'
import { ExportProvider, type RecordExport } from '#ui/exporting.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { type Reader, ReaderProvider } from '#ui/reader.tsx'
import { Loading, Problem } from '#ui/states.tsx'

/** Without a newest day there are no facts yet, or nobody can say: either may have changed. */
const lookAgainMs = 30_000

/** Lets a signed-in reader through, with what he may do and see; sends anybody else to the door and back again. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  const query = useRead(me, {}, { every: (known) => (known?.newestDay === null ? lookAgainMs : false) })
  const navigate = useNavigate()
  const reader = useMemo((): Reader | undefined => {
    if (!query.data) return undefined
    return { ...query.data, permissions: new Set(query.data.permissions) }
  }, [query.data])
  const stranger = query.error instanceof Refusal && query.error.code === 'not_signed_in'
  useEffect(() => {
    if (!stranger) return
    const next = `${location.pathname}${location.search}`
    void navigate({ to: '/sign-in', search: (next === '/' ? {} : { next }) as never, replace: true })
  }, [stranger, navigate])
  const client = useClient()
  const record = useCallback<RecordExport>(
    async (body) => {
      const answered = await client.call(recordExport, { body })
      if (!answered.ok) throw new Refusal(answered, language)
    },
    [client, language],
  )
  if (reader && !stranger)
    return (
      <ReaderProvider value={reader}>
        <ExportProvider value={record}>{children}</ExportProvider>
      </ReaderProvider>
    )
  if (query.isError && !stranger)
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
