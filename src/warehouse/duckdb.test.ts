import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import type { Scope } from '#access/scope.ts'
import { exporterOf } from './backup.ts'
import { openDuckdb } from './duckdb.ts'
import { shapeDifferences } from './migrations.ts'
import { from } from './relations.ts'
import { refreshRollups } from './rollups/making.ts'
import { raw, relation, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

const all = scopeOfJob('test')
const inUnits = (...units: string[]): Scope => ({ ...all, units })
const warehouse = await openDuckdb(':memory:')

test('the migrations end at the shape of facts.ts, and running them again changes nothing', async () => {
  assert.deepEqual(await warehouse.write(shapeDifferences), [])
})

test('append keeps texts, numbers, days, instants and nulls; columns not named stay null', async () => {
  await warehouse.write((writer) =>
    writer.append(
      'interactions',
      [
        'load_id',
        'superseded_by',
        'source',
        'source_id',
        'unit_id',
        'customer_key',
        'start_at',
        'local_day',
        'wait_seconds',
      ],
      [
        [1, 1, 1],
        [0, 0, 9],
        ['a', 'a', 'a'],
        ['x', '二', null],
        ['hz', 'nj', 'hz'],
        [2 ** 51, null, 7],
        ['2025-01-01T16:30:00.123Z', '2025-01-02T00:00:00Z', null],
        ['2025-01-02', '2025-01-02', null],
        new Float64Array([1.5, 2.5, 3.5]),
      ],
    ),
  )
  const { rows } = await warehouse.read(
    sql`select source_id, customer_key, start_at, local_day, wait_seconds, channel from ${from.interactions} order by start_at`,
    all,
  )
  // The third row was replaced by load 9.
  assert.deepEqual(rows, [
    {
      source_id: 'x',
      customer_key: 2 ** 51,
      start_at: '2025-01-01T16:30:00.123Z',
      local_day: '2025-01-02',
      wait_seconds: 1.5,
      channel: null,
    },
    {
      source_id: '二',
      customer_key: null,
      start_at: '2025-01-02T00:00:00.000Z',
      local_day: '2025-01-02',
      wait_seconds: 2.5,
      channel: null,
    },
  ])
})

test('a reader sees the facts of his units only', async () => {
  const query = sql`select unit_id, count(*) as n from ${from.interactions} group by unit_id order by unit_id`
  assert.deepEqual((await warehouse.read(query, inUnits('nj'))).rows, [{ unit_id: 'nj', n: 1 }])
  assert.deepEqual((await warehouse.read(query, inUnits())).rows, [])
})

test('a query that reads anything but handles is refused, however it is hidden', async () => {
  const hidden: Record<string, string> = {
    table: 'select * from interactions',
    quoted: 'select * from "interactions"',
    schema: 'select * from main.interactions',
    'common table expression': 'with a as (select * from interactions) select * from a',
    'its own name within its body':
      'with transactions as (select * from transactions) select count(*) from transactions',
    'the name of a later expression':
      'with a as (select * from transactions), transactions as (select 1) select count(*) from a',
    'the beginning of a recursion':
      'with recursive transactions as (select * from transactions union all select * from transactions where false) select count(*) from transactions',
    'a view of the engine under its own name':
      'with duckdb_tables as (select * from duckdb_tables) select 1 from duckdb_tables',
    'a view of the engine before its expression':
      'with a as (select * from duckdb_settings), duckdb_settings as (select 1) select 1 from a',
    'a view of the engine as a recursion':
      'with recursive duckdb_tables as (select * from duckdb_tables union all select * from duckdb_tables) select 1 from duckdb_tables',
    'a prepared log as expression': 'with log_1_events as (select 1) select * from log_1_events',
    'name borrowed from another scope': 'select * from (with facts as (select 1) select * from facts) a, facts',
    comment: 'select 1 /* from */ from/**/interactions',
    subquery: 'select 1 where exists (select 1 from interactions)',
    'order by': 'select 1 as a order by (select max(load_id) from interactions)',
    file: "select * from '/etc/passwd'",
    'table function': "select * from read_csv('/etc/passwd')",
    'text function': "select * from read_text('/etc/passwd')",
    catalogue: 'select * from duckdb_tables()',
    'information schema': 'select * from information_schema.tables',
    setting: "select current_setting('memory_limit')",
    environment: "select getenv('HOME')",
    describe: 'select * from (describe select 1)',
    'handle spelled out': 'select * from "handle$interactions"',
    'handle as expression': 'with "handle$interactions" as (select 1) select * from "handle$interactions"',
    write: 'delete from interactions',
    attach: "attach 'x.db'",
    'two statements': 'select 1; select 2',
    copy: "copy interactions to '/tmp/x'",
  }
  for (const [how, text] of Object.entries(hidden))
    await assert.rejects(warehouse.read(raw(text), all), Error, `${how} went through`)
  await assert.rejects(warehouse.read(sql`select * from ${relation('warehouse_meta')}`, all), /unknown relation/)
  await assert.rejects(warehouse.read(sql`select * from ${relation('log_1_events; drop table x')}`, all), /unknown/)
})

test('handles may be joined, nested, renamed and read through common table expressions', async () => {
  const { rows } = await warehouse.read(
    sql`with mine as (select unit_id, count(*) as n from ${from.interactions} group by unit_id)
        select m.unit_id, m.n, k.name from mine m left join ${from.units} k on k.unit_id = m.unit_id
        where m.unit_id in (select unit_id from ${from.interactions}) order by 1`,
    all,
  )
  assert.deepEqual(rows.length, 2)
})

test('a recursion and expressions that read earlier ones are no foreign relations', async () => {
  const { rows } = await warehouse.read(
    sql`with recursive steps as (select 1 as step union all select step + 1 from steps where step < 3),
        doubled as (select step * 2 as step from steps)
        select sum(d.step) as n from doubled d where exists (select 1 from ${from.interactions})`,
    all,
  )
  assert.deepEqual(rows, [{ n: 12 }])
})

test('an aborted read ends, whether it runs or waits, and its connection goes on serving', async () => {
  const endless = sql`select count(*) as n from ${from.interactions} a, (select unnest(generate_series(1, 100000)) x) b,
    (select unnest(generate_series(1, 1000000)) y) c where b.x + c.y = ${-1}`
  const controllers = Array.from({ length: 6 }, () => new AbortController())
  const reads = controllers.map((c) => assert.rejects(warehouse.read(endless, all, { signal: c.signal }), /abort/i))
  setTimeout(() => {
    for (const controller of controllers) controller.abort()
  }, 30)
  await Promise.all(reads)
  const four = Array.from({ length: 4 }, () => warehouse.read(sql`select 1 as one`, all))
  for (const { rows } of await Promise.all(four)) assert.deepEqual(rows, [{ one: 1 }])
})

test('a read that is aborted while it is being started ends as well', async () => {
  const endless = sql`select count(*) as n from (select unnest(generate_series(1, 100000)) x) b,
    (select unnest(generate_series(1, 1000000)) y) c where b.x + c.y = ${-1}`
  const moments = [
    () => Promise.resolve(),
    () => new Promise(setImmediate),
    () => new Promise((go) => setTimeout(go, 1)),
  ]
  for (let i = 0; i < 30; i++) {
    const controller = new AbortController()
    const read = assert.rejects(warehouse.read(endless, all, { signal: controller.signal }), /abort/i)
    await moments[i % moments.length]!()
    controller.abort()
    await read
  }
})

test('a write that throws leaves nothing behind, and the next one goes on', async () => {
  const fault = warehouse.write(async (writer) => {
    await writer.script("insert into stale_days values (date '2025-01-01')")
    throw new Error('no')
  })
  await assert.rejects(fault, /no/)
  const { rows } = await warehouse.write((writer) => writer.run(sql`select count(*) as n from stale_days`))
  assert.deepEqual(rows, [{ n: 0 }])
})

test('a session stages in temporary tables while others write, and takes its turn to write', async () => {
  await warehouse.session(async (session) => {
    await session.connection.run('create temp table staged as select 42 as load_id')
    await warehouse.write((writer) => writer.script("insert into stale_days values (date '2025-01-02')"))
    await session.write((writer) => writer.script('insert into tickets (load_id) select load_id from staged'))
  })
  const { rows } = await warehouse.write((writer) => writer.run(sql`select load_id from tickets`))
  assert.deepEqual(rows, [{ load_id: 42 }])
})

test('files in Parquet and CSV are inserted by column name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-warehouse-'))
  const csv = join(folder, "it's.csv")
  await writeFile(csv, 'unit_id,load_id,start_at\nhz,7,2025-03-01 00:00:00\n')
  await warehouse.write(async (writer) => {
    await writer.insertFromCsv('complaints', csv)
    await writer.script(`copy (select unit_id, 8 as load_id from complaints) to '${folder}/x.parquet' (format parquet)`)
    await writer.insertFromParquet('complaints', join(folder, 'x.parquet'))
  })
  const { rows } = await warehouse.write((writer) =>
    writer.run(sql`select load_id, unit_id from complaints order by 1`),
  )
  assert.deepEqual(rows, [
    { load_id: 7, unit_id: 'hz' },
    { load_id: 8, unit_id: 'hz' },
  ])
  await rm(folder, { recursive: true })
})

