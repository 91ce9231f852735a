import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, zipOf } from './testing.ts'
import { numberText, serialText } from './xlsxParts.ts'
import { SheetReader } from './xlsxSheet.ts'

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'

/** A workbook as Excel lays it out, its sheets given as the markup within sheetData. */
function workbook(
  sheets: Record<string, string>,
  extra: { strings?: string; from1904?: boolean; replace?: Record<string, string> } = {},
) {
  const names = Object.keys(sheets)
  return zipOf({
    '[Content_Types].xml': `<Types xmlns="${packaged}/content-types"/>`,
    '_rels/.rels': `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relations}">${extra.from1904 ? '<workbookPr date1904="1"/>' : ''}<sheets>${names
      .map(
        (name, i) =>
          `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"${name.startsWith('hidden') ? ' state="hidden"' : ''}/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${packaged}/relationships">${names
      .map(
        (_, i) =>
          `<Relationship Id="rId${i + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
      )
      .join(
        '',
      )}<Relationship Id="rId90" Type="${relations}/styles" Target="styles.xml"/><Relationship Id="rId91" Type="${relations}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="0.00&quot;days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="21"/><xf numFmtId="165"/><xf numFmtId="10"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': extra.strings ?? '<sst/>',
    ...Object.fromEntries(
      names.map((name, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `<worksheet xmlns="${main}"><sheetData>${sheets[name]}</sheetData></worksheet>`,
      ]),
    ),
    ...extra.replace,
  })
}

const all = 'select * from staging order by row_number'

test('cells of every kind become text, by their type and their number format', async (t) => {
  const { staged, rows } = await bench(t)
  const strings = `<sst xmlns="${main}"><si><t>编号</t></si><si><t>日期</t></si><si><r><t>受理</t></r><r><rPr/><t xml:space="preserve">时间 </t></r><rPh sb="0" eb="1"><t>shouli</t></rPh></si><si><t>A &amp; B
第二行</t></si></sst>`
  const head = ['s,0', 's,1', 's,2'].map((cell, i) => `<c r="${'ABC'[i]}1" t="s"><v>${cell.slice(2)}</v></c>`).join('')
  const result = await staged(
    workbook(
      {
        投诉: `<row r="1">${head}<c r="D1" t="inlineStr"><is><t>时长</t></is></c><c r="E1" t="str"><f>"x"</f><v>比例</v></c><c r="F1" t="inlineStr"><is><t>天</t></is></c></row>
        <row r="3" spans="1:6"><c r="A3" t="s"><v>3</v></c><c r="B3" s="1"><v>45717</v></c><c r="C3" s="2"><v>45717.395833333336</v></c><c r="D3" s="5"><v>1.25</v></c><c r="E3" s="6"><f>1/8</f><v>0.125</v></c><c r="F3" s="7"><v>3.5</v></c></row>
        <row r="4"><c r="A4"><v>123456789012345678</v></c><c r="B4" s="3"><v>45718</v></c><c r="C4" s="4"><v>0.3368055555555556</v></c><c r="D4" t="b"><v>1</v></c><c r="E4" t="e"><v>#N/A</v></c><c r="F4"><v>0.30000000000000004</v></c></row>
        <row r="5"/><row r="6"><c r="C6" s="1"/></row>`,
      },
      { strings },
    ),
  )
  assert.deepEqual(
    result.columns.map(({ name }) => name),
    ['编号', '日期', '受理时间', '时长', '比例', '天'],
  )
  assert.deepEqual(await rows(all), [
    [3, 'A & B\n第二行', '2025-03-01', '2025-03-01T09:30:00', '30:00:00', '0.125', '3.5'],
    [4, '123456789012345678', '2025-03-02', '08:05:00', 'true', '#N/A', '0.3'],
  ])
})

const small = (head: string, value: string) =>
  `<row r="1"><c r="A1" t="inlineStr"><is><t>${head}</t></is></c></row><row r="2"><c r="A2"><v>${value}</v></c></row>`

test('the first visible sheet is read, or the one that is named', async (t) => {
  const { staged, refusal, rows } = await bench(t)
  const book = workbook({ hidden: small('x', '0'), 一月: small('a', '1'), 二月: small('b', '2') })
  assert.equal((await staged(book)).found.sheet, '一月')
  assert.equal((await staged(book, { sheet: '二月' })).found.sheet, '二月')
  assert.deepEqual(await rows('select b from staging'), [['2']])
  assert.deepEqual(await refusal(book, { sheet: '三月' }), {
    reason: 'sheet_not_found',
    sheets: ['hidden', '一月', '二月'],
  })
})

test('a title above the table and cells beyond it are reported', async (t) => {
  const { staged, rows, rejects } = await bench(t)
  const text = (reference: string, value: string) => `<c r="${reference}" t="inlineStr"><is><t>${value}</t></is></c>`
  const data = Array.from(
    { length: 300 },
    (_, i) => `<row r="${i + 4}"><c r="A${i + 4}"><v>${i}</v></c><c r="B${i + 4}"><v>1</v></c></row>`,
  )
  const result = await staged(
    workbook({
      s: `<row r="1">${text('A1', '明细表')}</row><row r="3">${text('A3', '编号')}${text('B3', '次数')}</row>${data.join('')}
      <row r="400"><c r="A400"><v>1</v></c>${text('D400', '备注')}</row>`,
    }),
  )
  assert.equal(result.rows, 300)
  assert.deepEqual(await rejects(result), [
    [1, null, 'field_count_wrong', '1/2'],
    [400, null, 'field_count_wrong', '4/2'],
  ])
  assert.deepEqual(await rows('select * from staging order by row_number limit 1'), [[4, '0', '1']])
})

test('days count from 1900 with its leap day that never was, or from 1904', () => {
  assert.equal(serialText(1, 'day', false), '1900-01-01')
  assert.equal(serialText(59, 'day', false), '1900-02-28')
  assert.equal(serialText(61, 'day', false), '1900-03-01')
  assert.equal(serialText(44_197, 'day', false), '2021-01-01')
  assert.equal(serialText(44_197 - 1462, 'day', true), '2021-01-01')
  assert.equal(serialText(44_197.999_999_999, 'instant', false), '2021-01-02T00:00:00')
  assert.equal(serialText(-1, 'day', false), undefined)
})

test('numbers are written as a person would', () => {
  assert.deepEqual(['0.1', '0.30000000000000004', '1.234567890123457e+17', '1E-7', '42', 'x'].map(numberText), [
    '0.1',
    '0.3',
    '123456789012346000',
    '1e-7',
    '42',
    'x',
  ])
})

test('damaged, protected and boasting workbooks are refused, and nothing stays behind', async (t) => {
  const { refusal, relations: left } = await bench(t)
  const good = workbook({ s: small('a', '1') })
  const reason = async (content: Buffer) => (await refusal(content)).reason
  assert.equal(await reason(good.subarray(0, good.length - 30)), 'zip_malformed')
  assert.equal(
    await reason(Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])),
    'xls_unsupported',
  )
  assert.equal(await reason(zipOf({ 'a.txt': 'a' })), 'file_format_unknown')
  const bomb = `<row r="2"/>${' '.repeat(20_000)}`.repeat(10_000)
  assert.equal(await reason(workbook({ s: bomb })), 'zip_bomb_refused')
  const entity = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData/></worksheet>'
  assert.equal(await reason(workbook({ s: '' }, { replace: { 'xl/worksheets/sheet1.xml': entity } })), 'xlsx_malformed')
  assert.equal(await reason(workbook({ s: '<row r="1"><c r="A1" t="s"><v>7</v></c></row>' })), 'xlsx_malformed')
  assert.equal(await reason(workbook({ s: '<row r="1"><c r="A1"></row>' })), 'xlsx_malformed')
  assert.equal(await reason(workbook({ s: '' })), 'file_empty')
  assert.deepEqual(await left(), [])
})

test('a cell far to the right costs itself only, and its row is one to report', async (t) => {
  const reader = new SheetReader([], [], false)
  reader.open('row', new Map([['r', '7']]))
  reader.shortcut(Buffer.from('<c r="XFD7"><v>1</v></c>        '), 0, 32)
  reader.close('row')
  assert.deepEqual(reader.taken(), [{ number: 7, cells: new Map([[16_383, '1']]), width: 16_384 }])

  const { staged, rejects, rows } = await bench(t)
  const cells = (n: number, ...values: string[]) =>
    `<row r="${n}">${values.map((value, i) => `<c r="${'AB'[i]}${n}"><v>${value}</v></c>`).join('')}</row>`
  const names =
    '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>amount</t></is></c></row>'
  const far = '<row r="4"><c r="XFD4"><v>9</v></c></row>'
  const sheet = await staged(workbook({ one: `${names}${cells(2, '1', '5')}${cells(3, '2', '6')}${far}` }))
  assert.deepEqual(await rows('select id, amount from staging order by row_number'), [
    ['1', '5'],
    ['2', '6'],
  ])
  assert.deepEqual(await rejects(sheet), [[4, null, 'field_count_wrong', '16384/2']])
})
