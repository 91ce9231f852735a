import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { sharedData } from '#lib/sharedData.ts'
import { headOf, openBytes } from './bytes.ts'
import { readInto } from './readInto.ts'
import { bench } from './testing.ts'
import { readText } from './text.ts'

const all = 'select * from staging order by row_number'

test('a plain file becomes text columns with the line each row stands on', async (t) => {
  const { staged, rows } = await bench(t)
  const result = await staged('id,网点,分数\n0012,城东支行,9\n0013,,10\n')
  assert.deepEqual(result.columns, [
    { name: 'id', samples: ['0012', '0013'] },
    { name: '网点', samples: ['城东支行'] },
    { name: '分数', samples: ['9', '10'] },
  ])
  assert.deepEqual(await rows(all), [
    [2, '0012', '城东支行', '9'],
    [3, '0013', null, '10'],
  ])
  assert.deepEqual([result.rows, result.rejects, result.format], [2, 0, 'csv'])
})

test('quoted fields may hold delimiters, doubled quotes and line ends; the next row keeps its physical line', async (t) => {
  const { staged, rows } = await bench(t)
  await staged('id,note\n1,"等了""很久"", 不满意\n第二行"\n2,"5"\r\n3,5" 屏幕\n')
  assert.deepEqual(await rows(all), [
    [2, '1', '等了"很久", 不满意\n第二行'],
    [4, '2', '5'],
    [5, '3', '5" 屏幕'],
  ])
})

test('each delimiter is found, and aligned columns too', async (t) => {
  const { staged } = await bench(t)
  for (const delimiter of [',', ';', '\t', '|', '\x01', '^', '~']) {
    const result = await staged(
      `a${delimiter}b${delimiter}c\n1${delimiter}x y${delimiter}3\n2${delimiter}z${delimiter}4\n`,
    )
    assert.deepEqual([result.found.delimiter, result.columns.length, result.rows], [delimiter, 3, 2])
  }
  const aligned = await staged('  00004 0001  29.33\n  00021 0001   9.10 \n')
  assert.deepEqual(
    aligned.columns.map(({ samples }) => samples),
    [['00004', '00021'], ['0001'], ['29.33', '9.10']],
  )
})

test('a file of one column is read as one column', async (t) => {
  const { staged, rows } = await bench(t)
  await staged('意见\n服务好，很快\n等太久, 真的\n')
  assert.deepEqual(await rows(all), [
    [2, '服务好，很快'],
    [3, '等太久, 真的'],
  ])
})

test('a header is told from data; without one the columns are numbered', async (t) => {
  const { staged } = await bench(t)
  const names = async (text: string, header?: boolean) => {
    const result = await staged(text, header === undefined ? {} : { header })
    return [result.columns.map(({ name }) => name), result.rows]
  }
  assert.deepEqual(await names('1,2\n3,4\n'), [['column_1', 'column_2'], 2])
  assert.deepEqual(await names('a,b\nc,d\n'), [['a', 'b'], 1])
  assert.deepEqual(await names('a,b\nc,d\n', false), [['column_1', 'column_2'], 2])
  assert.deepEqual(await names('2025-01-01,x\n2025-01-02,y\n'), [['column_1', 'column_2'], 2])
  assert.deepEqual(await names('"",Id,ID,id_2,row_number\n1,2,3,4,5\n'), [
    ['column_1', 'Id', 'ID_2', 'id_2_2', 'row_number_2'],
    1,
  ])
  assert.deepEqual(await names('only,a,header\n'), [['only', 'a', 'header'], 0])
})

test('a title above the table is reported, not taken for the header', async (t) => {
  const { staged, rejects, rows } = await bench(t)
  const result = await staged('投诉明细表\n\n编号,网点,金额\n1,城东,5\n2,城西,6\n')
  assert.deepEqual(
    result.columns.map(({ name }) => name),
    ['编号', '网点', '金额'],
  )
  assert.deepEqual(await rejects(result), [[1, null, 'field_count_wrong', '1/3']])
  assert.deepEqual(await rows(all), [
    [4, '1', '城东', '5'],
    [5, '2', '城西', '6'],
  ])
})

