import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { readJsonLines } from './jsonl.ts'
import { bench } from './testing.ts'

test('objects become columns named by their path, arrays stay JSON, numbers keep their digits', async (t) => {
  const { staged, rows } = await bench(t)
  const result = await staged(
    [
      '{"id":12345678901234567890,"客户":{"等级":"金","地址":{"市":"杭州"}},"tags":["a",1],"ok":true,"empty":""}',
      '',
      '  {"id":2,"later":0.50,"客户":null}  \r',
    ].join('\n'),
  )
  assert.deepEqual(
    result.columns.map(({ name }) => name),
    ['id', '客户.等级', '客户.地址.市', 'tags', 'ok', 'empty', 'later'],
  )
  assert.deepEqual(await rows('select * from staging order by row_number'), [
    [1, '12345678901234567890', '金', '杭州', '["a",1]', 'true', null, null],
    [3, '2', null, null, null, null, null, '0.5'],
  ])
  assert.deepEqual([result.format, result.rows, result.rejects], ['jsonl', 2, 0])
})

test('a name that is a value here and an object there has columns for both', async (t) => {
  const { staged, rows } = await bench(t)
  await staged('{"a":1}\n{"a":{"b":2}}\n{"a":{"~/\'":3}}\n')
  assert.deepEqual(await rows(`select a, "a.b", "a.~/'" from staging order by row_number`), [
    ['1', null, null],
    [null, '2', null],
    [null, null, '3'],
  ])
})

test('each bad line is reported, and the lines around it are read', async (t) => {
  const { staged, rows, rejects } = await bench(t)
  const lines = [
    '{"a":1}',
    '{"a":2',
    '[1,2]',
    'null',
    "{'a':3}",
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    '{"a":"\u001e"}',
    '{"a":"\\ud83d\\ude00"}',
    '{"a":9}',
  ].join('\n')
  const result = await staged(lines)
  assert.deepEqual(
    (await rejects(result)).map(([row, , reason]) => [row, reason]),
    [
      [2, 'json_malformed'],
      [3, 'json_not_object'],
      [4, 'json_not_object'],
      [5, 'json_malformed'],
      [6, 'encoding_invalid'],
      [7, 'control_character'],
      [8, 'json_malformed'],
    ],
  )
  assert.deepEqual(await rows('select * from staging order by 1'), [
    [1, '1'],
    [9, '😀'],
    [10, '9'],
  ])
})

test('any objects come back as they were, wherever the pieces end', async (t) => {
  const { inPieces, rows } = await bench(t)
  const text = fc
    .string({ unit: 'binary', maxLength: 6 })
    .filter((value) => !/[\0\ufffd]/.test(value) && value.isWellFormed())
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 40 }),
      async (values, size) => {
        const content = values.map((value) => JSON.stringify({ value })).join('\n')
        await inPieces(content, size, (bytes, staging) => readJsonLines(bytes, 'utf-8', staging, {}))
        assert.deepEqual(
          await rows('select value from staging order by row_number'),
          values.map((value) => [value === '' ? null : value]),
        )
      },
    ),
    { numRuns: 30 },
  )
})

test('an object whose names are data stays one column', async (t) => {
  const { staged } = await bench(t)
  const lines = Array.from({ length: 300 }, (_, i) => `{"id":${i},"scores":{"customer${i}":1}}`).join('\n')
  const result = await staged(lines)
  assert.deepEqual(
    result.columns.map(({ name }) => name),
    ['id', 'scores'],
  )
})

test('it is known by its content, packed or not; other JSON is refused', async (t) => {
  const { staged, refusal } = await bench(t)
  assert.equal((await staged(gzipSync('{"a":1}\n{"a":2}\n'))).rows, 2)
  assert.equal((await staged('{broken\n{"a":2}\n')).rejects, 1)
  assert.equal((await refusal('{\n  "a": 1\n}\n')).reason, 'json_not_lines')
  assert.equal((await refusal('[{"a":1},\n{"a":2}]')).reason, 'json_not_lines')
})
