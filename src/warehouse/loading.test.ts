import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openDuckdb } from './duckdb.ts'
import type { FactKind } from './facts.ts'
import { loadFacts, markBatchMoved, undoLoad } from './loading.ts'
import { offsetChanges } from './localDay.ts'
import { raw, sql } from './sql.ts'
import type { Cell, Warehouse } from './warehouse.ts'

const warehouse = await openDuckdb(':memory:')
const reference = await openDuckdb(':memory:')
after(async () => {
  await warehouse.close()
  await reference.close()
})

type StagedRow = Record<string, Cell>

async function load(on: Warehouse, kind: FactKind, loadId: number, rows: StagedRow[], source = 'core') {
  return on.session(async (session) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    const type = (column: string) => (column.endsWith('_at') ? 'timestamp' : 'varchar')
    await session.connection.run(`create temp table staged (${columns.map((c) => `${c} ${type(c)}`).join(', ')})`)
    for (const row of rows)
      await session.connection.run(
        `insert into staged values (${columns.map(() => '?').join(', ')})`,
        columns.map((column) => row[column] ?? null),
      )
    return session.write((writer) => loadFacts(writer, kind, { loadId, source, timeZone: 'Asia/Shanghai' }, 'staged'))
  })
}

async function clear(on: Warehouse) {
  await on.write(async (writer) => {
    for (const table of ['complaints', 'tickets', 'events', 'fact_repeats', 'stale_days', 'moved_batches'])
      await writer.run(sql`delete from ${raw(table)}`)
  })
}

const ask = async (on: Warehouse, text: string) => (await on.write((writer) => writer.run(raw(text)))).rows

const counts = ({ rows, new: fresh, same, corrected }: Awaited<ReturnType<typeof load>>) => [
  rows,
  fresh,
  same,
  corrected,
]

const complaint = (source_id: string | null, severity: string, start_at = '2025-03-01 17:00:00'): StagedRow => ({
  source_id,
  severity,
  start_at,
})

test('rows with ids are new, the same, or corrected; a correction supersedes', async () => {
  await clear(warehouse)
  const first = await load(warehouse, 'complaints', 1, [complaint('a', 'low'), complaint('b', 'low')])
  assert.deepEqual(counts(first), [2, 2, 0, 0])
  assert.deepEqual(first.days, ['2025-03-02'], 'the local day of 17:00 UTC in Shanghai is the next one')
  const second = await load(warehouse, 'complaints', 2, [
    complaint('a', 'low'),
    complaint('b', 'high'),
    complaint('c', ''),
  ])
  assert.deepEqual(counts(second), [3, 1, 1, 1])
  assert.deepEqual(
    await ask(warehouse, 'select source_id, severity from complaints where superseded_by = 0 order by 1'),
    [
      { source_id: 'a', severity: 'low' },
      { source_id: 'b', severity: 'high' },
      { source_id: 'c', severity: '' },
    ],
  )
})

test('within one file a later row of the same id corrects the earlier one', async () => {
  await clear(warehouse)
  const result = await load(warehouse, 'complaints', 1, [
    complaint('a', 'low'),
    complaint('b', 'low'),
    complaint('a', 'high'),
    complaint('b', 'low'),
  ])
  assert.deepEqual(counts(result), [4, 2, 1, 1])
  assert.deepEqual(await ask(warehouse, 'select source_id, severity from complaints order by 1'), [
    { source_id: 'a', severity: 'high' },
    { source_id: 'b', severity: 'low' },
  ])
})

test('rows without an id are recognised by content, as often as they occur in a file', async () => {
  await clear(warehouse)
  const file = [complaint(null, 'low'), complaint(null, 'low'), complaint(null, 'high')]
  assert.deepEqual(counts(await load(warehouse, 'complaints', 1, file)), [3, 3, 0, 0])
  assert.deepEqual(counts(await load(warehouse, 'complaints', 2, file)), [3, 0, 3, 0])
  const longer = await load(warehouse, 'complaints', 3, [...file, complaint(null, 'low')])
  assert.deepEqual(counts(longer), [4, 1, 3, 0])
  assert.deepEqual(counts(await load(warehouse, 'complaints', 4, file, 'other')), [3, 3, 0, 0], 'another source')
  await warehouse.write((writer) => undoLoad(writer, 1))
  assert.deepEqual(await ask(warehouse, "select count(*) as n from complaints where source = 'core'"), [{ n: 4 }])
})

