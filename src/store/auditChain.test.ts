import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readAnchor, writeAnchor } from './auditAnchor.ts'
import { auditHead, sealAudit, startSealer, verifyAudit } from './auditChain.ts'
import { recordAudit } from './audit.ts'
import { openTestStore } from './testing.ts'

const store = await openTestStore()
after(() => store.close())

const write = (i: number) =>
  store.transaction((tx) =>
    recordAudit(
      tx,
      { id: `usr_${i % 3}`, kind: 'user' },
      {
        action: 'sample.write',
        objectKind: 'sample',
        objectId: String(i),
        detail: { 中文: '王*明', n: i, share: 0.1, nested: { b: [1, null], a: 'é' } },
        correlation: `req-${i}`,
      },
    ),
  )

test('writers that run at once are all chained, each once, without waiting for the sealer', async () => {
  const sealer = startSealer(store, { everyMs: 5 })
  await Promise.all(Array.from({ length: 120 }, (_, i) => write(i)))
  await sealer.stop()
  const verdict = await verifyAudit(store)
  assert.deepEqual([verdict.intact, verdict.verified, verdict.unsealed.count], [true, 120, 0])
})

test('what is not sealed yet is named, and does not break the chain', async () => {
  await write(120)
  const verdict = await verifyAudit(store)
  assert.deepEqual([verdict.intact, verdict.verified, verdict.unsealed.count], [true, 120, 1])
  assert.equal(await sealAudit(store), 1)
  assert.equal(await sealAudit(store), 0)
})

test('two sealers at once make one chain', async () => {
  for (let i = 0; i < 30; i++) await write(200 + i)
  const counts = await Promise.all([sealAudit(store), sealAudit(store), sealAudit(store)])
  assert.equal(
    counts.reduce((a, b) => a + b),
    30,
  )
  assert.ok((await verifyAudit(store)).intact)
})

test('a change to any field of a record or of a link is found at its position', async () => {
  const position = 60
  const [link] = await store.query<{ record_id: string }>('select record_id from audit_chain where position = $1', [
    position,
  ])
  const id = link!.record_id
  const changes: [table: string, set: string][] = [
    ['audit_records', "at = at + interval '1 microsecond'"],
    ['audit_records', "actor = 'usr_9'"],
    ['audit_records', "actor_kind = 'system'"],
    ['audit_records', "action = 'sample.read'"],
    ['audit_records', "object_kind = 'sampl'"],
    ['audit_records', 'object_id = null'],
    ['audit_records', `detail = jsonb_set(detail, '{share}', '0.10')`],
    ['audit_records', `detail = detail - 'nested'`],
    ['audit_records', "correlation = 'x'"],
    ['audit_chain', "sealed_at = sealed_at + interval '1 microsecond'"],
    ['audit_chain', "hash = sha256('x'::bytea)"],
    ['audit_chain', "previous_hash = sha256('x'::bytea)"],
    ['audit_chain', "record_id = 'aud_other'"],
  ]
  for (const [table, set] of changes) {
    const key = table === 'audit_chain' ? 'record_id' : 'id'
    await store
      .transaction(async (tx) => {
        await tx.query(
          "insert into audit_records values ('aud_other', now(), 'x', 'user', 'a.b', 'c', null, '{}', null, false)",
        )
        await tx.query(`update ${table} set ${set} where ${key} = $1`, [id])
        // Judged inside the transaction, which is then rolled back.
        const verdict = await verifyAudit({ ...store, query: tx.query })
        assert.equal(verdict.intact, false, set)
        assert.equal(verdict.broken?.position, position, set)
        throw new Error('undo')
      })
      .catch((error: Error) => {
        if (error.message !== 'undo') throw error
      })
  }
  assert.ok((await verifyAudit(store)).intact)
})

test('a removed link and a record slipped in as sealed are found', async () => {
  for (const statement of [
    'delete from audit_chain where position = 7',
    "insert into audit_records values ('aud_forged', now(), 'x', 'user', 'a.b', 'c', null, '{}', null, true)",
  ])
    await store
      .transaction(async (tx) => {
        await tx.query(statement)
        const verdict = await verifyAudit({ ...store, query: tx.query })
        assert.ok(!verdict.intact, statement)
        throw new Error('undo')
      })
      .catch((error: Error) => assert.equal(error.message, 'undo'))
})

test('an anchor outside the database finds a chain whose end was cut off, and cannot be forged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-anchor-'))
  try {
    const key = randomBytes(32)
    assert.equal(await readAnchor(folder, key), undefined)
    await writeAnchor(folder, key, await auditHead(store))
    const anchor = await readAnchor(folder, key)
    assert.ok(anchor && anchor !== 'forged')
    assert.ok((await verifyAudit(store, anchor)).intact)
    await store.query('delete from audit_chain where position > 140')
    await store.query(
      'delete from audit_records r where not exists (select 1 from audit_chain c where c.record_id = r.id)',
    )
    assert.ok((await verifyAudit(store)).intact)
    const verdict = await verifyAudit(store, anchor)
    assert.deepEqual(verdict.broken, { position: 141, what: 'link_missing' })
    assert.deepEqual((await verifyAudit(store, { position: 100, hash: anchor.hash })).broken?.what, 'anchor_differs')
    const path = join(folder, 'audit.anchor')
    await writeFile(path, (await readFile(path, 'utf8')).replace(`"position":${anchor.position}`, '"position":140'))
    assert.equal(await readAnchor(folder, key), 'forged')
  } finally {
    await rm(folder, { recursive: true })
  }
})
