import { timingSafeEqual } from 'node:crypto'
import { scopeOfOperator, scopeOfToken, type Reader } from './mint.ts'
import type { Scope } from './scope.ts'
import { resolveSession, secretHash } from './session.ts'

/** The scope of a service token; undefined where it is unknown, expired, revoked or not yet approved. */
export async function resolveToken(store: Reader, bearer: string, now = new Date()): Promise<Scope | undefined> {
  if (!/^zyt_[\w-]{43}$/.test(bearer)) return undefined
  const [token] = await store.query<{ id: string; role: string; unit_id: string; head: boolean }>(
    `select t.id, t.role, t.unit_id, n.parent_id is null and n.level = 'head_office' as head
     from service_tokens t join units n on n.id = t.unit_id
     where t.token_hash = $1 and t.revoked_at is null and not t.awaits_approval and t.expires_at > $2`,
    [secretHash(bearer), now.toISOString()],
  )
  return token && scopeOfToken(store, token)
}

/** The operator's scope for whoever could read the home's token file. */
export function resolveOperator(bearer: string, secret: string | undefined): Scope | undefined {
  if (!secret) return undefined
  return timingSafeEqual(secretHash(bearer), secretHash(secret)) ? scopeOfOperator() : undefined
}

export interface Credentials {
  /** Of `Authorization: Bearer …`; where there is one, nothing else is looked at. */
  bearer?: string | undefined
  cookie?: string | undefined
}

/** Who is calling: a service token or the operator by a bearer token, a user by his session's cookie, or nobody. */
export async function resolveCaller(
  store: Reader,
  { bearer, cookie }: Credentials,
  operatorSecret: string | undefined,
  now = new Date(),
): Promise<Scope | undefined> {
  if (bearer !== undefined) return resolveOperator(bearer, operatorSecret) ?? (await resolveToken(store, bearer, now))
  return cookie ? resolveSession(store, cookie, now) : undefined
}
