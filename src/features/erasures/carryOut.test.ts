import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { keepFile, keptFile } from '#features/imports/data/uploads.ts'
import { moveIntake } from '#features/imports/mutations/moveIntake.ts'
import { type ImportBench, openImportBench } from '#features/imports/mutations/testing.ts'
import { undoLoad } from '#features/imports/mutations/undo.ts'
import { takeInteractions } from '#features/imports/mutations.ts'
import type { Services } from '#features/services.ts'
import { rebuildRollups, refreshRollups } from '#warehouse/rollups/making.ts'
import { listErasures, readErasure } from './data.ts'
import { approved, carryOutNow, keyOf, loadPeople, person, rowsOf, storeHolding, warehouseHolding } from './testing.ts'

let bench: ImportBench
let services: Services
const people = Array.from({ length: 80 }, (_, i) => i)
before(async () => {
  bench = await openImportBench()
  services = bench.home.services
  await loadPeople(bench, people)
})
after(() => bench.close())

/** Every way in which the bank's systems name somebody. */
const namesOf = (i: number) => {
  const { number, name, phone, words, loan } = person(i)
  const index = (field: string, text: string) => Buffer.from(services.cipher.blindIndex(field, text)).toString('hex')
  return [number, name, phone, words, loan, index('customer:core', number), index('customer.phone', phone)]
}
/** Only these say that there was such a surrogate. */
const keepsKeys = ['erasure_customers.customer_key', 'audit_records.detail', 'erasures.counts']
const nowhere = async (people: ReadonlyMap<number, number>) => {
  const keys = [...people.values()].map(String)
  assert.deepEqual(await storeHolding(services, [...people.keys()].flatMap(namesOf)), [])
  assert.deepEqual(await storeHolding(services, keys, keepsKeys), [])
  assert.deepEqual(await warehouseHolding(services, keys), [])
}
const rollups = async () => [
  await rowsOf(services, 'select * from daily order by all'),
  await rowsOf(services, 'select * from daily_bins order by all'),
]
const take = async (key: string, lines: object[]) => {
  const body = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
  const taken = await takeInteractions(services, bench.home.operator, { source: 'app', key, body })
  assert.ok(taken.ok, JSON.stringify(taken))
}
const contact = (id: string, number: string) => ({
  id,
  start_at: '2025-03-20T08:00:00+08:00',
  channel: 'app',
  customer: number,
})

test('nothing of an erased customer is left in either store, and nothing of the others has gone', async () => {
  const [gone, other] = [0, 1]
  const [key, otherKey] = [
    (await keyOf(services, person(gone).number))!,
    (await keyOf(services, person(other).number))!,
  ]
  // What is on its way names him too: a batch that waits, a file that was sent, a row that was rejected.
  await take('waits', [contact('w1', person(gone).number), contact('w2', person(other).number)])
  const sent = await keepFile(
    services,
    bench.home.operator,
    'late.csv',
    Readable.from([Buffer.from(`no\n${person(gone).number}\n`)]),
  )
  assert.ok(sent.ok)
  const rejected = await bench.load(
    'bad.csv',
    `id,no,at\nB1,${person(gone).number},soon ${person(gone).number}\nB2,${person(other).number},soon ${person(other).number}\n`,
    { kind: 'interactions', source: 'bad', columns: { source_id: 'id', customer: 'no', start_at: 'at' } },
  )
  const heldBefore = await storeHolding(services, namesOf(gone))
  for (const place of [
    'subject_keys.external_enc',
    'subject_keys.external_index',
    'customers.name_enc',
    'load_changes.before',
    'free_texts.text_enc',
    'case_key_blocks.numbers_enc',
    'intake_batches.body_enc',
    'load_errors.excerpt_enc',
  ])
    assert.ok(heldBefore.includes(place), `${place} was to hold him, or this test proves nothing: ${heldBefore}`)
  assert.ok((await warehouseHolding(services, [String(key)])).includes('events'))
  const othersBefore = await storeHolding(services, namesOf(other))
  const factsOf = (of: number) =>
    rowsOf(services, `select count(*) as n from interactions where customer_key = ${of} and superseded_by = 0`)

  const id = await approved(bench, [person(gone).number], `${person(gone).name}来电要求删除`)
  assert.equal(await carryOutNow(services, id), 'done')
  await nowhere(new Map([[gone, key]]))
  assert.deepEqual(await storeHolding(services, namesOf(other)), othersBefore)
  assert.deepEqual(await factsOf(otherKey), [{ n: 3 }])
  assert.equal(await keptFile(services, bench.home.operator, sent.value.id), undefined)

  const seen = await readErasure(services, bench.home.operator, id)
  assert.ok(seen.ok)
  assert.deepEqual(
    seen.value.erased?.facts.map(({ kind, rows, loads }) => [kind, rows, loads]),
    [
      ['interactions', 3, 2],
      ['responses', 1, 1],
      ['complaints', 1, 1],
      ['events', 3, 1],
    ],
  )
  const { versions, texts, records, keys, lines, files, cases, excerpts } = seen.value.erased!
  assert.deepEqual(
    { versions, texts, records, keys, lines, files, cases, excerpts },
    { versions: 11, texts: 2, records: 1, keys: 1, lines: 1, files: 1, cases: 1, excerpts: 1 },
  )
  // The batch that lost his line moves, and he is nobody in it.
  while ((await moveIntake(services)) > 0);
  assert.deepEqual(await rowsOf(services, "select source_id from interactions where source = 'app'"), [
    { source_id: 'w2' },
  ])
  assert.equal(rejected.rows.rejected, 2)
})

