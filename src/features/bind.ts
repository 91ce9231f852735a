import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { BodyOf, ParamsOf, QueryOf, Route } from '#contract/route.ts'
import type { Result } from '#lib/result.ts'
import type { Language } from '#lib/text.ts'
import type { Services } from './services.ts'

/** One request, validated against its route. */
export interface Call<R extends Route> {
  params: ParamsOf<R>
  query: QueryOf<R>
  body: BodyOf<R>
  /** Absent only on routes without a permission. */
  scope: Scope
  services: Services
  language: Language
  correlation: string
  address: string
  headers: IncomingHttpHeaders
  /** The raw body of a route that declares one. */
  stream: Readable
  /** Aborted when the caller goes away. What is read from the warehouse for an answer heeds it by itself. */
  signal: AbortSignal
  /** Sets or clears the session cookie. */
  setSession(id: string | null, expiresAt?: Date): void
}

/** An answer that is not JSON: a CSV, a backup, a page of events. */
export interface FileAnswer {
  file: Readable | string | Uint8Array
  contentType: string
  name?: string
}

export interface Bound {
  route: Route
  handle(call: Call<Route>): Promise<Result<unknown>>
}

type Input<R> = R extends Route<z.ZodType, z.ZodType, z.ZodType, infer A> ? z.input<A> : never

/** Binds a route to the function that answers it. */
export function bind<R extends Route>(
  route: R,
  handle: (call: Call<R>) => Promise<Result<Input<R> | FileAnswer>>,
): Bound {
  return { route, handle: handle as unknown as Bound['handle'] }
}
