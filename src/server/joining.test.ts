import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { catchUp } from '#features/copies.ts'
import { homePaths, readHome } from '#store/home.ts'
import { readMigrations } from '#store/migrate.ts'
import { openStore } from '#store/open.ts'
import { createTestDatabase } from '#store/testing.ts'
import { type OpenHome, openHome } from './open.ts'
import { startServer } from './start.ts'

const url = process.env.ZHIYIN_TEST_DATABASE_URL

describe('servers of one home', { skip: !url && 'no PostgreSQL' }, () => {
  let root: string
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  const opened: OpenHome[] = []
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'zhiyin-joining-'))
  })
  beforeEach(async () => {
    for (const home of opened.splice(0)) await home.close()
    await database?.drop()
    database = await createTestDatabase(url!)
    delete process.env.ZHIYIN_KEY_FILE
  })
  after(async () => {
    for (const home of opened.splice(0)) await home.close()
    await database?.drop()
    delete process.env.ZHIYIN_KEY_FILE
    await rm(root, { recursive: true, force: true, maxRetries: 5 })
  })

  let folders = 0
  const folder = () => join(root, `home-${folders++}`)
  const open = async (options: Partial<Parameters<typeof openHome>[0]> = {}) => {
    const home = await openHome({ folder: folder(), kind: 'real', databaseUrl: database.url, shared: true, ...options })
    if (home.ok) opened.push(home.value)
    return home
  }
  const born = async (options: Parameters<typeof open>[0] = {}) => {
    const home = await open(options)
    assert.ok(home.ok && home.value.born, JSON.stringify(home))
    return home.value
  }
  const keyFile = async (from: OpenHome) => {
    const path = join(root, `key-${folders++}`)
    await copyFile(homePaths(from.services.home.folder).keys, path)
    return path
  }

  test('an empty folder joins the home of its database with the key that is brought to it', async () => {
    const first = await born({ timeZone: 'Asia/Urumqi' })
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    const second = await open()
    assert.ok(second.ok, JSON.stringify(second))
    assert.equal(second.value.born, false)
    const { folder: one, ...home } = first.services.home
    const { folder: other, ...joined } = second.value.services.home
    assert.deepEqual(joined, home)
    assert.notEqual(one, other)
    const { keys } = homePaths(other)
    assert.equal((await stat(keys)).mode & 0o777, 0o600)
    const secret = first.services.cipher.encrypt('王小明')
    assert.equal(second.value.services.cipher.decrypt(secret), '王小明')
    assert.notEqual(second.value.services.server.id, first.services.server.id)

    // Once it has joined it is a server of that home like any other, and needs no file any more.
    delete process.env.ZHIYIN_KEY_FILE
    await opened.pop()!.close()
    assert.ok((await open({ folder: other })).ok)
  })

  test('a new home has its dimensions; who joins or comes back leaves them to a job, and holds nobody up', async () => {
    const marksOf = async ({ services }: OpenHome) => Object.values(await services.warehouse.dimensionMarks())
    const first = await born()
    assert.ok((await marksOf(first)).every((mark) => mark !== ''))
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    const second = await open()
    assert.ok(second.ok, JSON.stringify(second))
    // Here each has a warehouse of its own, which is behind as one lake would be after a kill.
    assert.deepEqual(await marksOf(second.value), ['', '', ''])
    await catchUp(second.value.services)
    assert.deepEqual(await marksOf(second.value), await marksOf(first))
    assert.deepEqual(await first.services.store.query("select 1 from settings where key = 'dimensions.behind'"), [])
  })

  test('without the key, or with another, nothing joins; the right one is taken afterwards', async () => {
    const first = await born()
    const at = folder()
    const without = await open({ folder: at })
    assert.ok(!without.ok && without.reason === 'key_needed')
    process.env.ZHIYIN_KEY_FILE = join(root, 'wrong.key')
    for (const content of ['ab'.repeat(32), 'no key']) {
      await writeFile(process.env.ZHIYIN_KEY_FILE, content)
      const wrong = await open({ folder: at })
      assert.ok(!wrong.ok && wrong.reason === 'key_wrong')
    }
    process.env.ZHIYIN_KEY_FILE = join(root, 'nowhere.key')
    const nowhere = await open({ folder: at })
    assert.deepEqual(nowhere, { ok: false, reason: 'key_wrong', detail: { missing: process.env.ZHIYIN_KEY_FILE } })
    assert.equal(await readHome(at), undefined)
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    assert.ok((await open({ folder: at })).ok)
  })

  test('of two that are born at the same moment one is, and the other joins it', async () => {
    process.env.ZHIYIN_KEY_FILE = join(root, 'common.key')
    await writeFile(process.env.ZHIYIN_KEY_FILE, 'cd'.repeat(32))
    const both = await Promise.all([open(), open(), open()])
    assert.ok(both.every((home) => home.ok))
    assert.equal(opened.filter((home) => home.born).length, 1)
    assert.equal(new Set(opened.map(({ services }) => services.home.id)).size, 1)
    assert.equal(new Set(opened.map(({ services }) => services.home.createdAt)).size, 1)
  })

  test('a birth that was cut off is begun again, and only then joined', async () => {
    process.env.ZHIYIN_KEY_FILE = join(root, 'common.key')
    const at = folder()
    const dark = async () => {
      throw new Error('the lights went out')
    }
    await assert.rejects(open({ folder: at, birth: dark }), /lights/)
    await born({ folder: at })
    const other = await open()
    assert.ok(other.ok && !other.value.born)
  })

  test('a home that was born before servers shared one is joined after its next start', async () => {
    const first = await born({ shared: false })
    await first.services.store.query("delete from settings where key = 'home.marker'")
    const { folder: at } = first.services.home
    await opened.pop()!.close()
    assert.ok((await open({ folder: at })).ok)
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    const second = await open()
    assert.ok(second.ok && !second.value.born)
  })

  test('one that has the home alone keeps out those that would share it, and they it', async () => {
    const first = await born({ shared: false })
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    const shared = await open()
    assert.ok(!shared.ok && shared.reason === 'home_locked')
    const { folder: at } = first.services.home
    await opened.pop()!.close()
    assert.ok((await open()).ok)
    const alone = await open({ folder: at, shared: false })
    assert.ok(!alone.ok && alone.reason === 'home_locked')
  })

  test('two that start with the same migrations ahead of them apply each once', async () => {
    const migrations = await readMigrations()
    const key = new Uint8Array(32).fill(7)
    const options = { folder: folder(), key, url: database.url, shared: true }
    const older = await openStore({ ...options, migrations: migrations.slice(0, 9) })
    assert.ok(older.ok)
    const { homeId } = older.value
    const both = await Promise.all([openStore({ ...options, homeId }), openStore({ ...options, homeId })])
    for (const each of both) {
      assert.ok(each.ok, JSON.stringify(each))
      const applied = await each.value.store.query('select name from schema_migrations')
      assert.equal(applied.length, migrations.length)
      await each.value.store.close()
    }
    await older.value.store.close()
  })

  test('an older program goes on with a store that says it survives, and is refused by one that does not', async () => {
    const migrations = await readMigrations()
    const key = new Uint8Array(32).fill(7)
    const options = { folder: folder(), key, url: database.url, shared: true }
    const later = (survives: number) => ({
      name: '9999_later.sql',
      sql: 'create table later (id text);',
      hash: 'x',
      survives,
    })
    const newer = await openStore({ ...options, migrations: [...migrations, later(10)] })
    assert.ok(newer.ok)
    const { homeId, store } = newer.value
    const old = await openStore({ ...options, homeId, migrations })
    assert.ok(old.ok && !old.value.fresh)
    await old.value.store.close()
    await store.query("update schema_migrations set survives = 9999 where name = '9999_later.sql'")
    const refused = await openStore({ ...options, homeId, migrations })
    assert.ok(!refused.ok && refused.reason === 'store_newer')
    await store.close()
  })

  test('a server that stops is unready first, ends what it was asked, and leaves the others at work', async () => {
    const first = await born()
    process.env.ZHIYIN_KEY_FILE = await keyFile(first)
    const second = await open()
    assert.ok(second.ok)
    const inside = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const { services } = first
    const slow = {
      ...first,
      services: {
        ...services,
        upkeep: {
          ...services.upkeep,
          verifyAudit: async () => {
            inside.resolve()
            await go.promise
            return services.upkeep.verifyAudit()
          },
        },
      },
    }
    const running = await startServer({ home: slow, port: 0 })
    const other = await startServer({ home: second.value, port: 0 })
    opened.splice(0)
    const { secret } = JSON.parse(await readFile(homePaths(services.home.folder).token, 'utf8')) as { secret: string }
    const ready = async (address: string) => (await fetch(`${address}/api/v1/ready`)).status
    assert.equal(await ready(running.address), 200)
    const asked = fetch(`${running.address}/api/v1/audit/verification`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    await inside.promise
    const closing = running.close({ drainSeconds: 1 })
    // While proxies turn away it still answers whoever comes.
    assert.equal(await ready(running.address), 503)
    assert.equal((await fetch(`${running.address}/api/v1/live`)).status, 200)
    go.resolve()
    const answer = await asked
    assert.equal(answer.status, 200)
    assert.equal(((await answer.json()) as { intact: boolean }).intact, true)
    await closing
    await assert.rejects(ready(running.address))
    assert.equal(await ready(other.address), 200)
    await other.close()
  })

  test('a server whose hold on the database was cut takes it again, and those that would be alone stay out', async () => {
    const first = await born()
    const { store, home } = first.services
    const holders = () =>
      store.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'zhiyin lock'",
      )
    const [before] = await holders()
    await store.query('select pg_terminate_backend($1)', [before!.pid])
    for (;;) {
      const [again] = await holders()
      if (again && again.pid !== before!.pid) break
      await sleep(50)
    }
    assert.equal((await first.services.upkeep.readiness()).ok, true)
    const alone = await open({ folder: `${home.folder}-alone`, shared: false })
    assert.ok(!alone.ok && alone.reason === 'home_locked')
  })

  test('a server that stops cuts off what does not end', async () => {
    const first = await born()
    const inside = Promise.withResolvers<void>()
    const { services } = first
    const readiness = () => {
      inside.resolve()
      return new Promise<never>(() => undefined)
    }
    const hanging = { ...first, services: { ...services, upkeep: { ...services.upkeep, readiness } } }
    const running = await startServer({ home: hanging, port: 0 })
    opened.splice(0)
    const asked = fetch(`${running.address}/api/v1/ready`)
    await inside.promise
    const cut = assert.rejects(asked)
    await running.close({ graceSeconds: 0 })
    await cut
  })
})
