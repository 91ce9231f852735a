import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { from } from '../relations.ts'
import { raw, sql } from '../sql.ts'
import { openTestLake } from '../testing/testLake.ts'
import { TrinoError } from './trinoError.ts'

const lake = await openTestLake()
after(() => lake.drop())
const all = scopeOfJob('test')

test('a reader who goes away takes his question off the cluster', async () => {
  const leaving = new AbortController()
  const numbers = raw(`(select cast(n as double) as n from unnest(sequence(1, 9000)) as t(n))`)
  const long = sql`select sum(a.n * b.n * c.n) as s from ${numbers} a cross join ${numbers} b cross join ${numbers} c`
  const asked = lake.warehouse.read(long, all, { signal: leaving.signal })
  setTimeout(() => leaving.abort(new Error('gone')), 2_000)
  await assert.rejects(asked, /gone/)
  const running = async () =>
    (
      await lake.client.run(
        `select query_id from system.runtime.queries where source = 'zhiyin question' and state not in ('FINISHED', 'FAILED') and query like '%a.n * b.n%'
          and query not like '%runtime.queries%'`,
      )
    ).rows.length
  for (let i = 0; i < 20 && (await running()) > 0; i++) await new Promise((resolve) => setTimeout(resolve, 250))
  assert.equal(await running(), 0)
})

test('one reader does not keep the others waiting, however much he asks', async () => {
  const [greedy, other] = [scopeOfJob('greedy'), scopeOfJob('other')]
  const leaving = new AbortController()
  const numbers = raw(`(select cast(n as double) as n from unnest(sequence(1, 9000)) as t(n))`)
  const long = sql`select sum(a.n + b.n * c.n) as s from ${numbers} a cross join ${numbers} b cross join ${numbers} c`
  const asked = Array.from({ length: 20 }, () => lake.warehouse.read(long, greedy, { signal: leaving.signal }))
  const ended = Promise.allSettled(asked)
  const underWay = async () => {
    const { rows: found } = await lake.client.run(
      `select count(*) from system.runtime.queries where source = 'zhiyin question' and state not in ('FINISHED', 'FAILED')
         and query like '%a.n + b.n%' and query not like '%runtime.queries%'`,
    )
    return Number(found[0]![0])
  }
  const seen: number[] = []
  for (let i = 0; i < 200 && (seen.at(-1) ?? 0) < 6; i++) seen.push(await underWay())
  const { rows: answered } = await lake.warehouse.read(sql`select count(*) as n from ${from.units}`, other)
  assert.equal(answered.length, 1)
  seen.push(await underWay())
  assert.equal(Math.max(...seen), 6)
  leaving.abort(new Error('gone'))
  assert.ok((await ended).every(({ status }) => status === 'rejected'))
})

test('what the cluster will not do is said in words that a reader understands', async () => {
  const code = async (text: string, session: Record<string, string> = {}) => {
    const error = await lake.client.run(text, { session }).then(
      () => undefined,
      (failed: unknown) => failed,
    )
    assert.ok(error instanceof TrinoError, text)
    return error.reason
  }
  const slow = `select count(*) from unnest(sequence(1, 9000)) a(x) cross join unnest(sequence(1, 9000)) b(y) cross join unnest(sequence(1, 900)) c(z) where x * y * z % 7 = 3`
  assert.equal(await code(slow, { query_max_run_time: '2s' }), 'too_long')
  const large = `select cardinality(array_agg(x * y)) from unnest(sequence(1, 9000)) a(x) cross join unnest(sequence(1, 9000)) b(y)`
  assert.equal(await code(large, { query_max_memory: '20MB' }), 'too_large')
  assert.equal(await code('select no_such_column from interactions'), 'fault')
})

test('a question takes no more of the memory of the cluster than it may, and is told to ask for less', async () => {
  const limited = await lake.openAnother({ questionMemory: '20MB' })
  const numbers = raw(`(select cast(n as double) as n from unnest(sequence(1, 9000)) as t(n))`)
  const large = sql`select cardinality(array_agg(a.n * b.n)) as c from ${numbers} a cross join ${numbers} b`
  await assert.rejects(
    limited.read(large, all),
    (error: unknown) => error instanceof TrinoError && error.reason === 'too_large',
  )
  assert.equal((await limited.read(sql`select count(*) as n from ${from.units}`, all)).rows.length, 1)
})
