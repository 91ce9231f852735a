import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { openDuckdb } from '../duckdb.ts'
import { loadFacts, markBatchMoved, undoLoad } from '../loading.ts'
import { foldRollups, loadAddingUp, loadSourcesAddingUp } from '../rollups/adding.ts'
import { refreshInTurns } from '../rollups/inTurns.ts'
import { refreshRollups } from '../rollups/making.ts'
import { from } from '../relations.ts'
import { sql } from '../sql.ts'
import { openTestLake, testCluster } from '../testing/testLake.ts'
import type { Row, Warehouse } from '../warehouse.ts'
import { warehouseCodeOf } from '../errors.ts'

const lake = await openTestLake()
const embedded = await openDuckdb(':memory:')
after(async () => {
  await embedded.close()
  await lake.drop()
})
const all = scopeOfJob('test')

/** Rows as they come in a file; `load` is its number. */
const load = (warehouse: Warehouse, loadId: number, rows: string, source = 'crm') =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${rows}`)
    return write(
      async (writer) => {
        const counts = await loadFacts(writer, 'interactions', { loadId, source, timeZone: 'Asia/Shanghai' }, 'staged')
        await refreshRollups(writer)
        return counts
      },
      { publish: true },
    )
  })
/** Rows as intake moves them, which are added to the sums. */
const move = (warehouse: Warehouse, loadId: number, rows: string) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${rows}`)
    return write(async (writer) => {
      const target = { loadId, source: 'core', timeZone: 'Asia/Shanghai' }
      const counts = await loadAddingUp(writer, 'interactions', target, 'staged')
      await refreshRollups(writer, { episodes: 'later' })
      return counts
    })
  })
