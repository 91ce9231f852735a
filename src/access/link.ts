import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { FieldCipher } from '#store/encryption.ts'
import { isUniqueViolation } from '#store/errors.ts'
import type { Store, Tx } from '#store/store.ts'
import { maskName } from '#lib/mask.ts'
import type { Reader } from './mint.ts'
import { hashPassword, passwordFault, tooManyHashes } from './password.ts'
import { newSecret, type OpenedSession, openSession, revokeSessions, secretHash } from './session.ts'
import { normalLogin } from './signIn.ts'

/** `administrator`: one more, made by whoever holds the home's files, when nobody can help himself any more. */
export type LinkPurpose = 'first_admin' | 'administrator' | 'set_password'
export interface OneTimeLink {
  /** Shown once. The page that takes it is /welcome#TOKEN: a fragment never reaches a server's log. */
  token: string
  expiresAt: string
}

const linkHours = 24

/** Makes a link and, unless told not to, voids whichever of the same purpose (and user) was made before. */
export async function createLink(
  tx: Reader,
  link: { purpose: LinkPurpose; userId?: string; createdBy: string; now: Date; besideOthers?: boolean },
): Promise<OneTimeLink> {
  const token = newSecret('zyl')
  const expiresAt = new Date(link.now.getTime() + linkHours * 3_600_000).toISOString()
  if (!link.besideOthers)
    await tx.query(
      'update one_time_links set expires_at = $3 where purpose = $1 and user_id is not distinct from $2::text and used_at is null and expires_at > $3',
      [link.purpose, link.userId ?? null, link.now.toISOString()],
    )
  // Whoever makes the link may have used it: he, and all who may be acting in his name.
  await tx.query(
    `insert into one_time_links (token_hash, purpose, user_id, created_at, expires_at, created_by, known_to)
     values ($1, $2, $3, $4, $5, $6, array(
       select distinct unnest(array_append(password_known_to, id)) from users where id = $6))`,
    [secretHash(token), link.purpose, link.userId ?? null, link.now.toISOString(), expiresAt, link.createdBy],
  )
  return { token, expiresAt }
}

const hasAdministrator = async (tx: Reader): Promise<boolean> =>
  (
    await tx.query(
      "select 1 from grants g join users u on u.id = g.user_id where g.role = 'ADM' and g.revoked_at is null and not u.disabled limit 1",
    )
  ).length > 0

/**
 * The link of a real home's first start, printed by whoever started it; undefined once there is an administrator. Each of
 * several servers prints one: none voids another's, and whichever is used first makes the others worthless.
 */
export function firstAdministratorLink(
  store: Store,
  now = new Date(),
  besideOthers = false,
): Promise<OneTimeLink | undefined> {
  return store.transaction(async (tx) =>
    (await hasAdministrator(tx)) ? undefined : operatorsLink(tx, 'first_admin', now, besideOthers),
  )
}

/** A link that makes one more administrator, beside those there are: for a bank whose own have lost their passwords. */
export const administratorLink = (store: Store, now = new Date()): Promise<OneTimeLink> =>
  store.transaction((tx) => operatorsLink(tx, 'administrator', now))

async function operatorsLink(tx: Tx, purpose: LinkPurpose, now: Date, besideOthers = false): Promise<OneTimeLink> {
  const link = await createLink(tx, { purpose, createdBy: 'operator', now, besideOthers })
  await recordAudit(tx, { id: 'operator', kind: 'operator' }, { action: 'link.create', objectKind: purpose })
  return link
}

interface LinkRow {
  purpose: LinkPurpose
  user_id: string | null
  login: string | null
  expires_at: string
}

export async function readLink(store: Reader, token: string, now: Date): Promise<Result<LinkRow, 'link_invalid'>> {
  const [row] = await store.query<LinkRow>(
    `select l.purpose, l.user_id, u.login, l.expires_at from one_time_links l left join users u on u.id = l.user_id
     where l.token_hash = $1 and l.used_at is null and l.expires_at > $2 and coalesce(not u.disabled, true)`,
    [secretHash(token), now.toISOString()],
  )
  return row ? ok(row) : fail('link_invalid')
}

export interface AcceptedLink {
  token: string
  password: string
  /** Of a new administrator only. */
  login?: string | undefined
  name?: string | undefined
}

