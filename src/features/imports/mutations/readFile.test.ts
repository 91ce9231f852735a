import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { zipOf } from '#warehouse/import/readers/testing.ts'
import { raw } from '#warehouse/sql.ts'
import { loadErrors, readLoad } from '../data/loads.ts'
import { loadAndWait } from './loadFile.ts'

let home: TestHome
let folder: string
before(async () => {
  home = await openTestHome()
  folder = await mkdtemp(join(tmpdir(), 'zhiyin-files-'))
})
after(async () => {
  await home.close()
  await rm(folder, { recursive: true })
})

async function load(name: string, content: string | Buffer | undefined, mapping: unknown, strict = false) {
  const { services, operator } = home
  const path = join(folder, name)
  if (content !== undefined) await writeFile(path, content)
  const bytes = await readFile(path)
  const given = readMapping(mapping)
  assert.ok(given.ok, JSON.stringify(given))
  const file = { path, fileName: basename(path), hash: createHash('sha256').update(bytes).digest('hex') }
  const id = await loadAndWait(services, operator, file, given.value, strict)
  const done = await readLoad(services, operator, id)
  assert.ok(done)
  const { errors } = await loadErrors(services, operator, id, 0, 100)
  return { ...done, errors: errors.map(({ row, column, reason }) => [row, column, reason]) }
}
const facts = async (query: string) => (await home.services.warehouse.write((writer) => writer.run(raw(query)))).rows

