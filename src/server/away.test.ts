import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { openSession } from '#access/session.ts'
import type { Role } from '#access/policy.ts'
import { openTestStore } from '#store/testing.ts'
import { TrinoError } from '#warehouse/lake/trinoError.ts'
import { openWarehouseToLose, startTestServer, type TestServer, type WarehouseToLose } from './testing.ts'

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
})
