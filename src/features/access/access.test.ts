import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { firstAdministratorLink } from '#access/link.ts'
import { startTestServer } from '#server/testing.ts'

const server = await startTestServer()
after(() => server.close())
const password = 'a long enough phrase'
const ownPassword = 'a phrase of one’s own'

type Json = Record<string, unknown>
interface Person {
  id: string
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>
}

async function call(cookie: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { cookie, 'accept-language': 'en', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    body: (await response.json()) as Json,
    cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
    flags: response.headers.get('set-cookie') ?? '',
  }
}

async function signedIn(login: string, word = password): Promise<Person> {
  const { cookie, status } = await call('', 'POST', '/sign-in', { login, password: word })
  assert.equal(status, 200)
  const me = await call(cookie, 'GET', '/me')
  return { id: me.body.id as string, call: (method, path, body) => call(cookie, method, path, body) }
}

async function created(by: Person, login: string): Promise<Person> {
  const made = await by.call('POST', '/users', { login, name: `姓名${login}` })
  assert.equal(made.status, 200)
  const { token } = (made.body as { link: { token: string } }).link
  assert.equal((await call('', 'POST', '/one-time-links/accept', { token, password })).status, 200)
  return signedIn(login)
}

const code = (answer: { body: Json }) => (answer.body as { code?: string }).code

const link = await firstAdministratorLink(server.store, server.services.clock())
const first = await call('', 'POST', '/one-time-links/accept', {
  token: link!.token,
  password,
  login: 'ann',
  name: '安娜',
})
assert.match(first.flags, /HttpOnly; SameSite=Lax/)
const ann = await signedIn('ann')

test('nobody is told anything without signing in', async () => {
  for (const path of ['/me', '/units', '/users', '/service-tokens'])
    assert.equal((await call('', 'GET', path)).status, 401)
  assert.equal((await call('zhiyin_session=zys_forged', 'GET', '/me')).status, 401)
})

test('a reader is told who he is, what he may do and which units he sees', async () => {
  const { body } = await ann.call('GET', '/me')
  const me = body as unknown as { name: string; root: string; permissions: string[]; places: { id: string }[] }
  assert.equal(me.name, '安娜')
  assert.equal(me.root, 'bank')
  // The first administrator can also look at what he imports: nobody else is there yet.
  for (const may of ['access.write', 'import.write', 'processes.read', 'questions.ask', 'model.write'])
    assert.ok(me.permissions.includes(may), may)
  assert.equal(me.places.length, 8)
})

test('a user without a role signs in, sees nothing and may sign out', async () => {
  const someone = await created(ann, 'someone')
  const me = (await someone.call('GET', '/me')).body as unknown as {
    permissions: string[]
    places: unknown[]
    root: null
  }
  assert.deepEqual([me.permissions, me.places, me.root], [['self.read'], [], null])
  assert.equal((await someone.call('GET', '/units')).status, 403)
  assert.equal((await someone.call('POST', '/sign-out')).status, 200)
  assert.equal((await someone.call('GET', '/me')).status, 401)
})

test('the sole administrator acts alone; from the second on, a right waits for another person', async () => {
  const [ben, cleo] = [await created(ann, 'ben'), await created(ann, 'cleo')]
  const give = (by: Person, userId: string, role: string, unitId: string) =>
    by.call('POST', '/grants', { userId, role, unitId })
  const alone = await give(ann, ben.id, 'ADM', 'bank')
  assert.deepEqual([alone.status, (alone.body as { awaitsApproval: boolean }).awaitsApproval], [200, false])

  const waiting = await give(ann, cleo.id, 'BM', 'hz-xihu')
  const grant = waiting.body as unknown as { id: string; awaitsApproval: boolean }
  assert.equal(grant.awaitsApproval, true)
  assert.equal((await cleo.call('GET', '/units')).status, 403)
  assert.equal(code(await ann.call('POST', `/grants/${grant.id}/approve`)), 'second_person_needed')
  // Ann made the link with which Ben's first password was set: it is his once he has changed it.
  assert.equal(code(await ben.call('POST', `/grants/${grant.id}/approve`)), 'second_person_needed')
  assert.equal((await ben.call('POST', '/me/password', { current: password, next: ownPassword })).status, 200)
  assert.equal((await ben.call('POST', `/grants/${grant.id}/approve`)).status, 200)
  const seen = (await cleo.call('GET', '/units')).body as unknown as { units: { id: string; parentId: null }[] }
  assert.deepEqual(
    seen.units.map(({ id, parentId }) => [id, parentId]),
    [['hz-xihu', null]],
  )
  assert.equal(code(await give(ben, cleo.id, 'BM', 'hz-xihu')), 'already_granted')

  assert.equal((await ann.call('POST', `/grants/${grant.id}/revoke`)).status, 200)
  assert.equal((await cleo.call('GET', '/units')).status, 403)
})

