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
  assert.deepEqual(await staging.rows('select * from mapped_faults order by row_number, field'), [
    { row_number: '1', column_name: 'at', reason: 'not_a_time', excerpt: 'soon', field: 'start_at' },
    { row_number: '1', column_name: 'unit', reason: 'unit_unknown', excerpt: 'B', field: 'unit' },
    { row_number: '1', column_name: 'score', reason: 'not_a_number', excerpt: 'x1', field: 'wait_seconds' },
    {
      row_number: '3',
      column_name: 'at',
      reason: 'time_out_of_range',
      excerpt: '1712-01-01 10:00:00',
      field: 'start_at',
    },
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
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.deepEqual([counts.good, counts.rejected], [2, 1])
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

/** What each text becomes as a field of this kind: its value, or the reason it is refused. */
async function read(kind: string, field: string, texts: string[], how: object = {}, others: object = {}) {
  const rows = texts.map((one) => `('${one}')`).join(', ')
  const { staging, columns } = await staged(`(values ${rows}) t(x)`)
  const given = mappingOf({ kind, source: 's', columns: { ...others, [field]: { column: 'x', ...how } } })
  await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  const found = await staging.rows(`select coalesce(f.reason, cast(m."${field}" as varchar)) as found from staging s
    left join mapped m using (row_number) left join mapped_faults f using (row_number) order by row_number`)
  return Object.fromEntries(texts.map((one, i) => [one, found[i]?.found]))
}
const at = { constant: '2026-01-05 10:00' }

test('a comma stands between thousands, or the number is refused; a decimal comma is said by the mapping', async () => {
  const plain = [
    '1,5',
    '0,99',
    '1.234,50',
    '1,2,3',
    '1,234.50',
    '-12,345,678',
    '1 000',
    '.5',
    '5.',
    '1e3',
    'NaN',
    'inf',
    '1e20',
  ]
  assert.deepEqual(await read('transactions', 'amount', plain, {}, { start_at: at }), {
    '1,5': 'not_a_number',
    '0,99': 'not_a_number',
    '1.234,50': 'not_a_number',
    '1,2,3': 'not_a_number',
    '1,234.50': '1234.5',
    '-12,345,678': '-12345678.0',
    '1 000': '1000.0',
    '.5': '0.5',
    '5.': '5.0',
    '1e3': '1000.0',
    NaN: 'not_a_number',
    inf: 'not_a_number',
    '1e20': 'not_a_number',
  })
  const comma = await read(
    'transactions',
    'amount',
    ['1,5', '0,99', '1.234,50', '7', '1.5'],
    { decimal: ',' },
    { start_at: at },
  )
  assert.deepEqual(comma, { '1,5': '1.5', '0,99': '0.99', '1.234,50': '1234.5', '7': '7.0', '1.5': 'not_a_number' })
})

test('a time that names its zone is read in it, one without stands in the zone of the bank, anything else is refused', async () => {
  const here = '2026-01-05 02:00:00'
  const utc = '2026-01-05 10:00:00'
  const wanted: Record<string, string> = {
    '2026-01-05 10:00:00': here,
    '2026-01-05 10:00:00 UTC': utc,
    '2026-01-05T10:00:00z': utc,
    '2026-01-05T10:00:00+0800': here,
    '2026-01-05 10:00:00 +08:00': here,
    '2026年1月5日 10:00:00+08:00': here,
    '2026-01-05 10:00:00.000-00:30': '2026-01-05 10:30:00',
    '2026-01-05-10.00.00.000000': here,
    '20260105100000': here,
    '2026-01-05 10:00:00 CST': 'not_a_time',
    '2026-01-05 10:00:00[Asia/Shanghai]': 'not_a_time',
    '2026-01-05 10:00:00+25:00': 'not_a_time',
    '01/02/24': 'time_out_of_range',
  }
  assert.deepEqual(await read('interactions', 'start_at', Object.keys(wanted)), wanted)
  const offset = await read('interactions', 'start_at', ['05.01.2026 10:00 +0800'], { format: '%d.%m.%Y %H:%M %z' })
  assert.deepEqual(Object.values(offset), [here])
})

test('days and years that no calendar holds are refused', async () => {
  assert.deepEqual(
    await read('customers', 'opened_on', ['2024-02-01', '01/02/24', '9999-12-31'], {}, { customer: { constant: 'K' } }),
    {
      '2024-02-01': '2024-02-01',
      '01/02/24': 'date_out_of_range',
      '9999-12-31': 'date_out_of_range',
    },
  )
  assert.deepEqual(
    await read(
      'customers',
      'birth_year',
      ['1980', '1980.0', '-5', '3000', '1980.5'],
      {},
      { customer: { constant: 'K' } },
    ),
    {
      '1980': '1980',
      '1980.0': '1980',
      '-5': 'date_out_of_range',
      '3000': 'date_out_of_range',
      '1980.5': 'not_an_integer',
    },
  )
})

test('a score outside the scale of its metric, or of its own row, is refused; one without metric too', async () => {
  const { staging, columns } = await staged(
    "(values ('nps','99',''),('nps','10',''),('csat','-4',''),('csat','8','10'),('other','55',''),('','3','')) t(m, s, top)",
  )
  const given = mappingOf({
    kind: 'responses',
    source: 's',
    columns: { start_at: at, metric: 'm', score: 's', scale_max: 'top' },
  })
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.deepEqual([counts.good, counts.rejected], [3, 3])
  assert.deepEqual(
    await staging.rows('select row_number, column_name, reason from mapped_faults order by row_number'),
    [
      { row_number: '1', column_name: 's', reason: 'outside_scale' },
      { row_number: '3', column_name: 's', reason: 'outside_scale' },
      { row_number: '6', column_name: 'm', reason: 'missing' },
    ],
  )
  const silent = readMapping({ kind: 'responses', source: 's', columns: { start_at: at, score: 's' } })
  assert.match(String(!silent.ok && silent.detail?.issues), /columns\.metric/)
})

test('times from which a negative wait would be made are refused; a wait that the file says itself counts', async () => {
  const { staging, columns } = await staged(
    "(values ('09:00','08:00','08:00','09:30',''),('09:00','08:00','09:10','09:30',''),('09:00','08:00','','','7'),('09:00','09:10','09:20','09:15','')) t(a, c, s, e, w)",
  )
  const when = (column: string) => ({ columns: ['d', column] })
  await staging.script("alter table staging add column d varchar default '2026-01-05'")
  const given = mappingOf({
    kind: 'tickets',
    source: 's',
    columns: {
      start_at: when('a'),
      called_at: when('c'),
      service_start_at: when('s'),
      end_at: when('e'),
      wait_seconds: 'w',
    },
  })
  const counts = await mapRows(staging, 'staging', [...columns, { name: 'd', type: 'text' }], given, 'Asia/Shanghai')
  assert.deepEqual([counts.good, counts.rejected], [2, 2])
  assert.deepEqual(
    await staging.rows('select row_number, column_name, reason from mapped_faults order by row_number'),
    [
      { row_number: '1', column_name: 'd + s', reason: 'negative' },
      { row_number: '4', column_name: 'd + e', reason: 'negative' },
    ],
  )
})

test('a touchpoint of an item is looked up like one of a column', async () => {
  const { staging, columns } = await staged("(values ('7','8')) t(q1, q2)")
  await staging.script("insert into known_touchpoints values ('柜台', 't1')")
  const item = (column: string, touchpoint: string) => ({ column, metric: 'nps', scale: [0, 10], touchpoint })
  const given = mappingOf({
    kind: 'responses',
    source: 's',
    columns: { start_at: at },
    items: [item('q1', '柜台'), item('q2', 'nope')],
  })
  const counts = await mapRows(staging, 'staging', columns, given, 'Asia/Shanghai')
  assert.deepEqual([counts.good, counts.rejected], [1, 1])
  assert.deepEqual(await staging.rows('select item, touchpoint_id from mapped'), [{ item: 'q1', touchpoint_id: 't1' }])
  assert.deepEqual(await staging.rows('select column_name, reason from mapped_faults'), [
    { column_name: 'q2', reason: 'touchpoint_unknown' },
  ])
})

test('what no file could be read by is refused before any file is', () => {
  const base = { kind: 'transactions', source: 's', columns: { start_at: 'at', amount: 'amount' } }
  const column = (field: string, source: unknown) => ({ ...base, columns: { ...base.columns, [field]: source } })
  const items = (...items: unknown[]) => ({ kind: 'responses', source: 's', columns: { start_at: 'at' }, items })
  for (const wrong of [
    { ...base, timeZone: 'Nowhere/Land' },
    { ...base, timeZone: '+08:00' },
    { ...base, file: { delimiter: '\n' } },
    { ...base, file: { delimiter: ',', quote: ',' } },
    column('start_at', { column: 'at', format: '%Q' }),
    column('start_at', { column: 'at', format: '%' }),
    column('start_at', { column: 'at', is: { above: 1 } }),
    column('amount', { column: 'amount', is: { above: 1 } }),
    column('amount', { column: 'amount', factor: 1e308 }),
    column('toString', 'id'),
    items({ column: 'q', scale: [5, 0] }),
    items({ column: 'q', scale: [0, 5] }, { column: 'q', scale: [0, 5] }),
  ]) {
    const read = readMapping(wrong)
    assert.ok(!read.ok && read.reason === 'mapping_invalid', JSON.stringify(wrong))
  }
  assert.ok(readMapping({ ...base, source: '核心系统', timeZone: 'Asia/Shanghai', file: { delimiter: '||' } }).ok)
  assert.ok(
    readMapping({
      kind: 'events',
      source: 's',
      process: '贷款审批',
      columns: { case_key: 'c', activity: 'a', start_at: 't' },
    }).ok,
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
