import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openDuckdb } from './duckdb.ts'
import type { FactKind } from './facts.ts'
import { loadFacts, undoLoad } from './loading.ts'
import { rebuildRollups, refreshRollups } from './rollups.ts'
import { raw, sql } from './sql.ts'
import type { Cell } from './warehouse.ts'

const warehouse = await openDuckdb(':memory:')
after(() => warehouse.close())

type StagedRow = Record<string, Cell>

async function load(kind: FactKind, loadId: number, rows: StagedRow[]) {
  await warehouse.session(async ({ connection, write }) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    await connection.run(`create temp table staged (${columns.map((column) => `${column} varchar`).join(', ')})`)
    for (const row of rows)
      await connection.run(
        `insert into staged values (${columns.map(() => '?').join(', ')})`,
        columns.map((column) => (row[column] === undefined ? null : String(row[column]))),
      )
    await write(async (writer) => {
      await loadFacts(writer, kind, { loadId, source: kind, timeZone: 'UTC' }, 'staged')
      await refreshRollups(writer)
    })
  })
}

const rowsOf = async (text: string) => (await warehouse.write((writer) => writer.run(raw(text)))).rows

async function clear() {
  await warehouse.write(async (writer) => {
    for (const table of ['interactions', 'tickets', 'responses', 'complaints', 'daily', 'daily_bins', 'stale_days'])
      await writer.run(sql`delete from ${raw(table)}`)
  })
}

const day = (date: number, hour = 8) => new Date(Date.UTC(2025, 2, date, hour)).toISOString().slice(0, 19)
const metric = async (name: string) =>
  rowsOf(
    `select cast(local_day as varchar) as day, n, total, hits, misses from daily where metric = '${name}' order by 1, channel`,
  )