const operate = (path: string) =>
  fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.operatorToken}` },
  }).then((response) => response.status)
const idOf = (answer: { body: Json }) => (answer.body as { id: string }).id

test('one administrator alone is no two persons, whichever of two accounts acts first and whatever he does to them', async () => {
  const other = { name: '另一人', role: 'ADM' as const }
  const [dan, eve] = [await created(ann, 'dan'), await created(ann, 'eve')]
  for (const { id } of [dan, eve]) {
    const grant = idOf(await ann.call('POST', '/grants', { userId: id, role: other.role, unitId: 'bank' }))
    assert.equal(await operate(`/grants/${grant}/approve`), 200)
  }
  for (const person of [dan, eve])
    assert.equal((await person.call('POST', '/me/password', { current: password, next: ownPassword })).status, 200)
  const cleo = await created(ann, 'cleo2')
  const giveDpo = (by: Person, userId: string) =>
    by.call('POST', '/grants', { userId, role: 'DPO', unitId: 'bank' }).then(idOf)
  const makeToken = (by: Person) =>
    by.call('POST', '/service-tokens', { name: 't', role: 'OPS', unitId: 'zj' }).then(idOf)
  const refused = async (by: Person, path: string) =>
    assert.equal(code(await by.call('POST', `${path}/approve`)), 'second_person_needed', path)
  const takeOver = async (by: Person, login: string, id: string) => {
    const { link } = (await by.call('POST', `/users/${id}/link`)).body as { link: { token: string } }
    assert.equal((await call('', 'POST', '/one-time-links/accept', { token: link.token, password })).status, 200)
    return signedIn(login)
  }

  // Before the reset she gives, after it she approves; then the other way round; and a token.
  const early = await giveDpo(ann, cleo.id)
  const dansHand = await takeOver(ann, 'dan', dan.id)
  const late = await giveDpo(ann, ann.id)
  for (const grant of [early, late]) await refused(dansHand, `/grants/${grant}`)
  await refused(dansHand, `/service-tokens/${await makeToken(ann)}`)
  await refused(ann, `/service-tokens/${await makeToken(dansHand)}`)
  const byDan = await dansHand.call('POST', '/grants', { userId: cleo.id, role: 'EXE', unitId: 'bank' }).then(idOf)
  await refused(ann, `/grants/${byDan}`)
  // Who has set a password can also change it.
  assert.equal((await dansHand.call('POST', '/me/password', { current: password, next: ownPassword })).status, 200)
  await refused(dansHand, `/grants/${early}`)
  await refused(ann, `/grants/${byDan}`)
  // Through the second account to a third, and back.
  assert.equal((await eve.call('GET', '/me')).status, 200)
  const evesHand = await takeOver(dansHand, 'eve', eve.id)
  await refused(evesHand, `/grants/${early}`)
  await takeOver(evesHand, 'dan', dan.id)
  await refused(await signedIn('dan'), `/grants/${early}`)

  // Ben has his account to himself.
  const ben = await signedIn('ben', ownPassword)
  for (const grant of [early, late, byDan])
    assert.equal((await ben.call('POST', `/grants/${grant}/approve`)).status, 200)
  for (const grant of [early, late, byDan])
    assert.equal((await ann.call('POST', `/grants/${grant}/revoke`)).status, 200)
})

test('who was disabled and is enabled again gets the rights back from two persons', async () => {
  const [ben, fay] = [await signedIn('ben', ownPassword), await created(ann, 'fay')]
  const grant = idOf(await ann.call('POST', '/grants', { userId: fay.id, role: 'BM', unitId: 'nj' }))
  assert.equal((await ben.call('POST', `/grants/${grant}/approve`)).status, 200)
  assert.equal((await fay.call('GET', '/units')).status, 200)
  for (const what of ['disable', 'enable', 'enable'])
    assert.equal((await ann.call('POST', `/users/${fay.id}/${what}`)).status, 200)
  const again = await signedIn('fay')
  assert.equal((await again.call('GET', '/units')).status, 403)
  const rows = await server.store.query<{ id: string }>(
    'select id from grants where user_id = $1 and revoked_at is null and awaits_approval',
    [fay.id],
  )
  assert.equal(rows.length, 1)
  assert.equal(code(await ann.call('POST', `/grants/${rows[0]!.id}/approve`)), 'second_person_needed')
  assert.equal((await ben.call('POST', `/grants/${rows[0]!.id}/approve`)).status, 200)
  assert.equal((await again.call('GET', '/units')).status, 200)
})

test('a branch’s administrator neither sees nor changes what lies outside', async () => {
  const dora = await server.user({ role: 'ADM', unit: 'hz' })
  const token = await tokenFor(dora.id)
  const outside = await server.user({ role: 'BM', unit: 'nj-gulou' })
  const inside = await server.user({ role: 'BM', unit: 'hz-xihu' })
  const listed = (await token.call('GET', '/users')).body as unknown as { users: { id: string }[] }
  assert.deepEqual(listed.users.map((user) => user.id).sort(), [dora.id, inside.id].sort())
  for (const path of [`/users/${outside.id}/disable`, `/users/${outside.id}/link`, `/users/${ann.id}/link`])
    assert.equal((await token.call('POST', path)).status, 404, path)
  const wide = { userId: inside.id, role: 'BM', unitId: 'bank' }
  assert.equal((await token.call('POST', '/grants', wide)).status, 404)
  assert.equal((await token.call('POST', '/service-tokens', { name: 'x', role: 'AN', unitId: 'nj' })).status, 404)
  const users = (await token.call('GET', `/users/${outside.id}/sessions`)).status
  assert.equal(users, 404)
})

/** Signs a test user in without a password. */
async function tokenFor(userId: string): Promise<Person> {
  const { openSession } = await import('#access/session.ts')
  const { secret } = await openSession(server.store, userId, server.services.clock())
  return { id: userId, call: (method, path, body) => call(`zhiyin_session=${secret}`, method, path, body) }
}

test('the last administrator can be neither disabled nor stripped', async () => {
  const others = await server.store.query<{ id: string }>(
    "select id from users where id <> $1 and id in (select user_id from grants where role = 'ADM')",
    [ann.id],
  )
  for (const other of others) await ann.call('POST', `/users/${other.id}/disable`)
  assert.equal(code(await ann.call('POST', `/users/${ann.id}/disable`)), 'last_administrator')
  const [grant] = await server.store.query<{ id: string }>(
    "select id from grants where user_id = $1 and role = 'ADM'",
    [ann.id],
  )
  assert.equal(code(await ann.call('POST', `/grants/${grant!.id}/revoke`)), 'last_administrator')
  for (const other of others) assert.equal((await ann.call('POST', `/users/${other.id}/enable`)).status, 200)
  // Enabling the others did not make her the sole administrator, who would need nobody.
  const mine = await ann.call('POST', '/grants', { userId: ann.id, role: 'DPO', unitId: 'bank' })
  assert.equal((mine.body as { awaitsApproval: boolean }).awaitsApproval, true)
  const waiting = await server.store.query<{ id: string }>(
    "select id from grants where role = 'ADM' and awaits_approval and revoked_at is null",
  )
  assert.equal(waiting.length, others.length)
  for (const { id } of waiting) assert.equal(await operate(`/grants/${id}/approve`), 200)
})

test('a service token is shown once, works when approved, and never changes rights', async () => {
  const made = (await ann.call('POST', '/service-tokens', { name: '核心系统', role: 'OPS', unitId: 'zj' }))
    .body as unknown as {
    id: string
    token: string
  }
  const bearer = () =>
    fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${made.token}` } }).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as { name: string; places: unknown[] },
    }))
  assert.equal((await bearer()).status, 401)
  const ben = await signedIn('ben', ownPassword)
  assert.equal((await ben.call('POST', `/service-tokens/${made.id}/approve`)).status, 200)
  const me = await bearer()
  assert.deepEqual([me.status, me.body.name, me.body.places.length], [200, '核心系统', 4])
  const admin = { name: 'too much', role: 'ADM', unitId: 'zj' }
  assert.equal((await ann.call('POST', '/service-tokens', admin)).status, 422)
  const list = await ann.call('GET', '/service-tokens')
  assert.ok(!JSON.stringify(list.body).includes(made.token))
  await ann.call('POST', `/service-tokens/${made.id}/revoke`)
  assert.equal((await bearer()).status, 401)
})

