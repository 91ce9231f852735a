import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { type Dialect, duckdb, trino } from '../dialect.ts'
import { openDuckdb } from '../duckdb.ts'
import { raw, type Sql, sql } from '../sql.ts'
import { foreignConstructs } from '../testing/commonSubset.ts'
import { openTestLake } from '../testing/testLake.ts'
import type { Warehouse } from '../warehouse.ts'

/**
 * The same text with another meaning. For each difference: what the dialect record says is the same on both engines, what
 * one would write without it is not, and whoever writes that is told by the check of the common subset.
 */

const lake = await openTestLake()
const embedded = await openDuckdb(':memory:')
after(async () => {
  await embedded.close()
  await lake.drop()
})
const all = scopeOfJob('test')

const table = (columns: string, rows: readonly string[]) =>
  raw(`(select * from (values ${rows.map((row) => `(${row})`).join(', ')}) v(${columns}))`)
async function valueIn(warehouse: Warehouse, expression: Sql, from: Sql): Promise<unknown> {
  try {
    const { rows } = await warehouse.read(sql`select ${expression} as v from ${from} x`, all)
    return rows.map(({ v }) => v)
  } catch {
    // Not how: what is refused by both is no difference.
    return 'refused'
  }
}

interface Difference {
  name: string
  from: Sql
  said: (dialect: Dialect) => Sql
  value: unknown[]
  /** Without the record; undefined where an engine does not know the word at all. */
  plain: string
}
const one = table('one', ['1'])
const between = (...pairs: readonly [string, string][]) =>
  table(
    'a, b',
    pairs.map(([a, b]) => `timestamp '${a}', timestamp '${b}'`),
  )

const differences: Difference[] = [
  {
    name: 'seconds between two instants',
    from: between(
      ['2025-01-01 00:00:00.900000', '2025-01-01 00:00:01.100000'],
      // Elapsed are 0.1 and 999.9 milliseconds: Trino counts from millisecond to millisecond, and so must DuckDB.
      ['2025-01-01 00:00:00.000900', '2025-01-01 00:00:00.001000'],
      ['2025-01-01 00:00:00.000500', '2025-01-01 00:00:01.000400'],
      ['2025-01-01 00:00:01.000000', '2025-01-01 00:00:00.000000'],
    ),
    said: (d) => d.secondsBetween(raw('a'), raw('b')),
    value: [0.2, 0.001, 1, -1],
    plain: "date_diff('second', a, b)",
  },
  {
    name: 'days between two instants, over a leap day and backwards',
    from: between(
      ['2024-02-28 23:00:00.000000', '2024-03-01 01:00:00.000000'],
      ['2025-03-01 01:00:00.000000', '2025-02-28 23:00:00.000000'],
    ),
    said: (d) => d.daysBetween(raw('cast(a as date)'), raw('cast(b as date)')),
    value: [2, -1],
    // Days begun on one engine, whole days gone by on the other.
    plain: "date_diff('day', a, b)",
  },
  {
    name: 'an integer by an integer',
    from: table('a, b', ['1, 4']),
    said: (d) => d.ratio(raw('a'), raw('b')),
    value: [0.25],
    plain: 'a / b',
  },
  {
    name: 'by zero',
    from: table('a, b', ['1, 0', '0, 0']),
    // Asked there: a cell that is infinite or no number comes out as null by itself.
    said: (d) => sql`${d.ratio(raw('a'), raw('b'))} is null`,
    value: [true, true],
    plain: 'a / b',
  },
  {
    name: 'the value at the greatest, with nulls',
    from: table('a, b', ['1, 1', '2, 2', 'cast(null as integer), 3']),
    said: (d) => d.maxBy(raw('a'), raw('b')),
    value: [2],
    plain: 'max_by(a, b)',
  },
  {
    name: 'the greatest of what may be null',
    from: table('a, b', ['1, cast(null as integer)']),
    said: (d) => d.greatest(raw('a'), raw('b')),
    value: [1],
    plain: 'greatest(a, b)',
  },
  {
    name: 'the least of what may be null',
    from: table('a, b', ['cast(null as integer), 2']),
    said: (d) => d.least(raw('a'), raw('b')),
    value: [2],
    plain: 'least(a, b)',
  },
  {
    name: 'texts joined in an order, with nulls',
    from: table('a, b', ["'y', 2", "'x', 1", 'cast(null as varchar), 3']),
    said: (d) => d.joined(raw('a'), '>', raw('b')),
    value: ['x>y'],
    plain: "string_agg(a, '>' order by b)",
  },
  {
    name: 'the day of the week on a Sunday',
    from: table('a', ["date '2025-03-02'"]),
    said: (d) => d.dayOfWeek(raw('a')),
    value: [7],
    plain: 'day_of_week(a)',
  },
  {
    name: 'a double as an integer',
    from: table('a', ['2.5e0', '-1.5e0', '3.5e0']),
    said: (d) => d.floorInteger(raw('a')),
    value: [2, -2, 3],
    plain: 'cast(a as integer)',
  },
  {
    name: 'a sum of integers is a bigint',
    from: table('a', ['1', '2', 'cast(null as integer)']),
    // Asked there: a cell does not tell a wider integer from a bigint. Engines write names of types in other letters.
    said: (d) => sql`case when ${d.sumInteger(raw('a'))} = 3 then lower(typeof(${d.sumInteger(raw('a'))})) end`,
    value: ['bigint'],
    plain: 'lower(typeof(sum(a)))',
  },
  {
    name: 'exact quantiles between neighbours, of few and of none',
    from: table('s', ['1']),
    said: (d) => {
      const { aggregate, at } = d.quantiles([0.5])
      return sql`(select ${at(raw('q'), 0)} from (select ${aggregate(raw('a'))} as q from ${table('a', ['1', '2', '4', '10'])} t) u)`
    },
    value: [3],
    plain: 'quantile_cont(s, 0.5)',
  },
]