test('sums and event logs are as if the erased customer had never been there', async () => {
  // What was moved before left its episodes open.
  await services.warehouse.write((writer) => refreshRollups(writer))
  const id = await approved(bench, [person(2).number])
  const casesBefore = (await services.warehouse.log(await logOf()))!.cases
  assert.equal(await carryOutNow(services, id), 'done')
  const log = (await services.warehouse.log(await logOf()))!
  assert.equal(log.cases, casesBefore - 1)
  assert.deepEqual(await services.warehouse.staleLogs(), [])
  const kept = await rollups()
  await services.warehouse.write((writer) => rebuildRollups(writer))
  assert.deepEqual(kept, await rollups())
})
const logOf = async () =>
  (await services.store.query<{ log: number }>("select log from processes where id = 'loan'"))[0]!.log

test('who is heard of again afterwards is somebody new', async () => {
  const { number } = person(3)
  const key = await keyOf(services, number)
  assert.equal(await carryOutNow(services, await approved(bench, [number])), 'done')
  assert.equal(await keyOf(services, number), undefined)
  await take('again', [contact('again', number)])
  while ((await moveIntake(services)) > 0);
  const anew = await keyOf(services, number)
  assert.ok(anew && anew !== key)
  assert.deepEqual(await rowsOf(services, `select source_id from interactions where customer_key = ${anew}`), [
    { source_id: 'again' },
  ])
})

test('a case that another customer has a part in keeps its number', async () => {
  const [gone, stays] = [person(4), person(5)]
  const joint = 'LOAN-JOINT-1'
  await bench.load(
    'joint.csv',
    `case,step,at,no\n${joint},apply,2025-03-02 09:00,${gone.number}\n${joint},sign,2025-03-03 09:00,${stays.number}\n`,
    {
      kind: 'events',
      source: 'joint',
      process: 'loan',
      columns: { case_key: 'case', activity: 'step', start_at: 'at', customer: 'no' },
    },
  )
  assert.equal(await carryOutNow(services, await approved(bench, [gone.number])), 'done')
  assert.deepEqual(await storeHolding(services, [joint]), ['case_key_blocks.numbers_enc'])
  assert.deepEqual(await storeHolding(services, [gone.loan]), [])
})

test('undoing a load that had brought him brings nothing of him back', async () => {
  const { number } = person(6)
  const key = (await keyOf(services, number))!
  assert.equal(await carryOutNow(services, await approved(bench, [number])), 'done')
  const loads = await services.store.query<{ id: number }>(
    "select id from loads where source in ('front', 'crm') order by id",
  )
  // Of the interactions the correction, of the customers the second list: the earlier versions come to stand again.
  for (const { id } of [loads[1]!, loads[3]!]) assert.ok((await undoLoad(services, bench.home.operator, id)).ok)
  await nowhere(new Map([[6, key]]))
  const stays = (await keyOf(services, person(7).number))!
  assert.deepEqual(
    await rowsOf(
      services,
      `select distinct outcome from interactions where customer_key = ${stays} and superseded_by = 0`,
    ),
    [{ outcome: 'failure' }],
  )
})

