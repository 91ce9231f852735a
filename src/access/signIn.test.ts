import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { newId } from '#lib/ids.ts'
import { fieldCipher } from '#store/encryption.ts'
import { openTestStore } from '#store/testing.ts'
import { resolveCaller, resolveOperator, resolveToken } from './caller.ts'
import { acceptLink, administratorLink, createLink, firstAdministratorLink, readLink } from './link.ts'
import { may } from './scope.ts'
import { hashPassword, needsRehash, passwordFault, verifyPassword } from './password.ts'
import { newSecret, resolveSession, revokeSessions, secretHash } from './session.ts'
import { failuresBeforeLock, signIn } from './signIn.ts'

const store = await openTestStore()
after(() => store.close())
const cipher = fieldCipher(randomBytes(32))
const password = '知音识曲 correct'
const hash = await hashPassword(password)
const at = (minutes: number) => new Date(Date.parse('2026-03-01T01:00:00Z') + minutes * 60_000)
const deps = (minutes = 0) => ({ store, cipher, now: at(minutes) })

await store.query(
  "insert into units (id, code, name, level, path) values ('bank', 'B', '总行', 'head_office', '/bank/')",
)
async function user(login: string): Promise<string> {
  const id = newId('usr')
  await store.query('insert into users (id, login, name_enc, password_hash) values ($1, $2, $3, $4)', [
    id,
    login,
    cipher.encrypt('王小明'),
    hash,
  ])
  return id
}
const grant = (userId: string, role: string) =>
  store.query("insert into grants (id, user_id, role, unit_id) values ($1, $2, $3, 'bank')", [
    newId('grt'),
    userId,
    role,
  ])

test('a password is known again by its argon2id hash, in whichever form its letters were typed', async () => {
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.ok(await verifyPassword(password, hash))
  assert.ok(await verifyPassword('Ａ1 full width', await hashPassword('A1 full width')))
  assert.ok(!(await verifyPassword(`${password} `, hash)))
  assert.ok(!(await verifyPassword(password, null)))
  assert.notEqual(await hashPassword(password), hash)
  assert.ok(!needsRehash(hash) && needsRehash(hash.replace('t=2', 't=1')))
})

test('a password is refused when it is short, common or holds the login', () => {
  assert.equal(passwordFault('short', 'wang'), 'too_short')
  assert.equal(passwordFault('Password12', 'wang'), 'too_common')
  assert.equal(passwordFault('aaaaaaaaaaaaaaa', 'wang'), 'too_common')
  assert.equal(passwordFault('my-name-is-WANGXM!', 'wangxm'), 'like_login')
  assert.equal(passwordFault(password, 'wangxm'), undefined)
})

test('login and password open a session, whose scope follows the grants as they are now', async () => {
  const id = await user('wangxm')
  await grant(id, 'AN')
  const opened = await signIn(deps(), { login: ' WangXM ', password })
  assert.ok(opened.ok)
  const { secret } = opened.value
  const scope = await resolveSession(store, secret, at(1))
  assert.equal(scope?.actor.id, id)
  assert.ok(scope && may(scope, 'processes.read'))
  await store.query('update grants set revoked_at = now() where user_id = $1', [id])
  assert.ok(!may((await resolveSession(store, secret, at(1)))!, 'processes.read'))
  const rows = await store.query<{ id_hash: Uint8Array }>('select id_hash from sessions where user_id = $1', [id])
  assert.deepEqual(Buffer.from(rows[0]!.id_hash), secretHash(secret))
})