type Refusal = 'link_invalid' | 'password_weak' | 'login_taken' | 'validation_failed' | 'too_many_requests'
class Refused extends Error {
  readonly reason: Refusal
  constructor(reason: Refusal) {
    super(reason)
    this.reason = reason
  }
}

/** Sets the password, once, and signs in. An administrator's link also makes him, at the head office. */
export async function acceptLink(
  { store, cipher, now }: { store: Store; cipher: FieldCipher; now: Date },
  input: AcceptedLink,
): Promise<Result<OpenedSession & { userId: string }, Refusal>> {
  const found = await readLink(store, input.token, now)
  if (!found.ok) return found
  const { purpose } = found.value
  const first = purpose !== 'set_password'
  if (first && (!input.login || !input.name)) return fail('validation_failed', { fields: ['login', 'name'] })
  const login = first ? normalLogin(input.login!) : found.value.login!
  const weak = passwordFault(input.password, login)
  if (weak) return fail('password_weak', { why: weak })
  if (tooManyHashes()) return fail('too_many_requests')
  const hash = await hashPassword(input.password)
  try {
    return ok(
      await store.transaction(async (tx) => {
        // Of two that use a link at once, the loser updates 0 rows.
        const used = await tx.query(
          'update one_time_links set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 returning purpose',
          [secretHash(input.token), now.toISOString()],
        )
        if (used.length === 0) throw new Refused('link_invalid')
        const userId = first
          ? await createAdministrator(tx, cipher, purpose, { login, name: input.name!, hash, now })
          : found.value.user_id!
        if (!first) {
          await tx.query(
            `update users set password_hash = $2, password_reset = password_hash is not null,
               password_known_to = (select known_to from one_time_links where token_hash = $3) where id = $1`,
            [userId, hash, secretHash(input.token)],
          )
          await revokeSessions(tx, userId, now)
        }
        await tx.query('delete from sign_in_attempts where login_index = $1', [cipher.blindIndex('login', login)])
        await tx.query('update users set last_signed_in_at = $2 where id = $1', [userId, now.toISOString()])
        await recordAudit(
          tx,
          { id: userId, kind: 'user' },
          { action: 'password.set', objectKind: 'user', objectId: userId, detail: { by: found.value.purpose } },
        )
        return { ...(await openSession(tx, userId, now)), userId }
      }),
    )
  } catch (error) {
    if (error instanceof Refused) return fail(error.reason)
    if (isUniqueViolation(error, 'users_login_key')) return fail('login_taken')
    throw error
  }
}

// Whoever sets a bank up also draws its model and looks at what its first files say; there is nobody yet to ask. He
// could give himself the role anyway, and gives it back once there are colleagues.
const firstRoles = ['ADM', 'CXM'] as const

async function createAdministrator(
  tx: Tx,
  cipher: FieldCipher,
  by: LinkPurpose,
  { login, name, hash, now }: { login: string; name: string; hash: string; now: Date },
): Promise<string> {
  if (by === 'first_admin' && (await hasAdministrator(tx))) throw new Refused('link_invalid')
  const id = newId('usr')
  const unitId = await headOffice(tx)
  await tx.query(
    'insert into users (id, login, name_enc, password_hash, created_at, created_by) values ($1, $2, $3, $4, $5, $6)',
    [id, login, cipher.encrypt(name), hash, now.toISOString(), by],
  )
  const roles = by === 'first_admin' ? firstRoles : (['ADM'] as const)
  for (const role of roles)
    await tx.query(
      'insert into grants (id, user_id, role, unit_id, granted_by, granted_at) values ($1, $2, $3, $4, $5, $6)',
      [newId('grt'), id, role, unitId, by, now.toISOString()],
    )
  await recordAudit(
    tx,
    { id: 'operator', kind: 'operator' },
    {
      action: 'user.create',
      objectKind: 'user',
      objectId: id,
      detail: { name: maskName(name), roles, unitId, by },
    },
  )
  return id
}

/** The head office's id; a bank that has no units yet gets one, for a right is always held in a unit. */
export async function headOffice(tx: Reader): Promise<string> {
  const find = () =>
    tx.query<{ id: string }>(
      "select id from units where parent_id is null and level = 'head_office' order by id limit 1",
    )
  const [found] = await find()
  if (found) return found.id
  await tx.query(
    `insert into units (id, code, name, name_en, level, kind, path)
     values ('head-office', 'HEAD', '总行', 'Head office', 'head_office', 'administration', '/head-office/')`,
  )
  return 'head-office'
}
