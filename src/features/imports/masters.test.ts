import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { catchUp } from '#features/copies.ts'
import { openWarehouseToLose } from '#server/testing.ts'
import type { Tx } from '#store/store.ts'
import { openTestStore } from '#store/testing.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { TrinoError } from '#warehouse/lake/trinoError.ts'
import { loadErrors } from './data/loads.ts'
import { startLoad } from './mutations/loadFile.ts'
import { runningLoads } from './mutations/running.ts'
import { closeInterruptedLoads, undoLoad } from './mutations/undo.ts'
import { type ImportBench, openImportBench } from './mutations/testing.ts'

let bench: ImportBench
before(async () => {
  bench = await openImportBench()
})
after(() => bench.close())

const undo = (id: number) => undoLoad(bench.home.services, bench.home.operator, id)
const units = {
  kind: 'units',
  source: 'org',
  columns: { code: 'code', name: 'name', level: 'level', parent: 'parent' },
}
const head = 'code,name,level,parent\n'
const pathsOf = async (...ids: string[]) =>
  Object.fromEntries(
    (
      await bench.home.store.query<{ id: string; path: string }>(
        'select id, path from units where id = any($1::text[]) order by id',
        [ids],
      )
    ).map(({ id, path }) => [id, path]),
  )
const errorsOf = async (id: number) =>
  (await loadErrors(bench.home.services, bench.home.operator, id, 0, 100)).errors.map(
    ({ row, column, reason, excerpt }) => [row, column, reason, excerpt],
  )

test('a load of units and its undoing stand while the warehouse is away, and are copied afterwards', async (t) => {
  const lake = await openWarehouseToLose()
  const own = await openImportBench({ stores: { store: await openTestStore(), warehouse: lake.warehouse } })
  t.after(() => own.close())
  const { services, operator } = own.home
  const copied = async () => {
    await catchUp(services)
    return (await own.rows("select unit_id from units where name = '文三路网点'")).length
  }
  lake.lose(new TrinoError('gone', 'away'))
  const load = await own.load('units.csv', `${head}U1,文三路网点,branch,hz-xihu\n`, units)
  assert.deepEqual([load.state, load.failure], ['done', null])
  lake.bringBack()
  assert.equal(await copied(), 1)

  // Whether facts stand on a unit nobody can say: units are not undone meanwhile, and nothing has changed.
  lake.lose(new TrinoError('gone', 'away'))
  await assert.rejects(undoLoad(services, operator, load.id), /gone/)
  lake.bringBack()
  assert.ok((await undoLoad(services, operator, load.id)).ok)
  const customers = { kind: 'customers', source: 'crm', columns: { customer: 'no', segment: 'segment' } }
  const people = await own.load('people.csv', 'no,segment\nK1,gold\n', customers)
  lake.lose(new TrinoError('gone', 'away'))
  assert.deepEqual(await undoLoad(services, operator, people.id), { ok: true, value: { id: people.id } })
  lake.bringBack()
  assert.equal(await copied(), 0)
  assert.deepEqual(await own.rows('select customer_key from customers'), [])
})

test('undoing loads of customers in any order ends as if only the others had been made', async () => {
  const { store } = bench.home
  const customers = {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', segment: 'segment', unit: 'unit' },
  }
  const contents = [
    'no,segment,unit\nK1,gold,hz-xihu\nK2,gold,hz-xihu\n',
    'no,segment,unit\nK1,gold,hz-xihu\nK3,gold,nj-gulou\n',
    'no,segment,unit\nK1,silver,hz-xihu\nK2,gold,hz-xihu\n',
    'no,segment,unit\nK1,silver,hz-xihu\nK3,basic,nj-gulou\n',
  ]
  const state = () =>
    store.query<{ segment: string; unit_id: string }>(
      'select segment, unit_id from customers order by segment, unit_id',
    )
  const loadAll = async (which: readonly number[]) => {
    const ids: number[] = []
    for (const i of which) ids.push((await bench.load(`c${i}.csv`, contents[i] as string, customers)).id)
    return ids
  }
  const clear = async (ids: readonly number[]) => {
    for (const id of ids) {
      const undone = await undo(id)
      assert.ok(undone.ok || undone.reason === 'load_not_done')
    }
    assert.deepEqual(await state(), [])
    assert.deepEqual(await store.query('select 1 from load_changes union all select 1 from load_repeats'), [])
  }
  const all = [0, 1, 2, 3]
  for (const gone of [[0], [1], [2], [3], [0, 2], [2, 0], [1, 3], [3, 1], [2, 1, 0], [0, 1, 2]]) {
    const only = await loadAll(all.filter((i) => !gone.includes(i)))
    const wanted = await state()
    await clear(only)
    const ids = await loadAll(all)
    for (const i of gone) assert.ok((await undo(ids[i] as number)).ok)
    assert.deepEqual(await state(), wanted, `without ${gone.join(', ')}`)
    await clear(ids)
  }
})