test('waits, durations and places in the file are derived where absent', async () => {
  await clear(warehouse)
  const at = (minute: number, second = 0) => new Date(Date.UTC(2025, 2, 3, 1, minute, second)).toISOString()
  await load(warehouse, 'tickets', 1, [
    {
      source_id: '1',
      start_at: at(0),
      called_at: at(5),
      service_start_at: at(6),
      end_at: at(16, 30),
      wait_seconds: null,
    },
    { source_id: '2', start_at: at(0), called_at: at(5), service_start_at: null, end_at: null, wait_seconds: '299.5' },
  ])
  assert.deepEqual(await ask(warehouse, 'select wait_seconds, service_seconds from tickets order by source_id'), [
    { wait_seconds: 360, service_seconds: 630 },
    { wait_seconds: 299.5, service_seconds: null },
  ])
  const event = (activity: string) => ({ process: 'p', case_key: '1', activity, start_at: at(0) })
  const { processes } = await load(warehouse, 'events', 2, [event('b'), event('a'), event('c')])
  assert.deepEqual(processes, ['p'])
  const order = await ask(warehouse, 'select activity from events order by start_at, position')
  assert.deepEqual(
    order.map((row) => row.activity),
    ['b', 'a', 'c'],
  )
})

test('a staging table with a column that no fact has is refused', async () => {
  await assert.rejects(load(warehouse, 'complaints', 1, [{ source_id: 'a', colour: 'red' }]), /colour/)
})

test('local days follow the clocks of the zone, summer time too', () => {
  const changes = offsetChanges('Europe/Amsterdam', Date.UTC(2025, 0, 1), Date.UTC(2025, 11, 31))
  assert.deepEqual(
    changes.map(({ fromMs, minutes }) => [new Date(fromMs).toISOString(), minutes]),
    [
      ['2025-01-01T00:00:00.000Z', 60],
      ['2025-03-30T01:00:00.000Z', 120],
      ['2025-10-26T01:00:00.000Z', 60],
    ],
  )
  assert.equal(offsetChanges('Asia/Shanghai', Date.UTC(2000, 0, 1), Date.UTC(2030, 0, 1)).length, 1)
})

test('an intake batch is moved once', async () => {
  const batch = { batchId: 7, loadId: 3, rowCount: 2 }
  assert.equal(await warehouse.write((writer) => markBatchMoved(writer, batch)), true)
  assert.equal(await warehouse.write((writer) => markBatchMoved(writer, batch)), false)
})

// Few ids and few contents, so that loads overlap, repeat and contradict each other all the time.
const row = fc.record({
  source_id: fc.constantFrom<string | null>('a', 'b', 'c', null, null),
  severity: fc.constantFrom('1', '2'),
  start_at: fc.constant('2025-03-01 17:00:00'),
})
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ load: fc.integer({ min: 1, max: 6 }), rows: fc.array(row, { minLength: 1, maxLength: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ undo: fc.integer({ min: 1, max: 6 }) }) },
)

/** Everything there is, but for identities by content, which a source's first load does not need. */
const stateOf = async (on: Warehouse) => ({
  rows: await ask(
    on,
    `select load_id, superseded_by, case when source_id like '#%' then null else source_id end as id, severity, local_day
     from complaints order by all`,
  ),
  repeats: await ask(
    on,
    `select load_id, case when source_id like '#%' then '#' else source_id end as id, count(*) as n
     from fact_repeats group by all order by all`,
  ),
})

test('any sequence of loads and undos leaves what loading only the remaining ones would', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 9 }), async (steps) => {
      await clear(warehouse)
      await clear(reference)
      const remaining = new Map<number, StagedRow[]>()
      for (const next of steps) {
        if ('undo' in next) {
          await warehouse.write((writer) => undoLoad(writer, next.undo))
          remaining.delete(next.undo)
        } else if (!remaining.has(next.load)) {
          await load(warehouse, 'complaints', next.load, next.rows)
          remaining.set(next.load, next.rows)
        }
      }
      for (const [id, rows] of [...remaining].sort(([a], [b]) => a - b)) await load(reference, 'complaints', id, rows)
      assert.deepEqual(await stateOf(warehouse), await stateOf(reference))
    }),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 20) },
  )
})
