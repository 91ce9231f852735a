import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { scopeOfOperator, scopeOfUser } from '#access/mint.ts'
import type { Role } from '#access/policy.ts'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import type { Store } from '#store/store.ts'
import { openTestStore } from '#store/testing.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { createApp } from './app.ts'
import { servicesOf } from './open.ts'
import { routes } from './registry.ts'

export interface TestHome {
  services: Services
  store: Store
  /** Sees everything, may do everything. */
  operator: Scope
  /** A new user with these grants, and his scope. Default: the analyst of the whole bank. */
  user(...grants: { role: Role; unit: string }[]): Promise<{ id: string; scope: Scope }>
  /** Sets the present. */
  setClock(at: Date | string): void
  close(): Promise<void>
}

/** A small bank: head office > two provinces > cities > branches. */
export const testUnits = [
  ['bank', 'head_office', 'administration', null],
  ['zj', 'province', 'administration', 'bank'],
  ['hz', 'city', 'administration', 'zj'],
  ['hz-xihu', 'branch', 'branch', 'hz'],
  ['hz-binjiang', 'branch', 'branch', 'hz'],
  ['js', 'province', 'administration', 'bank'],
  ['nj', 'city', 'administration', 'js'],
  ['nj-gulou', 'branch', 'branch', 'nj'],
] as const

/** Services in memory: PGlite, or the server of ZHIYIN_TEST_DATABASE_URL in a schema of its own; DuckDB in memory. */
export async function openTestHome(options: { now?: Date | string; units?: boolean } = {}): Promise<TestHome> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-test-'))
  const store = await openTestStore()
  const warehouse = await openDuckdb(':memory:')
  let clock = options.now ? new Date(options.now) : undefined
  const services = servicesOf({
    home: { folder, id: 'test', kind: 'real', timeZone: 'Asia/Shanghai', createdAt: '2025-01-01T00:00:00.000Z' },
    store,
    warehouse,
    key: randomBytes(32),
    clock: () => clock ?? new Date(),
  })
  if (options.units !== false) await seedUnits(store)
  return {
    services,
    store,
    operator: scopeOfOperator(),
    user: async (...grants) => {
      const id = newId('usr')
      await store.query('insert into users (id, login, name_enc) values ($1, $2, $3)', [
        id,
        id,
        services.cipher.encrypt('测试用户'),
      ])
      for (const { role, unit } of grants.length ? grants : [{ role: 'AN' as const, unit: 'bank' }])
        await store.query('insert into grants (id, user_id, role, unit_id) values ($1, $2, $3, $4)', [
          newId('grt'),
          id,
          role,
          unit,
        ])
      return { id, scope: await scopeOfUser(store, id) }
    },
    setClock: (at) => {
      clock = new Date(at)
    },
    close: async () => {
      await warehouse.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function seedUnits(store: Store): Promise<void> {
  const paths = new Map<string | null, string>([[null, '/']])
  for (const [id, level, kind, parent] of testUnits) {
    paths.set(id, `${paths.get(parent)}${id}/`)
    await store.query(
      'insert into units (id, code, name, name_en, level, kind, parent_id, path) values ($1, $1, $1, $1, $2, $3, $4, $5)',
      [id, level, kind, parent, paths.get(id)],
    )
  }
}

export interface TestServer extends TestHome {
  app: FastifyInstance
  url: string
  operatorToken: string
}

/** A server on a free port over a test home, answers compared with their schemas. */
export async function startTestServer(
  options: Parameters<typeof openTestHome>[0] & { limited?: boolean } = {},
): Promise<TestServer> {
  const home = await openTestHome(options)
  const operatorToken = randomBytes(32).toString('hex')
  const app = await createApp({
    services: home.services,
    routes,
    operatorToken,
    checkAnswers: true,
    limited: options.limited ?? false,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    ...home,
    app,
    url,
    operatorToken,
    close: async () => {
      await app.close()
      await home.close()
    },
  }
}
