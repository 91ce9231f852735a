import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Store, Tx } from '#store/store.ts'
import { hashPassword, needsRehash, tooManyHashes, verifyPassword } from './password.ts'
import { openSession, type OpenedSession } from './session.ts'

/** After so many failures in a row the login is locked, a minute at first and twice as long with each one more. */
export const failuresBeforeLock = 5
const longestLockMinutes = 60
const forgottenAfterHours = 24

type Refusal = 'sign_in_failed' | 'account_locked' | 'too_many_requests'
interface Deps {
  store: Store
  cipher: FieldCipher
  now: Date
}

export const normalLogin = (login: string): string => login.trim().normalize('NFKC').toLowerCase()

// Guesses sent at once to this server wait for one another; those sent to several are counted before they are tried.
const turns = new Map<string, Promise<unknown>>()
async function inTurnOf<T>(login: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(login) ?? Promise.resolve()
  const mine = before.then(work, work)
  const settled = mine.catch(() => undefined)
  turns.set(login, settled)
  try {
    return await mine
  } finally {
    if (turns.get(login) === settled) turns.delete(login)
  }
}

/**
 * Opens a session for a login and its password. An unknown, a disabled and a known login are answered alike, as late,
 * and locked alike.
 */
export function signIn(
  deps: Deps,
  input: { login: string; password: string },
): Promise<Result<OpenedSession & { userId: string }, Refusal>> {
  const login = normalLogin(input.login)
  return guarded(deps, login, input.password, async (tx, user) => {
    const session = await openSession(tx, user.id, deps.now)
    await tx.query('update users set last_signed_in_at = $2 where id = $1', [user.id, deps.now.toISOString()])
    await recordAudit(
      tx,
      { id: user.id, kind: 'user' },
      { action: 'session.open', objectKind: 'user', objectId: user.id },
    )
    return { ...session, userId: user.id }
  })
}

/** Runs `then` for the user whose password this is; counts failures, locks, and renews an old hash. */
export function guarded<T>(
  { store, cipher, now }: Deps,
  login: string,
  password: string,
  then: (tx: Tx, user: { id: string }) => Promise<T>,
): Promise<Result<T, Refusal>> {
  if (tooManyHashes() || turns.size > 1000) return Promise.resolve(fail('too_many_requests'))
  const index = cipher.blindIndex('login', login)
  return inTurnOf(login, async () => {
    const attempt = await countAttempt(store, index, now)
    if (!attempt.ok) return attempt
    const [user] = await store.query<{ id: string; password_hash: string | null; disabled: boolean }>(
      'select id, password_hash, disabled from users where login = $1',
      [login],
    )
    const right = await verifyPassword(password, user?.password_hash)
    if (right && user && !user.disabled) {
      const renewed = needsRehash(user.password_hash!) ? await hashPassword(password) : undefined
      return ok(
        await store.transaction(async (tx) => {
          await tx.query('delete from sign_in_attempts where login_index = $1', [index])
          if (renewed) await tx.query('update users set password_hash = $2 where id = $1', [user.id, renewed])
          return then(tx, user)
        }),
      )
    }
    const { failures, lockedMinutes: minutes } = attempt.value
    await store.transaction(async (tx) => {
      // What was typed is not written down: people type their password into the wrong field.
      await recordAudit(
        tx,
        { id: 'sign-in', kind: 'system' },
        {
          action: minutes ? 'session.lock' : 'session.refuse',
          objectKind: 'login',
          objectId: Buffer.from(index).toString('hex').slice(0, 16),
          detail: { failures, ...(minutes ? { lockedMinutes: minutes } : {}) },
        },
      )
    })
    return fail('sign_in_failed')
  })
}

/**
 * Counts an attempt as failed, and locks where it is one too many, before it is tried: a right one takes the count away
 * again. So guesses sent to several servers at once are no more guesses than those sent to one.
 */
async function countAttempt(
  store: Store,
  index: Uint8Array,
  now: Date,
): Promise<Result<{ failures: number; lockedMinutes: number }, 'account_locked'>> {
  const at = now.toISOString()
  const remembered = new Date(now.getTime() - forgottenAfterHours * 3_600_000).toISOString()
  const failures = 'case when a.last_failed_at < $3::timestamptz then 1 else a.failures + 1 end'
  const minutes = `least(power(2, least(${failures} - ${failuresBeforeLock}, 30)), ${longestLockMinutes})::int`
  const [counted] = await store.query<{ failures: number; minutes: number | null }>(
    `insert into sign_in_attempts as a (login_index, failures, last_failed_at) values ($1, 1, $2::timestamptz)
     on conflict (login_index) do update set failures = ${failures}, last_failed_at = $2::timestamptz,
       locked_until = case when ${failures} >= ${failuresBeforeLock}
         then $2::timestamptz + make_interval(mins => ${minutes}) end
     where a.locked_until is null or a.locked_until <= $2::timestamptz
     returning failures, (extract(epoch from locked_until - last_failed_at) / 60)::int as minutes`,
    [index, at, remembered],
  )
  if (counted) return ok({ failures: counted.failures, lockedMinutes: counted.minutes ?? 0 })
  const [locked] = await store.query<{ locked_until: string }>(
    'select locked_until from sign_in_attempts where login_index = $1 and locked_until is not null',
    [index],
  )
  const until = locked ? Date.parse(locked.locked_until) : now.getTime()
  return fail('account_locked', { retryAfterSeconds: Math.max(1, Math.ceil((until - now.getTime()) / 1000)) })
}

/** Forgets failures of more than a day ago and sessions long ended. */
export async function forgetOldAttempts(store: Store, now: Date): Promise<void> {
  await store.query('delete from sign_in_attempts where last_failed_at < $1', [
    new Date(now.getTime() - forgottenAfterHours * 3_600_000).toISOString(),
  ])
  await store.query('delete from sessions where expires_at < $1', [
    new Date(now.getTime() - 30 * 86_400_000).toISOString(),
  ])
}
