import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scopeOfJob, scopeOfOperator } from '#access/mint.ts'
import { carryOutErasures } from '#features/erasures/mutations/carryOut.ts'
import { approveErasure, requestErasure } from '#features/erasures/mutations.ts'
import { keyOf, rowsOf } from '#features/erasures/testing.ts'
import { moveIntake } from '#features/imports/mutations/moveIntake.ts'
import { takeInteractions } from '#features/imports/mutations.ts'
import type { Services } from '#features/services.ts'
import { backupsOf, makeBackup } from '#store/backup.ts'
import { erasedListIn } from '#store/erasedList.ts'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { exporterOf } from '#warehouse/backup.ts'
import { openHome } from './open.ts'
import { restoreHome } from './restore.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-erasing-'))
after(() => rm(root, { recursive: true }))
const server = process.env.ZHIYIN_TEST_DATABASE_URL
const operator = scopeOfOperator()

async function open(folder: string, databaseUrl?: string) {
  const opened = await openHome({ folder, kind: 'real', databaseUrl })
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.value
}

async function heardOf(services: Services, ...numbers: string[]): Promise<void> {
  const lines = numbers.map((customer) =>
    JSON.stringify({ id: customer, start_at: '2025-03-03T08:00:00+08:00', channel: 'app', customer }),
  )
  const body = Buffer.from(lines.join('\n'))
  assert.ok((await takeInteractions(services, operator, { source: 'app', key: numbers.join(), body })).ok)
  while ((await moveIntake(services)) > 0);
}

const carryOut = (services: Services) =>
  carryOutErasures(services, scopeOfJob('erasures.carryOut'), new AbortController().signal)

async function erase(services: Services, number: string): Promise<void> {
  const customers = [{ source: 'core', number }]
  const asked = await requestErasure(services, operator, { customers, ground: 'consent_withdrawn', note: '' })
  assert.ok(asked.ok)
  assert.ok((await approveErasure(services, operator, asked.value.id)).ok)
  await carryOut(services)
}

const factsOf = async (services: Services, key: number) =>
  Number((await rowsOf(services, `select count(*) as n from interactions where customer_key = ${key}`))[0]!.n)

test('a home restored from before erases again whom it had erased, and nobody else', async () => {
  const databases = server ? [await createTestDatabase(server), await createTestDatabase(server)] : []
  after(async () => {
    for (const database of databases) await database.drop()
  })
  const [first, second] = [join(root, 'first'), join(root, 'second')]
  const born = await open(first, databases[0]?.url)
  const { services } = born
  await heardOf(services, 'GONE', 'STAYS', 'LATER')
  const [gone, stays] = [(await keyOf(services, 'GONE'))!, (await keyOf(services, 'STAYS'))!]
  const made = await makeBackup(
    { ...services, now: services.clock(), warehouse: exporterOf(services.warehouse) },
    'manual',
  )
  assert.ok(made.ok)
  await erase(services, 'GONE')
  const list = erasedListIn(backupsOf(first), services.home.id)
  const signed = await readFile(list, 'utf8')
  assert.match(signed, new RegExp(String(gone)))
  assert.doesNotMatch(signed, /GONE/)
  await born.close()

  const restore = (folder: string, erased?: string) =>
    restoreHome({
      from: made.value.folder,
      folder,
      keyFile: homePaths(first).keys,
      databaseUrl: databases[1]?.url,
      erased,
    })
  // Changed by somebody who has no key: whom it names is nobody's business.
  const changed = join(root, 'changed.json')
  await writeFile(changed, signed.replace(String(gone), String(stays)))
  assert.equal((await restore(second, changed)).ok, false)
  assert.equal((await restore(second, join(root, 'missing.json'))).ok, false)
  const restored = await restore(second)
  assert.ok(restored.ok, JSON.stringify(restored))
  assert.equal(restored.value.erasingsQueued, 1)

  const again = await open(second, databases[1]?.url)
  assert.equal(await factsOf(again.services, gone), 1)
  await carryOut(again.services)
  assert.equal(await factsOf(again.services, gone), 0)
  assert.equal(await keyOf(again.services, 'GONE'), undefined)
  assert.equal(await factsOf(again.services, stays), 1)
  assert.equal(await keyOf(again.services, 'STAYS'), stays)
  // The new home has the list as well.
  assert.match(await readFile(erasedListIn(backupsOf(second), services.home.id), 'utf8'), new RegExp(String(gone)))
  const audited = await again.services.store.query<{ action: string }>(
    "select action from audit_records where object_kind = 'erasure' order by id",
  )
  assert.deepEqual(
    audited.map(({ action }) => action),
    ['erasure.again', 'erasure.carryOut'],
  )
  await again.close()
})

test('however a home was put back: what the list beside its backups names, and it does not know, is done again', async () => {
  const folder = join(root, 'third')
  const opened = await open(folder)
  const { services } = opened
  await heardOf(services, 'A', 'B')
  const [a, b] = [(await keyOf(services, 'A'))!, (await keyOf(services, 'B'))!]
  await erase(services, 'A')
  const list = erasedListIn(backupsOf(folder), services.home.id)
  // As a copy of disks brings it back: the store of an earlier day, the list of today.
  const known = await services.store.query<{ id: string }>("select id from erasures where state = 'done'")
  await services.store.transaction(async (tx) => {
    await tx.query('delete from erasure_customers')
    await tx.query('delete from erasures')
    await tx.query(
      `insert into subject_keys (kind, source, external_index, external_enc, key) values ('customer', 'core', $1, $2, $3)`,
      [services.cipher.blindIndex('customer:core', 'A'), services.cipher.encrypt('A'), a],
    )
  })
  await carryOut(services)
  assert.equal(await keyOf(services, 'A'), undefined)
  assert.equal(await keyOf(services, 'B'), b)
  assert.deepEqual(await services.store.query("select id from erasures where state = 'done'"), known)
  // A list that somebody else wrote is not believed, and replaced by what is known.
  await mkdir(backupsOf(folder), { recursive: true })
  const text = await readFile(list, 'utf8')
  await writeFile(`${list}.x`, text.replace(String(a), String(b)))
  await rename(`${list}.x`, list)
  await carryOut(services)
  assert.equal(await keyOf(services, 'B'), b)
  assert.match(await readFile(list, 'utf8'), new RegExp(String(a)))
  await opened.close()
})
