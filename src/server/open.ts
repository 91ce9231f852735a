import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { localDay } from '#lib/time.ts'
import { fieldCipher, openKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, markHome, readHome } from '#store/home.ts'
import { acquireLock } from '#store/lock.ts'
import { type OpenStoreRefusal, openStore } from '#store/open.ts'
import type { Store } from '#store/store.ts'
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
  /** PostgreSQL instead of the embedded store; DATABASE_URL where nothing is said. */
  databaseUrl?: string | undefined
}

export type OpenRefusal = 'home_missing' | 'home_of_another_kind' | OpenStoreRefusal

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** Opens a home, or makes it: lock, key, both stores, migrations. Whoever opens it has it alone. */
export async function openHome(options: OpenOptions): Promise<Result<OpenHome, OpenRefusal>> {
  const folder = resolve(options.folder)
  const paths = homePaths(folder)
  if (!(await readHome(folder)) && !options.kind) return fail('home_missing', { folder })
  const lock = await acquireLock(folder)
  if (!lock.ok) return lock

  await using opened = new AsyncDisposableStack()
  opened.defer(() => lock.value.release())
  // Read again under the lock: another process may have made it meanwhile.
  const found = await readHome(folder)
  if (found && options.kind && found.kind !== options.kind)
    return fail('home_of_another_kind', { folder, kind: found.kind })
  // A key is made with its home only: a new one for an old home would open nothing.
  const hasKey = await exists(paths.keys)
  if (found && !hasKey) return fail('key_wrong', { missing: paths.keys })
  const key = await openKeyFile(paths.keys, !hasKey)
  const store = await openStore({
    folder,
    key,
    homeId: found?.id,
    url: options.databaseUrl ?? process.env.DATABASE_URL,
  })
  if (!store.ok) return store
  opened.defer(() => store.value.store.close())
  const warehouse = await openDuckdb(join(paths.warehouse, 'warehouse.duckdb'))
  opened.defer(() => warehouse.close())
  const home = found ?? (await markHome(folder, options.kind!, options.timeZone ?? 'Asia/Shanghai', store.value.homeId))
  const services = servicesOf({ home, store: store.value.store, warehouse, key })
  const held = opened.move()
  return ok({ services, born: !found, close: () => held.disposeAsync() })
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
