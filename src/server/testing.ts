import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { scopeOfOperator, scopeOfUser } from '#access/mint.ts'
import type { Role } from '#access/policy.ts'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { openFiles } from '#files/files.ts'
import { newId } from '#lib/ids.ts'
import type { Store } from '#store/store.ts'
import { openTestStore } from '#store/testing.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import type { Session, Warehouse } from '#warehouse/warehouse.ts'
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
export async function openTestHome(
  options: {
    now?: Date | string
    units?: boolean
    /** A store and a warehouse of the test's own. */
    stores?: { store: Store; warehouse: Warehouse }
    timeZone?: string
  } = {},
): Promise<TestHome> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-test-'))
  const { timeZone = 'Asia/Shanghai' } = options
  const store = options.stores?.store ?? (await openTestStore())
  const warehouse = options.stores?.warehouse ?? (await openDuckdb(':memory:'))
  let clock = options.now ? new Date(options.now) : undefined
  const services = servicesOf({
    home: { folder, id: 'test', kind: 'real', timeZone, createdAt: '2025-01-01T00:00:00.000Z' },
    store,
    warehouse,
    files: await openFiles(pathToFileURL(folder).href),
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

export interface WarehouseToLose {
  warehouse: Warehouse
  /** What every question and every write ends with from now on; 'silence' for one that never ends. */
  lose(fault: Error | 'silence'): void
  bringBack(): void
}

/** A warehouse in memory that goes away as a cluster does: what is asked or written fails, the workbench does not. */
export async function openWarehouseToLose(): Promise<WarehouseToLose> {
  const held = await openDuckdb(':memory:')
  let fault: Error | 'silence' | undefined
  const orLost = <T>(work: () => Promise<T>): Promise<T> => {
    if (fault === undefined) return work()
    return fault === 'silence' ? new Promise<never>(() => {}) : Promise.reject(fault)
  }
  const lossy =
    (write: Session['write']): Session['write'] =>
    (work, options) =>
      orLost(() => write(work, options))
  return {
    warehouse: {
      ...held,
      read: (...given) => orLost(() => held.read(...given)),
      write: lossy(held.write),
      session: (work) => held.session((session) => work({ ...session, write: lossy(session.write) })),
    },
    lose: (next) => {
      fault = next
    },
    bringBack: () => {
      fault = undefined
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

/** One journey with two stages, two touchpoints, a moment of truth and a target. */
export async function seedModel(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query("insert into journeys (id, name, name_en, position) values ('opening', '开户', 'Opening', 1)")
    await tx.query(
      `insert into stages (id, journey_id, name, name_en, phase, position)
       values ('opening-apply', 'opening', '申请', 'Apply', 'during', 1), ('opening-use', 'opening', '使用', 'Use', 'after', 2)`,
    )
    await tx.query(
      `insert into touchpoints (id, stage_id, name, name_en, facet, channel, owner_unit_id, position)
       values ('tp-counter', 'opening-apply', '柜面', 'Counter', 'service', 'branch', 'hz-xihu', 1),
              ('tp-app', 'opening-use', '手机银行', 'Mobile banking', 'channel', 'app', 'bank', 1)`,
    )
    await tx.query(
      "insert into moments_of_truth (id, touchpoint_id, name, name_en, position) values ('first-visit', 'tp-counter', '第一次到店', 'First visit', 1)",
    )
    await tx.query(
      `insert into targets (id, metric, touchpoint_id, value, effective_from, set_by)
       values ('target-csat', 'csat', 'tp-counter', 4.2, '2025-01-01', 'test')`,
    )
  })
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

export interface TwoServers {
  servers: [Services, Services]
  store: Store
  key: Uint8Array
  /** A folder for files, and for the servers' own. */
  folder: string
  setClock(at: Date | string): void
  /** Has every lease of a table run out. */
  expire(table: 'job_runs' | 'loads'): Promise<unknown>
  close(): Promise<void>
}

/** Two servers that share a store, as two processes would; each with a warehouse in memory, for none is shared here. */
export async function openTwoServers(now: Date | string): Promise<TwoServers> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-servers-'))
  const store = await openTestStore()
  await seedUnits(store)
  const key = randomBytes(32)
  let clock = new Date(now)
  const open = async (name: string) => {
    const own = join(folder, name)
    await mkdir(own)
    return servicesOf({
      home: { folder: own, id: 'test', kind: 'real', timeZone: 'Asia/Shanghai', createdAt: '2025-01-01T00:00:00.000Z' },
      // Each its own object: what a process remembers of its store is not shared.
      store: { ...store },
      warehouse: await openDuckdb(':memory:'),
      files: await openFiles(pathToFileURL(folder).href),
      key,
      clock: () => clock,
      shared: true,
    })
  }
  const servers: [Services, Services] = [await open('a'), await open('b')]
  return {
    servers,
    store,
    key,
    folder,
    setClock: (at) => {
      clock = new Date(at)
    },
    expire: (table) => store.query(`update ${table} set lease_until = now() - interval '1 second'`),
    close: async () => {
      for (const { warehouse } of servers) await warehouse.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
