import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scopeOfUser } from '#access/mint.ts'
import type { Scope } from '#access/scope.ts'
import { takeInteractions } from '#features/imports/mutations.ts'
import { moveIntake } from '#features/imports/mutations/moveIntake.ts'
import { openTestHome, startTestServer } from '#server/testing.ts'
import { listErasures, previewErasure, readErasure } from './data.ts'
import { approveErasure, refuseErasure, requestErasure, withdrawErasure } from './mutations.ts'
import { keyOf, storeHolding } from './testing.ts'

const server = await startTestServer()
after(() => server.close())
const { services, operator, user } = server
const head = (role: Parameters<typeof user>[number]['role']) => user({ role, unit: 'bank' })

let batches = 0
async function heardOf(number: string, home = server as Pick<typeof server, 'services' | 'operator'>) {
  const line = { id: `${number}-${++batches}`, start_at: '2025-03-03T08:00:00+08:00', channel: 'app', customer: number }
  const taken = await takeInteractions(home.services, home.operator, {
    source: 'app',
    key: `b${batches}`,
    body: Buffer.from(JSON.stringify(line)),
  })
  assert.ok(taken.ok)
  while ((await moveIntake(home.services)) > 0);
}
const named = (number: string) => [{ source: 'core', number }]
const filed = async (scope: Scope, number: string, note = '') => {
  const asked = await requestErasure(services, scope, { customers: named(number), ground: 'consent_withdrawn', note })
  assert.ok(asked.ok, JSON.stringify(asked))
  return asked.value.id
}
const reason = (outcome: { ok: boolean; reason?: string }) => (outcome.ok ? 'ok' : outcome.reason)
const stateOf = async (id: string) => {
  const seen = await readErasure(services, operator, id)
  assert.ok(seen.ok)
  return seen.value.state
}

await heardOf('A-100')
await heardOf('A-100')
await heardOf('A-200')

test('a preview says what is held, and asking makes nobody known', async () => {
  const { scope } = await head('CPO')
  const seen = await previewErasure(services, scope, [...named('A-100'), ...named('Ａ-100')])
  assert.ok(seen.ok)
  // Two spellings of one number are one customer.
  assert.deepEqual(seen.value.subjects, [{ key: await keyOf(services, 'A-100'), source: 'core', number: 'A-100' }])
  assert.deepEqual(seen.value.held, {
    facts: [{ kind: 'interactions', rows: 2, loads: 2, first: '2025-03-03', last: '2025-03-03' }],
    texts: 0,
    records: 0,
  })
  const byKey = await previewErasure(services, scope, [{ key: (await keyOf(services, 'A-100'))! }])
  assert.deepEqual(byKey, seen)
  const keysBefore = await services.store.query('select 1 from subject_keys')
  const unknown = await previewErasure(services, scope, [...named('A-100'), ...named('NOBODY')])
  assert.deepEqual(unknown, { ok: false, reason: 'customer_unknown', detail: { customers: ['2'] } })
  const asked = await requestErasure(services, scope, { customers: named('NOBODY'), ground: 'law', note: '' })
  assert.equal(reason(asked), 'customer_unknown')
  assert.equal((await services.store.query('select 1 from subject_keys')).length, keysBefore.length)
  // Either way of asking is written down.
  const audited = await services.store.query("select 1 from audit_records where detail ->> 'unknown' is not null")
  assert.equal(audited.length, 2)
})

