import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { type Answered, type Client, createClient, type Sent } from '#contract/client.ts'
import { type ErrorCode, errorCatalogue } from '#contract/errors.ts'
import type { AnswerOf, Route } from '#contract/route.ts'
import type { Language } from '#lib/text.ts'
import { useLanguage } from './i18n.ts'
import type { Fault } from './states.tsx'
import { texts } from './texts.ts'

const Context = createContext<Client | undefined>(undefined)

/** Gives the pages below the one typed client; answers come in the reader's language. */
export function ApiProvider({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  const client = useMemo(
    () => createClient({ headers: () => ({ 'accept-language': language === 'zh' ? 'zh-CN' : 'en' }) }),
    [language],
  )
  return <Context value={client}>{children}</Context>
}

export function useClient(): Client {
  const client = useContext(Context)
  if (!client) throw new Error('useClient outside ApiProvider')
  return client
}

/** A refusal on its way to the reader. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly fault: Fault
  constructor(answered: Extract<Answered<unknown>, { ok: false }>, language: Language) {
    super(answered.reason)
    this.code = answered.reason
    const known = errorCatalogue[answered.reason]
    const { why, issues } = answered.problem?.context ?? {}
    const cause = typeof why === 'string' ? errorCatalogue[why as ErrorCode] : undefined
    const title = answered.problem?.title ?? known?.title[language] ?? texts.unreachable[language]
    this.fault = {
      code: cause ? `${answered.reason} · ${why}` : answered.reason,
      title: cause ? `${title} · ${cause.title[language]}` : title,
      remedy:
        cause?.remedy[language] ??
        answered.problem?.detail ??
        known?.remedy[language] ??
        texts.unreachableRemedy[language],
      reference: answered.problem?.correlation,
      fields: answered.problem?.fields ?? (Array.isArray(issues) ? issues.map(namedIssue) : undefined),
    }
  }
}

/** "columns.unit: no such field" as the place and what is wrong with it. */
function namedIssue(issue: unknown): { path: string; message: string } {
  const [path = '', ...message] = String(issue).split(': ')
  return message.length ? { path, message: message.join(': ') } : { path: '', message: path }
}

export const faultOf = (error: unknown, language: Language): Fault =>
  error instanceof Refusal
    ? error.fault
    : {
        code: 'internal',
        title: errorCatalogue.internal.title[language],
        remedy: errorCatalogue.internal.remedy[language],
      }

const keyOf = (route: Route, sent: { params?: unknown; query?: unknown; body?: unknown }) => [
  route.id,
  sent.params ?? null,
  sent.query ?? null,
  sent.body ?? null,
]

interface ReadOptions<T> {
  enabled?: boolean
  /** Asked again every so many milliseconds: for work in progress. A function says it of the last answer. */
  every?: number | false | ((answer: T | undefined) => number | false)
}

/** Reads a route; while parameters change, the last known answer stays. */
export function useRead<R extends Route>(
  route: R,
  sent: Sent<R>,
  { enabled = true, every = false }: ReadOptions<AnswerOf<R>> = {},
) {
  const client = useClient()
  const { language } = useLanguage()
  return useQuery<AnswerOf<R>>({
    queryKey: keyOf(route, sent as object),
    enabled,
    refetchInterval: typeof every === 'function' ? ({ state }) => every(state.data) : every,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<AnswerOf<R>> => {
      const answered = await client.call(route, { ...sent, signal })
      if (!answered.ok) throw new Refusal(answered, language)
      return answered.value
    },
  })
}

/** Writes a route; what was read from the routes whose ids begin with one of `stale` is read again. */
export function useWrite<R extends Route>(route: R, stale: readonly string[] = []) {
  const client = useClient()
  const queries = useQueryClient()
  const { language } = useLanguage()
  return useMutation({
    mutationFn: async (sent: Sent<R>): Promise<AnswerOf<R>> => {
      const answered = await client.call(route, sent)
      if (!answered.ok) throw new Refusal(answered, language)
      return answered.value
    },
    onSuccess: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) => stale.some((prefix) => String(queryKey[0]).startsWith(prefix)),
      }),
  })
}
