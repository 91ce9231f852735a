import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestHome } from '#server/testing.ts'
import { recordAudit } from '#store/audit.ts'
import { sealAudit } from '#store/auditChain.ts'
import { scopeOfJob } from '#access/mint.ts'
import { jobs } from './jobs.ts'
import { auditVerdict, backups, listAudit } from './data.ts'
import { makeBackup, recordExport } from './mutations.ts'

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

test('an administrator of one branch neither makes nor lists the bank’s backups, nor learns its audit’s head', async () => {
  const { scope } = await home.user({ role: 'ADM', unit: 'hz-xihu' })
  const refused = { ok: false, reason: 'not_allowed' }
  assert.deepEqual(await backups(home.services, scope), refused)
  assert.deepEqual(await auditVerdict(home.services, scope), refused)
  assert.deepEqual(await makeBackup(home.services, scope, { reason: 'manual' }), refused)
  assert.deepEqual(await backups(home.services, home.operator), { ok: true, value: { backups: [] } })
  const verdict = await auditVerdict(home.services, home.operator)
  assert.ok(verdict.ok && verdict.value.intact)
})

test('a table that a reader saves is in the audit, with its page, its rows and its format', async () => {
  const { id, scope } = await home.user({ role: 'TEL', unit: 'hz-xihu' })
  const exported = { table: '发现清单', rows: 12, format: 'csv' as const, address: '/findings?state=open' }
  assert.deepEqual(await recordExport(home.services, scope, exported, 'req_1'), { ok: true, value: { recorded: true } })
  const page = await listAudit(home.services, home.operator, { limit: 3, action: 'table.export' })
  assert.ok(page.ok)
  const [record] = page.value.records
  assert.deepEqual(
    [record!.actor, record!.objectId, record!.detail],
    [id, '发现清单', { rows: 12, format: 'csv', address: '/findings?state=open' }],
  )
})

test('each night there is a backup by the job itself, the newest seven of which stay beside those made by hand', async () => {
  const job = jobs.find(({ name }) => name === 'system.backup')!
  const { signal } = new AbortController()
  home.setClock('2026-03-01T00:00:00Z')
  assert.ok((await makeBackup(home.services, home.operator, { reason: 'manual' })).ok)
  for (let day = 2; day <= 10; day++) {
    home.setClock(`2026-03-${String(day).padStart(2, '0')}T18:10:00Z`)
    await job.run(home.services, scopeOfJob(job.name), signal)
  }
  const kept = await backups(home.services, home.operator)
  assert.ok(kept.ok)
  assert.deepEqual(
    kept.value.backups.map(({ reason, madeAt }) => `${reason} ${madeAt.slice(0, 10)}`),
    [10, 9, 8, 7, 6, 5, 4]
      .map((day) => `scheduled 2026-03-${String(day).padStart(2, '0')}`)
      .concat('manual 2026-03-01'),
  )
  const records = await listAudit(home.services, home.operator, { limit: 20, action: 'backup.make' })
  assert.ok(records.ok)
  assert.equal(records.value.records.filter(({ actor }) => actor === 'job:system.backup').length, 9)
})
