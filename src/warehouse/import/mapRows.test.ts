import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { sharedData } from '#lib/sharedData.ts'
import { readMapping } from './mapping.ts'
import { mapRows, type Staging } from './mapRows.ts'

async function staged(csv: string, units: Record<string, string> = {}) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const staging: Staging = {
    script: async (text) => void (await connection.run(text)),
    rows: async (text) => (await connection.runAndReadAll(text)).getRowObjectsJson() as Record<string, unknown>[],
  }
  await staging.script("set timezone = 'UTC'")
  await staging.script(`create temp table staging as select row_number() over () as row_number, * from ${csv}`)
  await staging.script(
    'create temp table known_units (name varchar, id varchar); create temp table known_touchpoints (name varchar, id varchar)',
  )
  for (const [code, id] of Object.entries(units))
    await staging.script(`insert into known_units values ('${code}', '${id}')`)
  const columns = (
    await staging.rows(
      "select column_name from duckdb_columns() where table_name = 'staging' and column_name <> 'row_number' order by column_index",
    )
  ).map((row) => ({ name: row.column_name as string, type: 'text' as const }))
  return { staging, columns }
}

function mappingOf(input: unknown) {
  const read = readMapping(input)
  assert.ok(read.ok, JSON.stringify(read))
  return read.value
}

const values = (rows: string) => `(values ${rows}) t(id, "at", unit, score, gone)`

test('a row is read through its mapping: time zone, translation, unit, attributes of what nobody mapped', async () => {
  const { staging, columns } = await staged(
    values("('1','2026-01-01 08:00','A1','3','x'),('2','2026-01-01T08:00:00+09:00','A1','4','y')"),
    { A1: 'unit-a' },
  )
  const given = mappingOf({
    kind: 'interactions',
    source: 's',
    columns: {
      source_id: 'id',
      start_at: 'at',
      unit: 'unit',
      outcome: { column: 'score', values: { 3: 'success', 4: 'failure' } },
    },
  })
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.deepEqual(counts, { good: 2, rejected: 0, skipped: [] })
  const rows = await staging.rows(
    'select source_id, start_at, unit_id, outcome, attributes from mapped order by row_number',
  )
  assert.deepEqual(rows, [
    {
      source_id: '1',
      start_at: '2026-01-01 00:00:00',
      unit_id: 'unit-a',
      outcome: 'success',
      attributes: '{"gone":"x"}',
    },
    {
      source_id: '2',
      start_at: '2025-12-31 23:00:00',
      unit_id: 'unit-a',
      outcome: 'failure',
      attributes: '{"gone":"y"}',
    },
  ])
})

test('a bad row is named with its column and reason, every reason of it, and does not load', async () => {
  const { staging, columns } = await staged(
    values(
      "('1','soon','B','x1','-'),('2','2026-01-02 10:00:00','A1','5','-'),('3','1712-01-01 10:00:00','A1','5','-')",
    ),
    { A1: 'a' },
  )
  const given = mappingOf({
    kind: 'tickets',
    source: 's',
    columns: { source_id: 'id', start_at: 'at', unit: 'unit', wait_seconds: 'score' },
  })
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.equal(counts.good, 1)
  assert.equal(counts.rejected, 2)
  assert.deepEqual(await staging.rows('select * from mapped_faults order by row_number, column_name'), [
    { row_number: '1', column_name: 'start_at', reason: 'not_a_time', excerpt: 'soon' },
    { row_number: '1', column_name: 'unit', reason: 'unit_unknown', excerpt: 'B' },
    { row_number: '1', column_name: 'wait_seconds', reason: 'not_a_number', excerpt: 'x1' },
    { row_number: '3', column_name: 'start_at', reason: 'time_out_of_range', excerpt: '1712-01-01 10:00:00' },
  ])
})

test('wide answers become one row an item; a wrong cell is an error of its own and the other answers stay', async () => {
  const { staging, columns } = await staged("(values ('7','9',''),('11','2','x')) t(q1, q2, q3)")
  const given = mappingOf({
    kind: 'responses',
    source: 's',
    columns: { start_at: { constant: '2026-01-05 09:00:00' } },
    items: [
      { column: 'q1', metric: 'nps', scale: [0, 10] },
      { column: 'q2', metric: 'csat', scale: [0, 10] },
      { column: 'q3', scale: [0, 10] },
    ],
  })
  await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.deepEqual(await staging.rows('select row_number, item, metric, score from mapped order by row_number, item'), [
    { row_number: '1', item: 'q1', metric: 'nps', score: 7 },
    { row_number: '1', item: 'q2', metric: 'csat', score: 9 },
    { row_number: '2', item: 'q2', metric: 'csat', score: 2 },
  ])
  assert.deepEqual(
    await staging.rows('select row_number, column_name, reason from mapped_faults order by column_name'),
    [
      { row_number: '2', column_name: 'q1', reason: 'outside_scale' },
      { row_number: '2', column_name: 'q3', reason: 'not_a_number' },
    ],
  )
})

test('a mapping that names an unknown field, forgets a required one or leaves an event log without process is refused', () => {
  const wrong = readMapping({ kind: 'events', source: 's', columns: { nonsense: 'a' } })
  assert.equal(wrong.ok, false)
  assert.ok(!wrong.ok && wrong.reason === 'mapping_invalid')
  const issues = String(wrong.detail?.issues)
  assert.match(issues, /nonsense/)
  assert.match(issues, /process/)
  assert.match(issues, /case_key: this field is required/)
})

const callLog = sharedData('queue/anonymous_bank_calls_1999_02.tsv.gz')

test('the shipped mapping reads the bank’s call-centre log as published', {
  skip: callLog ? false : 'shared/data is absent',
}, async () => {
  const { staging, columns } = await staged(`read_csv('${callLog}', delim='\\t', all_varchar=true)`)
  const given = mappingOf(
    JSON.parse(await readFile(new URL('../../../demo/maps/anonymous_bank_calls.json', import.meta.url), 'utf8')),
  )
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.equal(counts.good, 33_043)
  assert.equal(counts.rejected, 0)
  assert.equal(
    counts.skipped.reduce((sum, s) => sum + s.rows, 0),
    33_344 - 33_043,
  )
  const [row] = await staging.rows(`select count(distinct source_id) as ids, count(*) filter (where queued) as queued,
    avg(wait_seconds) filter (where queued) as queued_wait, avg(wait_seconds) as wait, count(*) filter (where outcome = 'abandoned') as gone from mapped`)
  assert.equal(Number(row?.ids), 33_043)
  assert.equal(Number(row?.queued), 18_005)
  assert.equal(Number(row?.queued_wait).toFixed(1), '75.8')
  assert.equal(Number(row?.wait).toFixed(1), '41.3')
  assert.equal(Number(row?.gone), 5_902)
})