test('a delimiter after the last field of each row adds no column, a row name without a heading does', async (t) => {
  const { staged, rows } = await bench(t)
  const trailing = await staged('a,b\n1,2,\n3,4,\n')
  assert.deepEqual([trailing.columns.length, trailing.rejects], [2, 0])
  await staged('"x","y"\n"1",5,6\n"2",7,8\n')
  assert.deepEqual(await rows('select column_1, x, y from staging'), [
    ['1', '5', '6'],
    ['2', '7', '8'],
  ])
})

test('each bad row is reported by line, column and reason, and the rows around it are read', async (t) => {
  const { staged, rows, rejects } = await bench(t)
  const text = [
    'id,name,score',
    '1,good,5',
    '2,short',
    '3,too,many,fields',
    '4,"stray quote,7',
    '5,good,8',
    '6,"closed" early,9',
    '7,nul\0,1',
    '8,"two\nlines",2',
    '9,after,3',
    '10,"never closed,4',
    '11,last,5',
  ].join('\n')
  const result = await staged(text)
  assert.deepEqual(await rejects(result), [
    [3, null, 'field_count_wrong', '2/3'],
    [4, null, 'field_count_wrong', '4/3'],
    [5, 'name', 'quote_misplaced', null],
    [7, 'name', 'quote_misplaced', null],
    [8, 'name', 'control_character', null],
    [12, 'name', 'quote_unterminated', null],
  ])
  assert.deepEqual(await rows(all), [
    [2, '1', 'good', '5'],
    [6, '5', 'good', '8'],
    [9, '8', 'two\nlines', '2'],
    [11, '9', 'after', '3'],
    [13, '11', 'last', '5'],
  ])
  assert.deepEqual([result.rows, result.rejects], [5, 6])
  assert.deepEqual(await rows('select excerpt from staging_rejects order by row_number limit 1'), [['2,short']])
})

test('GB18030, UTF-16 and UTF-8 with a mark read the same as plain UTF-8', async (t) => {
  const { staged, rows } = await bench(t)
  const text = '编号,网点\n1,城东支行\n2,𠮷祥路支行\n'
  // GB18030 of the text above; Node encodes UTF-8 and UTF-16 only.
  const gb = Buffer.concat([
    Buffer.from([0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xcd, 0xf8, 0xb5, 0xe3, 0x0a]),
    Buffer.from([0x31, 0x2c, 0xb3, 0xc7, 0xb6, 0xab, 0xd6, 0xa7, 0xd0, 0xd0, 0x0a]),
    Buffer.from([0x32, 0x2c, 0x95, 0x34, 0xb2, 0x35, 0xcf, 0xe9, 0xc2, 0xb7, 0xd6, 0xa7, 0xd0, 0xd0, 0x0a]),
  ])
  assert.equal(new TextDecoder('gb18030').decode(gb), text)
  const expected = [
    [2, '1', '城东支行'],
    [3, '2', '𠮷祥路支行'],
  ]
  const forms: [string, Buffer][] = [
    ['utf-8', Buffer.from(text)],
    ['utf-8', Buffer.from(`\ufeff${text}`)],
    ['gb18030', gb],
    ['utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['utf-8', gzipSync(text)],
  ]
  for (const [encoding, content] of forms) {
    const result = await staged(content)
    assert.deepEqual([result.found.encoding, result.columns.map(({ name }) => name)], [encoding, ['编号', '网点']])
    assert.deepEqual(await rows(all), expected)
  }
})

test('Chinese that begins only after the sample is still recognised as GB18030', async (t) => {
  const { staged, rows } = await bench(t)
  const ascii = `id,branch\n${Array.from({ length: 40_000 }, (_, i) => `${i},plain\n`).join('')}`
  const result = await staged(
    Buffer.concat([Buffer.from(ascii), Buffer.from([0x78, 0x2c, 0xb3, 0xc7, 0xb6, 0xab, 0x0a])]),
  )
  assert.deepEqual([result.found.encoding, result.rows, result.rejects], ['gb18030', 40_001, 0])
  assert.deepEqual(await rows("select branch from staging where id = 'x'"), [['城东']])
})

test('bytes that are no characters cost their row only', async (t) => {
  const { staged, rejects, rows } = await bench(t)
  const result = await staged(
    Buffer.concat([Buffer.from('编号,网点\n1,城东支行\n2,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n3,城西支行\n')]),
  )
  assert.deepEqual(await rejects(result), [[3, '网点', 'encoding_invalid', null]])
  assert.deepEqual(await rows(all), [
    [2, '1', '城东支行'],
    [4, '3', '城西支行'],
  ])
  assert.equal(result.rows, 2)
})

test('a line that never ends is reported without being held in memory', async (t) => {
  const { staged, rejects } = await bench(t)
  const result = await staged(`id,note\n1,${'x'.repeat(5 << 20)}\n2,fine\n`)
  assert.deepEqual(await rejects(result), [[2, null, 'row_too_long', null]])
  assert.equal(result.rows, 1)
})

test('whatever the fields hold, what is written by the rules is read back, wherever the pieces end', async (t) => {
  const { inPieces, rows } = await bench(t)
  const field = fc.string({
    unit: fc.constantFrom('a', '等', '😀', ',', '"', '\n', '\r\n', ' ', "'", ';', '1'),
    maxLength: 8,
  })
  const written = (value: string) => `"${value.replaceAll('"', '""')}"`
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      async (records, pieceBytes) => {
        const lines = records.map((fields, i) => `${i},${fields.map(written).join(',')}`)
        const staged = await inPieces(`n,a,b,c\n${lines.join('\n')}\n`, pieceBytes, (bytes, staging) =>
          readText(bytes, 'utf-8', staging, { delimiter: ',', quote: '"', header: true }),
        )
        assert.deepEqual(
          await rows('select n, a, b, c from staging order by n::int'),
          records.map((fields, i) => [String(i), ...fields.map((value) => (value === '' ? null : value))]),
        )
        assert.equal(staged.rejects, 0)
      },
    ),
    { numRuns: 40 },
  )
})

