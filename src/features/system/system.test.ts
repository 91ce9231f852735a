import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestHome } from '#server/testing.ts'
import { recordAudit } from '#store/audit.ts'
import { sealAudit } from '#store/auditChain.ts'
import { listAudit } from './data.ts'

const home = await openTestHome()
after(() => home.close())

const write = (objectId: string) =>
  home.store.transaction((tx) =>
    recordAudit(tx, home.operator.actor, { action: 'sample.write', objectKind: 'sample', objectId, detail: { n: 1 } }),
  )

test('the audit is read newest first, page by page, each record once, and by what one looks for', async () => {
  for (let i = 0; i < 7; i++) await write(`s${i}`)
  await sealAudit(home.store)
  await write('late')
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listAudit(home.services, home.operator, { cursor, limit: 3, action: 'sample.write' })
    assert.ok(page.ok)
    seen.push(...page.value.records.map((record) => `${record.objectId} ${record.position}`))
    cursor = page.value.nextCursor ?? undefined
  } while (cursor)
  assert.equal(seen.length, 8)
  assert.equal(new Set(seen).size, 8)
  assert.ok(seen.includes('late null'))
  const one = await listAudit(home.services, home.operator, { limit: 3, objectKind: 'sample', objectId: 's3' })
  assert.ok(one.ok && one.value.records.length === 1)
})

test('an auditor of one branch does not read the whole bank’s audit', async () => {
  const { scope } = await home.user({ role: 'AUD', unit: 'hz-xihu' })
  assert.deepEqual(await listAudit(home.services, scope, { limit: 3 }), { ok: false, reason: 'not_allowed' })
})
