import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openImportBench } from '#features/imports/mutations/testing.ts'
import { raw } from '#warehouse/sql.ts'
import { openTestLake } from '#warehouse/testing/testLake.ts'
import { readErasure } from './data.ts'
import { approved, carryOutNow, keyOf, loadPeople, person, storeHolding } from './testing.ts'

const lake = await openTestLake()
const bench = await openImportBench({ stores: lake })
const { services } = bench.home
after(() => lake.drop())

const factsOf = async (key: number) => {
  const tables = ['interactions', 'complaints', 'responses', 'events', 'customers']
  const each = tables.map(
    (table) => `select '${table}' as held, count(*) as n from ${table} where customer_key = ${key}`,
  )
  const { rows } = await services.warehouse.write((writer) => writer.whole(raw(each.join(' union all '))))
  return Object.fromEntries(rows.map(({ held, n }) => [held, n]))
}

test('a customer is erased from a lake as from an embedded warehouse, and the upkeep sweeps his history', async () => {
  await loadPeople(bench, [0, 1, 2])
  const { store, cipher } = services
  const [gone, other] = [(await keyOf(services, person(0).number))!, (await keyOf(services, person(1).number))!]
  const before = { gone: await factsOf(gone), other: await factsOf(other) }
  // A corrected interaction has two versions; an answer has one line.
  assert.deepEqual(before.gone, { interactions: 6, complaints: 1, responses: 1, events: 3, customers: 1 })
  assert.deepEqual(before.other, before.gone)

  const id = await approved(bench, [person(0).number])
  const held = await readErasure(services, bench.home.operator, id)
  assert.ok(held.ok)
  assert.deepEqual(
    held.value.held?.facts.map(({ kind, rows }) => [kind, rows]),
    [
      ['interactions', 3],
      ['responses', 1],
      ['complaints', 1],
      ['events', 3],
    ],
  )
  assert.equal(await carryOutNow(services, id), 'done')
  assert.deepEqual(await factsOf(gone), { interactions: 0, complaints: 0, responses: 0, events: 0, customers: 0 })
  assert.deepEqual(await factsOf(other), before.other)
  const { number, phone, words, loan } = person(0)
  const index = Buffer.from(cipher.blindIndex('customer:core', number)).toString('hex')
  assert.deepEqual(await storeHolding(services, [number, phone, words, loan, index]), [])
  const summary = await services.ask('processes.summary', { process: 'loan' }, bench.home.operator)
  assert.ok(summary.ok)
  assert.equal(summary.value.rows[0]!.cases, 2)

  // Nobody can still be reading: the history goes at once.
  await services.warehouse.tend!({ keepSeconds: 0 })
  await services.warehouse.tend!({ keepSeconds: 0 })
  const notes = await store.query("select value from lake_meta where key = 'rewrite_due'")
  assert.deepEqual(notes, [])
})