/** As intake moves the batches of several sources: the rows say of which source and load they are. */
const moveSources = (warehouse: Warehouse, rows: string) =>
  warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${rows}`)
    return write(async (writer) => {
      await loadSourcesAddingUp(writer, 'interactions', { timeZone: 'Asia/Shanghai' }, 'staged')
      await refreshRollups(writer, { episodes: 'later' })
    })
  })
const undo = (warehouse: Warehouse, loadId: number) =>
  warehouse.write(
    async (writer) => {
      const { removed } = await undoLoad(writer, loadId)
      await refreshRollups(writer)
      return removed
    },
    { publish: true },
  )

const sortedTexts = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort()
async function contents(warehouse: Warehouse) {
  return warehouse.write(async (writer) => ({
    // By content alone where no id was mapped: the embedded warehouse gives such rows their ids later.
    facts: sortedTexts(
      (
        await writer.whole(sql`select load_id, superseded_by, source, case when source_id like 'id%' then source_id end as source_id,
          unit_id, channel, outcome, wait_seconds, start_at, local_day from interactions`)
      ).rows,
    ),
    repeats: sortedTexts(
      (await writer.whole(sql`select kind, source, source_id, load_id from fact_repeats where source_id like 'id%'`))
        .rows,
    ),
    daily: sortedTexts(
      (
        await writer.whole(sql`select metric, local_day, unit_id, channel, sum(n) as n, sum(hits) as hits, count(*) as lines
        from daily group by metric, local_day, unit_id, channel`)
      ).rows,
    ),
    bins: sortedTexts(
      (
        await writer.whole(sql`select local_day, unit_id, channel, bin, sum(n) as n, count(*) as lines from daily_bins
        group by local_day, unit_id, channel, bin`)
      ).rows,
    ),
  }))
}

/** Rows from..to with ids; `shift` changes what every third of them says. */
const rows = (from: number, to: number, shift = 0) => `select 'id' || i as source_id, 'u' || i % 3 as unit_id,
    case i % 2 when 0 then 'app' else 'phone' end as channel, 'success' as outcome,
    case when i % 3 = 0 then i + ${shift} else i end as wait_seconds,
    timestamp '2024-02-28 15:59:00' + to_hours(cast(i as integer)) as start_at from range(${from}, ${to}) r(i)`
const withoutIds = (
  n: number,
) => `select 'u1' as unit_id, 'app' as channel, 'failure' as outcome, i % 4 as wait_seconds,
    timestamp '2024-12-31 16:00:00' + to_days(cast(i % 2 as integer)) as start_at from range(${n}) r(i)`

test('loads, corrections and undoing leave both engines with the same rows, in whichever order', async () => {
  const steps: [string, (warehouse: Warehouse) => Promise<unknown>][] = [
    ['a first load', (w) => load(w, 1, rows(0, 30))],
    ['the same again changes nothing', (w) => load(w, 2, rows(0, 30))],
    ['corrections and new rows', (w) => load(w, 3, rows(20, 40, 100))],
    ['rows without ids', (w) => load(w, 4, withoutIds(9), 'log')],
    ['the same rows without ids, and one more', (w) => load(w, 5, withoutIds(10), 'log')],
    ['the first load is undone: the second holds its facts', (w) => undo(w, 1)],
    ['the corrections are undone', (w) => undo(w, 3)],
    ['an id twice in one file', (w) => load(w, 6, `${rows(0, 5)} union all ${rows(3, 6, 7)}`)],
    ['undoing the second', (w) => undo(w, 2)],
    ['undoing what is not there', (w) => undo(w, 99)],
    ['what intake brings is added to the sums', (w) => move(w, 7, rows(100, 130))],
    ['and again, on the same days', (w) => move(w, 8, rows(115, 140))],
    ['several rows of a key become one', (w) => w.write((writer) => foldRollups(writer))],
    ['intake corrects', (w) => move(w, 9, rows(110, 145, 50))],
    [
      'several sources at once: one corrects, one is new, of more ids than a text names',
      (w) =>
        moveSources(
          w,
          `select *, 'core' as source, 10 as load_id from (${rows(140, 150, 9)})
           union all select *, 'app', 11 from (${rows(0, 1500)}) union all select *, 'core@hz', 12 from (${rows(5, 9)})`,
        ),
    ],
    [
      'and what each says again',
      (w) =>
        moveSources(
          w,
          `select *, 'app' as source, 13 as load_id from (${rows(1490, 1510, 3)})
        union all select *, 'core@hz', 14 from (${rows(5, 12)})`,
        ),
    ],
    ['at night all of it is made anew, in turns', (w) => refreshInTurns(w, '2026-01-01')],
  ]
  for (const [name, step] of steps) {
    assert.deepEqual(await step(lake.warehouse), await step(embedded), name)
    assert.deepEqual(await contents(lake.warehouse), await contents(embedded), name)
  }
})

test('episodes are looked at beside the writers: what comes in, is made or tended meanwhile is not undone by them', async () => {
  const hops = async (warehouse: Warehouse) =>
    sortedTexts(
      (
        await warehouse.write((writer) =>
          writer.whole(sql`select local_day, unit_id, channel, sum(n) as n, sum(hits) as hits from daily
            where metric = 'channel_hops' group by local_day, unit_id, channel`),
        )
      ).rows,
    )
  const contacts = (from: number, to: number) =>
    `select 'h' || i as source_id, 'u1' as unit_id, case i % 3 when 0 then 'app' else 'phone' end as channel, 'loan' as intent,
      i % 5 as customer_key, timestamp '2025-06-01' + to_hours(cast(i * 7 as integer)) as start_at from range(${from}, ${to}) r(i)`
  const meanwhile: [string, (warehouse: Warehouse) => Promise<unknown>][] = [
    ['intake', (w) => move(w, 61, contacts(40, 60))],
    ['a file', (w) => load(w, 62, contacts(60, 70), 'core')],
    ['upkeep', async (w) => w.tend?.({ keepSeconds: 0, orphans: true })],
  ]
  for (const warehouse of [lake.warehouse, embedded]) await move(warehouse, 60, contacts(0, 40))
  let asked = 0
  const { write, aside } = lake.warehouse
  await refreshInTurns(
    {
      write,
      aside: (columns, queries, use) =>
        aside!(columns, queries, async (table) => {
          if (asked++ === 0) for (const [, step] of meanwhile) await step(lake.warehouse)
          return use(table)
        }),
    },
    '2026-01-01',
  )
  assert.ok(asked > 0)
  for (const [, step] of meanwhile) await step(embedded)
  // The file had all episodes made; they stand, though those that were looked at before are older.
  await embedded.write((writer) => refreshRollups(writer))
  assert.deepEqual(await hops(lake.warehouse), await hops(embedded))
  await refreshInTurns(lake.warehouse, '2026-01-01')
  assert.deepEqual(await hops(lake.warehouse), await hops(embedded))
  const left = await lake.client.run("show tables like 'stage_move_%'")
  assert.deepEqual(left.rows, [])
})

const countIn = async (warehouse: Warehouse, source: string) =>
  Number(
    (await warehouse.read(sql`select count(*) as n from ${from.interactions} where source = ${source}`, all)).rows[0]!
      .n,
  )

test('what a write has done nobody sees before it is published; when it throws, nothing is left of it', async () => {
  const before = await lake.store.query('select name, snapshot from lake_tables order by name')
  await lake.warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${rows(0, 7)}`)
    await assert.rejects(
      write(async (writer) => {
        await loadFacts(writer, 'interactions', { loadId: 50, source: 'thrown', timeZone: 'UTC' }, 'staged')
        const there = await writer.whole(sql`select count(*) as n from interactions where source = 'thrown'`)
        assert.equal(there.rows[0]!.n, 7)
        assert.equal(await countIn(lake.warehouse, 'thrown'), 0)
        throw new Error('on purpose')
      }),
      /on purpose/,
    )
  })
  assert.deepEqual(await lake.store.query('select name, snapshot from lake_tables order by name'), before)
  assert.deepEqual(await lake.store.query('select * from lake_writes'), [])
  const held = await lake.warehouse.write((writer) =>
    writer.whole(sql`select count(*) as n from interactions where source = 'thrown'`),
  )
  assert.equal(held.rows[0]!.n, 0)
})

