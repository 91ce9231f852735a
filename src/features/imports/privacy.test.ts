import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ImportBench, openImportBench } from './mutations/testing.ts'

let bench: ImportBench
before(async () => {
  bench = await openImportBench()
})
after(() => bench.close())

const out = (load: { leftOut: { column: string; reason: string }[] }) =>
  load.leftOut.map(({ column, reason }) => `${column}: ${reason}`).sort()

const interactions = (source: string, extra: object = {}) => ({
  kind: 'interactions',
  source,
  columns: { source_id: 'id', start_at: 'at', channel: 'channel' },
  ...extra,
})
const file = [
  'id,at,channel,手机号,姓名,备注,ref,story,ext,screen,客户号',
  '1,2026-01-01 10:00,app,1,王伟,身份证330106198001011234,x,短,1,home,K1',
  `2,2026-01-02 10:00,app,2,李娜,无,call 13812345678,${'很长的话'.repeat(10)},"{""tel"":""1""}",home,K2`,
].join('\n')

test('what nobody mapped and says who somebody is stays out of the facts, and the load says so', async () => {
  const load = await bench.load('a.csv', file, interactions('a'))
  assert.equal(load.state, 'done')
  assert.deepEqual(out(load), [
    'ext: phone',
    'ref: phone',
    'story: free_text',
    '备注: free_text',
    '姓名: name',
    '客户号: person_number',
    '手机号: phone',
  ])
  const rows = await bench.rows("select attributes from interactions where source = 'a'")
  assert.deepEqual(
    rows.map((row) => JSON.parse(String(row.attributes))),
    [{ screen: 'home' }, { screen: 'home' }],
  )
})

test('a mapping that names its attributes has exactly those', async () => {
  const load = await bench.load('a.csv', file, interactions('b', { rest: ['备注', 'screen'] }))
  assert.deepEqual(load.leftOut, [])
  const [row] = await bench.rows("select attributes from interactions where source = 'b' and source_id = '1'")
  assert.deepEqual(JSON.parse(String(row?.attributes)), { 备注: '身份证330106198001011234', screen: 'home' })
  const unknown = await bench.load('a.csv', file, interactions('c', { rest: ['nobody'] }))
  assert.deepEqual([unknown.state, unknown.failure], ['failed', 'mapping_column_unknown'])
  assert.deepEqual(unknown.failureDetail?.unknown, ['nobody'])
})

const xes = `<log><trace><string key="concept:name" value="case-1"/><string key="客户电话" value="0571-1"/><int key="AMOUNT" value="5"/>
<event><string key="concept:name" value="a"/><string key="phone" value="x"/><string key="ref" value="13812345678"/><string key="step" value="s1"/><date key="time:timestamp" value="2026-01-01T10:00:00Z"/></event>
<event><string key="concept:name" value="b"/><string key="step" value="s2"/><date key="time:timestamp" value="2026-01-01T11:00:00Z"/></event></trace></log>`
const events = (process: string, extra: object = {}) => ({
  kind: 'events',
  source: process,
  process,
  columns: { case_key: 'case_id', activity: 'activity', lifecycle: 'lifecycle', start_at: 'at', resource: 'resource' },
  ...extra,
})
const kept = async (process: string) =>
  (await bench.rows(`select attributes from events where process = '${process}' order by position`)).map((row) =>
    row.attributes === null ? null : (JSON.parse(String(row.attributes)) as unknown),
  )

test('attributes of an event log are judged key by key', async () => {
  const plain = await bench.load('a.xes', xes, events('p1'))
  assert.deepEqual(out(plain), ['case:客户电话: phone', 'phone: phone', 'ref: phone'])
  assert.deepEqual(await kept('p1'), [{ step: 's1', 'case:AMOUNT': 5 }, { step: 's2' }])
  const named = await bench.load('a.xes', xes, events('p2', { rest: ['phone'] }))
  assert.deepEqual(named.leftOut, [])
  assert.deepEqual(await kept('p2'), [{ phone: 'x' }, null])
  const skipping = await bench.load(
    'a.xes',
    xes,
    events('p3', { skip: [{ column: 'activity', in: ['zzz'], because: 'no such step' }] }),
  )
  assert.deepEqual(out(skipping), ['case:客户电话: phone', 'phone: phone', 'ref: phone'])
  assert.doesNotMatch(JSON.stringify(await kept('p3')), /13812345678|phone/)
})

