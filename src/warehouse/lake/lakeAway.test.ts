import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openFiles } from '#files/files.ts'
import type { Store } from '#store/store.ts'
import { openTestStore } from '#store/testing.ts'
import { calendarVersion } from '../calendar.ts'
import { schemaVersion } from '../migrations.ts'
import type { Warehouse } from '../warehouse.ts'
import { openLake } from './lake.ts'
import { standingTables } from './lakeTables.ts'

let store: Store
let folder: string
let warehouse: Warehouse
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhiyin-lake-away-'))
  store = await openTestStore()
  for (const [key, value] of Object.entries({
    schema_version: String(schemaVersion),
    calendar_version: calendarVersion,
    dimension_of_units: '8:1',
    dimension_of_touchpoints: '2:1',
  }))
    await store.query('insert into lake_meta (key, value) values ($1, $2)', [key, value])
  for (const table of Object.keys(standingTables))
    await store.query("insert into lake_tables (name, snapshot) values ($1, '1')", [table])
  warehouse = await openLake({
    // Nobody listens there.
    url: 'trino://127.0.0.1:1/lake/zhiyin',
    store,
    files: await openFiles(pathToFileURL(folder).href),
  })
})
after(async () => {
  await warehouse.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

test('a lake whose cluster is away opens, and says of which state its dimensions are copies', async () => {
  assert.deepEqual(await warehouse.dimensionMarks(), { units: '8:1', touchpoints: '2:1', customers: '' })
  // As another server publishes it.
  await store.query("update lake_meta set value = '9:1' where key = 'dimension_of_units'")
  assert.equal((await warehouse.dimensionMarks()).units, '9:1')
  assert.equal(await warehouse.reachable?.().catch(() => false), false)
})