test('a load that began before is waited for: it may hold the key', async () => {
  const { number } = person(8)
  const key = (await keyOf(services, number))!
  const running = async () => {
    const [row] = await services.store.query<{ id: number }>(
      `insert into loads (kind, source, file_name, mapping, state, created_by) values
       ('interactions', 'slow', 'slow.csv', '{}', 'running', 'test') returning id`,
    )
    return row!.id
  }
  const end = (id: number) => services.store.query("update loads set state = 'done' where id = $1", [id])
  const before = await running()
  const id = await approved(bench, [number])
  assert.equal(await carryOutNow(services, id), 'waiting')
  // It still finds his key, so that what it brings goes with the rest.
  assert.equal(await keyOf(services, number), key)
  const listed = await listErasures(services, bench.home.operator, { limit: 1 })
  assert.ok(listed.ok)
  assert.equal(listed.value.requests[0]?.waitsFor, 'loads')
  const between = await running()
  await end(before)
  // Began after the approval, and may have found the key before it was taken away.
  assert.equal(await carryOutNow(services, id), 'waiting')
  assert.equal(await keyOf(services, number), undefined)
  const later = await running()
  await end(between)
  assert.equal(await carryOutNow(services, id), 'done')
  await end(later)
  await nowhere(new Map([[8, key]]))
})

class Killed extends Error {}

/** A server that is killed at its n-th word to a store: before it is heard, or when it has been done. */
function killedAt(n: number, heard: boolean): Services & { words(): number } {
  let said = 0
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    const last = ++said === n
    if (last && !heard) throw new Killed()
    const result = await work()
    if (last) throw new Killed()
    return result
  }
  const { store, warehouse } = services
  return {
    ...services,
    store: {
      ...store,
      query: (text, values) => step(() => store.query(text, values)),
      transaction: (work) => step(() => store.transaction(work)),
    },
    warehouse: {
      ...warehouse,
      write: (work, options) => step(() => warehouse.write(work, options)),
      session: (work) => step(() => warehouse.session(work)),
    },
    words: () => said,
  }
}

test('a server killed anywhere is followed by one that brings it to its end, and the counts are right', async () => {
  const spare = people.slice(20)
  const gone = new Map<number, number>()
  for (const heard of [false, true])
    for (let n = 1; ; n++) {
      const i = spare.shift()
      assert.ok(i !== undefined, `more places to be killed at than people: ${n}`)
      const key = (await keyOf(services, person(i).number))!
      const id = await approved(bench, [person(i).number])
      const dying = killedAt(n, heard)
      const outcome = await carryOutNow(dying, id).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
        return 'killed'
      })
      // One that was heard to its end answers nobody; it is done all the same. Of a log that was not prepared the step
      // itself takes note.
      if (outcome !== 'done' && !(await isDone(id))) assert.equal(await carryOutNow(services, id), 'done')
      const seen = await readErasure(services, bench.home.operator, id)
      assert.ok(seen.ok && seen.value.state === 'done', `${n} ${heard}`)
      const { facts, versions, texts, records, keys, cases } = seen.value.erased!
      assert.deepEqual(
        [facts.map(({ rows }) => rows), versions, texts, records, keys, cases],
        [[3, 1, 1, 3], 8, 2, 1, 1, 1],
        `killed at ${n}, ${heard ? 'after' : 'before'} it was done`,
      )
      gone.set(i, key)
      const audited = await services.store.query(
        "select 1 from audit_records where action = 'erasure.carryOut' and object_id = $1",
        [id],
      )
      assert.equal(audited.length, 1)
      if (dying.words() < n) break
    }
  assert.ok(gone.size > 20, `${gone.size}`)
  await nowhere(gone)
  const kept = await rollups()
  await services.warehouse.write((writer) => rebuildRollups(writer))
  assert.deepEqual(kept, await rollups())
})
const isDone = async (id: string) =>
  (await services.store.query("select 1 from erasures where id = $1 and state = 'done'", [id])).length > 0
