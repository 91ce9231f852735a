import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readInto } from './readInto.ts'
import { bench } from './testing.ts'

test('a file is known by its content, whatever its name', async (t) => {
  const { connection, file } = await bench(t)
  const format = async (content: string | Buffer) => {
    const result = await readInto(connection, await file(content, 'report.xls'))
    return result.ok ? result.value.format : result.reason
  }
  assert.equal(await format('a,b\n1,2\n'), 'csv')
  assert.equal(await format(gzipSync('a,b\n1,2\n')), 'csv')
  assert.equal(await format('{"a":1}\n'), 'jsonl')
  assert.equal(await format('<?xml version="1.0"?>\n<!-- log -->\n<log><trace/></log>'), 'xes')
  assert.equal(await format(gzipSync('<xes:log xmlns:xes="http://www.xes-standard.org/"/>')), 'xes')
  assert.equal(await format('<html><table><tr><td>1</td></tr></table></html>'), 'file_format_unknown')
  assert.equal(await format('<!DOCTYPE html><html></html>'), 'file_format_unknown')
  assert.equal(await format('<definitions/>'), 'xml_not_xes')
  assert.equal(
    await format(Buffer.from('89504e470d0a1a0a0000000d494844520000000100000001', 'hex')),
    'file_format_unknown',
  )
  assert.equal(await format('%PDF-1.7\n1 0 obj\n'), 'file_format_unknown')
  assert.equal(await format('{not json}, just text\n'), 'csv')
})

test('a file that is not there, a folder and an empty file are refused', async (t) => {
  const { connection, file } = await bench(t)
  const path = await file('')
  assert.deepEqual(await readInto(connection, path), { ok: false, reason: 'file_empty', detail: {} })
  assert.deepEqual(await readInto(connection, `${path}.gone`), {
    ok: false,
    reason: 'file_unreadable',
    detail: { cause: 'ENOENT' },
  })
  assert.deepEqual(await readInto(connection, `${path}/..`).then((result) => result.ok), false)
  assert.deepEqual(await readInto(connection, await file(gzipSync(''))), {
    ok: false,
    reason: 'file_empty',
    detail: {},
  })
})

test('an unknown encoding is refused', async (t) => {
  const { refusal } = await bench(t)
  assert.equal((await refusal('a,b\n1,2\n', { encoding: 'klingon' })).reason, 'encoding_unsupported')
  assert.equal((await refusal('<?xml version="1.0" encoding="klingon"?><log/>')).reason, 'encoding_unsupported')
})

test('two files may be staged side by side, temporary or not', async (t) => {
  const { staged, rows, relations } = await bench(t)
  const first = await staged('a\n1\n', { table: 'first' })
  const second = await staged('a\n2\n', { table: 'second', temporary: false })
  assert.deepEqual(await rows(`select * from ${first.table} union all select * from ${second.table} order by 2`), [
    [2, '1'],
    [2, '2'],
  ])
  await first.drop()
  await second.drop()
  assert.deepEqual(await relations(), [])
})
