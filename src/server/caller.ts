import type { IncomingHttpHeaders } from 'node:http'
import { resolveCaller } from '#access/caller.ts'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'

export const sessionCookie = 'zhiyin_session'

/** Who is calling: a session by its cookie, a service token or the home's operator by a bearer token, or nobody. */
export const scopeOfCaller = (
  services: Services,
  headers: IncomingHttpHeaders,
  operatorToken: string | undefined,
): Promise<Scope | undefined> =>
  resolveCaller(
    services.store,
    { bearer: bearerOf(headers), cookie: cookieOf(headers, sessionCookie) },
    operatorToken,
    services.clock(),
  )

// A header that is no bearer token is a wrong one: the cookie beside it does not count.
const bearerOf = (headers: IncomingHttpHeaders): string | undefined =>
  headers.authorization === undefined
    ? undefined
    : (/^Bearer ([\w.~+/=-]{1,400})$/i.exec(headers.authorization)?.[1] ?? '')

function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=')
    if (key === name && value && /^[\w.~-]{1,200}$/.test(value)) return value
  }
  return undefined
}
