import { access } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { localDay } from '#lib/time.ts'
import { fieldCipher, openKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, markHome, readHome } from '#store/home.ts'
import { migrate, pendingMigrations, readMigrations } from '#store/migrate.ts'
import { openPglite } from '#store/pglite.ts'
import { openPostgres } from '#store/postgres.ts'
import { type Store, storeOn } from '#store/store.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { ask } from '#warehouse/question.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { questions } from './registry.ts'

export interface OpenHome {
  services: Services
  /** True when this call made the home. */
  born: boolean
  close(): Promise<void>
}

export interface OpenOptions {
  folder: string
  /** What a home that is not there yet becomes; without it, a missing home is refused. */
  kind?: Home['kind']
  timeZone?: string
  databaseUrl?: string | undefined
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** Opens a home, or makes it: lock, key, both stores, migrations. Whoever opens it has it alone. */
export async function openHome(options: OpenOptions): Promise<Result<OpenHome, 'home_missing' | 'home_locked'>> {
  const folder = resolve(options.folder)
  const paths = homePaths(folder)
  const found = await readHome(folder)
  if (!found && !options.kind) return fail('home_missing', { folder })
  const databaseUrl = options.databaseUrl ?? process.env.DATABASE_URL
  const key = await openKeyFile(paths.keys, !(await exists(paths.keys)))
  const store = storeOn(databaseUrl ? await openPostgres(databaseUrl) : await openPglite(paths.store))
  await migrate(store, await pendingMigrations(store, await readMigrations()))
  const warehouse = await openDuckdb(join(paths.warehouse, 'warehouse.duckdb'))
  const home = found ?? (await markHome(folder, options.kind!, options.timeZone ?? 'Asia/Shanghai'))
  const services = servicesOf({ home, store, warehouse, key })
  return ok({
    services,
    born: !found,
    close: async () => {
      await warehouse.close()
      await store.close()
    },
  })
}

/** Puts the parts together; tests and the demo give their own clock. */
export function servicesOf(parts: {
  home: Home
  store: Store
  warehouse: Warehouse
  key: Uint8Array
  clock?: () => Date
}): Services {
  const { home, store, warehouse } = parts
  const clock = parts.clock ?? (() => new Date())
  const byId = new Map(questions.map((question) => [question.id, question]))
  const cache: NonNullable<Parameters<typeof ask>[3]> = new Map()
  const services: Services = {
    home,
    store,
    warehouse,
    cipher: fieldCipher(parts.key),
    clock,
    ask: async (id, parameters, scope, signal) => {
      const asked = byId.get(id)
      if (!asked) return fail('question_unknown', { question: id })
      const today = localDay(clock(), home.timeZone)
      return ask(asked, parameters, { warehouse, scope, services, today, ...(signal ? { signal } : {}) }, cache)
    },
  }
  return services
}

// DuckDB and argon2 share libuv's pool, whose size is read once at the start; bin/zhiyin sets it.
export const poolTooSmall = (): boolean => Number(process.env.UV_THREADPOOL_SIZE ?? 4) < availableParallelism() + 2
