import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { sharedData } from '#lib/sharedData.ts'
import { readInto } from './readInto.ts'
import { bench } from './testing.ts'
import { readXes } from './xes.ts'

const log = (body: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n${body}\n</log>\n`
const event = (activity: string, at = '2025-01-01T08:00:00.000+08:00', more = '') =>
  `<event><string key="concept:name" value="${activity}"/><date key="time:timestamp" value="${at}"/>${more}</event>`
const trace = (name: string, ...events: string[]) =>
  `<trace><string key="concept:name" value="${name}"/>${events.join('\n')}</trace>`
const all =
  'select row_number, case_id, activity, lifecycle, "at", resource, attributes from staging order by row_number'

test('an event becomes a row with its case, activity, life cycle, instant in UTC, resource and further attributes', async (t) => {
  const { staged, rows } = await bench(t)
  const result = await staged(
    log(`<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
    <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
    <classifier name="Activity" keys="concept:name"/>
    <float key="meta:average" value="2"><float key="inner" value="1"/></float>
    <trace>
      <string key="concept:name" value="贷款-1"/>
      <int key="AMOUNT" value="20000"/>
      <event>
        <string key="org:resource" value="王芳"/>
        <date key="time:timestamp" value="2011-10-01T00:38:44.546+02:00"/>
        <string key="concept:name" value="提交申请"/>
        <string key="lifecycle:transition" value="complete"/>
        <boolean key="urgent" value="true"/>
        <float key="score" value="0.50"/>
        <date key="due" value="2011-10-02T00:00:00+02:00"/>
      </event>
    </trace>`),
  )
  assert.deepEqual(await rows(all), [
    [
      1,
      '贷款-1',
      '提交申请',
      'complete',
      '2011-09-30T22:38:44.546Z',
      '王芳',
      '{"urgent":true,"score":0.50,"due":"2011-10-01T22:00:00.000Z"}',
    ],
  ])
  assert.deepEqual(await rows('select * from staging_cases'), [[1, '贷款-1', '{"AMOUNT":20000}']])
  assert.deepEqual(result.log?.eventAttributes, ['urgent', 'score', 'due'])
  assert.deepEqual(result.log?.caseAttributes, ['AMOUNT'])
})

test('every way of writing the same event reads the same, whether taken by the short way or the general one', async (t) => {
  const { staged, rows } = await bench(t)
  const spellings = [
    '<event><string key="concept:name" value="A"/><string key="org:resource" value="R"/><string key="x" value="1"/></event>',
    "<event><string key='concept:name' value='A'/><string key='org:resource' value='R'/><string key='x' value='1'/></event>",
    '<event >\n\t<string value="A" key="concept:name" />\n<string value="R" key="org:resource" /><string value="1" key="x"/></event >',
    '<event><string key="concept:name" value="A"></string><string key="org:resource" value="R"></string><string key="x" value="1"></string></event>',
    '<event><!-- a remark --><string key="concept:name" value="&#65;"/><![CDATA[ nothing ]]><string key="org:resource" value="&#x52;"/><string key="x" value="1"/></event>',
    '<event><string key="x" value="1"/><string key="org:resource" value="R"/><string key="concept:name" value="A"/></event>',
    '<event><?hint?><string\n  key = "concept:name"\n  value = "A"/><id key="org:resource" value="R"/><string key="x" value="1"/></event>',
  ]
  await staged(log(trace('c', ...spellings, ...spellings)))
  const found = (await rows(all)).map((row) => JSON.stringify(row.slice(1)))
  assert.equal(found.length, 2 * spellings.length)
  assert.deepEqual([...new Set(found)], [JSON.stringify(['c', 'A', null, null, 'R', '{"x":"1"}'])])
})

test('the result does not depend on where the pieces of the file end', async (t) => {
  const { inPieces, rows } = await bench(t)
  const text = log(
    [
      trace(
        '案件一',
        event('受理 &amp; 登记'),
        event('办结', '2025-01-02T00:00:00Z', '<string key="渠道" value="柜面€😀"/>'),
      ),
      trace(
        '案件二',
        event(
          '受理',
          '2025-01-03T09:00:00.123456+08:00',
          '<string key="a" value="1"><string key="b" value="2"/></string>',
        ),
      ),
    ].join('\n<!-- > " \' -->\n'),
  )
  const read = (bytes: Parameters<typeof readXes>[0], staging: Parameters<typeof readXes>[2]) =>
    readXes(bytes, 'utf-8', staging, {})
  const whole = await inPieces(text, 1 << 20, read)
  const expected = await rows(all)
  await whole.drop()
  assert.equal(expected.length, 3)
  assert.equal(expected[0]![2], '受理 & 登记')
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (size) => {
      const cut = await inPieces(text, size, read)
      assert.deepEqual(await rows(all), expected)
      await cut.drop()
    }),
    { numRuns: 15, examples: [[1], [2], [3]] },
  )
})

test('children of attributes, lists and containers become named attributes, repeated names an array', async (t) => {
  const { staged, rows } = await bench(t)
  await staged(
    log(
      trace(
        'c',
        `<event><string key="concept:name" value="A"><string key="source" value="core"/></string>
        <list key="docs"><values><string key="doc" value="id"/><string key="doc" value="income"/></values></list>
        <container key="place"><string key="city" value="杭州"/><int key="floor" value="+2"/></container></event>`,
      ),
    ),
  )
  assert.deepEqual((await rows('select activity, attributes from staging'))[0], [
    'A',
    '{"concept:name.source":"core","docs.doc":["id","income"],"place.city":"杭州","place.floor":2}',
  ])
})

test('traces without a name, without events or with a name seen before, and events outside traces, are all kept', async (t) => {
  const { staged, rows } = await bench(t)
  const result = await staged(
    log(
      [
        event('outside'),
        '<trace><string key="concept:name" value="c"/><string key="x" value="old"/><string key="y" value="kept"/>',
        `${event('first')}</trace>`,
        `<trace>${event('nameless')}</trace>`,
        '<trace><string key="concept:name" value="empty"/></trace>',
        `<trace>${event('second')}<string key="concept:name" value="c"/><string key="x" value="new"/></trace>`,
      ].join('\n'),
    ),
  )
  assert.deepEqual(await rows('select activity, case_id from staging order by row_number'), [
    ['outside', null],
    ['first', 'c'],
    ['nameless', null],
    ['second', 'c'],
  ])
  assert.deepEqual(await rows('select case_id, attributes from staging_cases order by case_code'), [
    ['c', '{"y":"kept","x":"new"}'],
    [null, null],
    ['empty', null],
  ])
  assert.equal(
    (await rows("select distinct case_code from staging_rows join staging_cases using (case_code) where case_id = 'c'"))
      .length,
    1,
  )
  const { tracesWithoutName, repeatedTraces, eventsOutsideTraces, traces } = result.found
  assert.deepEqual([traces, tracesWithoutName, repeatedTraces, eventsOutsideTraces], [4, 1, 1, 1])
})

test('an event with an unreadable time is put aside with its row number; an absent time is no fault', async (t) => {
  const { staged, rows, rejects } = await bench(t)
  const result = await staged(
    log(trace('c', event('A'), event('B', '31/12/2024'), '<event><string key="concept:name" value="C"/></event>')),
  )
  assert.deepEqual(await rejects(result), [[2, 'time:timestamp', 'timestamp_invalid', null]])
  assert.deepEqual(await rows('select row_number, activity, "at" is null from staging order by 1'), [
    [1, 'A', false],
    [3, 'C', true],
  ])
  assert.equal(result.rows, 2)
})

test('a time without an offset is local time of the zone that the caller names', async (t) => {
  const { staged, rows } = await bench(t)
  await staged(log(trace('c', event('A', '2025-07-01T08:00:00'))), { timeZone: 'Asia/Shanghai' })
  assert.deepEqual(await rows('select "at" from staging'), [['2025-07-01T00:00:00.000Z']])
})

test('document types and entities are refused and never expanded, and nothing stays behind', async (t) => {
  const { refusal, relations } = await bench(t)
  const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i || ''};`.repeat(10)}">`).join('')}]><log><trace><string key="concept:name" value="&lol9;"/></trace></log>`
  const external = `<?xml version="1.0"?><!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]><log><trace><string key="concept:name" value="&x;"/></trace></log>`
  for (const text of [
    laughs,
    external,
    '<!DOCTYPE log SYSTEM "http://127.0.0.1/x.dtd"><log/>',
    log(trace('&undeclared;', event('A'))),
    log(trace('c', event('&undeclared;'))),
    log('<!DOCTYPE late>'),
  ])
    assert.equal((await refusal(text)).reason, 'xes_entity_refused', text.slice(0, 60))
  assert.deepEqual(await relations(), [])
})