test('a session ends when it is revoked, idle, old, or its user is disabled', async () => {
  const id = await user('ended')
  const open = async () => {
    const opened = await signIn(deps(), { login: 'ended', password })
    assert.ok(opened.ok)
    return opened.value.secret
  }
  const idle = await open()
  assert.ok(await resolveSession(store, idle, at(119)))
  assert.ok(await resolveSession(store, idle, at(119 + 119)))
  assert.equal(await resolveSession(store, idle, at(119 + 119 + 121)), undefined)

  const old = await open()
  for (let minutes = 0; minutes < 12 * 60; minutes += 90) assert.ok(await resolveSession(store, old, at(minutes)))
  assert.equal(await resolveSession(store, old, at(12 * 60 + 1)), undefined)

  const [kept, other] = [await open(), await open()]
  const keptScope = await resolveSession(store, kept, at(1))
  assert.ok((await revokeSessions(store, id, at(1), keptScope!.session)) >= 1)
  assert.equal(await resolveSession(store, other, at(1)), undefined)
  assert.ok(await resolveSession(store, kept, at(1)))

  await store.query('update users set disabled = true where id = $1', [id])
  assert.equal(await resolveSession(store, kept, at(1)), undefined)
  assert.deepEqual(await signIn(deps(), { login: 'ended', password }), { ok: false, reason: 'sign_in_failed' })
})

test('a known and an unknown login are refused and locked alike, longer each time, and forgiven by a right password', async () => {
  await user('locked')
  for (const login of ['locked', 'nobody-of-this-name']) {
    const wrong = (minutes: number) => signIn(deps(minutes), { login, password: 'not the password' })
    for (let i = 0; i < failuresBeforeLock; i++)
      assert.deepEqual(await wrong(0), { ok: false, reason: 'sign_in_failed' }, login)
    assert.deepEqual(await wrong(0), { ok: false, reason: 'account_locked', detail: { retryAfterSeconds: 60 } })
    assert.deepEqual(await wrong(2), { ok: false, reason: 'sign_in_failed' })
    assert.deepEqual(await wrong(2), { ok: false, reason: 'account_locked', detail: { retryAfterSeconds: 120 } })
  }
  const early = await signIn(deps(3), { login: 'locked', password })
  assert.ok(!early.ok && early.reason === 'account_locked')
  assert.ok((await signIn(deps(5), { login: 'locked', password })).ok)
  const again = await signIn(deps(5), { login: 'locked', password: 'not the password' })
  assert.deepEqual(again, { ok: false, reason: 'sign_in_failed' })
})

test('guesses sent all at once are counted one by one', async () => {
  await user('rushed')
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, (_, i) => signIn(deps(), { login: 'rushed', password: `guess number ${i}` })),
  )
  const tried = outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'sign_in_failed')
  assert.equal(tried.length, failuresBeforeLock)
})

test('neither a password nor the login that was typed is in the audit', async () => {
  await signIn(deps(), { login: 'typed-into-the-wrong-field', password: 'my secret word' })
  const records = await store.query<{ text: string }>('select audit_records::text as text from audit_records')
  assert.ok(records.some(({ text }) => text.includes('session.refuse')))
  assert.ok(!records.some(({ text }) => /typed-into|my secret word/.test(text)))
})

test('a service token works once approved, until it expires or is revoked', async () => {
  const token = newSecret('zyt')
  await store.query(
    `insert into service_tokens (id, token_hash, name, role, unit_id, created_by, expires_at, awaits_approval)
     values ('tok_1', $1, 'core banking', 'OPS', 'bank', 'usr_x', $2, true)`,
    [secretHash(token), at(60).toISOString()],
  )
  assert.equal(await resolveToken(store, token, at(0)), undefined)
  await store.query('update service_tokens set awaits_approval = false')
  const scope = await resolveToken(store, token, at(0))
  assert.ok(scope && may(scope, 'intake.write') && !may(scope, 'access.write'))
  assert.deepEqual(scope.actor, { id: 'tok_1', kind: 'token' })
  assert.equal(await resolveToken(store, token, at(61)), undefined)
  await store.query('update service_tokens set revoked_at = now()')
  assert.equal(await resolveToken(store, token, at(0)), undefined)
})

test('the operator is known by the secret of the token file only, and a wrong bearer does not fall back to a cookie', async () => {
  const secret = newSecret('zyop')
  assert.equal(resolveOperator(secret, secret)?.actor.kind, 'operator')
  assert.equal(resolveOperator('', ''), undefined)
  assert.equal(resolveOperator('x', undefined), undefined)
  assert.equal(resolveOperator(newSecret('zyop'), secret), undefined)
  await user('cookie')
  const opened = await signIn(deps(), { login: 'cookie', password })
  assert.ok(opened.ok)
  assert.ok(await resolveCaller(store, { cookie: opened.value.secret }, secret, at(1)))
  assert.equal(await resolveCaller(store, { bearer: 'wrong', cookie: opened.value.secret }, secret, at(1)), undefined)
})

