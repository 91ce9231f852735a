import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sameTally, sumOf, type Tally, tallyOf } from '#lib/tally.ts'
import { duckdb, trino } from '../dialect.ts'
import { openDuckdb } from '../duckdb.ts'
import { facts } from '../facts.ts'
import { loadFacts, nameUnmapped } from '../loading.ts'
import { raw, sql } from '../sql.ts'
import { tallyQuery } from './checksum.ts'
import { chunksOfDays } from './chunks.ts'
import { openEmbeddedSource, openEmbeddedTarget } from './embedded.ts'

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-moving-'))
const warehouse = await openDuckdb(':memory:')
after(async () => {
  await warehouse.close()
  await rm(folder, { recursive: true, force: true })
})

const columns = {
  n: 'bigint',
  moment: 'timestamp',
  day: 'date',
  text: 'text',
  value: 'double',
  yes: 'boolean',
} as const
const row = (values: string) => `select * from (values (${values})) t (n, moment, day, text, value, yes)`
const tally = (query: string): Promise<Tally> =>
  warehouse.write(async (writer) => {
    const { rows } = await writer.run(raw(tallyQuery(duckdb, columns, query)))
    return tallyOf(rows[0]!.n, rows[0]!.checksum)
  })
const plain = "1::bigint, timestamp '2024-02-29 01:02:03.000004', date '2024-02-29', 'a', 0.1::double, true"

test('the sum of hashes is that of the documented text of each row, and needs no order', async () => {
  const { createHash } = await import('node:crypto')
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, 0.1)
  const text = ['1', '2024-02-29 01:02:03.000004', '19782', '1:a', String(bits.getBigInt64(0)), 'true'].join(',')
  const hash = createHash('md5').update(text).digest().readBigUInt64LE(0)
  assert.deepEqual(await tally(row(plain)), tallyOf(1, hash))
  const other = row(plain.replace("'a'", "'b'"))
  const both = await tally(`${row(plain)} union all ${other}`)
  assert.deepEqual(both, await tally(`${other} union all ${row(plain)}`))
  assert.deepEqual(both, sumOf([await tally(row(plain)), await tally(other)]))
})

test('values that differ in anything at all have other sums', async () => {
  const base = await tally(row(plain))
  const changed = {
    'a microsecond': plain.replace('000004', '000005'),
    'the last digit of a double': plain.replace('0.1::double', '0.10000000000000002::double'),
    'an unknown text and an empty one': plain.replace("'a'", "''"),
    'a large integer': plain.replace('1::bigint', '9007199254740993::bigint'),
  }
  const sums = [base]
  for (const [what, values] of Object.entries(changed)) {
    const found = await tally(row(values))
    assert.ok(!sums.some((sum) => sameTally(sum, found)), what)
    sums.push(found)
  }
  const pairs = [
    ["''", 'null'],
    ["'-'", 'null'],
    ["'1:-'", "'-'"],
  ]
  for (const [a, b] of pairs)
    assert.ok(
      !sameTally(await tally(row(plain.replace("'a'", a!))), await tally(row(plain.replace("'a'", b!)))),
      `${a} ${b}`,
    )
  const zero = (text: string) => tally(row(plain.replace('0.1::double', `${text}::double`)))
  // They are the same number, and a Parquet file of DuckDB's does not tell them apart.
  assert.ok(sameTally(await zero("'-0.0'"), await zero("'0.0'")))
  assert.ok(!sameTally(await zero("'5e-324'"), await zero("'0.0'")))
  assert.ok(!sameTally(await zero('9007199254740992'), await zero('9007199254740994')))
  assert.match(tallyQuery(trino, columns, 'x'), /to_ieee754_64/)
})

test('days are put together in their order, to so many rows and no more than a year; a day is never cut', () => {
  const day = (text: string, rows: number) => ({ day: text, rows })
  const chunks = chunksOfDays(
    'interactions',
    [day('2023-01-01', 3), day('2023-01-02', 3), day('2023-01-03', 9), day('2024-01-01', 1), { day: null, rows: 2 }],
    6,
  )
  assert.deepEqual(
    chunks.map(({ name, rows }) => [name, rows]),
    [
      ['2023-01-01..2023-01-02', 6],
      ['2023-01-03..2023-01-03', 9],
      ['2024-01-01..2024-01-01', 1],
      ['without a day', 2],
    ],
  )
  assert.equal(chunks[0]!.where, "local_day between date '2023-01-01' and date '2023-01-02'")
  assert.equal(chunksOfDays('daily', [day('2023-01-31', 1), day('2024-01-01', 1)], 6).length, 2)
})

test('a fact without an id is copied with the one that the next load would give it, and its file stays as it is', async () => {
  const path = join(folder, 'source.duckdb')
  const made = await openDuckdb(path)
  await made.session(async ({ connection, write }) => {
    await connection.run(
      "create temp table staged as select case when i % 5 = 0 then null when i % 7 = 0 then cast('-0.0' as double) else i % 3 end as wait_seconds, timestamp '2024-02-28 15:00:00' + to_hours(i // 4) as start_at from range(200) r(i)",
    )
    await write((writer) => loadFacts(writer, 'interactions', { loadId: 1, source: 'log', timeZone: 'UTC' }, 'staged'))
  })
  await made.close()
  const idsOf = async () => {
    const ids: string[] = []
    const source = await openEmbeddedSource(path, join(folder, 'scratch'), 30)
    assert.ok(!('schema' in source))
    for (const chunk of await source.chunksOf('interactions'))
      await source.unload(chunk, async ([file]) => {
        const found = await warehouse.write((writer) =>
          writer.run(raw(`select source_id, load_id, start_at from read_parquet('${file}')`)),
        )
        ids.push(...found.rows.map((each) => JSON.stringify(each)))
      })
    await source.close()
    return ids.sort()
  }
  const copied = await idsOf()
  assert.equal(new Set(copied).size, 200)
  const again = await openDuckdb(path)
  const unnamed = await again.write((writer) =>
    writer.run(sql`select count(*) as n from interactions where source_id is null`),
  )
  assert.equal(unnamed.rows[0]!.n, 200, 'the source is not changed')
  await again.write((writer) => nameUnmapped(writer, 'interactions', 'log'))
  await again.close()
  assert.deepEqual(await idsOf(), copied)
})

test('a warehouse of another version is not copied', async () => {
  const path = join(folder, 'newer.duckdb')
  const made = await openDuckdb(path)
  await made.write((writer) => writer.script("update warehouse_meta set value = '99' where key = 'schema_version'"))
  await made.close()
  assert.deepEqual(await openEmbeddedSource(path, join(folder, 'scratch')), { schema: 99 })
})

test('a part that is loaded twice is there once', async () => {
  const target = await openEmbeddedTarget(join(folder, 'target.duckdb'), join(folder, 'scratch'))
  const file = join(folder, 'rows.parquet')
  const names = Object.keys(facts.interactions)
  await warehouse.write((writer) =>
    writer.script(
      `copy (select ${names.map((name) => (name === 'local_day' ? "date '2024-01-01' + cast(i as integer) as local_day" : `cast(null as ${duckdb.type(facts.interactions[name as 'outcome'])}) as ${name}`)).join(', ')} from range(4) r(i)) to '${file}' (format parquet)`,
    ),
  )
  await target.make('interactions')
  const chunk = {
    table: 'interactions',
    name: 'x',
    where: "local_day between date '2024-01-01' and date '2024-01-04'",
    rows: 4,
  }
  for (let i = 0; i < 2; i++) await target.load(chunk, [file], { again: true })
  assert.equal((await target.tally('interactions')).rows, 4)
  await target.close()
})
