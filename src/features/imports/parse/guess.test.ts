import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMapping } from '#warehouse/import/mapping.ts'
import { guessMapping } from './guess.ts'

const columns = (table: Record<string, string[]>) => Object.entries(table).map(([name, samples]) => ({ name, samples }))

test('a queue file with Chinese heads is recognised and its mapping is whole', () => {
  const guess = guessMapping({
    columns: columns({
      票号: ['A001'],
      机构号: ['hz-xihu'],
      取号时间: ['2026-03-02 09:10:00'],
      叫号时间: ['2026-03-02 09:21:00'],
      业务类型: ['现金'],
      备注: ['无'],
    }),
    fileName: '叫号.csv',
    format: 'csv',
  })
  assert.equal(guess.kinds[0]?.kind, 'tickets')
  assert.deepEqual(guess.ambiguities, [])
  assert.equal(readMapping(guess.mapping).ok, true)
  assert.deepEqual(guess.mapping.columns, {
    source_id: '票号',
    unit: '机构号',
    start_at: '取号时间',
    called_at: '叫号时间',
    service_type: '业务类型',
  })
})

test('a wide survey finds its items with their scales', () => {
  const guess = guessMapping({
    columns: columns({ 答卷编号: ['1'], 提交时间: ['2026-03-02 09:10:00'], NPS: ['9', '10'], 满意度: ['4', '5'] }),
    fileName: 'q.csv',
    format: 'csv',
  })
  assert.equal(guess.kinds[0]?.kind, 'responses')
  assert.deepEqual(guess.mapping.items, [
    { column: 'NPS', metric: 'nps', scale: [0, 10] },
    { column: '满意度', metric: 'csat', scale: [1, 5] },
  ])
  assert.deepEqual(guess.ambiguities, [])
})

test('dates whose day and month could be swapped are asked for, not guessed', () => {
  const guess = guessMapping({
    columns: columns({ amount: ['10.5'], time: ['03/04/2026 10:00'] }),
    fileName: 't.csv',
    format: 'csv',
    kind: 'transactions',
  })
  assert.deepEqual(
    guess.ambiguities.map(({ code }) => code),
    ['date:time'],
  )
})

test('a file that fits nothing, or lacks what its kind needs, says so', () => {
  const nothing = guessMapping({ columns: columns({ a: ['x'], b: ['y'] }), fileName: 'x.csv', format: 'csv' })
  assert.ok(nothing.ambiguities.some(({ code }) => code === 'kind'))
  const headless = guessMapping({
    columns: columns({ amount: ['1'] }),
    fileName: 'x.csv',
    format: 'csv',
    kind: 'transactions',
  })
  assert.ok(headless.ambiguities.some(({ code }) => code === 'missing:start_at'))
})

test('an event log is recognised by case, activity and time, and asks for the process', () => {
  const guess = guessMapping({
    columns: columns({
      'case:concept:name': ['1'],
      'concept:name': ['A'],
      'time:timestamp': ['2026-01-01T00:00:00Z'],
      'org:resource': ['u'],
    }),
    fileName: 'loan.csv',
    format: 'csv',
  })
  assert.equal(guess.kinds[0]?.kind, 'events')
  assert.deepEqual(
    guess.ambiguities.map(({ code }) => code),
    ['process'],
  )
})

test('one bad value does not hide what a column means, most of them do', () => {
  const seen = (samples: string[]) =>
    guessMapping({
      columns: columns({ 交易时间: samples, 金额: ['1'], 交易类型: ['转账'] }),
      fileName: 't.csv',
      format: 'csv',
    }).fields.get('交易时间')
  assert.equal(seen(['2026-05-01 10:00', 'never', '2026-05-01 11:00'])?.field, 'start_at')
  assert.equal(seen(['soon', 'never', '2026-05-01 11:00']), undefined)
})

test('an event log needs only its name', () => {
  const guess = guessMapping({
    columns: columns({
      case_id: ['c1'],
      activity: ['A'],
      lifecycle: ['complete'],
      at: ['2011-10-11 11:45:40.276'],
      resource: ['R1'],
    }),
    fileName: 'loans.xes.gz',
    format: 'xes',
  })
  assert.deepEqual(
    guess.ambiguities.map(({ code }) => code),
    ['process'],
  )
  assert.deepEqual(guess.mapping.columns, {
    case_key: 'case_id',
    activity: 'activity',
    lifecycle: 'lifecycle',
    start_at: 'at',
    resource: 'resource',
  })
})

test('extracts of all months belong to one process, whose name may be Chinese; it is the source until another is said', () => {
  const log = { case_id: ['1'], activity: ['A'], time: ['2026-01-01 10:00'] }
  const guessed = (fileName: string) => guessMapping({ columns: columns(log), fileName, format: 'csv' }).mapping
  for (const name of ['loan-2026-01.csv.gz', 'loan_202602.csv', 'loan-2026Q1.csv', 'loan-2026-01-31.csv'])
    assert.deepEqual([guessed(name).process, guessed(name).source], ['loan', 'loan'], name)
  assert.deepEqual([guessed('贷款审批.csv').process, guessed('bpi2012.csv').process], ['贷款审批', 'bpi2012'])
  assert.ok(readMapping(guessed('贷款审批.csv')).ok)
})

test('in a file of interactions their number is the row’s own id, elsewhere what the row belongs to', () => {
  const seen = columns({ interaction_id: ['I1'], start_at: ['2026-01-01 10:00'], id: ['7'] })
  const fieldIn = (kind: 'interactions' | 'complaints', from = seen) =>
    guessMapping({ columns: from, fileName: 'x.csv', format: 'csv', kind }).fields.get('interaction_id')?.field
  assert.equal(fieldIn('interactions'), 'source_id')
  assert.equal(fieldIn('complaints'), 'interaction_id')
})

test('decimal commas are asked for, commas between thousands are not', () => {
  const asked = (...samples: string[]) =>
    guessMapping({
      columns: columns({ id: ['1'], time: ['2026-01-01 10:00'], amount: samples }),
      fileName: 't.csv',
      format: 'csv',
      kind: 'transactions',
    }).ambiguities.map(({ code }) => code)
  assert.deepEqual(asked('0,99', '12'), ['decimal:amount'])
  assert.deepEqual(asked('1.234,50'), ['decimal:amount'])
  assert.deepEqual(asked('1,234', '12,345,678.90'), [])
})

test('scores of which nobody says what they measure are asked for', () => {
  const guess = guessMapping({
    columns: columns({ 答卷编号: ['1'], 答题时间: ['2026-01-01 10:00'], 题目: ['总体'], 评分: ['5'] }),
    fileName: 'q.csv',
    format: 'csv',
    kind: 'responses',
  })
  assert.deepEqual(
    guess.ambiguities.map(({ code }) => code),
    ['metric'],
  )
})