test('what is said of the form is believed', async (t) => {
  const { staged } = await bench(t)
  const result = await staged('a;b,c\n1;2,3\n', { delimiter: ',', header: false })
  assert.deepEqual(
    result.columns.map(({ samples }) => samples),
    [
      ['a;b', '1;2'],
      ['c', '3'],
    ],
  )
})

test('a first look reads some rows of a large file and says that there are more', async (t) => {
  const { staged } = await bench(t)
  const text = `id,v\n${Array.from({ length: 400_000 }, (_, i) => `${i},x\n`).join('')}`
  const result = await staged(text, { firstRows: 100 })
  assert.equal(result.found.partial, true)
  assert.ok(result.rows >= 100 && result.rows < 400_000)
})

test('an empty file is refused', async (t) => {
  const { refusal } = await bench(t)
  for (const text of ['', ' \n\n', '\ufeff']) assert.equal((await refusal(text)).reason, 'file_empty')
})

const files: [string, number, number, number][] = [
  ['queue/anonymous_bank_calls_1999_02.tsv.gz', 33_344, 17, 0],
  ['voice/bank_satisfaction_survey.csv', 250, 28, 0],
  ['voice/waimai_10k.csv.gz', 11_987, 2, 0],
  ['customers/CDNOW_sample.txt.gz', 6919, 5, 0],
  ['customers/uci_bank_marketing_full.csv.gz', 45_211, 17, 0],
  ['customers/bank_churners.csv.gz', 10_127, 23, 0],
  ['customers/berka/account.asc.gz', 4500, 4, 0],
  ['customers/berka/client.asc.gz', 5369, 3, 0],
  ['customers/berka/card.asc.gz', 892, 4, 0],
  ['customers/berka/loan.asc.gz', 682, 7, 0],
  ['customers/berka/trans_partial.asc.gz', 49_102, 10, 1],
]
for (const [name, count, columns, bad] of files) {
  const path = sharedData(name)
  test(`${name} is read whole`, { skip: path ? false : 'shared data folder is absent' }, async (t) => {
    const { connection } = await bench(t)
    const result = await readInto(connection, path!)
    assert.ok(result.ok)
    assert.deepEqual([result.value.rows, result.value.columns.length, result.value.rejects], [count, columns, bad])
  })
}