test('malformed files are refused with the line and column of the fault', async (t) => {
  const { refusal, relations } = await bench(t)
  const at = async (text: string | Buffer) => {
    const { reason, line, column } = (await refusal(text)) as Record<string, unknown>
    return [reason, line, column]
  }
  assert.deepEqual(await at('<log>\n<trace>\n  <event></trace></log>'), ['xml_malformed', 3, 10])
  assert.deepEqual(await at('<log>\n<trace>\n'), ['xml_malformed', 3, 1])
  assert.deepEqual(await at('<log>\n<trace><string key="a" value="b></trace></log>'), ['xml_malformed', 2, 8])
  assert.deepEqual(await at('<log><trace><string key="a" value="b&c"/></trace></log>'), ['xml_malformed', 1, 13])
  assert.deepEqual(await at('<log><trace><string key="a" value="&#0;"/></trace></log>'), ['xml_malformed', 1, 13])
  assert.deepEqual(await at('<log><trace><string key="a" key="b" value=""/></trace></log>'), ['xml_malformed', 1, 13])
  assert.deepEqual(await at('<log/>\n<log/>'), ['xml_malformed', 2, 1])
  assert.deepEqual(await at('<log/>text'), ['xml_malformed', 1, 7])
  assert.deepEqual(await at(`<log>${'<trace>'}<string key="concept:name"/></trace></log>`), ['xml_malformed', 1, 13])
  const broken = Buffer.concat([
    Buffer.from('<log>\n<trace><string key="a" value="'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"/></trace></log>'),
  ])
  assert.deepEqual((await at(broken))[0], 'encoding_invalid')
  assert.deepEqual(await relations(), [])
})

test('other encodings are read as the XML declaration says', async (t) => {
  const { staged, rows } = await bench(t)
  const latin = Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?><log>${trace('c', event('Crédito'))}</log>`,
    'latin1',
  )
  await staged(latin)
  assert.deepEqual(await rows('select activity from staging'), [['Crédito']])
  const wide = Buffer.from(
    `\ufeff<?xml version="1.0" encoding="UTF-16"?><log>${trace('c', event('受理'))}</log>`,
    'utf16le',
  )
  await staged(wide)
  assert.deepEqual(await rows('select activity from staging'), [['受理']])
})

test('a gzip file cut short or damaged is refused', async (t) => {
  const { refusal } = await bench(t)
  const packed = gzipSync(log(trace('c', ...Array.from({ length: 5000 }, (_, i) => event(`A${(i * 7919) % 5000}`)))))
  assert.equal((await refusal(packed.subarray(0, packed.length / 2))).reason, 'gzip_truncated')
  const damaged = Buffer.from(packed)
  damaged.fill(0xff, packed.length / 2, packed.length / 2 + 200)
  assert.equal((await refusal(damaged)).reason, 'gzip_corrupt')
})

test('reading can be watched and cancelled, and a cancelled reading leaves nothing behind', async (t) => {
  const { connection, file, relations } = await bench(t)
  const path = await file(gzipSync(log(trace('c', ...Array.from({ length: 60_000 }, (_, i) => event(`A${i % 50}`))))))
  const seen: number[] = []
  const whole = await readInto(connection, path, {
    onProgress: ({ bytesRead, bytesTotal, rows }) => {
      assert.ok(bytesRead <= bytesTotal)
      seen.push(rows)
    },
  })
  assert.ok(whole.ok && whole.value.rows === 60_000)
  assert.ok(seen.length > 2 && seen.at(-1) === 60_000)
  await whole.value.drop()
  const stop = new AbortController()
  const cancelled = await readInto(connection, path, { signal: stop.signal, onProgress: () => stop.abort() })
  assert.deepEqual(cancelled, { ok: false, reason: 'read_cancelled', detail: {} })
  assert.deepEqual(await relations(), [])
})

test('a first look at a long log keeps the case of each event it shows', async (t) => {
  const { staged, rows } = await bench(t)
  const result = await staged(log(trace('c', ...Array.from({ length: 30_000 }, () => event('A')))), { firstRows: 10 })
  assert.ok(result.found.partial && result.rows >= 10 && result.rows < 30_000)
  assert.deepEqual(await rows('select distinct case_id from staging'), [['c']])
})

const bpi = sharedData('process/bpi2012.xes.gz')
test('BPI 2012 has its published figures', { skip: bpi ? false : 'shared data folder is absent' }, async (t) => {
  const { connection, rows } = await bench(t)
  const result = await readInto(connection, bpi!)
  assert.ok(result.ok)
  assert.deepEqual([result.value.rows, result.value.rejects], [262_200, 0])
  assert.deepEqual(
    await rows(`select count(distinct case_id), count(distinct activity), count(distinct activity || lifecycle),
      count(distinct resource), count(*) filter (where lifecycle = 'COMPLETE') from staging`),
    [[13_087, 24, 36, 68, 164_506]],
  )
  assert.deepEqual(
    await rows(`select count(*), count(distinct (a, b)) from (
      select activity as a, lead(activity) over (partition by case_id order by row_number) as b from staging) where b is not null`),
    [[262_200 - 13_087, 125]],
  )
  assert.deepEqual(
    await rows(`select count(distinct v) from (
      select string_agg(activity, '>' order by row_number) as v from staging group by case_id)`),
    [[4366]],
  )
  assert.deepEqual(
    await rows(`select round(avg(d), 4), round(median(d), 4) from (
      select epoch(max("at") - min("at")) / 86400 as d from staging group by case_id)`),
    [[8.6238, 0.8085]],
  )
  assert.deepEqual(
    await rows(
      `select count(*), sum((attributes->>'AMOUNT_REQ')::bigint)::bigint > 0, min(attributes->>'REG_DATE') from staging_cases`,
    ),
    [[13_087, true, '2011-09-30T22:38:44.546Z']],
  )
})

const copy = sharedData('process/bpi2012.parquet')
test('BPI 2012 in XES and in Parquet are row by row the same', {
  skip: bpi && copy ? false : 'shared data folder is absent',
}, async (t) => {
  const { connection, rows } = await bench(t)
  assert.ok((await readInto(connection, bpi!, { table: 'x' })).ok)
  assert.ok((await readInto(connection, copy!, { table: 'p' })).ok)
  assert.deepEqual(
    await rows(`select count(*) from x join p using (row_number)
      where x.case_id = p.case_id and x.activity = p.activity and x.lifecycle = p.lifecycle
        and x.resource is not distinct from p.resource and x."at" = p.ts::timestamp`),
    [[262_200]],
  )
})

const receipt = sharedData('process/receipt.xes.gz')
test('the permit log has its published figures', {
  skip: receipt ? false : 'shared data folder is absent',
}, async (t) => {
  const { connection, rows } = await bench(t)
  const result = await readInto(connection, receipt!)
  assert.ok(result.ok)
  assert.deepEqual(
    await rows(`select count(*), count(distinct case_id), count(distinct activity), count(distinct resource),
      count(attributes->>'org:group') from staging`),
    [[8577, 1434, 27, 48, 8577]],
  )
})

test('what is empty is none, and odd keys are read alike, by the short way and by the general one', async (t) => {
  const { staged, rows } = await bench(t)
  // A space before /> is what the short way leaves to the scanner.
  for (const end of ['/>', ' />']) {
    const result = await staged(
      log(`<trace><string key="concept:name" value="c"${end}<string key="x\ty" value="1"${end}<string key="constructor" value="2"${end}
        <event><string key="concept:name" value=""${end}<string key="org:resource" value="r"${end}<string key="toString" value="3"${end}</event>
        <event><string key="concept:name" value="A"${end}<string key="org:resource" value=""${end}</event></trace>`),
    )
    assert.deepEqual(await rows('select case_id, activity, resource, attributes from staging order by row_number'), [
      ['c', null, 'r', '{"toString":"3"}'],
      ['c', 'A', null, null],
    ])
    assert.deepEqual(result.log?.caseAttributes, ['x y', 'constructor'])
  }
})