test('only who holds the right over the whole bank, and is a person, looks or files', async () => {
  const branch = (await user({ role: 'DPO', unit: 'zj' })).scope
  assert.equal(reason(await previewErasure(services, branch, named('A-100'))), 'not_allowed')
  assert.equal(reason(await listErasures(services, branch, { limit: 5 })), 'not_allowed')
  const call = (token: string, path: string, body?: unknown) =>
    fetch(`${server.url}/api/v1/erasures${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const { createToken } = await import('#features/access/mutations/tokens.ts')
  const token = async (role: 'DPO' | 'AN') => {
    const made = await createToken(services, operator, { name: role, role, unitId: 'bank', days: 1 })
    assert.ok(made.ok)
    return made.value.token
  }
  const refused = await call(await token('DPO'), '/preview', { customers: named('A-100') })
  assert.equal(((await refused.json()) as { code: string }).code, 'users_only')
  assert.equal((await call(await token('AN'), '')).status, 403)
  assert.equal((await call(server.operatorToken, '')).status, 200)
  // An auditor sees that something was asked, not about whom.
  const auditor = await head('AUD')
  assert.equal((await listErasures(services, auditor.scope, { limit: 5 })).ok, true)
  assert.equal(auditor.scope.permissions.has('privacy.erase'), false)
})

test('whoever filed it does not decide it, nor an account whose password he may know', async () => {
  const [asks, decides, puppet] = [await head('DPO'), await head('RO'), await head('CMP')]
  await services.store.query('update users set password_known_to = $2::text[] where id = $1', [puppet.id, [asks.id]])
  const id = await filed(asks.scope, 'A-200')
  assert.equal(reason(await approveErasure(services, asks.scope, id)), 'erasure_second_person')
  assert.equal(reason(await approveErasure(services, puppet.scope, id)), 'erasure_second_person')
  const seen = await readErasure(services, asks.scope, id)
  assert.ok(seen.ok && !seen.value.mayDecide)
  // To refuse is to decide as well.
  const refusal = { reason: 'claims' as const, note: '诉讼' }
  assert.equal(reason(await refuseErasure(services, asks.scope, id, refusal)), 'erasure_second_person')
  assert.equal(await stateOf(id), 'requested')
  assert.ok((await approveErasure(services, decides.scope, id)).ok)
  assert.equal(await stateOf(id), 'approved')
  for (const late of [
    await approveErasure(services, decides.scope, id),
    await refuseErasure(services, decides.scope, id, refusal),
    await withdrawErasure(services, asks.scope, id),
  ])
    assert.equal(reason(late), 'erasure_decided')
})

test('where nobody else has ever held the right, one person decides, and the audit says so', async () => {
  const home = await openTestHome()
  try {
    await heardOf('A-300', home)
    const alone = await home.user({ role: 'ADM', unit: 'bank' })
    const asked = await requestErasure(home.services, alone.scope, {
      customers: named('A-300'),
      ground: 'law',
      note: '',
    })
    assert.ok(asked.ok)
    // A second one in a branch cannot decide here, so he changes nothing.
    await home.user({ role: 'DPO', unit: 'zj' })
    assert.ok((await approveErasure(home.services, alone.scope, asked.value.id)).ok)
    const [record] = await home.store.query<{ detail: { soleHolder?: boolean } }>(
      "select detail from audit_records where action = 'erasure.approve'",
    )
    assert.equal(record?.detail.soleHolder, true)
    await heardOf('A-400', home)
    const again = await requestErasure(home.services, alone.scope, {
      customers: named('A-400'),
      ground: 'law',
      note: '',
    })
    assert.ok(again.ok)
    const second = await home.user({ role: 'DPO', unit: 'bank' })
    assert.equal(reason(await approveErasure(home.services, alone.scope, again.value.id)), 'erasure_second_person')
    assert.ok((await approveErasure(home.services, second.scope, again.value.id)).ok)
  } finally {
    await home.close()
  }
})

test('a refusal keeps its reason; a withdrawal is its filer’s and keeps no note', async () => {
  const [asks, decides] = [await head('DPO'), await head('CPO')]
  const refused = await filed(asks.scope, 'A-100', '客户来信')
  assert.ok(
    (await refuseErasure(services, decides.scope, refused, { reason: 'retention', note: '贷款档案保存期未满' })).ok,
  )
  const seen = await readErasure(services, asks.scope, refused)
  assert.ok(seen.ok)
  assert.deepEqual(
    [seen.value.state, seen.value.refusal, seen.value.refusalNote, seen.value.note, seen.value.decidedBy],
    ['refused', 'retention', '贷款档案保存期未满', '客户来信', decides.id],
  )
  const withdrawn = await filed(asks.scope, 'A-100', '客户又来信')
  assert.equal(reason(await withdrawErasure(services, decides.scope, withdrawn)), 'erasure_not_yours')
  assert.ok((await withdrawErasure(services, asks.scope, withdrawn)).ok)
  assert.deepEqual(await storeHolding(services, ['客户又来信']), [])
  // In clear it stood nowhere before either: notes are encrypted.
  const [row] = await services.store.query<{ clear: string }>(
    'select to_json(e)::text as clear from erasures e where id = $1',
    [refused],
  )
  assert.ok(!row!.clear.includes('客户来信') && !row!.clear.includes('贷款档案'))
})

test('looks, requests and decisions are in the audit, without the customer’s number', async () => {
  const records = await services.store.query<{ action: string; line: string }>(
    "select action, to_json(a)::text as line from audit_records a where object_kind = 'erasure'",
  )
  const actions = new Set(records.map(({ action }) => action))
  for (const action of ['preview', 'request', 'view', 'approve', 'refuse', 'withdraw'])
    assert.ok(actions.has(`erasure.${action}`), action)
  for (const { line } of records) assert.doesNotMatch(line, /A-[1-4]00|NOBODY|客户|贷款/)
})

test('rights count as they are when it is decided', async () => {
  const [asks, decides] = [await head('DPO'), await head('RO')]
  const id = await filed(asks.scope, 'A-100')
  await services.store.query('update grants set revoked_at = now() where user_id = $1', [decides.id])
  const now = await scopeOfUser(services.store, decides.id)
  assert.equal(reason(await approveErasure(services, now, id)), 'not_allowed')
})