test('attributes from the interface are judged as those of files', async () => {
  const taken = await bench.send([
    {
      id: 'i1',
      start_at: '2026-01-01T10:00:00Z',
      channel: 'app',
      attributes: { 姓名: '王伟', note: 'x', ref: '13812345678', screen: 'home' },
    },
  ])
  assert.ok(taken.ok)
  assert.deepEqual(out(taken.value), ['note: free_text', 'ref: phone', '姓名: name'])
  const [row] = await bench.rows("select attributes from interactions where source = 'app' and source_id = 'i1'")
  assert.deepEqual(JSON.parse(String(row?.attributes)), { screen: 'home' })
})

test('who answered a survey is a hash: the same for both answers, the number nowhere', async () => {
  await bench.load(
    'r.csv',
    'id,at,who,nps,csat\nR1,2026-01-01 10:00,SECRET-1,9,4\nR2,2026-01-01 10:00,SECRET-2,3,2\n',
    {
      kind: 'responses',
      source: 'survey',
      columns: { source_id: 'id', start_at: 'at', respondent: 'who' },
      items: [
        { column: 'nps', metric: 'nps', scale: [0, 10] },
        { column: 'csat', metric: 'csat', scale: [1, 5] },
      ],
    },
  )
  const rows = await bench.rows("select respondent, count(*) as n from responses where source = 'survey' group by 1")
  assert.deepEqual(
    rows.map((row) => row.n),
    [2, 2],
  )
  assert.doesNotMatch(JSON.stringify(rows), /SECRET/)
})

test('the case of a ticket, of an interaction and of the event log is one key, and its number nowhere', async () => {
  const tickets = await bench.load(
    't.csv',
    'id,at,proc,case\nt1,2026-01-01 09:00,loan,LN-1\nt2,2026-01-01 09:00,,LN-2\n',
    {
      kind: 'tickets',
      source: 'q',
      columns: { source_id: 'id', start_at: 'at', process: 'proc', case_key: 'case' },
    },
  )
  assert.deepEqual([tickets.rows.new, tickets.rows.rejected], [1, 1])
  const errors = await bench.home.store.query(
    'select row_number::int as n, column_name, reason from load_errors where load_id = $1',
    [tickets.id],
  )
  assert.deepEqual(errors, [{ n: 3, column_name: 'case', reason: 'case_without_process' }])
  await bench.send([
    { id: 'c1', start_at: '2026-01-01T02:00:00Z', channel: 'app', process: 'loan', case: 'LN-1' },
    { id: 'c2', start_at: '2026-01-01T02:00:00Z', channel: 'app', process: 'loan', case: 'LN-3' },
  ])
  await bench.load(
    'e.csv',
    'case,act,at\nLN-3,a,2026-01-01 11:00\nLN-1,a,2026-01-01 10:00\nLN-1,b,2026-01-01 11:00\n',
    {
      kind: 'events',
      source: 'loan',
      process: 'loan',
      columns: { case_key: 'case', activity: 'act', start_at: 'at' },
    },
  )
  const linked = await bench.rows(`select count(distinct e.case_key) as cases, count(distinct t.source_id) as tickets,
    count(distinct i.source_id) as contacts from events e left join tickets t on t.process = e.process and t.case_key = e.case_key
    left join interactions i on i.process = e.process and i.case_key = e.case_key where e.process = 'loan'`)
  assert.deepEqual(linked, [{ cases: 2, tickets: 1, contacts: 2 }])
  for (const kind of ['tickets', 'interactions', 'events'])
    assert.doesNotMatch(JSON.stringify(await bench.rows(`select * from ${kind}`)), /LN-\d/)
})
