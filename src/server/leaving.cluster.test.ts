import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '#contract/client.ts'
import { readOverview } from '#features/experience/contract.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { openTestLake } from '#warehouse/testing/testLake.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { startTestServer } from './testing.ts'

const lake = await openTestLake()
after(() => lake.drop())

test('closing the overview ends its query on the cluster', async () => {
  const numbers = raw(`(select cast(n as double) as n from unnest(sequence(1, 3000)) as t(n))`)
  const long = sql`select sum(a.n * b.n + c.n) as s from ${numbers} a cross join ${numbers} b cross join ${numbers} c`
  // Whatever the page asks takes minutes.
  const read: Warehouse['read'] = (_query, scope, options) => lake.warehouse.read(long, scope, options)
  const server = await startTestServer({ stores: { store: lake.store, warehouse: { ...lake.warehouse, read } } })
  const running = async () => {
    const { rows } = await lake.client.run(
      `select count(*) from system.runtime.queries where source = 'zhiyin question' and state not in ('FINISHED', 'FAILED')
         and query like '%a.n * b.n + c.n%' and query not like '%runtime.queries%'`,
    )
    return Number(rows[0]![0])
  }
  try {
    const leaving = new AbortController()
    const client = createClient({
      baseUrl: server.url,
      headers: () => ({ authorization: `Bearer ${server.operatorToken}` }),
    })
    const query = { metric: 'csat', from: '2025-01-01', to: '2025-03-31' } as const
    const left = assert.rejects(client.call(readOverview, { query, signal: leaving.signal }), { name: 'AbortError' })
    for (let i = 0; i < 80 && (await running()) === 0; i++) await sleep(250)
    assert.ok((await running()) > 0, 'the page asks the cluster')
    leaving.abort()
    await left
    for (let i = 0; i < 40 && (await running()) > 0; i++) await sleep(250)
    assert.equal(await running(), 0)
  } finally {
    await server.app.close()
  }
})
