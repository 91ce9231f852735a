import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createTestDatabase } from '#store/testing.ts'
import { type FakeAnswers, fakeTrino } from '#warehouse/testing/fakeTrino.ts'
import { openHome } from '../open.ts'
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
