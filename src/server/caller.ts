import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { scopeOfOperator } from '#access/mint.ts'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'

export const sessionCookie = 'zhiyin_session'

/** Who is calling: a session by its cookie, a service token or the home's operator by a bearer token, or nobody. */
export async function scopeOfCaller(
  services: Services,
  headers: IncomingHttpHeaders,
  operatorToken: string | undefined,
): Promise<Scope | undefined> {
  const bearer = bearerOf(headers)
  if (bearer !== undefined) {
    if (operatorToken && same(bearer, operatorToken)) return scopeOfOperator()
    return undefined
  }
  const session = cookieOf(headers, sessionCookie)
  return session && services ? undefined : undefined
}

export const bearerOf = (headers: IncomingHttpHeaders): string | undefined =>
  /^Bearer ([\w.~+/=-]{1,400})$/i.exec(headers.authorization ?? '')?.[1] ?? (headers.authorization ? '' : undefined)

export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=')
    if (key === name && value && /^[\w.~-]{1,200}$/.test(value)) return value
  }
  return undefined
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
