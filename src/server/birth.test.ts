import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { openHome } from './open.ts'

describe('the birth of a home', () => {
  let folder: string
  let database: Awaited<ReturnType<typeof createTestDatabase>> | undefined
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zhiyin-birth-'))
    const server = process.env.ZHIYIN_TEST_DATABASE_URL
    if (server) database = await createTestDatabase(server)
  })
  after(async () => {
    await database?.drop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const open = (name: string, options: Partial<Parameters<typeof openHome>[0]> = {}) =>
    openHome({ folder: join(folder, name), databaseUrl: database?.url, ...options })

  test('that was cut off leaves no home, and is begun again', async () => {
    const cutOff = open('bank', {
      kind: 'real',
      birth: async () => {
        throw new Error('the lights went out')
      },
    })
    await assert.rejects(cutOff, /the lights went out/)
    const missing = await open('bank')
    assert.ok(!missing.ok && missing.reason === 'home_missing')

    const key = await readFile(homePaths(join(folder, 'bank')).keys, 'utf8')
    const again = await open('bank', { kind: 'real' })
    assert.ok(again.ok, JSON.stringify(again))
    assert.equal(again.value.born, true)
    // A database elsewhere has been written with this key already.
    assert.equal(await readFile(homePaths(join(folder, 'bank')).keys, 'utf8'), key)
    await again.value.close()
    assert.ok(!(await readdir(join(folder, 'bank'))).includes('zhiyin.birth'))
  })

  test('happens once: afterwards the same home goes on, under its kind', async () => {
    const opened = await open('bank')
    assert.ok(opened.ok)
    assert.equal(opened.value.born, false)
    const second = await open('bank')
    assert.ok(!second.ok && second.reason === 'home_locked' && second.detail?.pid === process.pid)
    await opened.value.close()
    const asDemo = await open('bank', { kind: 'demo' })
    assert.ok(!asDemo.ok && asDemo.reason === 'home_of_another_kind')
  })

  test('never clears what is not ours, not even beside an old mark of a home that is there', async () => {
    await mkdir(join(folder, 'foreign', 'warehouse'), { recursive: true })
    const foreign = await open('foreign', { kind: 'real' })
    assert.ok(!foreign.ok && foreign.reason === 'folder_occupied')
    await writeFile(join(folder, 'bank', 'zhiyin.birth'), '')
    const opened = await open('bank')
    assert.ok(opened.ok)
    await opened.value.close()
    assert.ok(!(await readdir(join(folder, 'bank'))).includes('zhiyin.birth'))
  })

  test('leaves no copies in clear of what a killed process was reading, and needs the storage of its files', async () => {
    const { opened, moving, workbench } = homePaths(join(folder, 'bank'))
    for (const path of [opened, join(moving, 'store'), join(workbench, 'zhiyin-lake-x')]) {
      await mkdir(path, { recursive: true })
      await writeFile(join(path, 'rows'), '王伟')
    }
    process.env.WAREHOUSE_FILES = 'file:///nowhere/at/all'
    try {
      const refused = await open('bank')
      assert.ok(!refused.ok && refused.reason === 'storage_unavailable', JSON.stringify(refused))
      process.env.WAREHOUSE_FILES = 'ftp://nowhere'
      const wrong = await open('bank')
      assert.ok(!wrong.ok && wrong.reason === 'warehouse_address_wrong', JSON.stringify(wrong))
    } finally {
      delete process.env.WAREHOUSE_FILES
    }
    const again = await open('bank')
    assert.ok(again.ok, JSON.stringify(again))
    for (const path of [opened, moving, workbench])
      assert.deepEqual(await readdir(path).catch(() => 'gone'), 'gone', path)
    await again.value.close()
  })
})
