import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readMapping } from '#warehouse/import/mapping.ts'
import { startLoad } from './mutations/loadFile.ts'
import { runningLoads } from './mutations/running.ts'
import { type ImportBench, openImportBench } from './mutations/testing.ts'
import { undoLoad } from './mutations/undo.ts'

let bench: ImportBench
before(async () => {
  bench = await openImportBench()
})
after(() => bench.close())

const complaints = (source: string, extra: object = {}) => ({
  kind: 'complaints',
  source,
  columns: { source_id: 'id', start_at: 'at', text: 't', ...extra },
})
const head = 'id,at,t\n'
const at = '2026-01-01 10:00'

/** The texts of a source as [id of the fact, words], those of later loads later. */
const texts = async (source: string) =>
  (
    await bench.home.store.query<{ source_id: string; text_enc: Uint8Array }>(
      'select source_id, text_enc from free_texts where source = $1 order by load_id, source_id',
      [source],
    )
  ).map((row) => [row.source_id, bench.home.services.cipher.decrypt(row.text_enc)])
const undo = async (id: number) => assert.ok((await undoLoad(bench.home.services, bench.home.operator, id)).ok)

test('the same file twice keeps each text once; another text corrects its fact; undo takes each back', async () => {
  const first = await bench.load('1.csv', `${head}1,${at},旧文字\n2,${at},别的\n`, complaints('c'))
  const again = await bench.load('1.csv', `${head}1,${at},旧文字\n2,${at},别的\n`, complaints('c'))
  assert.deepEqual([again.rows.new, again.rows.same, again.rows.corrected], [0, 2, 0])
  assert.deepEqual(await texts('c'), [
    ['1', '旧文字'],
    ['2', '别的'],
  ])
  const corrected = await bench.load('2.csv', `${head}1,${at},新文字\n`, complaints('c'))
  assert.deepEqual([corrected.rows.same, corrected.rows.corrected], [0, 1])
  assert.deepEqual((await texts('c')).at(-1), ['1', '新文字'])
  await undo(corrected.id)
  // The second load brought the facts of the first again: their texts are its own once the first is gone.
  await undo(first.id)
  assert.deepEqual(await texts('c'), [
    ['1', '旧文字'],
    ['2', '别的'],
  ])
  await undo(again.id)
  assert.deepEqual(await texts('c'), [])
})

test('of one file the last text of an id counts, as for the fact', async () => {
  await bench.load('3.csv', `${head}9,${at},一\n9,${at},二\n`, complaints('last'))
  assert.deepEqual(await texts('last'), [['9', '二']])
})

test('a text without an id is found from its fact', async () => {
  await bench.load('4.csv', `at,t\n${at},一\n${at},二\n`, {
    kind: 'complaints',
    source: 'noid',
    columns: { start_at: 'at', text: 't' },
  })
  const kept = await texts('noid')
  assert.deepEqual(kept.map(([, words]) => words).sort(), ['一', '二'])
  const facts = await bench.rows("select source_id from complaints where source = 'noid'")
  assert.deepEqual(facts.map((row) => row.source_id).sort(), kept.map(([id]) => id).sort())
})

test('the answers of one sheet share its text, which is kept once', async () => {
  await bench.load('5.csv', `rid,at,nps,csat,t\nR1,${at},9,4,很好\n`, {
    kind: 'responses',
    source: 'sheet',
    columns: { source_id: 'rid', start_at: 'at', text: 't' },
    items: [
      { column: 'nps', metric: 'nps', scale: [0, 10] },
      { column: 'csat', metric: 'csat', scale: [1, 5] },
    ],
  })
  assert.deepEqual(
    (await texts('sheet')).map(([, words]) => words),
    ['很好'],
  )
})

test('the words themselves stay out of the warehouse', async () => {
  assert.doesNotMatch(JSON.stringify(await bench.rows('select * from complaints')), /[一二]|文字|别的/)
})

test('a load that is cancelled while it keeps its texts leaves neither texts nor facts', async () => {
  const { services, operator, store } = bench.home
  let cancel: (() => void) | undefined
  let inserted = 0
  const own = {
    ...services,
    store: {
      ...store,
      query: async <T>(statement: string, values?: readonly unknown[]) => {
        const answer = await store.query<T>(statement, values)
        if (/insert into free_texts/.test(statement)) {
          inserted += 1
          cancel?.()
        }
        return answer
      },
    },
  }
  const rows = Array.from({ length: 20_000 }, (_, i) => `r${i},${at},客户的意见${i}`)
  const mapping = readMapping(complaints('long'))
  assert.ok(mapping.ok)
  const id = await startLoad(own, operator, await bench.file('l.csv', head + rows.join('\n')), mapping.value, {
    strict: false,
  })
  const load = runningLoads(own).get(id)
  cancel = () => load?.abort.abort()
  await load?.done
  assert.equal(inserted, 1)
  const [state] = await store.query('select state, failure from loads where id = $1', [id])
  assert.deepEqual(state, { state: 'failed', failure: 'load_cancelled' })
  assert.deepEqual(await texts('long'), [])
  assert.deepEqual(await bench.rows("select 1 from complaints where source = 'long'"), [])
})
