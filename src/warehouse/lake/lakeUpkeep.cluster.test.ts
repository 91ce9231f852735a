import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { scopeOfJob } from '#access/mint.ts'
import { openFiles } from '#files/files.ts'
import { eraseCustomers } from '../erasing.ts'
import { loadFacts } from '../loading.ts'
import { markStaleLogs, prepareLog } from '../preparedLog.ts'
import { from } from '../relations.ts'
import { refreshRollups } from '../rollups/making.ts'
import { sql } from '../sql.ts'
import { openTestLake, testCluster } from '../testing/testLake.ts'

const lake = await openTestLake()
const { warehouse } = lake
after(() => lake.drop())
const all = scopeOfJob('test')

const load = (loadId: number, kind: 'interactions' | 'events', query: string) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${query}`)
    return write(
      async (writer) => {
        await loadFacts(writer, kind, { loadId, source: 'crm', timeZone: 'UTC' }, 'staged')
        await refreshRollups(writer)
        if (kind === 'events') await prepareLog(writer, { process: 'loan', log: 1, timeZone: 'UTC' })
      },
      { publish: true },
    )
  })
const small = (loadId: number) =>
  load(
    loadId,
    'interactions',
    `select 'i${loadId}-' || i as source_id, i % 5 + 7000001 as customer_key, 'app' as channel, 'success' as outcome,
     timestamp '2025-03-01' + to_hours(cast(i as integer)) as start_at from range(20) r(i)`,
  )
const asked = async () => ({
  facts: (
    await warehouse.read(
      sql`select count(*) as n, min(start_at) as first, max(start_at) as last from ${from.interactions}`,
      all,
    )
  ).rows,
  daily: (await warehouse.read(sql`select metric, sum(n) as n from ${from.daily} group by metric order by metric`, all))
    .rows,
})
const filesOf = async (table: string) => {
  const { rows } = await lake.client.run(`select count(*), count_if(content <> 0) from "${table}$files"`)
  return { files: Number(rows[0]![0]), deletes: Number(rows[0]![1]) }
}

test('small files and deletions are written together, and no answer changes', async () => {
  for (let i = 1; i <= 12; i++) await small(i)
  const before = await asked()
  const known = warehouse.versions()
  const rollup = await filesOf('daily')
  assert.ok(rollup.deletes > 0, 'days that are made anew leave deletions')
  const { compacted } = await warehouse.tend!()
  assert.ok(compacted.includes('daily'), JSON.stringify(compacted))
  const after = await filesOf('daily')
  assert.equal(after.deletes, 0)
  assert.ok(after.files < rollup.files)
  assert.deepEqual(await asked(), before)
  assert.deepEqual(warehouse.versions(), known, 'the rows are the same: what is kept of them holds')
  assert.deepEqual((await lake.client.run("show tables like 'stage%'")).rows, [])
  // What was compacted is written to as before.
  await small(13)
  assert.equal((await asked()).facts[0]!.n, 260)
})

/** Every Parquet file of this lake that the storage holds, whether or not a snapshot knows it. */
async function holding(key: number): Promise<string[]> {
  const files = await openFiles(testCluster().filesUrl)
  const schema = new URL(lake.url).pathname.split('/')[2]!
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const found: string[] = []
  for await (const { key: name } of files.list('')) {
    if (!name.includes(schema) || !name.endsWith('.parquet')) continue
    const file = await files.fetch(name)
    const described = await connection.runAndReadAll(
      `select name from parquet_schema('${file.path}') where name = 'customer_key'`,
    )
    if (described.currentRowCount > 0) {
      const rows = await connection.runAndReadAll(`select 1 from '${file.path}' where customer_key = ${key} limit 1`)
      if (rows.currentRowCount > 0) found.push(name)
    }
    await file.release()
  }
  connection.closeSync()
  instance.closeSync()
  return found
}

const headOf = async (table: string) =>
  String(
    (await lake.client.run(`select cast(snapshot_id as varchar) from "${table}$refs" where name = 'main'`)).rows[0]![0],
  )
const rowsAt = async (snapshot: string) =>
  Number((await lake.client.run(`select count(*) from interactions for version as of ${snapshot}`)).rows[0]![0])

test('what was published stays readable for whoever began before, and goes afterwards', async () => {
  const before = await headOf('interactions')
  const known = await rowsAt(before)
  await small(14)
  const since = (when: string) =>
    lake.store.query(
      `update lake_in_use set until = now() ${when} interval '1 hour' where name = 'interactions' and snapshot = $1`,
      [before],
    )
  // A question that began when this was what is published.
  await since('+')
  await warehouse.tend!({ keepSeconds: 0 })
  assert.equal(await rowsAt(before), known)
  await since('-')
  await warehouse.tend!({ keepSeconds: 0 })
  await assert.rejects(rowsAt(before))
  assert.deepEqual(await lake.store.query("select 1 from lake_in_use where name = 'interactions'"), [])
})

test('upkeep leaves a table that somebody else wrote to, and tends the others', async () => {
  const published = await headOf('interactions')
  const before = await asked()
  await lake.client.run("delete from interactions where source_id like 'i1-%'")
  const done = await warehouse.tend!({ keepSeconds: 0, orphans: true })
  assert.deepEqual(done.foreign, ['interactions'])
  assert.deepEqual(await asked(), before)
  await lake.client.run(`alter table interactions execute rollback_to_snapshot(snapshot_id => ${published})`)
  await small(15)
  assert.equal((await asked()).facts[0]!.n, Number(before.facts[0]!.n) + 20)
})

test('a backup copies what was published at its moment, beside writers and upkeep', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-export-test-'))
  const before = Number((await asked()).facts[0]!.n)
  const [begun, copying] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // Outside of the store's transaction, as other servers are.
  const written = begun.promise.then(() => small(16))
  const tended = copying.promise.then(() => warehouse.tend!({ keepSeconds: 0, orphans: true }))
  const tables = await warehouse.exporting!((exportTo) =>
    lake.store.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      await tx.query('select 1 from units')
      begun.resolve()
      await written
      const exported = exportTo(folder, tx)
      copying.resolve()
      return exported
    }),
  )
  await tended
  assert.equal(tables.find(({ name }) => name === 'interactions')?.rows, before)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const found = await connection.runAndReadAll(`select count(*)::int from '${join(folder, 'interactions.parquet')}'`)
  assert.deepEqual(found.getRowsJson(), [[before]])
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
  assert.equal((await asked()).facts[0]!.n, before + 20)
})

test('what killed writers left in the storage is swept up', async () => {
  const files = await openFiles(testCluster().filesUrl)
  const prefix = `${lake.client.address.schema}_files/`
  const put = async (key: string) => {
    await files.put(prefix + key, Readable.from([Buffer.from('left lying')]))
    return async () => (await files.stat(prefix + key)) !== undefined
  }
  const stage = await put('stage/stage_99_1/rows0.parquet')
  const doctors = await put('stage/stage_doctor_0a/rows0.parquet')
  const log = await put('log_99_events/99_1/rows0.parquet')
  await lake.client.run('create table log_99_events (x integer)')
  await lake.client.run('create table stage_doctor_0a (x integer)')
  await warehouse.tend!()
  const tables = async () => (await lake.client.run('show tables')).rows.map(([name]) => String(name))
  assert.ok(!(await tables()).includes('log_99_events'))
  assert.ok((await tables()).includes('stage_doctor_0a'), 'the doctor may be at work')
  await warehouse.tend!({ orphans: true })
  assert.deepEqual(
    [await stage(), await log(), await doctors(), (await tables()).includes('stage_doctor_0a')],
    [false, false, true, false],
    'a doctor that is at work has just written its file',
  )
  await warehouse.tend!({ orphans: true, keepSeconds: 0 })
  assert.equal(await doctors(), false)
})

test('a customer who is erased is in no answer, in no file, in no history', async () => {
  await load(
    20,
    'events',
    `select 'C' || i // 3 as case_key, 'loan' as process, 'step ' || i % 3 as activity, 7000001 + i // 3 as customer_key,
     timestamp '2025-04-01' + to_minutes(cast(i as integer)) as start_at from range(9) r(i)`,
  )
  // Known twice: the repeat goes with the fact.
  await small(1)
  const erased = 7000002
  assert.ok((await holding(erased)).length > 0)
  await warehouse.write(
    async (writer) => {
      const { removed, processes } = await eraseCustomers(writer, [erased])
      assert.equal(removed, 16 * 4 + 3)
      assert.deepEqual(processes, ['loan'])
      await refreshRollups(writer)
      await markStaleLogs(writer, [{ process: 'loan', log: 1 }])
      await prepareLog(writer, { process: 'loan', log: 1, timeZone: 'UTC' })
    },
    { publish: true },
  )
  const { rows } = await warehouse.read(
    sql`select count(*) as n, count_if(customer_key = ${erased}) as theirs from ${from.interactions}`,
    all,
  )
  assert.deepEqual(rows, [{ n: 320 - 64, theirs: 0 }])
  assert.equal((await warehouse.read(sql`select count(*) as n from ${from.log(1, 'cases')}`, all)).rows[0]!.n, 2)
  assert.ok((await holding(erased)).length > 0, 'the files still hold what a running question may be reading')
  await warehouse.tend!({ keepSeconds: 0 })
  await warehouse.tend!({ keepSeconds: 0 })
  assert.deepEqual(await holding(erased), [])
  const noted = await lake.store.query("select value from lake_meta where key = 'rewrite_due'")
  assert.deepEqual(noted, [])
  assert.equal((await asked()).facts[0]!.n, 320 - 64)
})

test('a log that somebody else wrote to keeps the files of what is published', async () => {
  const cases = async () => (await warehouse.read(sql`select count(*) as n from ${from.log(1, 'events')}`, all)).rows
  const before = await cases()
  await lake.client.run('delete from log_1_events')
  const done = await warehouse.tend!({ keepSeconds: 0, orphans: true })
  assert.deepEqual(done.foreign, ['log_1_events'])
  assert.deepEqual(await cases(), before)
})
