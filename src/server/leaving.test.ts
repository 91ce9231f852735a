import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { createClient } from '#contract/client.ts'
import { route } from '#contract/route.ts'
import { bind } from '#features/bind.ts'
import { readOverview } from '#features/experience/contract.ts'
import { ok } from '#lib/result.ts'
import { attachTelemetry, type Level } from '#lib/telemetry.ts'
import { openTestStore } from '#store/testing.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { openFakeLake } from '#warehouse/testing/fakeLake.ts'
import { endless as endlessThere } from '#warehouse/testing/fakeTrino.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { createApp } from './app.ts'
import { seedModel, startTestServer, type TestServer } from './testing.ts'

/** Whoever leaves a page takes what it asked off the warehouse, and nothing that somebody else waits for. */

const endless = sql`select count(*) as n from (select unnest(generate_series(1, 100000)) x) b,
  (select unnest(generate_series(1, 1000000)) y) c where b.x + c.y = ${-1}`

/** A warehouse whose questions may be held up, and what became of each. */
function heldUp(own: Warehouse) {
  const giveUp = new AbortController()
  const held = {
    /** How a question is held up: in the engine, for ever, or before it until it is let go; undefined where it is not. */
    by: undefined as 'engine' | 'gate' | undefined,
    begun: 0,
    ended: [] as string[],
    open: Promise.withResolvers<void>(),
    /** Ends what a failed test left running. */
    giveUp: () => giveUp.abort(new Error('given up')),
  }
  const read: Warehouse['read'] = async (query, scope, options) => {
    if (!held.by) return own.read(query, scope, options)
    held.begun++
    try {
      if (held.by === 'engine') {
        const signal = options?.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal
        return await own.read(endless, scope, { ...options, signal })
      }
      await held.open.promise
      return await own.read(query, scope, options)
    } catch (error) {
      held.ended.push((error as Error).name)
      throw error
    }
  }
  return { warehouse: { ...own, read }, held }
}

/** Looks until it is so. */
async function until(so: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 250; i++) {
    if (await so()) return
    await sleep(20)
  }
  assert.fail(`waited in vain: ${what}`)
}

