import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { duckdb, trino } from './dialect.ts'
import { openDuckdb } from './duckdb.ts'
import { compile, raw, type Sql, sql } from './sql.ts'

const warehouse = await openDuckdb(':memory:')
after(() => warehouse.close())
const all = scopeOfJob('test')

const valueIn = async (expression: Sql, rows = raw('(select 1) x')) =>
  (await warehouse.read(sql`select ${expression} as v from ${rows}`, all)).rows[0]!.v
const values = (...list: string[]) => raw(`(values ${list.map((value) => `(${value})`).join(', ')}) x(a, b)`)

test('a ratio is a double and null on zero', async () => {
  assert.equal(await valueIn(duckdb.ratio(raw('1'), raw('4'))), 0.25)
  // Asked there: a cell that is infinite or no number comes out as null by itself.
  for (const divided of ['1', '0'])
    assert.equal(await valueIn(sql`${duckdb.ratio(raw(divided), raw('0'))} is null`), true)
})

test('seconds are counted from one millisecond to another, whatever lies behind them', async () => {
  const between = (a: string, b: string) =>
    valueIn(duckdb.secondsBetween(raw(`timestamp '${a}'`), raw(`timestamp '${b}'`)))
  assert.equal(await between('2025-01-01 00:00:00.999', '2025-01-01 00:00:01.001'), 0.002)
  assert.equal(await between('2025-01-01 00:00:00.9', '2025-01-01 00:00:01.1'), 0.2)
  assert.equal(await between('2025-01-01 00:00:00.0009', '2025-01-01 00:00:00.001'), 0.001)
  assert.equal(await between('2025-01-01 00:00:00.0005', '2025-01-01 00:00:01.0004'), 1)
  assert.equal(await between('2025-01-01 00:00:01', '2025-01-01 00:00:00'), -1)
})

test('quantiles are exact and interpolate between neighbours', async () => {
  const { aggregate, at } = duckdb.quantiles([0.5, 0.75])
  const { rows } = await warehouse.read(
    sql`select ${at(raw('s'), 0)} as p50, ${at(raw('s'), 1)} as p75 from (select ${aggregate(raw('a'))} as s from ${values('1, 0', '2, 0', '3, 0', '10, 0', 'null, 0')}) y`,
    all,
  )
  assert.deepEqual(rows, [{ p50: 2.5, p75: 4.75 }])
})

test('the greatest, the least and the value at the greatest leave nulls out', async () => {
  const none = raw('cast(null as integer)')
  assert.equal(await valueIn(duckdb.greatest(raw('1'), none)), 1)
  assert.equal(await valueIn(duckdb.least(none, raw('2'))), 2)
  assert.equal(await valueIn(duckdb.maxBy(raw('a'), raw('b')), values('1, 1', '2, 2', 'null, 3')), 2)
})

test('Sunday is the seventh day, texts are joined in order, floors and sums are 64-bit integers', async () => {
  assert.equal(await valueIn(duckdb.dayOfWeek(raw("date '2025-03-02'"))), 7)
  assert.equal(await valueIn(duckdb.joined(raw('a'), '>', raw('b')), values("'y', 2", "'x', 1", 'null, 3')), 'x>y')
  assert.equal(await valueIn(duckdb.floorInteger(raw('-1.5'))), -2)
  assert.equal(await valueIn(duckdb.floorInteger(raw('3.5'))), 3)
  assert.equal(await valueIn(duckdb.sumInteger(raw('a')), values('1, 0', '2, 0')), 3)
  // A cell does not tell a wider integer or a double from a bigint.
  assert.equal(await valueIn(sql`typeof(${duckdb.floorInteger(raw('2.5e0'))})`), 'BIGINT')
  assert.equal(await valueIn(sql`typeof(${duckdb.sumInteger(raw('a'))})`, values('1, 0', '2, 0')), 'BIGINT')
  assert.equal(await valueIn(duckdb.daysBetween(raw("date '2025-02-27'"), raw("date '2025-03-01'"))), 2)
  assert.throws(() => duckdb.joined(raw('a'), "'", raw('b')))
})

test('Trino says the same by its own means', () => {
  const text = (query: Sql) => compile(query, () => raw('')).text
  assert.equal(text(trino.maxBy(raw('a'), raw('b'))), 'max_by(a, b) filter (where a is not null)')
  assert.equal(text(trino.greatest(raw('a'), raw('b'))), 'greatest(coalesce(a, b), coalesce(b, a))')
  assert.equal(text(trino.secondsBetween(raw('a'), raw('b'))), "(date_diff('millisecond', a, b) / 1e3)")
  assert.equal(trino.type('timestamp'), 'timestamp(6)')
  const { aggregate, at } = trino.quantiles([0.9])
  assert.equal(text(aggregate(raw('a'))), 'array_sort(array_agg(cast(a as double)) filter (where a is not null))')
  assert.match(
    text(at(raw('s'), 0)),
    /element_at\(s, cast\(floor\(\(0\.9e0 \* \(cardinality\(s\) - 1\)\)\) as integer\) \+ 1\)/,
  )
})
