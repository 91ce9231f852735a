import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInteractionLines } from './interactionLines.ts'

const known = { units: new Set(['hz']), touchpoints: new Set(['tp']) }
const line = (extra: object = {}) =>
  JSON.stringify({ id: '1', start_at: '2026-01-01T08:00:00+08:00', channel: 'app', ...extra })

test('a batch of good lines is read, blank lines aside', () => {
  const read = readInteractionLines(
    `${line()}\n\n${line({ id: '2', unit: 'hz', touchpoint: 'tp', customer: 'C1' })}\n`,
    known,
  )
  assert.ok(read.ok)
  assert.deepEqual(
    read.value.map((l) => l.id),
    ['1', '2'],
  )
})

test('one bad line refuses the batch and is named', () => {
  const read = readInteractionLines(
    [
      line(),
      '{',
      line({ unit: 'elsewhere' }),
      line({ start_at: '2026-01-01' }),
      line({ end_at: '2025-01-01T00:00:00Z' }),
    ].join('\n'),
    known,
  )
  assert.ok(!read.ok && read.reason === 'intake_line_invalid')
  assert.deepEqual(
    (read.detail as { lines: { line: number; column: string }[] }).lines.map(({ line, column }) => [line, column]),
    [
      [2, ''],
      [3, 'unit'],
      [4, 'start_at'],
      [5, 'end_at'],
    ],
  )
})

test('fields nobody knows, NUL characters and an empty batch are refused', () => {
  assert.equal(readInteractionLines(line({ nonsense: 1 }), known).ok, false)
  assert.equal(readInteractionLines(line({ customer: 'a\u0000' }), known).ok, false)
  const empty = readInteractionLines('\n', known)
  assert.ok(!empty.ok && empty.reason === 'intake_empty')
})

test('times lie between 1970 and tomorrow, and a case names its process', () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  assert.ok(readInteractionLines(line({ start_at: day(1), end_at: day(1.5) }), known).ok)
  for (const [extra, column] of [
    [{ start_at: '9999-12-31T23:59:59Z' }, 'start_at'],
    [{ start_at: '0001-01-01T00:00:00Z' }, 'start_at'],
    [{ start_at: '0000-01-01T00:00:00Z' }, 'start_at'],
    [{ start_at: day(3) }, 'start_at'],
    [{ end_at: '9999-12-31T23:59:59Z' }, 'end_at'],
    [{ case: 'LN-1' }, 'case'],
  ] as const) {
    const read = readInteractionLines(line(extra), known)
    assert.ok(!read.ok && read.reason === 'intake_line_invalid', JSON.stringify(extra))
    assert.deepEqual(
      (read.detail as { lines: { column: string }[] }).lines.map((fault) => fault.column),
      [column],
    )
  }
  assert.ok(readInteractionLines(line({ case: 'LN-1', process: 'loan' }), known).ok)
})