test('the data version outlives a restart and never goes back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-warehouse-'))
  const path = join(folder, 'deeper', 'w.duckdb')
  const first = await openDuckdb(path)
  const before = first.dataVersion()
  await first.write((writer) => writer.script("insert into stale_days values (date '2025-01-01')"), { publish: true })
  const after = first.dataVersion()
  assert.ok(after > before)
  await first.write((writer) => writer.script("insert into stale_days values (date '2025-01-02')"))
  assert.equal(first.dataVersion(), after, 'a second change within ten seconds waits')
  await first.close()
  const second = await openDuckdb(path)
  assert.ok(second.dataVersion() > after)
  assert.deepEqual(await second.write(shapeDifferences), [])
  await second.close()
  await rm(folder, { recursive: true })
})

describe('how new the facts are', () => {
  type Work = (writer: Writer) => Promise<unknown>
  const version = async (work: Work) => {
    await warehouse.write(work, { publish: true })
    return warehouse.versions()
  }
  const one = sql`insert into tickets (load_id, superseded_by, unit_id) values (1, 0, 'hz')`
  const none = sql`select unit_id from tickets where false`

  test('a write that changed no row advances neither the version nor the moment', async () => {
    await version((writer) => refreshRollups(writer))
    const before = await version((writer) => writer.run(one))
    const idle: Record<string, Work> = {
      nothing: async () => undefined,
      reading: (writer) => writer.whole(sql`select count(*) as n from tickets`),
      'taking nothing out': (writer) => writer.remove('tickets', sql`unit_id = ${'nowhere'}`),
      'filling in nothing': (writer) => writer.fill('tickets', ['unit_id'], none),
      'putting nothing in the place of nothing': (writer) =>
        writer.replace('tickets', sql`unit_id = ${'nowhere'}`, ['unit_id'], none),
      'changing nothing': (writer) => writer.run(sql`update tickets set load_id = 2 where load_id = 9`),
      'adding nothing': (writer) => writer.append('tickets', ['unit_id'], [[]]),
      'a table of its own': async (writer) => {
        await writer.run(sql`create or replace temp table own as ${none}`)
        await writer.script('drop table temp.own')
      },
      settling: (writer) => writer.settle(),
      'sums of which none is stale': (writer) => refreshRollups(writer),
    }
    for (const [what, work] of Object.entries(idle)) assert.deepEqual(await version(work), before, what)
  })

  test('any write that may have changed rows advances both', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zhiyin-warehouse-'))
    await writeFile(join(folder, 'one.csv'), 'unit_id\nhz\n')
    const busy: Record<string, Work> = {
      adding: (writer) => writer.run(one),
      appending: (writer) => writer.append('tickets', ['unit_id'], [['hz']]),
      'a file': (writer) => writer.insertFromCsv('tickets', join(folder, 'one.csv')),
      changing: (writer) => writer.run(sql`update tickets set load_id = 2`),
      'filling in': (writer) => writer.fill('tickets', ['unit_id'], sql`select unit_id from tickets`),
      replacing: (writer) => writer.replace('tickets', sql`true`, ['unit_id'], sql`select unit_id from tickets`),
      'a table that stays': (writer) => writer.script('create table log_7_draft (n integer)'),
      'several statements of which the last does nothing': (writer) =>
        writer.script("delete from tickets where unit_id = 'hz'; drop table if exists temp.own"),
      'a new shape': (writer) => writer.script('drop table log_7_draft'),
    }
    let before = await version(async () => undefined)
    for (const [what, work] of Object.entries(busy)) {
      const after = await version(work)
      assert.ok(after.data > before.data && after.changedAt! >= before.changedAt!, what)
      before = after
    }
    await rm(folder, { recursive: true })
  })

  test('what was settled stays, and so its version advances, though the rest fails', async () => {
    const before = await version(async () => undefined)
    const count = async () => (await warehouse.read(sql`select count(*) as n from ${from.tickets}`, all)).rows[0]!.n
    const known = await count()
    const failing = (work: Work) =>
      assert.rejects(
        warehouse.write(async (writer) => {
          await work(writer)
          throw new Error('no')
        }),
        /^Error: no$/,
      )
    await failing((writer) => writer.run(one))
    assert.deepEqual([await count(), await version(async () => undefined)], [known, before])
    await failing(async (writer) => {
      await writer.run(one)
      await writer.settle()
    })
    assert.equal(await count(), Number(known) + 1)
    assert.ok((await version(async () => undefined)).data > before.data)
  })

  test('a backup changes nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zhiyin-warehouse-'))
    const before = await version(async () => undefined)
    const tables = await exporterOf(warehouse)((exportTo) => exportTo(folder, undefined as never))
    assert.ok(tables.length > 0)
    assert.deepEqual(await version(async () => undefined), before)
    await rm(folder, { recursive: true })
  })
})
