import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { isStoreAway, StoreError } from './errors.ts'
import { openPostgres } from './postgres.ts'
import { createTestDatabase } from './testing.ts'

test('a database that does not answer is away; one that refuses a value is not', async () => {
  await assert.rejects(openPostgres('postgresql://nobody@127.0.0.1:1/none'), isStoreAway)
  assert.equal(isStoreAway(new StoreError('it stops', '57P01')), true)
  assert.equal(isStoreAway(new Error('wrapped', { cause: new StoreError('it starts', '57P03') })), true)
  assert.equal(isStoreAway(new StoreError('twice', '23505')), false)
  assert.equal(isStoreAway(new Error('Connection terminated unexpectedly')), false)
})

test('a database that takes connections and says nothing is away after a while', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  try {
    await assert.rejects(openPostgres(`postgresql://nobody@127.0.0.1:${port}/none`, 200), isStoreAway)
  } finally {
    silent.close()
  }
})

const url = process.env.ZHIYIN_TEST_DATABASE_URL

test('a connection lost in a transaction is away, and the next one finds the database', {
  skip: !url && 'no PostgreSQL',
}, async () => {
  const database = await createTestDatabase(url!)
  const engine = await openPostgres(database.url)
  try {
    const cut = engine.transaction((runner) => runner.objects('select pg_terminate_backend(pg_backend_pid())'))
    await assert.rejects(cut, isStoreAway)
    assert.deepEqual(await engine.objects('select 1 as one'), [{ one: 1 }])
  } finally {
    await engine.close()
    await database.drop()
  }
})
