import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  asItem,
  assign,
  composed,
  type Draft,
  fieldOf,
  lookOf,
  readAs,
  readElsewhere,
  renameProcess,
  scaleOf,
} from './draft.ts'

const draft: Draft = { kind: 'tickets', source: 'q', columns: { start_at: 'at', unit: 'branch' } }

test('a column has one meaning and a meaning one column', () => {
  const moved = assign(draft, 'site', 'unit')
  assert.deepEqual(moved.columns, { start_at: 'at', unit: 'site' })
  assert.deepEqual(assign(moved, 'site', undefined).columns, { start_at: 'at' })
})

test('a column read as an item of a survey fills no field any more, and the other way round', () => {
  const item = asItem(draft, { column: 'branch', metric: 'csat', scale: [1, 5] })
  assert.deepEqual([item.columns, item.items?.length], [{ start_at: 'at' }, 1])
  assert.deepEqual(assign(item, 'branch', 'unit').items, [])
})

test('a format stands beside its column and goes with it', () => {
  const said = readAs(draft, 'start_at', { format: '%d/%m/%Y' })
  assert.deepEqual(said.columns.start_at, { column: 'at', format: '%d/%m/%Y' })
  assert.equal(fieldOf(said, 'at'), 'start_at')
  assert.equal(readAs(said, 'start_at', { format: '' }).columns.start_at, 'at')
})

test('a decimal sign stands beside its column', () => {
  const paid: Draft = { kind: 'transactions', source: 't', columns: { amount: '金额' } }
  assert.deepEqual(readAs(paid, 'amount', { decimal: ',' }).columns.amount, { column: '金额', decimal: ',' })
})

test('the source is called like the process until it has a name of its own', () => {
  const log: Draft = { kind: 'events', source: 'loan', process: 'loan', columns: {} }
  assert.equal(renameProcess(log, '贷款').source, '贷款')
  assert.equal(renameProcess({ ...log, source: 'core' }, '贷款').source, 'core')
})

test('what only a mapping file can say is kept and shown apart', async () => {
  const file = new URL('../../../../demo/maps/anonymous_bank_calls.json', import.meta.url)
  const calls = JSON.parse(await readFile(file, 'utf8')) as Draft
  assert.deepEqual(
    composed(calls).map(([field]) => field),
    ['source_id', 'start_at', 'channel', 'queued'],
  )
  assert.equal(fieldOf(calls, 'q_time'), 'wait_seconds')
  assert.ok(readElsewhere(calls, 'vru_entry'))
  const changed = assign(calls, 'vru_exit', 'end_at')
  assert.deepEqual(changed.skip, calls.skip)
})

test('a scale is the narrowest common one that holds the answers', () => {
  assert.deepEqual(scaleOf(['4', '5', '1']), [1, 5])
  assert.deepEqual(scaleOf(['8', '0', '10']), [0, 10])
  assert.equal(scaleOf(['8', 'good']), null)
  assert.equal(scaleOf(['2026']), null)
})

test('what values look like', () => {
  assert.deepEqual([['1,200', '3'], ['2026-05-01 10:00'], ['A1'], [''], ['7:02:47']].map(lookOf), [
    'number',
    'time',
    'text',
    'empty',
    'time',
  ])
})
