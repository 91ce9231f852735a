import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { administratorLink } from '#access/link.ts'
import type { Role } from '#access/policy.ts'
import { openSession } from '#access/session.ts'
import { openTestStore } from '#store/testing.ts'
import { TrinoError } from '#warehouse/lake/trinoError.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { jobs } from './registry.ts'
import { openWarehouseToLose, seedModel, startTestServer, type TestServer, type WarehouseToLose } from './testing.ts'

const away = () => new TrinoError('the cluster cannot be reached: ECONNREFUSED', 'away')

describe('while the warehouse is away', () => {
  let lake: WarehouseToLose
  let server: TestServer
  before(async () => {
    lake = await openWarehouseToLose()
    server = await startTestServer({ stores: { store: await openTestStore(), warehouse: lake.warehouse } })
  })
  afterEach(() => lake.bringBack())
  after(() => server.close())

  /** Someone who has signed in. */
  async function reader(...grants: { role: Role; unit: string }[]) {
    const { id } = await server.user(...grants)
    const { secret } = await openSession(server.store, id, server.services.clock())
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: {
          cookie: `zhiyin_session=${secret}`,
          'accept-language': 'en',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    return { id, call }
  }

  describe('the frame of every page', () => {
    test('opens, without the newest day', async () => {
      const { call } = await reader()
      for (const fault of [away(), new TrinoError('worker gone', 'lost'), 'silence'] as const) {
        lake.lose(fault)
        const me = await call('GET', '/me')
        assert.equal(me.status, 200, JSON.stringify(me.body))
        assert.equal(me.body.newestDay, null)
        assert.equal((me.body.places as unknown[]).length, 8)
      }
    })

    test('does not hide a fault of ours', async () => {
      const { call } = await reader()
      lake.lose(new Error('a slip of the pen'))
      assert.equal((await call('GET', '/me')).status, 500)
    })
  })

  describe('what is changed in the Store', () => {
    before(async () => {
      await seedModel(server.store)
      await server.services.upkeep.reconcileDimensions()
    })
    const run = async (name: string) => {
      const job = jobs.find((each) => each.name === name)
      await job!.run(server.services, server.operator, new AbortController().signal)
    }
    const copied = async (table: string, column: string) => {
      const { rows } = await lake.warehouse.write((writer) =>
        writer.run(sql`select ${raw(column)} as held from ${raw(table)} order by 1`),
      )
      return rows.map(({ held }) => held)
    }
    const noted = async () =>
      (await server.store.query("select 1 from settings where key = 'dimensions.behind'")).length > 0

    test('is answered as done, once, and copied when the warehouse is back', async () => {
      const { call } = await reader({ role: 'CXM', unit: 'bank' })
      lake.lose(away())
      const added = await call('POST', '/experience-model/journeys', { name: '贷款', nameEn: 'Loans' })
      assert.equal(added.status, 200, JSON.stringify(added.body))
      const renamed = await call('PATCH', '/experience-model/touchpoints/tp-app', { revision: 1, name: '掌上银行' })
      assert.deepEqual([renamed.status, renamed.body.revision], [200, 2])
      assert.equal((await call('POST', '/experience-model/touchpoints/tp-counter/archive', {})).status, 200)
      await run('system.catchUp')
      assert.equal(await noted(), true)

      lake.bringBack()
      assert.deepEqual(await copied('touchpoints', 'name'), ['手机银行', '柜面'].sort())
      await run('system.catchUp')
      assert.deepEqual(await copied('touchpoints', 'name'), ['掌上银行', '柜面'].sort())
      assert.equal(await noted(), false)
    })

    test('is told as a fault where the copying itself is one', async () => {
      const { call } = await reader({ role: 'CXM', unit: 'bank' })
      lake.lose(new Error('a slip of the pen'))
      assert.equal((await call('POST', '/experience-model/journeys', { name: '理财', nameEn: 'Funds' })).status, 500)
    })

    test('does not wait for a writer whose turn is long', { timeout: 60_000 }, async (t) => {
      const { call } = await reader({ role: 'CXM', unit: 'bank' })
      const begun = Promise.withResolvers<void>()
      const end = Promise.withResolvers<void>()
      const load = lake.warehouse.write(() => {
        begun.resolve()
        return end.promise
      })
      t.after(() => end.resolve())
      await begun.promise
      const [held] = await server.store.query<{ revision: number }>(
        "select revision from touchpoints where id = 'tp-app'",
      )
      const change = { revision: held!.revision, name: '手机端' }
      const renamed = await call('PATCH', '/experience-model/touchpoints/tp-app', change)
      assert.equal(renamed.status, 200)
      end.resolve()
      await load
      // Whoever writes next comes after the copy.
      assert.ok((await copied('touchpoints', 'name')).includes('手机端'))
    })

    test('by whoever takes up an administrator’s link is his account, and he is signed in', async () => {
      await server.store.query("update units set name = '杭州西湖支行' where id = 'hz-xihu'")
      const { token } = await administratorLink(server.store, server.services.clock())
      lake.lose(away())
      const accepted = await fetch(`${server.url}/api/v1/one-time-links/accept`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, password: 'a long enough phrase', login: 'eve', name: '伊娃' }),
      })
      assert.equal(accepted.status, 200)
      assert.match(accepted.headers.get('set-cookie') ?? '', /zhiyin_session=/)
      lake.bringBack()
      await run('system.catchUp')
      assert.ok((await copied('units', 'name')).includes('杭州西湖支行'))
    })
  })
})
