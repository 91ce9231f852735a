import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { FilesError } from '#files/fault.ts'
import { StoreError } from '#store/errors.ts'
import { openKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, markHome, noteMoved, readHome } from '#store/home.ts'
import { noteMovedAway } from '#store/move.ts'
import { openStore } from '#store/open.ts'
import type { Store } from '#store/store.ts'
import { createTestDatabase } from '#store/testing.ts'
import { schemaVersion } from '#warehouse/migrations.ts'
import { type FakeAnswers, fakeTrino } from '#warehouse/testing/fakeTrino.ts'
import { noteHome } from '../join.ts'
import { openHome } from '../open.ts'
import { shown } from './addresses.ts'
import { moveFromCluster } from './fromCluster.ts'
import { refusalOf } from './refusals.ts'
import { moveToCluster } from './toCluster.ts'

const server = process.env.ZHIYIN_TEST_DATABASE_URL
delete process.env.DATABASE_URL
const quiet = { signal: new AbortController().signal, progress: () => undefined }
let root: string
const place = (name: string) => join(root, name)

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'zhiyin-moving-'))
  await mkdir(place('files'))
  const made = await openHome({ folder: place('bank'), kind: 'real' })
  assert.ok(made.ok)
  await made.value.close()
})
after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }))

test('a database, a storage or an address that will not do is told by its code, and leaves both sides as they were', async () => {
  const right = {
    databaseUrl: 'postgresql://nobody@127.0.0.1:9/none',
    warehouse: { url: 'trino://127.0.0.1:9/lake/bank', files: pathToFileURL(place('files')).href },
  }
  const cases = [
    [right, 'store_away'],
    [{ ...right, databaseUrl: 'nowhere' }, 'warehouse_address_wrong'],
    [{ ...right, warehouse: { ...right.warehouse, url: 'http://nowhere' } }, 'warehouse_address_wrong'],
    [{ ...right, warehouse: { ...right.warehouse, files: 'ftp://nowhere' } }, 'warehouse_address_wrong'],
    [{ ...right, warehouse: { ...right.warehouse, files: 'file:///nowhere/at/all' } }, 'storage_unavailable'],
  ] as const
  for (const [addresses, code] of cases) {
    const there = await moveToCluster({ folder: place('bank'), ...addresses, ...quiet })
    assert.ok(!there.ok && there.reason === code, JSON.stringify([addresses, there]))
    const keyFile = homePaths(place('bank')).keys
    const back = await moveFromCluster({ folder: place('back'), keyFile, ...addresses, ...quiet })
    assert.ok(!back.ok && back.reason === code, JSON.stringify([addresses, back]))
    assert.deepEqual(await readdir(place('back')), [])
  }
})

test('what goes away in the middle is told by its code, and a defect stays a fault', () => {
  const { signal } = quiet
  const codeOf = (error: Error) => {
    const refused = refusalOf(error, signal)
    return !refused.ok && refused.reason
  }
  assert.equal(codeOf(new StoreError('terminating connection', '57P01')), 'store_away')
  assert.equal(codeOf(new Error('wrapped', { cause: new StoreError('cut', '08006') })), 'store_away')
  assert.equal(codeOf(new FilesError('denied', 'no right')), 'storage_unavailable')
  assert.equal(codeOf(new FilesError('full', 'no room')), 'warehouse_full')
  assert.throws(() => refusalOf(new TypeError('x is not a function'), signal), /not a function/)
})

test('a home that has moved is not moved elsewhere once more', async () => {
  const folder = place('moved')
  await markHome(folder, 'real', 'UTC')
  const home = await readHome(folder)
  assert.ok(home && home !== 'foreign')
  const movedTo = { database: 'postgresql://d/one', warehouse: 'trino://w/lake/one', at: 'then' }
  await noteMoved(home, movedTo)
  const move = (schema: string, database = movedTo.database) => {
    const warehouse = { url: `trino://w/lake/${schema}`, files: pathToFileURL(place('files')).href }
    return moveToCluster({ folder, databaseUrl: database, warehouse, ...quiet })
  }
  for (const elsewhere of [await move('two'), await move('one', 'postgresql://d/two')]) {
    assert.ok(!elsewhere.ok && elsewhere.reason === 'home_moved', JSON.stringify(elsewhere))
    assert.equal(elsewhere.detail?.warehouse, movedTo.warehouse)
  }
  // To this place a move may have been cut off: it goes on, as far as this folder lets it.
  const same = await move('one')
  assert.ok(!same.ok && same.reason === 'key_wrong', JSON.stringify(same))
})

