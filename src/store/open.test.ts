import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { checkBackup, makeBackup } from './backup.ts'
import { fieldCipher } from './encryption.ts'
import { readMigrations } from './migrate.ts'
import { isKeyOf, openStore } from './open.ts'
import { openPglite } from './pglite.ts'
import { restoreStore } from './restore.ts'
import { createTestDatabase, openEmptyTestStore } from './testing.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-open-'))
after(() => rm(root, { recursive: true }))
const server = process.env.ZHIYIN_TEST_DATABASE_URL
const key = new Uint8Array(32).fill(1)
const migrations = await readMigrations()

// Making a database takes seconds, copying one does not.
const template = join(root, 'template')
if (!server) await (await openPglite(template)).close()

/** Where an empty store of its own lies: a folder, and a database where the suite runs on PostgreSQL. */
async function place(name: string) {
  const folder = join(root, name)
  await mkdir(folder)
  if (!server) await cp(template, join(folder, 'store'), { recursive: true })
  const database = server ? await createTestDatabase(server) : undefined
  return { at: { folder, url: database?.url }, clear: async () => database?.drop() }
}
const noWarehouse: Parameters<typeof makeBackup>[0]['warehouse'] = (work) =>
  work(async (folder) => {
    await mkdir(folder)
    return []
  })

test('a store is opened again by its own home and key only, and never made anew in an old home', async () => {
  const { at, clear } = await place('own')
  const unborn = await openStore({ ...at, key, homeId: 'never born' })
  assert.ok(!unborn.ok && unborn.reason === 'store_missing')
  const first = await openStore({ ...at, key })
  assert.ok(first.ok && first.value.fresh)
  await first.value.store.close()
  const { homeId } = first.value

  const again = await openStore({ ...at, key, homeId })
  assert.ok(again.ok && !again.value.fresh && again.value.homeId === homeId)
  await again.value.store.close()

  const refusals = [
    await openStore({ ...at, key: new Uint8Array(32).fill(2), homeId }),
    await openStore({ ...at, key, homeId: 'another home' }),
    await openStore({ ...at, key, homeId, migrations: migrations.slice(0, 2) }),
  ]
  assert.deepEqual(
    refusals.map((refusal) => refusal.ok || refusal.reason),
    ['key_wrong', 'store_of_another_home', 'store_newer'],
  )
  await clear()
})

test('what a killed first start left of a database is made again', {
  skip: server && 'of the embedded store',
}, async () => {
  const { at } = await place('half made')
  await rm(join(at.folder, 'store'), { recursive: true })
  await mkdir(join(at.folder, 'store.new'))
  await writeFile(join(at.folder, 'store.new', 'PG_VERSION'), '18')
  const opened = await openStore({ ...at, key })
  assert.ok(opened.ok)
  await opened.value.store.close()
  assert.deepEqual(await readdir(at.folder), ['store'])
})

test('a second process on the same database is refused', { skip: !server && 'no PostgreSQL' }, async () => {
  const { at, clear } = await place('held')
  const first = await openStore({ ...at, key })
  assert.ok(first.ok)
  const second = await openStore({ folder: join(root, 'elsewhere'), url: at.url, key })
  assert.ok(!second.ok && second.reason === 'home_locked')
  await first.value.store.close()
  const third = await openStore({ ...at, key, homeId: first.value.homeId })
  assert.ok(third.ok)
  await third.value.store.close()
  await clear()
})

test('an older store is backed up before it is migrated, and that backup still restores', async () => {
  const { at, clear } = await place('older')
  const older = await openStore({ ...at, key, migrations: migrations.slice(0, 4) })
  assert.ok(older.ok)
  const { homeId } = older.value
  await older.value.store.query(
    "insert into units (id, code, name, level, path) values ('bank', 'B', '总行', 'head_office', '/bank/')",
  )
  await older.value.store.close()

  const cipher = fieldCipher(key)
  const home = { folder: at.folder, id: homeId, kind: 'real' as const, timeZone: 'Asia/Shanghai', createdAt: '' }
  let backup = ''
  const newer = await openStore({
    ...at,
    key,
    homeId,
    beforeMigrate: async (store, pending) => {
      assert.deepEqual(pending, migrations.slice(4))
      const made = await makeBackup(
        { store, home, cipher, now: new Date(), warehouse: noWarehouse },
        'before_migration',
      )
      assert.ok(made.ok)
      backup = made.value.folder
    },
  })
  assert.ok(newer.ok)
  assert.equal((await newer.value.store.query('select * from sign_in_attempts')).length, 0)
  await newer.value.store.close()

  const checked = await checkBackup(backup, cipher, (check) => isKeyOf(key, check))
  assert.ok(checked.ok && checked.value.store.migrations.length === 4)
  const target = await openEmptyTestStore()
  try {
    const restored = await restoreStore(target, backup, checked.value, { id: 'operator', kind: 'operator' })
    assert.ok(restored.ok)
    assert.deepEqual(await target.query('select name from units'), [{ name: '总行' }])
    const applied = await target.query('select name from schema_migrations')
    assert.equal(applied.length, migrations.length)
    const twice = await restoreStore(target, backup, checked.value, { id: 'operator', kind: 'operator' })
    assert.ok(!twice.ok && twice.reason === 'home_not_empty')
  } finally {
    await target.close()
  }
  await clear()
})

test('a migration that the backup before it prevents leaves the store as it was', async () => {
  const { at, clear } = await place('prevented')
  const older = await openStore({ ...at, key, migrations: migrations.slice(0, 4) })
  assert.ok(older.ok)
  await older.value.store.close()
  const full = async () => {
    throw new Error('the disk is full')
  }
  await assert.rejects(openStore({ ...at, key, homeId: older.value.homeId, beforeMigrate: full }), /the disk is full/)
  const again = await openStore({ ...at, key, homeId: older.value.homeId, migrations: migrations.slice(0, 4) })
  assert.ok(again.ok)
  await again.value.store.close()
  await clear()
})