test('answers of every scale are counted on the metric’s own', async () => {
  await clear()
  const answer = (kind: string, score: number, scale?: [number, number]) => ({
    start_at: day(1),
    metric: kind,
    score,
    ...(scale ? { scale_min: scale[0], scale_max: scale[1] } : {}),
  })
  await load('responses', 1, [
    ...[10, 9, 7, 6, 0].map((score) => answer('nps', score)),
    ...[5, 3].map((score) => answer('csat', score)),
    answer('csat', 10, [0, 10]),
    answer('csat', 5, [0, 10]),
    answer('ces', 5),
    answer('other', 5),
  ])
  assert.deepEqual(await metric('nps'), [{ day: '2025-03-01', n: 5, total: 32, hits: 2, misses: 2 }])
  assert.deepEqual(await metric('csat'), [{ day: '2025-03-01', n: 4, total: 5 + 3 + 5 + 3, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('ces'), [{ day: '2025-03-01', n: 1, total: 5, hits: 1, misses: 0 }])
})

test('waits are those measured: of tickets only who queued, hits within ten minutes', async () => {
  await clear()
  await load('tickets', 1, [
    { start_at: day(1), queued: true, wait_seconds: 600, service_seconds: 60, outcome: 'served' },
    { start_at: day(1), queued: true, wait_seconds: 601, outcome: 'abandoned' },
    { start_at: day(1), queued: false, wait_seconds: 0, service_seconds: 700, outcome: 'served' },
  ])
  await load('interactions', 2, [{ start_at: day(1), wait_seconds: 30, duration_seconds: 10, outcome: 'failure' }])
  assert.deepEqual(await metric('wait'), [{ day: '2025-03-01', n: 3, total: 1231, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('duration'), [{ day: '2025-03-01', n: 3, total: 770, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('success_rate'), [{ day: '2025-03-01', n: 4, total: 0, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('volume'), [{ day: '2025-03-01', n: 1, total: 0, hits: 0, misses: 0 }])
  assert.deepEqual(await rowsOf("select bin, n from daily_bins where metric = 'wait' order by bin"), [
    { bin: Math.floor(8 * Math.log2(31)), n: 1 },
    { bin: Math.floor(8 * Math.log2(601)), n: 2 },
  ])
})

test('an episode begins after seven quiet days and hops when a second channel follows within seven', async () => {
  await clear()
  const contact = (date: number, channel: string, customer_key = 1, intent = 'loan') => ({
    start_at: day(date),
    channel,
    customer_key,
    intent,
  })
  await load('interactions', 1, [contact(1, 'app'), contact(9, 'app'), contact(1, 'app', 2), contact(20, 'phone', 1)])
  assert.deepEqual(await metric('channel_hops'), [
    { day: '2025-03-01', n: 2, total: 0, hits: 0, misses: 0 },
    { day: '2025-03-09', n: 1, total: 0, hits: 0, misses: 0 },
    { day: '2025-03-20', n: 1, total: 0, hits: 0, misses: 0 },
  ])
  // A call in between joins the first two episodes of customer 1: it is within a week of the one and of the other.
  await load('interactions', 2, [contact(7, 'phone')])
  assert.deepEqual(await metric('channel_hops'), [
    { day: '2025-03-01', n: 2, total: 0, hits: 1, misses: 0 },
    { day: '2025-03-20', n: 1, total: 0, hits: 0, misses: 0 },
  ])
})

test('under intake episodes may wait for the next refresh that makes them', async () => {
  await clear()
  const contact = (date: number, channel: string) => ({ start_at: day(date), channel, customer_key: 1, intent: 'loan' })
  await load('interactions', 1, [contact(1, 'app')])
  await warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as select timestamp '${day(2)}' as start_at, 'phone' as channel,
      1 as customer_key, 'loan' as intent`)
    await write(async (writer) => {
      await loadFacts(writer, 'interactions', { loadId: 2, source: 'intake', timeZone: 'UTC' }, 'staged')
      await refreshRollups(writer, undefined, { episodes: 'later' })
    })
  })
  const hits = async () => (await metric('channel_hops')).map((row) => row.hits)
  assert.equal((await metric('volume')).length, 2)
  assert.deepEqual(await hits(), [0])
  await warehouse.write((writer) => refreshRollups(writer))
  assert.deepEqual(await hits(), [1])
})

const rollups = () =>
  rowsOf(`select * from daily union all by name select *, 0.0::double as total from daily_bins order by all`)

const interaction = fc.record({
  source_id: fc.integer({ min: 1, max: 12 }).map(String),
  // Over the end of a month, where the parts of a cluster meet.
  start_at: fc.integer({ min: 20, max: 44 }).map((date) => day(date)),
  channel: fc.constantFrom('app', 'phone'),
  customer_key: fc.constantFrom(1, 2),
  intent: fc.constantFrom('loan', 'card'),
  unit_id: fc.constantFrom('hz', 'nj'),
  wait_seconds: fc.integer({ min: 0, max: 2000 }),
  outcome: fc.constantFrom('success', 'failure'),
})

test('after any loads and undos the rollups are those made from the facts at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(interaction, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
      async (loads, undone) => {
        await clear()
        // Something far away keeps the refresh from writing everything anew.
        await load(
          'interactions',
          99,
          Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' })),
        )
        for (const [i, rows] of loads.entries()) await load('interactions', i + 1, rows)
        for (const id of undone)
          await warehouse.write(async (writer) => {
            await undoLoad(writer, id)
            await refreshRollups(writer)
          })
        const kept = await rollups()
        await warehouse.write((writer) => rebuildRollups(writer))
        assert.deepEqual(kept, await rollups())
        // A few days at a time, as on a cluster, which takes so much at once.
        await warehouse.write((writer) => rebuildRollups(writer, 7))
        assert.deepEqual(kept, await rollups())
      },
    ),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 15) },
  )
})

test('rollup sums are those of the facts themselves', async () => {
  await clear()
  await load(
    'interactions',
    1,
    Array.from({ length: 50 }, (_, i) => ({
      start_at: day(1 + (i % 3)),
      channel: i % 2 ? 'app' : 'phone',
      ...(i % 5 ? { wait_seconds: i * 37 } : {}),
    })),
  )
  const [direct] = await rowsOf(`select count(*) as n, sum(wait_seconds) as total, count_if(wait_seconds <= 600) as hits
    from interactions where superseded_by = 0 and wait_seconds is not null`)
  const [rolled] = await rowsOf(
    `select sum(n) as n, sum(total) as total, sum(hits) as hits from daily where metric = 'wait'`,
  )
  assert.deepEqual({ ...rolled }, { ...direct })
})