test('the first administrator’s link makes him once, at the head office, and no second link follows', async () => {
  await store.query("update grants set revoked_at = now() where role = 'ADM'")
  const voided = await firstAdministratorLink(store, at(0))
  const link = await firstAdministratorLink(store, at(1))
  assert.ok(voided && link)
  assert.ok(!(await readLink(store, voided.token, at(2))).ok)
  const input = { token: link.token, password, login: 'First.Admin', name: '李雷' }
  assert.deepEqual(await acceptLink(deps(2), { ...input, password: 'weak' }), {
    ok: false,
    reason: 'password_weak',
    detail: { why: 'too_short' },
  })
  const outcomes = await Promise.all([acceptLink(deps(2), input), acceptLink(deps(2), { ...input, login: 'thief' })])
  assert.deepEqual(outcomes.map((outcome) => outcome.ok).sort(), [false, true])
  const winner = outcomes.find((outcome) => outcome.ok)!
  const scope = await resolveSession(store, winner.value.secret, at(3))
  assert.ok(scope && scope.units === 'all' && may(scope, 'access.write'))
  assert.equal(await firstAdministratorLink(store, at(4)), undefined)
})

test('links that several servers print stand beside one another until one has made the administrator', async () => {
  await store.query("update grants set revoked_at = now() where role = 'ADM'")
  const one = await firstAdministratorLink(store, at(0), true)
  const other = await firstAdministratorLink(store, at(0), true)
  assert.ok(one && other)
  const made = await acceptLink(deps(1), { token: one.token, password, login: 'one.admin', name: '李雷' })
  assert.ok(made.ok)
  const late = await acceptLink(deps(1), { token: other.token, password, login: 'other.admin', name: '韩梅' })
  assert.ok(!late.ok && late.reason === 'link_invalid')
})

test('a link for a user sets his password once, ends his sessions and lifts his lock', async () => {
  const id = await user('forgetful')
  const before = await signIn(deps(), { login: 'forgetful', password })
  assert.ok(before.ok)
  for (let i = 0; i <= failuresBeforeLock; i++) await signIn(deps(), { login: 'forgetful', password: 'what was it' })
  const link = await createLink(store, { purpose: 'set_password', userId: id, createdBy: 'usr_admin', now: at(0) })
  assert.ok((await acceptLink(deps(1), { token: link.token, password: 'a new long phrase' })).ok)
  assert.deepEqual(await acceptLink(deps(1), { token: link.token, password: 'another phrase' }), {
    ok: false,
    reason: 'link_invalid',
  })
  assert.equal(await resolveSession(store, before.value.secret, at(1)), undefined)
  assert.ok((await signIn(deps(1), { login: 'forgetful', password: 'a new long phrase' })).ok)
  const late = await createLink(store, { purpose: 'set_password', userId: id, createdBy: 'usr_admin', now: at(0) })
  const expired = await acceptLink(deps(25 * 60), { token: late.token, password: 'a new long phrase' })
  assert.deepEqual(expired, { ok: false, reason: 'link_invalid' })
})

test('whoever holds the home’s files makes one more administrator, and the audit says so', async () => {
  const link = await administratorLink(store, at(0))
  const made = await acceptLink(deps(1), { token: link.token, password, login: 'rescue', name: '韩梅' })
  assert.ok(made.ok)
  const scope = await resolveSession(store, made.value.secret, at(2))
  assert.ok(scope && scope.units === 'all' && may(scope, 'access.write'))
  const records = await store.query<{ actor: string; action: string }>(
    "select actor, action from audit_records where object_kind = 'administrator' or object_id = $1 order by id",
    [made.value.userId],
  )
  assert.deepEqual(
    records.map(({ actor, action }) => `${actor} ${action}`),
    ['operator link.create', 'operator user.create', `${made.value.userId} password.set`],
  )
})
