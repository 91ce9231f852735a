import { createHash, randomBytes } from 'node:crypto'
import { newId } from '#lib/ids.ts'
import { scopeOfUser, type Reader } from './mint.ts'
import type { Scope } from './scope.ts'

/** A session ends this long after it began, and this long after it was last used. */
export const sessionHours = 12
export const idleHours = 2
const hour = 3_600_000

/** Sessions, tokens and links are random and looked up by their hash: whoever reads the store cannot use them. */
export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest()
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export interface OpenedSession {
  /** What the cookie holds. */
  secret: string
  expiresAt: Date
}

export async function openSession(tx: Reader, userId: string, now: Date): Promise<OpenedSession> {
  const secret = newSecret('zys')
  const expiresAt = new Date(now.getTime() + sessionHours * hour)
  await tx.query(
    `insert into sessions (id, id_hash, user_id, created_at, last_seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)`,
    [newId('ses'), secretHash(secret), userId, now.toISOString(), expiresAt.toISOString()],
  )
  return { secret, expiresAt }
}

/** The scope of a session, from the user's grants as they are now; undefined where it has ended in whichever way. */
export async function resolveSession(store: Reader, cookie: string, now = new Date()): Promise<Scope | undefined> {
  if (!/^zys_[\w-]{43}$/.test(cookie)) return undefined
  const [session] = await store.query<{ id: string; user_id: string; last_seen_at: string }>(
    `select s.id, s.user_id, s.last_seen_at from sessions s join users u on u.id = s.user_id
     where s.id_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > $3 and not u.disabled`,
    [secretHash(cookie), now.toISOString(), new Date(now.getTime() - idleHours * hour).toISOString()],
  )
  if (!session) return undefined
  // Once a minute is exact enough, and spares a write for each request.
  if (now.getTime() - Date.parse(session.last_seen_at) > 60_000)
    await store.query('update sessions set last_seen_at = $2 where id = $1', [session.id, now.toISOString()])
  return scopeOfUser(store, session.user_id, session.id)
}

/** Ends a user's sessions, all but one where one is named; answers how many. */
export async function revokeSessions(tx: Reader, userId: string, now: Date, except?: string): Promise<number> {
  const rows = await tx.query(
    `update sessions set revoked_at = $2 where user_id = $1 and revoked_at is null and expires_at > $2
       and id is distinct from $3::text returning id`,
    [userId, now.toISOString(), except ?? null],
  )
  return rows.length
}