test('a new password needs the old one, and ends the other sessions but not this one', async () => {
  const [here, there] = [await signedIn('ann'), await signedIn('ann')]
  const next = 'another long phrase'
  assert.equal(code(await here.call('POST', '/me/password', { current: 'wrong', next })), 'sign_in_failed')
  assert.equal(code(await here.call('POST', '/me/password', { current: password, next: 'short' })), 'password_weak')
  assert.equal((await here.call('POST', '/me/password', { current: password, next })).status, 200)
  assert.equal((await there.call('GET', '/me')).status, 401)
  const sessions = (await here.call('GET', '/me/sessions')).body as unknown as { sessions: { current: boolean }[] }
  assert.deepEqual(
    sessions.sessions.map((session) => session.current),
    [true],
  )
})

test('every change of rights is in the audit, with names masked and secrets absent', async () => {
  const records = await server.store.query<{ action: string; text: string }>(
    'select action, audit_records::text as text from audit_records',
  )
  const actions = new Set(records.map((record) => record.action))
  for (const action of ['user.create', 'link.create', 'password.set', 'session.open', 'session.close', 'grant.give'])
    assert.ok(actions.has(action), action)
  for (const action of ['grant.approve', 'grant.revoke', 'user.disable', 'token.create', 'token.approve', 'user.view'])
    assert.ok(actions.has(action), action)
  const all = records.map((record) => record.text).join('\n')
  assert.ok(!/姓名ben|a long enough|zy[a-z]+_[\w-]{20}/.test(all))
  // Nor what somebody signs in with: the object's id says who it is.
  assert.ok(!/\b(ben|dan|ann)\b/.test(all))
})
