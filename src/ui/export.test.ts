import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { exportName } from '#lib/exportName.ts'
import { toCsv } from './csv.ts'
import { toXlsx } from './xlsx.ts'

/** The files of an archive that stores them uncompressed, read through its central directory as a spreadsheet does. */
function unzip(archive: Uint8Array): Record<string, string> {
  const view = new DataView(archive.buffer, archive.byteOffset)
  const end = archive.length - 22
  assert.equal(view.getUint32(end, true), 0x06054b50)
  const files: Record<string, string> = {}
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    assert.equal(view.getUint32(at, true), 0x02014b50)
    const size = view.getUint32(at + 20, true)
    const nameSize = view.getUint16(at + 28, true)
    const local = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameSize))
    const body = archive.subarray(local + 30 + nameSize, local + 30 + nameSize + size)
    assert.equal(view.getUint32(local, true), 0x04034b50)
    assert.equal(view.getUint32(at + 16, true), crc32(body), `checksum of ${name}`)
    files[name] = new TextDecoder().decode(body)
    at += 46 + nameSize
  }
  return files
}

test('a cell that looks like a formula leaves as text, in both formats', () => {
  assert.match(toCsv([['=1+1']]), /^\uFEFF'=1\+1/)
  const sheet = unzip(toXlsx('表', [['x'], ['=1+1']]))['xl/worksheets/sheet1.xml']
  assert.match(sheet ?? '', /t="inlineStr"><is><t xml:space="preserve">=1\+1/)
})

test('CSV quotes what needs it and keeps numbers', () => {
  assert.equal(toCsv([['a,b', 'say "x"', 3.5, null, -2]]), '\uFEFF"a,b","say ""x""",3.5,,-2\r\n')
})

test('a workbook holds its numbers as numbers and its texts escaped', () => {
  const files = unzip(
    toXlsx('网点 <1>', [
      ['名称', 'n'],
      ['西湖 & 滨江\u0007', 1204],
    ]),
  )
  const sheet = files['xl/worksheets/sheet1.xml'] ?? ''
  assert.match(sheet, /<c r="B2"><v>1204<\/v>/)
  assert.match(sheet, /西湖 &amp; 滨江</)
  assert.match(files['xl/workbook.xml'] ?? '', /name="网点 &lt;1&gt;"/)
})

test('a file from a demo home says in its name that it is synthetic', () => {
  assert.equal(exportName('发现清单', 'csv', true, 'zh'), '发现清单-演示.csv')
  assert.equal(exportName('Findings', 'xlsx', true, 'en'), 'Findings-demo.xlsx')
  assert.equal(exportName('Findings', 'xlsx', false, 'en'), 'Findings.xlsx')
})
