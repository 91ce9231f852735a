import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { openFiles } from '#files/files.ts'
import { sql } from '../sql.ts'
import { fakeTrino } from '../testing/fakeTrino.ts'
import type { Writer } from '../warehouse.ts'
import type { Changes, LakeState } from './lakeState.ts'
import { LakeWrite } from './lakeWrite.ts'
import { TrinoClient, trinoAddress } from './trinoClient.ts'
import { Workbench } from './workbench.ts'

const before = '2026-03-01T00:00:00.000Z'
const state: LakeState = {
  snapshots: new Map([['daily', '1']]),
  meta: new Map([
    ['data_version', '5'],
    ['changed_at', before],
    ['published_version', '5'],
    ['rollup_rows_unfolded', 'yes'],
  ]),
}

/** The newest snapshot of `daily`, and how many rows each statement meets. */
const daily = { head: '1', met: 0 }
const heads: unknown[][] = []
const counts = { delete: [/^delete/, 0] as [RegExp, number], insert: [/^insert/, 0] as [RegExp, number] }
const trino = await fakeTrino([[/\$snapshots/, heads], [/\$refs/, [['1']]], counts.delete, counts.insert])
const folder = await mkdtemp(join(tmpdir(), 'zhiyin-lake-write-'))
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
after(async () => {
  trino.close()
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
})

/** What a write publishes whose statements meet so many rows and leave `daily` at that snapshot. */
async function published(
  work: (writer: Writer, write: LakeWrite) => Promise<unknown>,
  { head, met }: typeof daily,
  publishNow = false,
): Promise<Changes[]> {
  counts.delete[1] = counts.insert[1] = met
  heads.splice(0, heads.length, ['daily', head, head === '1' ? null : '1', 'q', true])
  if (head !== '1') heads.push(['daily', '1', null, 'older', false])
  const changes: Changes[] = []
  const write = new LakeWrite({
    turn: {
      id: 7,
      connection: { objects: async () => [], rows: async () => [] } as never,
      willChange: async () => undefined,
      publish: async (next) => void changes.push(next),
      check: async () => undefined,
      end: async () => undefined,
    },
    client: new TrinoClient(trinoAddress(trino.url)),
    files: await openFiles(pathToFileURL(folder).href),
    bench: new Workbench(connection, folder),
    state,
    published: async () => undefined,
  })
  await write.open()
  await connection.run('begin transaction')
  await work(write.writer(), write)
  await connection.run('commit')
  await write.publish(publishNow)
  await write.close()
  return changes
}

const remove = (writer: Writer) => writer.remove('daily', sql`metric = 'wait'`)
const fill = (writer: Writer) => writer.fill('daily', ['n'], sql`select 1 as n`)

describe('a write to the lake', () => {
  test('that changed rows advances the version and the moment, shown at once where somebody waits', async () => {
    for (const work of [remove, fill]) {
      const [changes, ...more] = await published(work, { head: '2', met: 3 })
      assert.equal(more.length, 0)
      assert.deepEqual([...changes!.snapshots], [['daily', '2']])
      assert.equal(changes!.meta.get('data_version'), '6')
      assert.ok(changes!.meta.get('changed_at')! > before)
      assert.equal(changes!.meta.has('published_version'), false)
    }
    const [now] = await published(remove, { head: '2', met: 3 }, true)
    assert.equal(now!.meta.get('published_version'), '6')
  })

  test('that met no row publishes nothing', async () => {
    for (const work of [remove, fill, async () => undefined])
      assert.deepEqual(await published(work, { head: '1', met: 0 }, true), [])
  })

  test('that met no row, where the table has a new snapshot all the same, publishes that and keeps the version', async () => {
    const [changes] = await published(remove, { head: '2', met: 0 })
    assert.deepEqual([...changes!.snapshots], [['daily', '2']])
    assert.deepEqual([...changes!.meta], [])
  })

  test('for upkeep publishes what it made and keeps the version, for the rows are the same', async () => {
    const compact = (_: Writer, write: LakeWrite) => write.tend('daily', 'optimize', { changes: true })
    const [changes] = await published(compact, { head: '2', met: 0 })
    assert.deepEqual([...changes!.snapshots], [['daily', '2']])
    assert.deepEqual([...changes!.meta], [])
  })

  test('of notes alone keeps the version: no question reads them', async () => {
    const [changes] = await published(
      async (writer) => {
        await writer.script("insert into stale_days values (date '2026-03-01')")
        await writer.run(sql`update warehouse_meta set value = 'no' where key = 'rollup_rows_unfolded'`)
      },
      { head: '1', met: 0 },
    )
    assert.deepEqual(changes!.staleDays.stale_days, ['2026-03-01'])
    assert.deepEqual([...changes!.meta], [['rollup_rows_unfolded', 'no']])
    assert.equal(changes!.snapshots.size, 0)
  })

  test('that is settled publishes once: what came before it does not stand as a difference again', async () => {
    const changes = await published(
      async (writer) => {
        await remove(writer)
        await writer.settle()
      },
      { head: '2', met: 3 },
    )
    assert.deepEqual(
      changes.map(({ meta }) => meta.get('data_version')),
      ['6'],
    )
  })
})