const log = (...traces: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><log xes.version="1.0">${traces.join('')}</log>`
const trace = (name: string, attributes: string, ...events: string[]) =>
  `<trace><string key="concept:name" value="${name}"/>${attributes}${events.join('')}</trace>`
const event = (activity: string, at: string, more = '') =>
  `<event><string key="concept:name" value="${activity}"/><date key="time:timestamp" value="${at}"/>${more}</event>`
const plain = {
  case_key: 'case_id',
  activity: 'activity',
  lifecycle: 'lifecycle',
  start_at: 'at',
  resource: 'resource',
}
const asLog = (process: string, change: object = {}) => ({
  kind: 'events',
  source: process,
  process,
  columns: plain,
  ...change,
})
const group = (unit: string) => `<string key="org:group" value="${unit}"/>`

test('an attribute of an event log may be mapped: whoever sees a branch sees the cases of its group', async () => {
  const content = log(
    trace('c1', '', event('a', '2026-01-01T10:00:00Z', group('hz-xihu'))),
    trace('c2', '<string key="branch" value="nj-gulou"/>', event('a', '2026-01-01T10:00:00Z')),
  )
  const ofEvent = asLog('by_group', { columns: { ...plain, unit: 'org:group' } })
  assert.equal((await load('group.xes', content, ofEvent)).rows.new, 2)
  const ofCase = asLog('by_case', { columns: { ...plain, unit: 'case:branch' } })
  assert.equal((await load('group.xes', undefined, ofCase)).rows.new, 2)
  const casesOf = async (process: string, unit: string) => {
    const { scope } = await home.user({ role: 'AN', unit })
    const answer = await home.services.ask('processes.summary', { process }, scope)
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value.rows[0]?.cases ?? 0
  }
  assert.deepEqual([await casesOf('by_group', 'hz'), await casesOf('by_group', 'nj')], [1, 0])
  assert.deepEqual([await casesOf('by_case', 'hz'), await casesOf('by_case', 'nj')], [0, 1])
})

test('attributes of events and cases stay, whatever else is mapped, and whatever signs their keys hold', async () => {
  const content = log(
    trace(
      'c1',
      '<int key="AMOUNT" value="5"/><string key="a&quot;b/~$.*" value="x"/>',
      event('a', '2026-01-01T10:00:00Z', '<string key="k&quot;q" value="z"/>'),
    ),
  )
  const wanted = { 'k"q': 'z', 'case:AMOUNT': '5', 'case:a"b/~$.*': 'x' }
  const { lifecycle: _, ...four } = plain
  for (const [process, change] of Object.entries({
    kept_plain: {},
    kept_four: { columns: four },
    kept_skip: { skip: [{ column: 'activity', in: ['other'], because: 'none' }] },
  })) {
    assert.equal((await load('attributes.xes', content, asLog(process, change))).state, 'done')
    const [row] = await facts(`select attributes from events where process = '${process}'`)
    const found = JSON.parse(String(row?.attributes)) as Record<string, unknown>
    assert.deepEqual(
      Object.fromEntries(Object.entries(found).map(([key, value]) => [key, String(value)])),
      wanted,
      process,
    )
  }
})

test('an event of a year that no log holds is a row to report, in the short way and the long one', async () => {
  const content = log(
    trace(
      'c1',
      '',
      event('a', '0001-01-01T10:00:00Z'),
      event('b', '9999-12-31T10:00:00Z'),
      event('c', '2026-01-01T10:00:00Z'),
    ),
  )
  const { lifecycle: _, ...four } = plain
  for (const [process, columns] of Object.entries({ far_plain: plain, far_four: four })) {
    const done = await load('far.xes', content, asLog(process, { columns }))
    assert.deepEqual([done.rows.new, done.rows.rejected], [1, 2])
    assert.deepEqual(done.errors, [
      [1, 'at', 'time_out_of_range'],
      [2, 'at', 'time_out_of_range'],
    ])
  }
})

test('a wide survey with a wrong answer loads nothing when strict, and counts the row when not', async () => {
  const content = 'rid,at,nps\nR1,2026-01-01 10:00,9\nR2,2026-01-01 10:00,11\nR3,2026-01-01 10:00,abc\n'
  const wide = {
    kind: 'responses',
    source: 'wide',
    columns: { source_id: 'rid', start_at: 'at' },
    items: [{ column: 'nps', metric: 'nps', scale: [0, 10] }],
  }
  const strict = await load('wide.csv', content, wide, true)
  assert.deepEqual([strict.state, strict.failure, strict.rows.rejected], ['failed', 'load_rows_rejected', 2])
  assert.deepEqual(await facts("select 1 from responses where source = 'wide'"), [])
  const lenient = await load('wide.csv', content, wide)
  assert.deepEqual([lenient.rows.new, lenient.rows.rejected], [1, 2])
})

const columns = { source_id: 'id', start_at: 'at', customer: 'who', unit: 'unit' }

test('interactions from JSON Lines, nested names and all', async () => {
  const line = (id: string, more: object) =>
    JSON.stringify({ id, at: '2026-01-01T10:00:00+08:00', who: 'C1', unit: 'hz-xihu', ...more })
  const content = [
    line('1', { use: { channel: 'app' }, result: 'ok' }),
    line('2', { use: { channel: 'phone' } }),
    '{"id":',
  ].join('\n')
  const mapping = {
    kind: 'interactions',
    source: 'jsonl',
    columns: { ...columns, channel: 'use.channel', outcome: { column: 'result', values: { ok: 'success' } } },
  }
  const done = await load('i.jsonl', content, mapping)
  assert.deepEqual([done.rows.new, done.rows.rejected], [2, 1])
  assert.deepEqual(done.errors, [[3, '', 'json_malformed']])
  assert.deepEqual(
    await facts(
      "select source_id, channel, outcome, unit_id, customer_key is not null as known from interactions where source = 'jsonl' order by 1",
    ),
    [
      { source_id: '1', channel: 'app', outcome: 'success', unit_id: 'hz-xihu', known: true },
      { source_id: '2', channel: 'phone', outcome: null, unit_id: 'hz-xihu', known: true },
    ],
  )
})

test('transactions from Parquet, even with a column that is called like the reader’s own', async () => {
  const path = join(folder, 't.parquet')
  await facts(`copy (select 't' || i as id, timestamptz '2026-01-01 10:00:00+08' as "at", 1.25::decimal(9, 2) * i as amount, 'C' || i as who, 'hz-xihu' as unit, 7 as file_row_number
    from range(1, 4) r(i)) to '${path}' (format parquet)`)
  const mapping = { kind: 'transactions', source: 'parquet', columns: { ...columns, amount: 'amount' } }
  const done = await load('t.parquet', undefined, mapping)
  assert.deepEqual([done.state, done.rows.new], ['done', 3])
  assert.deepEqual(
    await facts(
      "select source_id, amount, start_at, attributes from transactions where source = 'parquet' and amount > 3",
    ),
    [{ source_id: 't3', amount: 3.75, start_at: '2026-01-01T02:00:00.000Z', attributes: '{"file_row_number":"7"}' }],
  )
})

test('complaints from a workbook: dates by their cells, the words of the customer only encrypted in the store', async () => {
  const cell = (column: string, row: number, text: string) =>
    `<c r="${column}${row}" t="inlineStr"><is><t>${text}</t></is></c>`
  const row = (n: number, id: string, day: string, reason: string, words: string) =>
    `<row r="${n}">${cell('A', n, id)}${n === 1 ? cell('B', n, day) : `<c r="B${n}" s="1"><v>${day}</v></c>`}${cell('C', n, reason)}${cell('D', n, words)}</row>`
  const packaged = 'http://schemas.openxmlformats.org/package/2006'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const related = (...targets: [string, string][]) =>
    `<Relationships xmlns="${packaged}/relationships">${targets.map(([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${office}/${type}" Target="${target}"/>`).join('')}</Relationships>`
  const content = zipOf({
    '[Content_Types].xml': `<Types xmlns="${packaged}/content-types"/>`,
    '_rels/.rels': related(['officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="one" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': related(['worksheet', 'worksheets/sheet1.xml'], ['styles', 'styles.xml']),
    'xl/styles.xml': `<styleSheet xmlns="${main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${row(1, 'id', 'day', 'reason', 'words')}${row(2, 'K1', '46027.5', 'wait', '等太久了')}${row(3, 'K2', '1.5', 'fees', '太贵')}</sheetData></worksheet>`,
  })
  const done = await load('c.xlsx', content, {
    kind: 'complaints',
    source: 'xlsx',
    columns: { source_id: 'id', start_at: 'day', category_reason: 'reason', text: 'words' },
  })
  assert.deepEqual([done.rows.new, done.rows.rejected], [1, 1])
  assert.deepEqual(done.errors, [[3, 'day', 'time_out_of_range']])
  const rows = await facts("select * from complaints where source = 'xlsx'")
  assert.deepEqual([rows[0]?.category_reason, rows[0]?.start_at], ['wait', '2026-01-05T04:00:00.000Z'])
  assert.doesNotMatch(JSON.stringify(rows), /等太久了/)
  const [kept] = await home.services.store.query<{ text_enc: Uint8Array }>(
    "select text_enc from free_texts where source = 'xlsx'",
  )
  assert.equal(kept && home.services.cipher.decrypt(kept.text_enc), '等太久了')
})

test('staff load into the store, with what is wrong said by row', async () => {
  const done = await load('s.csv', '工号,姓名,机构,岗位,在岗\nE1,王芳,hz-xihu,柜员,是\nE2,李军,hz-xihu,柜员,也许\n', {
    kind: 'staff',
    source: 'hr',
    columns: { staff: '工号', name: '姓名', unit: '机构', position: '岗位', active: '在岗' },
  })
  assert.deepEqual([done.rows.new, done.rows.rejected], [1, 1])
  assert.deepEqual(done.errors, [[3, '在岗', 'not_yes_or_no']])
  const people = await home.services.store.query(
    "select position, active from staff where unit_id = 'hz-xihu' and position = '柜员'",
  )
  assert.deepEqual(people, [{ position: '柜员', active: true }])
})
