import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { type Answered, type Client, createClient, type Seen, type Sent } from '#contract/client.ts'
import { type ErrorCode, errorCatalogue } from '#contract/errors.ts'
import type { AnswerOf, Route } from '#contract/route.ts'
import type { Language } from '#lib/text.ts'
import { noteAnswer } from './figures.ts'
import { useLanguage } from './i18n.ts'
import type { Fault } from './states.tsx'
import { texts } from './texts.ts'

const Context = createContext<{ client: Client; seen: Seen } | undefined>(undefined)

/** Gives the pages below the one typed client; answers come in the reader's language. */
export function ApiProvider({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  const [seen] = useState<Seen>(() => ({ version: 0 }))
  const api = useMemo(() => {
    const headers = () => ({ 'accept-language': language === 'zh' ? 'zh-CN' : 'en' })
    return { client: createClient({ headers, seen }), seen }
  }, [language, seen])
  return <Context value={api}>{children}</Context>
}

function useApi() {
  const api = useContext(Context)
  if (!api) throw new Error('useClient outside ApiProvider')
  return api
}

export const useClient = (): Client => useApi().client

/** The newest data version that this reader was told of, by whichever server. */
export const useSeen = (): Seen => useApi().seen

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
  /** False where a new answer would be more than new figures: a look that is audited, a form that follows. */
  renewed?: boolean
  /** Asked again when the reader comes back to the page. */
  onReturn?: boolean
}

/**
 * Reads a route; while parameters change, the last known answer stays. What rests on facts is read again when these have
 * changed (figures.ts).
 */
export function useRead<R extends Route>(
  route: R,
  sent: Sent<R>,
  { enabled = true, every = false, renewed = true, onReturn = false }: ReadOptions<AnswerOf<R>> = {},
) {
  const client = useClient()
  const { language } = useLanguage()
  return useQuery<AnswerOf<R>>({
    queryKey: keyOf(route, sent as object),
    enabled,
    refetchInterval: typeof every === 'function' ? ({ state }) => every(state.data) : every,
    ...(onReturn ? { refetchOnWindowFocus: 'always' as const } : {}),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal, client: queries, queryKey }): Promise<AnswerOf<R>> => {
      const began = performance.now()
      const answered = await client.call(route, { ...sent, signal })
      noteAnswer(queries, queryKey, answered, { renewed, tookMs: performance.now() - began })
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