describe('a move into a cluster', { skip: !server && 'no PostgreSQL' }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase(server!)
  })
  after(() => database?.drop())

  const move = async (answers: FakeAnswers) => {
    const fake = await fakeTrino(answers)
    try {
      const warehouse = { url: fake.url, files: pathToFileURL(place('files')).href }
      const moved = await moveToCluster({ folder: place('bank'), databaseUrl: database.url, warehouse, ...quiet })
      return { moved, asked: fake.asked }
    } finally {
      fake.close()
    }
  }
  const somebodys: FakeAnswers = [
    [/^show schemas/, [['bank']]],
    [/^show tables/, [['interactions'], ['stage_move_1_1']]],
  ]

  test('harms no lake that lies in the schema already, however often it is tried', async () => {
    const stage = join(place('files'), 'bank_files', 'stage', 'stage_move_1_1')
    await mkdir(stage, { recursive: true })
    await writeFile(join(stage, 'rows0.parquet'), 'somebody’s')
    const denied = await move([[/^show tables/, 'Access Denied'], ...somebodys])
    assert.ok(!denied.moved.ok && denied.moved.reason === 'warehouse_denied', JSON.stringify(denied.moved))
    for (let attempt = 0; attempt < 2; attempt++) {
      const { moved, asked } = await move(somebodys)
      assert.ok(!moved.ok && moved.reason === 'warehouse_of_another_home', JSON.stringify(moved))
      assert.deepEqual(moved.detail?.tables, ['interactions'])
      assert.deepEqual(
        asked.filter((text) => !text.startsWith('show ')),
        [],
      )
    }
    assert.deepEqual(await readdir(stage), ['rows0.parquet'])
  })
})

describe('a move back into a folder', { skip: !server && 'no PostgreSQL' }, () => {
  const keyFile = () => homePaths(place('bank')).keys
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let fake: Awaited<ReturnType<typeof fakeTrino>>
  let home: Home
  /** The database of a cluster that the bank lives on. */
  const onDatabase = async (work: (store: Store) => Promise<unknown>) => {
    const key = await openKeyFile(keyFile(), false)
    const opened = await openStore({ folder: place('unused'), key, url: database.url, anyway: true })
    assert.ok(opened.ok, JSON.stringify(opened))
    await work(opened.value.store)
    await opened.value.store.close()
  }
  before(async () => {
    database = await createTestDatabase(server!)
    const found = await readHome(place('bank'))
    assert.ok(found && found !== 'foreign')
    home = found
    fake = await fakeTrino([])
    await onDatabase(async (store) => {
      await noteHome(store, home)
      await store.query("insert into lake_meta (key, value) values ('schema_version', $1)", [String(schemaVersion)])
    })
  })
  after(async () => {
    fake?.close()
    await database?.drop()
  })

  const back = (name: string) => {
    const warehouse = { url: fake.url, files: pathToFileURL(place('files')).href }
    const from = { databaseUrl: database.url, warehouse, keyFile: keyFile() }
    return moveFromCluster({ folder: place(name), ...from, ...quiet })
  }

  test('is not begun into a folder with another key, or with a part of one', async () => {
    const { keys } = homePaths(place('keyed'))
    await mkdir(dirname(keys), { recursive: true })
    const right = await readFile(keyFile(), 'utf8')
    for (const key of ['ab'.repeat(32), right.slice(0, 20), '']) {
      await writeFile(keys, key)
      const refused = await back('keyed')
      assert.ok(!refused.ok && refused.reason === 'key_wrong', JSON.stringify(refused))
      assert.equal(refused.detail?.file, keys)
      assert.equal(await readFile(keys, 'utf8'), key)
    }
  })

  test('that was cut off just before its marker is ended by the same command', async () => {
    const folder = place('cut off')
    const { marker, move } = homePaths(folder)
    await cp(place('bank'), folder, { recursive: true })
    await rm(marker)
    const mark = `${shown(database.url)} ${shown(fake.url)}`
    await writeFile(move, mark)
    const alive = await back('cut off')
    assert.ok(!alive.ok && alive.reason === 'home_not_empty', 'the cluster’s own has been taken back and goes on')
    await onDatabase((store) => noteMovedAway(store, { database: folder, warehouse: folder, at: 'then' }))
    const server = await openHome({ folder, kind: 'real' })
    assert.ok(!server.ok && server.reason === 'move_unfinished', JSON.stringify(server))

    for (const cutOff of ['before the marker', 'after it']) {
      const ended = await back('cut off')
      assert.ok(ended.ok, `${cutOff}: ${JSON.stringify(ended)}`)
      assert.deepEqual(await readHome(folder), { ...home, folder, product: 'zhiyin', format: 1 })
      assert.ok(!(await readdir(folder)).includes('zhiyin.move'))
      await writeFile(move, mark)
      await onDatabase((store) => noteMovedAway(store, { database: folder, warehouse: folder, at: 'then' }))
    }
    const opened = await openHome({ folder })
    assert.ok(opened.ok, JSON.stringify(opened))
    await opened.value.close()
    assert.ok(!(await readdir(folder)).includes('zhiyin.move'))
    const other = await back('cut off')
    assert.ok(!other.ok && other.reason === 'home_not_empty', JSON.stringify(other))
  })

  test('is not begun where the home has moved elsewhere already', async () => {
    const elsewhere = { database: place('another'), warehouse: place('another'), at: 'then' }
    await onDatabase((store) => noteMovedAway(store, elsewhere))
    const refused = await back('second')
    assert.ok(!refused.ok && refused.reason === 'home_moved', JSON.stringify(refused))
    assert.equal(refused.detail?.database, place('another'))
    assert.deepEqual(await readdir(place('second')), [])
  })
})
