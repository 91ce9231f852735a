import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { whileAwaited } from '#lib/caller.ts'
import type { Files } from '#files/files.ts'
import type { Store } from '#store/store.ts'
import { WarehouseRefusal } from '../refusal.ts'
import { from } from '../relations.ts'
import { sql } from '../sql.ts'
import { openFakeLake } from '../testing/fakeLake.ts'
import { endless } from '../testing/fakeTrino.ts'
import { openLake } from './lake.ts'

const all = scopeOfJob('test')
const question = sql`select count(*) as n from ${from.daily}`

test('a question tells the cluster how long it may take, and how much memory where that is said', async () => {
  for (const [questionMemory, wanted] of [
    [undefined, {}],
    ['4GB', { query_max_memory: '4GB' }],
  ] as const) {
    const lake = await openFakeLake([], { questionMemory })
    try {
      await lake.warehouse.read(question, all)
      await lake.warehouse.read(question, all, { heavy: true })
      const sessions = lake.trino.headers.map((headers) =>
        Object.fromEntries(
          String(headers['x-trino-session'])
            .split(',')
            .map((property) => property.split('=')),
        ),
      )
      const always = { retry_policy: 'NONE', ...wanted }
      assert.deepEqual(sessions, [
        { ...always, query_max_run_time: '3m' },
        { ...always, query_max_run_time: '15m' },
      ])
    } finally {
      await lake.close()
    }
  }
})

test('a limit that the cluster would not understand is told at the start, not to each reader', async () => {
  const nothing = { url: 'trino://li@127.0.0.1:1/lake/bank', store: {} as Store, files: {} as Files }
  for (const questionMemory of ['4 gigabytes', '4', '4GiB', 'all'])
    await assert.rejects(
      openLake({ ...nothing, questionMemory }),
      (error: unknown) =>
        error instanceof WarehouseRefusal && /ZHIYIN_QUESTION_MEMORY/.test(JSON.stringify(error.detail)),
    )
})

test('a question whose caller went away is taken off the cluster, and no other', async () => {
  const lake = await openFakeLake([[/daily/, endless]])
  try {
    const [leaving, staying] = [new AbortController(), new AbortController()]
    const [left, stays] = [leaving, staying].map(({ signal }) =>
      whileAwaited(signal, () => lake.warehouse.read(question, all)).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
    ) as [Promise<string>, Promise<string>]
    const counted = async (list: readonly string[], count: number) => {
      for (let i = 0; i < 500 && list.length < count; i++) await new Promise((resolve) => setTimeout(resolve, 10))
      return list
    }
    await counted(lake.trino.asked, 2)
    leaving.abort(new Error('left'))
    assert.deepEqual(await counted(lake.trino.cancelled, 1), ['q1'])
    assert.equal(await left, 'left')
    staying.abort(new Error('left, too'))
    assert.equal(await stays, 'left, too')
    assert.deepEqual(lake.trino.cancelled, ['q1', 'q2'])
  } finally {
    await lake.close()
  }
})