test('a load that says nothing of a field leaves it as it is', async () => {
  const { services, store } = bench.home
  await bench.load('p.csv', 'no,name,phone\nP1,王伟,100123\n', {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', name: 'name', phone: 'phone' },
  })
  const second = await bench.load('s.csv', 'no,segment\nP1,gold\n', {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', segment: 'segment' },
  })
  assert.equal(second.rows.corrected, 1)
  const [row] = await store.query<{ phone_enc: Uint8Array; segment: string }>(
    'select phone_enc, segment from customers where phone_index = $1',
    [services.cipher.blindIndex('customer.phone', '100123')],
  )
  assert.ok(row)
  assert.deepEqual([services.cipher.decrypt(row.phone_enc), row.segment], ['100123', 'gold'])
})

test('a unit whose parent nobody knows is a bad row, with those below it; the others are loaded', async () => {
  const text = `${head}n1,甲支行,branch,hz\nn2,乙支行,branch,nowhere\nn3,乙一组,team,n2\n`
  const strict = await bench.load('u.csv', text, units, true)
  assert.deepEqual([strict.state, strict.failure], ['failed', 'load_rows_rejected'])
  assert.deepEqual(await pathsOf('n1', 'n2', 'n3'), {})
  const load = await bench.load('u.csv', text, units)
  assert.deepEqual([load.state, load.rows.new, load.rows.rejected], ['done', 1, 2])
  assert.deepEqual(await errorsOf(load.id), [
    [3, 'parent', 'parent_unknown', 'nowhere'],
    [4, 'parent', 'parent_unknown', 'n2'],
  ])
  assert.deepEqual(await pathsOf('n1', 'n2', 'n3'), { n1: '/bank/zj/hz/n1/' })
})

test('a failed load says what exactly was wrong', async () => {
  const circle = await bench.load('q.csv', `${head}q1,甲,branch,q2\nq2,乙,branch,q1\n`, units)
  assert.deepEqual([circle.state, circle.failure], ['failed', 'units_not_a_tree'])
  assert.equal(circle.failureDetail?.why, 'a unit is its own ancestor')
  const broken = await bench.load('x.xes', '<log><trace><event></trace></log>', {
    kind: 'events',
    source: 'x',
    process: 'x',
    columns: { case_key: 'case_id', activity: 'activity', start_at: 'at' },
  })
  assert.equal(broken.failure, 'file_unreadable')
  assert.equal(typeof broken.failureDetail?.why, 'string')
  assert.ok(Object.keys(broken.failureDetail ?? {}).length > 1, JSON.stringify(broken.failureDetail))
})

test('values that the store could not hold are bad rows', async () => {
  const { path } = await bench.file('b.parquet', '')
  await bench.rows(`copy (select * from (values ('B1', '王伟', 1980, date '2020-01-01'), ('B2', '李娜', 99999999999, date '2020-01-01'),
    ('B3', '张' || chr(0) || '三', 1980, date '2020-01-01'), ('B4', '赵四', 1980, date '1020-01-01')) t(no, name, born, opened)) to '${path}' (format parquet)`)
  const load = await bench.load('b.parquet', await readFile(path), {
    kind: 'customers',
    source: 'bad',
    columns: { customer: 'no', name: 'name', birth_year: 'born', opened_on: 'opened' },
  })
  assert.deepEqual([load.state, load.rows.new, load.rows.rejected], ['done', 1, 3])
  assert.deepEqual(
    (await errorsOf(load.id)).map(([, column, reason]) => [column, reason]),
    [
      ['born', 'date_out_of_range'],
      ['name', 'control_character'],
      ['opened', 'date_out_of_range'],
    ],
  )
})

test('units below a moved one move along, and back again when that is undone', async () => {
  await bench.load('m0.csv', `${head}m1,甲,branch,hz\nm2,甲一组,team,m1\n`, units)
  const moved = await bench.load('m1.csv', `${head}m1,甲,branch,nj\n`, units)
  assert.deepEqual([moved.state, moved.rows.corrected], ['done', 1])
  assert.deepEqual(await pathsOf('m1', 'm2'), { m1: '/bank/js/nj/m1/', m2: '/bank/js/nj/m1/m2/' })
  assert.ok((await undo(moved.id)).ok)
  assert.deepEqual(await pathsOf('m1', 'm2'), { m1: '/bank/zj/hz/m1/', m2: '/bank/zj/hz/m1/m2/' })
})

