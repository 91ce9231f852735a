import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { readInto } from './readInto.ts'
import { bench, zipOf } from './testing.ts'

const seeds = [
  Buffer.from('id,网点,note\n1,城东,"a ""b"""\n2,城西,x\n'),
  Buffer.from('{"a":1,"b":{"c":"x"}}\n{"a":2}\n'),
  Buffer.from(
    '<?xml version="1.0"?><log><trace><string key="concept:name" value="c"/><event><string key="concept:name" value="A"/><date key="time:timestamp" value="2025-01-01T00:00:00Z"/></event></trace></log>',
  ),
  gzipSync('a,b\n1,2\n'),
  zipOf({
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': '<Relationships/>',
    'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="r" Target="s.xml"/></Relationships>',
    'xl/workbook.xml': '<workbook><sheets><sheet name="s" r:id="r"/></sheets></workbook>',
    'xl/s.xml': '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
  }),
]

test('no damage to a file makes the reader fail other than with a Result, or lose count of its rows', async (t) => {
  const { connection, file, rows, relations } = await bench(t)
  const runs = Number(process.env.ZHIYIN_FUZZ_RUNS ?? 150)
  const place = fc.double({ min: 0, max: 1, noNaN: true })
  const damage = fc.oneof(
    fc.record({ at: place, put: fc.uint8Array({ minLength: 1, maxLength: 4 }), cut: fc.nat(6) }),
    fc.record({
      at: place,
      put: fc.constantFrom('"', '\n', '<', '>', '&', '</', '<!', '\\', '{', ',', '\r', '\0'),
      cut: fc.nat(2),
    }),
    fc.record({ at: place, put: fc.constant(''), cut: fc.constant(1 << 20) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      async (seed, damages) => {
        let content = seed
        for (const { at, put, cut } of damages) {
          const position = Math.floor(at * content.length)
          content = Buffer.concat([
            content.subarray(0, position),
            Buffer.from(put as string),
            content.subarray(position + cut),
          ])
        }
        const result = await readInto(connection, await file(content))
        if (!result.ok) return assert.deepEqual(await relations(), [])
        const { table, rejectTable, drop } = result.value
        assert.deepEqual(await rows(`select (select count(*) from ${table}), (select count(*) from ${rejectTable})`), [
          [result.value.rows, result.value.rejects],
        ])
        await drop()
      },
    ),
    { numRuns: runs },
  )
})
