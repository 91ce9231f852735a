import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { FilesError } from '#files/fault.ts'
import { openFiles } from '#files/files.ts'
import { loadFacts } from '../loading.ts'
import { raw } from '../sql.ts'
import { openTestLake, testCluster } from '../testing/testLake.ts'
import type { Warehouse } from '../warehouse.ts'
import { openLake } from './lake.ts'
import { warehouseCodeOf } from '../errors.ts'

const lake = await openTestLake()
after(() => lake.drop())

const load = (warehouse: Warehouse, loadId: number) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(
      "create or replace temp table staged as select 'f' || i as source_id, timestamp '2025-01-31 15:59:59' + to_hours(i) as start_at from range(50) r(i)",
    )
    return write((writer) =>
      loadFacts(writer, 'interactions', { loadId, source: 'crm', timeZone: 'Asia/Shanghai' }, 'staged'),
    )
  })
const everything = async () => ({
  published: await lake.store.query('select name, snapshot from lake_tables order by name'),
  writes: await lake.store.query('select * from lake_writes'),
  rows: (await lake.client.run('select count(*) from interactions')).rows,
  stages: (await lake.client.run("show tables like 'stage\\_%' escape '\\'")).rows,
})

test('a disk that fills while a load goes to the lake leaves nothing half there, and says so', async () => {
  const files = await openFiles(testCluster().filesUrl)
  let full = true
  const warehouse = await openLake({
    url: lake.url,
    store: lake.store,
    files: {
      ...files,
      put: async (...given) => {
        if (full) throw new FilesError('full', 'no room')
        return files.put(...given)
      },
    },
  })
  try {
    const before = await everything()
    await assert.rejects(load(warehouse, 1), (error) => {
      assert.equal(warehouseCodeOf(error), 'warehouse_full')
      return true
    })
    assert.deepEqual(await everything(), before)
    full = false
    assert.equal((await load(warehouse, 2)).new, 50)
    const found = await warehouse.write((writer) => writer.whole(raw('select count(*) as n from interactions')))
    assert.equal(found.rows[0]!.n, 50)
  } finally {
    await warehouse.close()
  }
})