test('units that facts, people or other units stand on are not undone', async () => {
  const { store } = bench.home
  const refused = async (id: number, unit: string) => {
    const outcome = await undo(id)
    assert.ok(!outcome.ok && outcome.reason === 'load_in_use', JSON.stringify(outcome))
    assert.equal(outcome.detail?.unit, unit)
    assert.equal(Object.keys(await pathsOf(unit)).length, 1)
  }
  const first = await bench.load('f1.csv', `${head}f1,甲,branch,hz\n`, units)
  const facts = await bench.load('t.csv', 'id,at,amount,unit\n1,2026-01-01 10:00,5,f1\n', {
    kind: 'transactions',
    source: 'core',
    columns: { source_id: 'id', start_at: 'at', amount: 'amount', unit: 'unit' },
  })
  await refused(first.id, 'f1')
  assert.ok((await undo(facts.id)).ok)
  const people = await bench.load('f2.csv', 'no,unit\nF1,f1\n', {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', unit: 'unit' },
  })
  await refused(first.id, 'f1')
  assert.ok((await undo(people.id)).ok)
  const below = await bench.load('f3.csv', `${head}f2,甲一组,team,f1\n`, units)
  await refused(first.id, 'f1')
  assert.ok((await undo(below.id)).ok)
  assert.ok((await undo(first.id)).ok)
  assert.deepEqual(await pathsOf('f1', 'f2'), {})
  assert.deepEqual(await store.query("select 1 from load_changes where key in ('f1', 'f2')"), [])
})

test('an interrupted load of customers is taken out of the store and of the warehouse’s copy', async () => {
  const { services, store } = bench.home
  const before = (await bench.rows('select count(*) as n from customers'))[0]?.n
  const done = await bench.load('i.csv', 'no,segment\nI1,gold\n', {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', segment: 'segment' },
  })
  assert.equal((await bench.rows('select count(*) as n from customers'))[0]?.n, Number(before) + 1)
  // As a process leaves it that dies between the customers and the end of their load.
  await store.query("update loads set state = 'running', finished_at = null where id = $1", [done.id])
  assert.equal(await closeInterruptedLoads(services), 1)
  assert.equal((await bench.rows('select count(*) as n from customers'))[0]?.n, before)
  const [row] = await store.query('select state, failure from loads where id = $1', [done.id])
  assert.deepEqual(row, { state: 'failed', failure: 'load_interrupted' })
})

test('what a load changed is audited in the transaction that changes it', async () => {
  const { store } = bench.home
  const [row] = await store.query<{ detail: Record<string, number> }>(
    "select detail from audit_records where action = 'customers.load' order by id desc limit 1",
  )
  assert.deepEqual(row?.detail, { from: 2, to: 2, rows: 1 })
})

test('a load of customers that is cancelled between two pieces leaves none of them', async () => {
  const { services, operator, store } = bench.home
  const count = async () => (await store.query<{ n: number }>('select count(*)::int as n from customers'))[0]?.n
  const before = await count()
  let cancel: (() => void) | undefined
  let there: number | undefined
  const own = {
    ...services,
    store: {
      ...store,
      transaction: async <T>(work: (tx: Tx) => Promise<T>) => {
        let wrote = false
        const done = await store.transaction((tx) =>
          work({
            ...tx,
            query: (statement, values) => {
              wrote ||= /insert into customers/.test(statement)
              return tx.query(statement, values)
            },
          }),
        )
        if (wrote) {
          there = await count()
          cancel?.()
        }
        return done
      },
    },
  }
  const mapping = readMapping({ kind: 'customers', source: 'crm', columns: { customer: 'no', segment: 'segment' } })
  assert.ok(mapping.ok)
  const lines = Array.from({ length: 5_000 }, (_, i) => `Z${i},gold`)
  const file = await bench.file('z.csv', `no,segment\n${lines.join('\n')}`)
  const id = await startLoad(own, operator, file, mapping.value, { strict: false })
  const load = runningLoads(own).get(id)
  cancel = () => load?.abort.abort()
  await load?.done
  assert.equal(there, Number(before) + 2_000)
  assert.equal(await count(), before)
  const [state] = await store.query('select state, failure from loads where id = $1', [id])
  assert.deepEqual(state, { state: 'failed', failure: 'load_cancelled' })
})