for (const { name, from, said, value, plain } of differences)
  test(`${name}: the record says the same on both engines, and only the record does`, async () => {
    assert.deepEqual(await valueIn(embedded, said(duckdb), from), value)
    assert.deepEqual(await valueIn(lake.warehouse, said(trino), from), value)
    const engines = [await valueIn(embedded, raw(plain), from), await valueIn(lake.warehouse, raw(plain), from)]
    assert.notDeepEqual(engines[0], engines[1], 'they agree by now: the record need not say it')
  })

/** Differences that nothing in the record mends: what to write instead is in the check's own words. */
const forbidden: [string, Sql, string][] = [
  ["regexp_replace('aa', 'a', 'b')", one, 'regexp_replace'],
  ["concat('a', cast(null as varchar))", one, 'concat'],
  ['cast(1.5e0 as varchar)', one, 'casts'],
  ['cast(2.5e0 as bigint)', one, 'casts'],
  ['one / 2', one, 'ratio'],
  ["strftime(date '2025-01-01', '%d')", one, 'formats'],
]
for (const [text, from, rule] of forbidden)
  test(`${text} is another thing on each engine, and the common subset does not have it`, async () => {
    assert.notDeepEqual(
      await valueIn(embedded, raw(text), from),
      await valueIn(lake.warehouse, raw(text), from),
      'they agree by now',
    )
    assert.equal(foreignConstructs(`select ${text} from x`).length, 1)
    assert.match(foreignConstructs(`select ${text} from x`)[0]!, new RegExp(rule))
  })

test('counting a condition that is null for every row: only where nothing is null it is the same', async () => {
  const nulls = table('a', ['cast(null as boolean)', 'cast(null as boolean)'])
  assert.deepEqual(await valueIn(embedded, raw('count_if(a)'), nulls), [null])
  assert.deepEqual(await valueIn(lake.warehouse, raw('count_if(a)'), nulls), [0])
  for (const warehouse of [embedded, lake.warehouse])
    assert.deepEqual(await valueIn(warehouse, raw('count(*) filter (where a)'), nulls), [0])
})

test('values come back alike: instants to the microsecond, large integers, texts of every script', async () => {
  const from = table('a, b, c, d', [
    "timestamp '2024-02-29 23:59:59.999000', 4503599627370495, '办结 ''🙂'' \"x\"', date '2024-02-29'",
  ])
  for (const column of ['a', 'b', 'c', 'd'])
    assert.deepEqual(await valueIn(lake.warehouse, raw(column), from), await valueIn(embedded, raw(column), from))
})

test('bound values are what was given, on both', async () => {
  const given = ["O'Brien", '办理 🙂', '', 'a\\b%_?', 0, -1, 1.5, 0.1, 1e15 + 0.5, 2 ** 40, true, false]
  for (const value of given) {
    const query = sql`${value}`
    const expected = [value]
    for (const warehouse of [embedded, lake.warehouse])
      assert.deepEqual(await valueIn(warehouse, query, one), expected, `${value} on ${warehouse.dialect.name}`)
  }
})