describe('a caller who goes away', () => {
  let server: TestServer
  let held: ReturnType<typeof heldUp>['held']
  const said: { level: Level; message: string }[] = []

  before(async () => {
    const stub = heldUp(await openDuckdb(':memory:'))
    held = stub.held
    server = await startTestServer({ stores: { store: await openTestStore(), warehouse: stub.warehouse } })
    await seedModel(server.store)
    attachTelemetry({ logging: (level, message) => said.push({ level, message }) })
  })
  after(async () => {
    attachTelemetry({})
    held.giveUp()
    await server.close()
  })
  beforeEach(() => {
    Object.assign(held, { by: undefined, begun: 0, ended: [], open: Promise.withResolvers<void>() })
    said.length = 0
  })
  afterEach(() => assert.deepEqual(said, [], 'nobody is told of a fault'))

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${server.operatorToken}`,
        ...(init.body ? { 'content-type': 'application/json' } : {}),
      },
    })
  const leaving = (path: string, init: RequestInit = {}) => {
    const controller = new AbortController()
    const left = assert.rejects(call(path, { ...init, signal: controller.signal }), { name: 'AbortError' })
    return async () => {
      controller.abort()
      await left
    }
  }

  const measure = { metric: 'csat', touchpointId: 'tp-counter', unitIds: ['hz-xihu'], segment: null }
  const pages: [string, RequestInit?][] = [
    ['/api/v1/overview?metric=csat'],
    ['/api/v1/overview?metric=channel_hops&from=2025-01-01&to=2025-03-31'],
    ['/api/v1/diagnostic'],
    ['/api/v1/touchpoints/tp-counter'],
    ['/api/v1/coverage'],
    ['/api/v1/ask/experience.newest', { method: 'POST', body: '{"since":"2025-01-01"}' }],
    ['/api/v1/ask/experience.newest/csv', { method: 'POST', body: '{"since":"2025-01-02"}' }],
    [
      '/api/v1/improvement/power',
      { method: 'POST', body: JSON.stringify({ measure, design: 'did', expectedEffect: 0.3 }) },
    ],
  ]
  for (const [path, init] of pages)
    test(`ends what ${path} asked`, async () => {
      held.by = 'engine'
      const leave = leaving(path, init)
      await until(() => held.begun > 0, 'the page asks')
      await leave()
      await until(() => held.ended.length === held.begun, 'what it asked ends')
      assert.deepEqual(new Set(held.ended), new Set(['CallerGone']))
      held.by = undefined
      assert.equal((await call(path, init)).status, 200, 'and whoever comes next is answered')
    })

  test('has left also when the line is closed from his side only, as a proxy may do', async () => {
    held.by = 'engine'
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write(
      `GET /api/v1/overview?metric=ces&from=2025-03-01&to=2025-03-31 HTTP/1.1\r\nhost: zhiyin\r\nauthorization: Bearer ${server.operatorToken}\r\n\r\n`,
    )
    await until(() => held.begun > 0, 'the page asks')
    socket.end()
    await until(() => held.ended.length === held.begun, 'what it asked ends')
    assert.deepEqual(new Set(held.ended), new Set(['CallerGone']))
  })

  test('takes nothing from another who waits for the same, and leaves no fault in the cache', async () => {
    const path = '/api/v1/overview?metric=csat&from=2025-02-01&to=2025-02-28'
    held.by = 'gate'
    const leave = leaving(path)
    await until(() => held.begun > 0, 'the first one asks')
    const [asked, stays] = [held.begun, call(path)]
    await until(() => held.begun === 2 * asked, 'the second one asks the same')
    await leave()
    // The server hears of it a moment later.
    await sleep(100)
    held.open.resolve()
    const answer = await stays
    assert.equal(answer.status, 200)
    assert.deepEqual(
      held.ended,
      Array.from({ length: asked }, () => 'CallerGone'),
    )
    assert.equal((await call(path)).status, 200)
    assert.equal(held.begun, 2 * asked, 'answered from what the second one was told')
  })
})

test('a page that is left takes its queries off the cluster', async () => {
  const lake = await openFakeLake([[/./, endlessThere]])
  const { trino, store, warehouse } = lake
  const server = await startTestServer({ stores: { store, warehouse } })
  try {
    const leaving = new AbortController()
    // As the pages call: useRead hands on the signal that says whether anybody still looks.
    const client = createClient({
      baseUrl: server.url,
      headers: () => ({ authorization: `Bearer ${server.operatorToken}` }),
    })
    const query = { metric: 'csat', from: '2025-01-01', to: '2025-03-31' } as const
    const left = assert.rejects(client.call(readOverview, { query, signal: leaving.signal }), { name: 'AbortError' })
    await until(() => trino.asked.length > 1, 'it asks')
    leaving.abort()
    await left
    await until(() => trino.cancelled.length === trino.asked.length, 'its queries are cancelled')
  } finally {
    await server.close()
    trino.close()
  }
})

describe('a write whose caller goes away', () => {
  let server: TestServer
  let app: FastifyInstance
  let url: string
  let held: ReturnType<typeof heldUp>['held']
  const one = sql`select 1 as one`

  const change = route({
    id: 'test.change',
    method: 'POST',
    path: '/api/v1/change',
    summary: { zh: '测试', en: 'Test' },
    permission: 'self.read',
    answer: z.null(),
  })
  const look = route({ ...change, id: 'test.look', method: 'GET', path: '/api/v1/look' })
  const outcomes: string[] = []
  const routes = [
    bind(change, async ({ services, scope, signal }) => {
      const { warehouse } = services
      // What it writes depends on what it reads, before the first write and between two.
      await warehouse.read(one, scope)
      assert.ok(signal.aborted)
      await services.store.transaction((tx) => tx.query("insert into settings (key, value) values ('left', '1')"))
      await warehouse.read(one, scope)
      await warehouse.write((writer) => writer.run(raw("insert into stale_days values (date '2025-01-01')")))
      outcomes.push('changed')
      return ok(null)
    }),
    bind(look, async ({ services, scope, signal }) => {
      await held.open.promise
      assert.ok(signal.aborted)
      // Whatever a page sets right on the way is set right whole.
      await services.warehouse.write(async (writer) => {
        await services.warehouse.read(one, scope)
        await writer.run(raw("insert into stale_days values (date '2025-01-02')"))
      })
      outcomes.push('set right')
      await services.warehouse.read(one, scope).catch((error: Error) => outcomes.push(error.name))
      return ok(null)
    }),
  ]

  before(async () => {
    const stub = heldUp(await openDuckdb(':memory:'))
    held = stub.held
    server = await startTestServer({ stores: { store: await openTestStore(), warehouse: stub.warehouse } })
    app = await createApp({ services: server.services, routes, operatorToken: server.operatorToken })
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await app.close()
    await server.close()
  })
  const leaveAt = async (path: string, method: string, begun: () => boolean) => {
    const controller = new AbortController()
    const headers = { authorization: `Bearer ${server.operatorToken}` }
    const left = assert.rejects(fetch(url + path, { method, headers, signal: controller.signal }))
    await until(begun, 'it has begun')
    controller.abort()
    await left
    await sleep(100)
    held.open.resolve()
  }
  const staleDays = async () =>
    (await server.services.warehouse.write((writer) => writer.run(raw('select local_day from stale_days order by 1'))))
      .rows

  test('goes on to its end, what it reads included', async () => {
    held.by = 'gate'
    await leaveAt('/api/v1/change', 'POST', () => held.begun > 0)
    await until(() => outcomes.includes('changed'), 'it ends')
    assert.deepEqual(await server.store.query("select value from settings where key = 'left'"), [{ value: 1 }])
    assert.deepEqual(await staleDays(), [{ local_day: '2025-01-01' }])
  })

  test('is not taken back in the middle of a page either', async () => {
    held.by = undefined
    held.open = Promise.withResolvers<void>()
    await leaveAt('/api/v1/look', 'GET', () => true)
    await until(() => outcomes.includes('CallerGone'), 'the page ends')
    assert.deepEqual(outcomes.slice(-2), ['set right', 'CallerGone'])
    assert.equal((await staleDays()).length, 2)
  })
})