const calls = sharedData('queue/anonymous_bank_calls_1999_02.tsv.gz')
test('the call-centre log gives its published figures', {
  skip: calls ? false : 'shared data folder is absent',
}, async (t) => {
  const { connection, rows } = await bench(t)
  assert.ok((await readInto(connection, calls!)).ok)
  assert.deepEqual(
    await rows(`select count(*), count(*) filter (where q_time::int > 0), round(avg(q_time::int) filter (where q_time::int > 0), 1),
      round(avg(q_time::int), 1) from staging where outcome <> 'PHANTOM' and vru_time::int >= 0`),
    [[33_043, 18_005, 75.8, 41.3]],
  )
})

test('a packed file that unpacks to far more than honest data is refused on the way', async (t) => {
  const { file } = await bench(t)
  const packed = gzipSync('id,amount\n1,5\n')
  const bytes = await openBytes(await file(packed))
  assert.equal(bytes.contentLimit, (64 << 20) + packed.length * 200)
  bytes.contentLimit = 10
  await assert.rejects(headOf(bytes, 100), { reason: 'zip_bomb_refused' })
  assert.equal((await openBytes(await file('id,amount\n1,5\n'))).contentLimit, Number.POSITIVE_INFINITY)
})

test('any delimiter that is named is read: control characters, signs of other scripts, several characters', async (t) => {
  const { inPieces, rows, staged } = await bench(t)
  const records = [
    ['id', 'at', 'amount'],
    ['1', '2026-01-01 10:00', '5'],
    ['2', '2026-01-02 10:00', '6'],
  ]
  for (const delimiter of [
    '\x1b',
    '\x02',
    '\x03',
    '\x1e',
    '\x1f',
    '\x7f',
    '#',
    '*',
    '@',
    '^',
    '~',
    '，',
    '§',
    '||',
    '@|@',
    '<>',
  ]) {
    const text = `${records.map((record) => record.join(delimiter)).join('\n')}\n`
    await staged(text, { delimiter })
    assert.deepEqual(
      await rows('select id, "at", amount from staging order by row_number'),
      records.slice(1),
      JSON.stringify(delimiter),
    )
    for (const pieceBytes of [1, 7])
      await inPieces(text, pieceBytes, (bytes, staging) => readText(bytes, 'utf-8', staging, { delimiter }))
    assert.deepEqual(await rows('select id, "at", amount from staging order by row_number'), records.slice(1))
  }
})

test('a long delimiter within quotes, or half of one, is part of the text', async (t) => {
  const { rejects, rows, staged } = await bench(t)
  const result = await staged('id||note\n1||"a||b"\n2||a|b\n3||"a"|b\n4||"c"\n', { delimiter: '||' })
  assert.deepEqual(await rows('select id, note from staging order by row_number'), [
    ['1', 'a||b'],
    ['2', 'a|b'],
    ['4', 'c'],
  ])
  assert.deepEqual(await rejects(result), [[4, 'note', 'quote_misplaced', null]])
})

test('a control character as delimiter is no text of a field', async (t) => {
  const { rejects, staged } = await bench(t)
  const result = await staged('id\x1enote\n1\x1e"a\x1eb"\n2\x1ec\n', { delimiter: '\x1e' })
  assert.deepEqual(await rejects(result), [[2, 'note', 'control_character', null]])
})

test('a rarer delimiter is found where every record agrees, and never in a column of addresses', async (t) => {
  const { staged } = await bench(t)
  const found = async (text: string) => (await staged(text)).found.delimiter
  for (const delimiter of ['#', '*', '@', '^', '~', '\x02', '\x1f', '§'])
    assert.equal(await found(['id', 'note', 'amount\n1', 'x', '5\n2', 'y', '6\n'].join(delimiter)), delimiter)
  assert.equal(await found('a@b.cn\nc@d.cn\n'), '')
})
