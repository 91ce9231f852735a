import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { from } from '#warehouse/relations.ts'
import { sql } from '#warehouse/sql.ts'
import { openTestLake, testCluster } from '#warehouse/testing/testLake.ts'
import { worst } from './check.ts'
import { examine, restoreLake } from './doctor.ts'

const lake = await openTestLake()
after(() => lake.drop())

const [{ name }] = (await lake.store.query<{ name: string }>('select current_database() as name')) as [{ name: string }]
const address = new URL(testCluster().databaseUrl)
address.pathname = `/${name}`
const look = () => examine({ databaseUrl: address.href, warehouse: { url: lake.url, files: testCluster().filesUrl } })

const load = (loadId: number) =>
  lake.warehouse.session(async ({ connection, write }) => {
    await connection.run(
      `create or replace temp table staged as select 'd${loadId}-' || i as source_id, timestamp '2025-05-05' as start_at from range(10) r(i)`,
    )
    return write((writer) => loadFacts(writer, 'interactions', { loadId, source: 'crm', timeZone: 'UTC' }, 'staged'), {
      publish: true,
    })
  })
const seen = async () =>
  (await lake.warehouse.read(sql`select count(*) as n from ${from.interactions}`, scopeOfJob('test'))).rows[0]!.n

test('a lake in order has no fault; the probe leaves nothing behind', async () => {
  await load(1)
  const checks = await look()
  assert.deepEqual(
    checks.filter(({ level }) => level === 'fault'),
    [],
  )
  for (const id of [
    'lake.add_files',
    'lake.instants',
    'lake.fetch',
    'lake.roll_back',
    'lake.published',
    'postgres.session',
  ])
    assert.equal(checks.find((check) => check.id === id)?.level, 'ok', id)
  assert.deepEqual((await lake.client.run("show tables like 'stage\\_%' escape '\\'")).rows, [])
})

test('somebody else’s write is told with table, user and rows, and taken back', async () => {
  await lake.client.run("delete from interactions where source_id = 'd1-3'")
  await lake.client.run("insert into units (unit_id, name) values ('x', 'foreign')")
  const checks = await look()
  const told = checks.filter(({ id, level }) => id === 'lake.published' && level === 'fault')
  const tables = told.map(({ found }) => found.en.split(':')[0]).sort()
  assert.deepEqual(tables, ['interactions', 'units'], JSON.stringify(checks))
  assert.match(told[0]!.found.en, /by zhiyin at .* query \d{8}_/)
  assert.equal(worst(checks), 'fault')
  assert.equal(await seen(), 10, 'readers see what is published')

  const restored = await restoreLake(address.href, lake.url)
  assert.ok(restored.ok, JSON.stringify(restored))
  assert.deepEqual(restored.value.sort(), ['interactions', 'units'])
  assert.equal((await look()).find(({ id }) => id === 'lake.published')?.level, 'ok')
  assert.equal((await load(3)).new, 10)
  assert.equal(await seen(), 20)
})

test('a write that died is told, and taken back by restoring', async () => {
  await lake.store.query("insert into lake_writes (server, tables) values ('gone 1', '{interactions}')")
  await lake.client.run(
    "insert into interactions (load_id, superseded_by, source, source_id) values (9, 0, 'crm', 'half')",
  )
  const checks = await look()
  assert.equal(checks.find(({ id }) => id === 'lake.writes')?.level, 'warning')
  assert.ok((await restoreLake(address.href, lake.url)).ok)
  assert.deepEqual(await lake.store.query('select * from lake_writes'), [])
  const { rows } = await lake.client.run("select count(*) from interactions where source_id = 'half'")
  assert.equal(Number(rows[0]![0]), 0)
})