test('a writer that is killed leaves all or nothing, at whichever point', async () => {
  const cluster = testCluster()
  for (const point of ['staged', 'written', 'rolled up', 'published']) {
    const source = `killed ${point}`
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', new URL('../testing/killedWhileWriting.ts', import.meta.url).pathname],
      {
        env: {
          ...process.env,
          KILLED_AT: point,
          KILLED_SOURCE: source,
          KILLED_LAKE: lake.url,
          KILLED_FILES: cluster.filesUrl,
          KILLED_STORE: await databaseOf(),
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    const [, signal] = await once(child, 'exit')
    assert.equal(signal, 'SIGKILL', point)
    // The next writer takes back what was left, whoever he is.
    const next = await load(lake.warehouse, 70, rows(0, 2), 'next')
    assert.equal(next.rows, 2)
    assert.equal(await countIn(lake.warehouse, source), point === 'published' ? 5 : 0, point)
    assert.deepEqual(await lake.store.query('select * from lake_writes'), [], point)
    const whole = await lake.warehouse.write((writer) =>
      writer.whole(sql`select count(*) as n from interactions where source = ${source}`),
    )
    assert.equal(whole.rows[0]!.n, point === 'published' ? 5 : 0, `${point}: nothing is left in the table either`)
  }
})

async function databaseOf(): Promise<string> {
  const [row] = await lake.store.query<{ name: string }>('select current_database() as name')
  const url = new URL(testCluster().databaseUrl)
  url.pathname = `/${row!.name}`
  return url.href
}

test('servers that write at once take turns, and a batch is moved once', async () => {
  const other = await lake.openAnother()
  const move = (warehouse: Warehouse, batchId: number) =>
    warehouse.session(async ({ connection, write }) => {
      await connection.run(
        `create or replace temp table staged as select 'b${batchId}-' || i as source_id, timestamp '2025-01-01' as start_at from range(10) r(i)`,
      )
      return write(async (writer) => {
        if (!(await markBatchMoved(writer, { batchId, loadId: 80, rowCount: 10 }))) return 0
        await loadFacts(writer, 'interactions', { loadId: 80, source: 'intake', timeZone: 'UTC' }, 'staged')
        return 10
      })
    })
  const moved = await Promise.all([
    move(lake.warehouse, 1),
    move(other, 1),
    move(other, 2),
    move(lake.warehouse, 3),
    move(lake.warehouse, 2),
  ])
  assert.deepEqual(
    moved.toSorted((a, b) => a - b),
    [0, 0, 10, 10, 10],
  )
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  for (const warehouse of [lake.warehouse, other]) assert.equal(await countIn(warehouse, 'intake'), 30)
})

test('what one server has published another shows as soon as a reader has seen it', async () => {
  const other = await lake.openAnother()
  await load(lake.warehouse, 85, rows(0, 3), 'seen')
  await other.catchUp!(lake.warehouse.versions().data)
  assert.deepEqual(other.versions(), lake.warehouse.versions())
  assert.equal(await countIn(other, 'seen'), 3)
})

test('a write whose statements meet no row advances neither the version nor the moment', async () => {
  await load(lake.warehouse, 86, rows(0, 3), 'seen')
  const known = lake.warehouse.versions()
  await lake.warehouse.write(
    async (writer) => {
      await writer.remove('interactions', sql`load_id = ${-1}`)
      await writer.fill('daily', ['n'], sql`select n from daily where local_day is null`)
      await refreshRollups(writer)
    },
    { publish: true },
  )
  assert.deepEqual(lake.warehouse.versions(), known)
  assert.equal(await countIn(lake.warehouse, 'seen'), 3)
})

test('somebody else’s write to a table of ours is never published, and ours is taken back', async () => {
  const before = await countIn(lake.warehouse, 'crm')
  await lake.client.run(
    `insert into interactions (load_id, superseded_by, source, source_id) values (1, 0, 'crm', 'foreign')`,
  )
  assert.equal(await countIn(lake.warehouse, 'crm'), before, 'readers go on as published')
  await assert.rejects(load(lake.warehouse, 90, rows(0, 3), 'ours'), (error) => {
    assert.equal(warehouseCodeOf(error), 'warehouse_changed_elsewhere')
    return true
  })
  assert.equal(await countIn(lake.warehouse, 'ours'), 0)
  const theirs = await lake.client.run("select count(*) from interactions where source_id = 'foreign'")
  assert.deepEqual(theirs.rows, [[1]], 'what somebody else wrote is not thrown away unseen')
  // What an operator does: the table goes back to what is published.
  const [{ snapshot }] = (await lake.store.query<{ snapshot: string }>(
    `select snapshot from lake_tables where name = 'interactions'`,
  )) as [{ snapshot: string }]
  await lake.client.run(`alter table interactions execute rollback_to_snapshot(snapshot_id => ${snapshot})`)
  assert.equal((await load(lake.warehouse, 91, rows(0, 3), 'ours')).new, 3)
})

test('a writer that has lost its turn writes no more, and takes back nothing of the one who has it now', async () => {
  const next = await lake.openAnother()
  const lost = lake.warehouse.session(async ({ connection, write }) => {
    await connection.run(`create or replace temp table staged as ${rows(0, 7)}`)
    return write(async (writer) => {
      await loadFacts(writer, 'interactions', { loadId: 70, source: 'lost', timeZone: 'UTC' }, 'staged')
      // Asking for all of it writes what is there so far.
      await writer.whole(sql`select count(*) from interactions`)
      await lake.store.query(`select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and granted and objid = 77002028
          and database = (select oid from pg_database where datname = current_database())`)
      await load(next, 71, rows(0, 5), 'next')
    })
  })
  await assert.rejects(lost)
  assert.equal(await countIn(next, 'lost'), 0)
  assert.equal(await countIn(next, 'next'), 5)
  await load(next, 72, rows(5, 9), 'next')
  assert.equal(await countIn(next, 'next'), 9)
  assert.deepEqual(await lake.store.query('select * from lake_writes'), [])
})
