import type { z } from 'zod'
import { type AsOf, asOfHeader, asOfIn, seenHeader, versionIn } from './asOf.ts'
import type { ErrorCode } from './errors.ts'
import type { Problem } from './problem.ts'
import type { AnswerOf, BodyIn, ParamsIn, QueryIn, Route } from './route.ts'

export interface ClientOptions {
  /** '' in the browser: the pages' own server. */
  baseUrl?: string
  fetch?: typeof fetch
  /** Asked at each call: the language may change, a token may be renewed. */
  headers?: () => Record<string, string>
  /** Kept by whoever makes another client for the same reader. */
  seen?: Seen
}

/** The newest data version that answers told of: sent with each call, so that none is answered from before it. */
export interface Seen {
  version: number
}

/** What a call comes to; a refusal carries the server's problem, in the caller's language. */
export type Answered<T> =
  /** `asOf` where the answer rests on facts. */
  | { ok: true; value: T; asOf?: AsOf }
  | { ok: false; reason: ErrorCode; problem?: Problem; detail?: Record<string, unknown> }

type Part<Name extends string, Input> = unknown extends Input ? { [K in Name]?: undefined } : { [K in Name]: Input }
type QueryPart<Input> = unknown extends Input
  ? { query?: undefined }
  : Record<string, never> extends Input
    ? { query?: Input }
    : { query: Input }

/** What a route must be sent: exactly the parts that it declares. A raw body is sent as it is. */
export type Sent<R extends Route> = Part<'params', ParamsIn<R>> &
  QueryPart<QueryIn<R>> &
  (unknown extends BodyIn<R> ? { body?: BodyInit | undefined } : { body: BodyIn<R> }) & {
    signal?: AbortSignal
    headers?: Record<string, string>
  }

export interface Client {
  call<R extends Route>(route: R, sent: Sent<R>): Promise<Answered<AnswerOf<R>>>
  /** The answer as it came: for files and streams. */
  fetch<R extends Route>(route: R, sent: Sent<R>): Promise<Answered<Response>>
}

type Loose = {
  params?: unknown
  query?: unknown
  body?: unknown
  signal?: AbortSignal
  headers?: Record<string, string>
}

/**
 * The one client of web and command line.
 * @example const answer = await client.call(askQuestion, { params: { question: 'findings.ranked' }, body: {} })
 */
export function createClient(options: ClientOptions = {}): Client {
  const doFetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  const seen = options.seen ?? { version: 0 }
  const send = async (route: Route, sent: Loose): Promise<Answered<Response>> => {
    const url = `${options.baseUrl ?? ''}${addressOf(route, sent.params, sent.query)}`
    const known = seen.version
    const headers: Record<string, string> = {
      ...options.headers?.(),
      ...(known ? { [seenHeader]: String(known) } : {}),
      ...sent.headers,
    }
    const init: RequestInit & { duplex?: 'half' } = { method: route.method, headers, credentials: 'same-origin' }
    if (sent.signal) init.signal = sent.signal
    if (route.rawBody) {
      headers['content-type'] ??= route.rawBody.contentTypes[0] as string
      init.body = sent.body as BodyInit
      init.duplex = 'half'
    } else if (route.body) {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(sent.body)
    }
    let response: Response
    try {
      response = await doFetch(url, init)
    } catch (error) {
      if (sent.signal?.aborted) throw error
      return { ok: false, reason: 'server_unreachable', detail: { url } }
    }
    if (!response.ok) return { ok: false, ...(await refusalOf(response)) }
    const told = versionIn(response.headers.get(seenHeader))
    // A server that knows less than it was told of was set back, to a backup: from here on that is what there is.
    if (told !== undefined) seen.version = told < known ? told : Math.max(told, seen.version)
    return { ok: true, value: response }
  }
  return {
    fetch: (route, sent) => send(route, sent as Loose),
    call: async (route, sent) => {
      const answered = await send(route, sent as Loose)
      if (!answered.ok) return answered
      const value = route.answerType ? await answered.value.text() : await answered.value.json()
      const asOf = asOfIn(answered.value.headers.get(asOfHeader))
      return {
        ok: true,
        value: value as z.output<typeof route.answer> & AnswerOf<typeof route>,
        ...(asOf ? { asOf } : {}),
      }
    },
  }
}

async function refusalOf(response: Response): Promise<{ reason: ErrorCode; problem?: Problem }> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json')) {
    const problem = (await response.json()) as Problem
    return { reason: problem.code, problem }
  }
  // Something between here and the server answered: a proxy, a captive portal.
  await response.body?.cancel()
  return { reason: response.status >= 500 ? 'server_unreachable' : 'bad_request' }
}

/** The address of a call: parameters and query encoded, undefined left out, lists repeated. */
export function addressOf(route: Route, params: unknown, query: unknown): string {
  const given = (params ?? {}) as Record<string, unknown>
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) search.append(name, String(one))
  return search.size ? `${path}?${search}` : path
}
