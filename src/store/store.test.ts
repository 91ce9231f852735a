import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isUniqueViolation, StoreError } from './errors.ts'
import { insideTransaction } from './store.ts'
import { openTestStore } from './testing.ts'

const store = await openTestStore()
after(() => store.close())
await store.query(
  'create table samples (id bigint generated always as identity primary key, name text unique, bytes bytea, at timestamptz, day date, list bigint[], amount numeric, detail jsonb)',
)
const add = (name: string) => store.query('insert into samples (name) values ($1)', [name])
const count = async (name: string) =>
  (await store.query<{ n: number }>('select count(*) as n from samples where name = $1', [name]))[0]!.n

test('values come back alike from both engines', async () => {
  const [row] = await store.query<Record<string, unknown>>(
    `insert into samples (name, bytes, at, day, list, amount, detail)
     values ('all', $1, $2, $3, $4, $5, $6) returning bytes, at, day, list, amount, detail`,
    [
      Buffer.from([0, 255, 7]),
      '2026-01-02T03:04:05.678+08:00',
      '2026-02-28',
      [2 ** 40, 5],
      '12.50',
      JSON.stringify({ 名: ['甲', null] }),
    ],
  )
  assert.deepEqual(row, {
    bytes: new Uint8Array([0, 255, 7]),
    at: '2026-01-01T19:04:05.678Z',
    day: '2026-02-28',
    list: [2 ** 40, 5],
    amount: '12.50',
    detail: { 名: ['甲', null] },
  })
})

test('a transaction commits as a whole or not at all', async () => {
  await store.transaction(async (tx) => {
    await tx.query("insert into samples (name) values ('kept')")
  })
  await assert.rejects(
    store.transaction(async (tx) => {
      await tx.query("insert into samples (name) values ('lost')")
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  assert.deepEqual([await count('kept'), await count('lost')], [1, 0])
})

test('a violated constraint carries its code and name, also through drizzle', async () => {
  await add('one of a kind')
  const error = await add('one of a kind').catch((reason: unknown) => reason)
  assert.ok(error instanceof StoreError)
  assert.deepEqual([error.code, error.constraint], ['23505', 'samples_name_key'])
  assert.ok(isUniqueViolation(error, 'samples_name_key'))
  assert.ok(isUniqueViolation(new Error('wrapped', { cause: error })))
  assert.ok(!isUniqueViolation(error, 'another_key'))
})

test('a failure that the work swallowed does not pass for a commit', async () => {
  await assert.rejects(
    store.transaction(async (tx) => {
      await tx.query("insert into samples (name) values ('swallowed')")
      await tx.query('select 1 / 0').catch(() => undefined)
    }),
    { code: '25P02' },
  )
  assert.equal(await count('swallowed'), 0)
})

test('the outer store is refused inside a transaction, and the transaction after its end', async () => {
  let leaked: (() => Promise<unknown>) | undefined
  await store.transaction(async (tx) => {
    assert.ok(insideTransaction())
    await assert.rejects(store.query('select 1'), /use its tx/)
    await assert.rejects(
      store.transaction(async () => undefined),
      /use its tx/,
    )
    leaked = () => tx.query("insert into samples (name) values ('late')")
  })
  assert.ok(!insideTransaction())
  await assert.rejects(leaked!(), /after its end/)
  assert.equal(await count('late'), 0)
})

test('transactions that run at once each see a whole state', async () => {
  await add('counter')
  await store.query("update samples set amount = 0 where name = 'counter'")
  await Promise.all(
    Array.from({ length: 20 }, () =>
      store.transaction(async (tx) => {
        const [row] = await tx.query<{ amount: string }>("select amount from samples where name = 'counter' for update")
        await tx.query("update samples set amount = $1 where name = 'counter'", [Number(row!.amount) + 1])
      }),
    ),
  )
  const [row] = await store.query<{ amount: string }>("select amount from samples where name = 'counter'")
  assert.equal(row?.amount, '20')
})
