import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { exists } from '#lib/exists.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { StoreError } from './errors.ts'
import { homePaths } from './home.ts'
import { type Migration, migrate, pendingMigrations, readMigrations } from './migrate.ts'
import { movesOf, noteMovedAway } from './move.ts'
import { openPglite } from './pglite.ts'
import { holdDatabase, openPostgres } from './postgres.ts'
import { type Engine, type Store, storeOn } from './store.ts'

/** Said once at the start, and in the operations guide. */
export const durabilityNotice: Text = {
  zh: '当前使用内嵌数据库（PGlite）：进程被强行终止不会丢失已确认的写入，但突然断电可能丢失。生产环境请通过 DATABASE_URL 使用 PostgreSQL。',
  en: 'The embedded database (PGlite) is in use: what it acknowledged survives a killed process, but not a loss of power. In production, use PostgreSQL through DATABASE_URL.',
}

export interface OpenStoreOptions {
  folder: string
  /** The field key: the store remembers a check of it, so that another key is refused before anything is written. */
  key: Uint8Array
  /** The id in the home's marker; undefined while the home is not born. */
  homeId?: string | undefined
  /** PostgreSQL instead of the embedded engine. */
  url?: string | undefined
  /** Other servers may work on the same database; never on the embedded engine. */
  shared?: boolean
  /** Opens a home that lives elsewhere now, and takes it back. */
  anyway?: boolean
  /** Called before a store that already holds data is migrated: the place for a backup. A throw stops the migration. */
  beforeMigrate?: (store: Store, pending: readonly Migration[]) => Promise<void>
  /** Those of the program, unless a test says otherwise. */
  migrations?: readonly Migration[]
}

export interface OpenedStore {
  store: Store
  /** The id this store belongs to; a home being born takes it over. */
  homeId: string
  /** True when this call created the schema. */
  fresh: boolean
}

export type OpenStoreRefusal =
  | 'home_locked'
  | 'home_moved'
  | 'key_wrong'
  | 'move_unfinished'
  | 'store_of_another_home'
  | 'store_newer'
  | 'store_missing'

/** Opens the home's operational store, migrated. The caller holds the home's lock. */
export async function openStore(options: OpenStoreOptions): Promise<Result<OpenedStore, OpenStoreRefusal>> {
  // A home that was born has a store: an empty one in its place means a forgotten DATABASE_URL, or a loss.
  const { store: path } = homePaths(options.folder)
  if (!options.url && options.homeId !== undefined && !(await exists(path))) return fail('store_missing', { path })
  const engine = await openEngine(options)
  if (!engine) return fail('home_locked', { database: true })
  const store = storeOn(engine)
  try {
    const outcome = await prepare(store, options)
    if (!outcome.ok) await store.close()
    return outcome
  } catch (error) {
    await store.close()
    throw error
  }
}

async function prepare(store: Store, options: OpenStoreOptions): Promise<Result<OpenedStore, OpenStoreRefusal>> {
  const known = options.migrations ?? (await readMigrations())
  const state = await pendingMigrations(store, known)
  if (!state.ok) return state
  const pending = state.value
  const fresh = pending.length === known.length
  if (fresh && options.homeId !== undefined) return fail('store_missing', { home: options.homeId })
  if (!fresh) {
    const owner = await checkOwner(store, options)
    if (!owner.ok) return owner
    const moves = await checkMoves(store, options)
    if (!moves.ok) return moves
  }
  if (pending.length > 0) {
    if (!fresh) await options.beforeMigrate?.(store, pending)
    await migrate(store, pending)
  }
  const homeId = options.homeId ?? randomUUID()
  await store.query(
    "insert into settings (key, value) values ('home.id', $1), ('key.check', $2) on conflict do nothing",
    [JSON.stringify(homeId), JSON.stringify(keyCheck(options.key))],
  )
  const owner = await checkOwner(store, options)
  return owner.ok ? ok({ store, homeId: owner.value ?? homeId, fresh }) : owner
}

/** Whether this store is this home's and was written with this key; answers the id of the home it belongs to. */
async function checkOwner(
  store: Store,
  { key, homeId }: Pick<OpenStoreOptions, 'key' | 'homeId'>,
): Promise<Result<string | undefined, 'key_wrong' | 'store_of_another_home'>> {
  const rows = await store.query<{ key: string; value: string }>(
    "select key, value from settings where key in ('home.id', 'key.check')",
  )
  const owner = rows.find((row) => row.key === 'home.id')?.value
  const check = rows.find((row) => row.key === 'key.check')?.value
  if (homeId !== undefined && owner !== undefined && owner !== homeId)
    return fail('store_of_another_home', { store: owner, home: homeId })
  if (check !== undefined && !isKeyOf(key, check)) return fail('key_wrong')
  return ok(owner)
}

/** A half-copied store is nobody's home yet; one whose home has moved on is no home any more. */
async function checkMoves(
  store: Store,
  { anyway = false }: Pick<OpenStoreOptions, 'anyway'>,
): Promise<Result<void, 'move_unfinished' | 'home_moved'>> {
  const { into, away } = await movesOf(store)
  if (into) return fail('move_unfinished', { from: into.from, to: into.to })
  if (away && !anyway) return fail('home_moved', { ...away })
  if (away) await noteMovedAway(store, undefined)
  return ok(undefined)
}

/** Tells one key from another and nothing about either. */
export const keyCheck = (key: Uint8Array): string =>
  createHmac('sha256', key).update('zhiyin key check').digest('hex').slice(0, 32)

export function isKeyOf(key: Uint8Array, check: string): boolean {
  const [a, b] = [Buffer.from(keyCheck(key)), Buffer.from(String(check))]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The home's engine as it is, without looking into it; undefined where another process works on the database. */
export const openEngine = ({
  folder,
  url,
  shared = false,
}: Pick<OpenStoreOptions, 'folder' | 'url' | 'shared'>): Promise<Engine | undefined> =>
  url ? openHeldPostgres(url, shared) : openEmbedded(homePaths(folder).store)

async function openEmbedded(path: string): Promise<Engine> {
  log('warn', durabilityNotice[process.env.LANG?.startsWith('zh') ? 'zh' : 'en'])
  if (!(await exists(path))) {
    // Making a database takes seconds: it is made beside its place, so that a killed start leaves no half of one.
    const draft = `${path}.new`
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { recursive: true, mode: 0o700 })
    await (await openPglite(draft)).close()
    await rename(draft, path)
  }
  return openPglite(path)
}

/** PostgreSQL, for this process alone or for servers that share it; undefined where another works on it the other way. */
async function openHeldPostgres(url: string, shared: boolean): Promise<Engine | undefined> {
  let lost = false
  let release: (() => Promise<void>) | undefined
  let closed = false
  const hold = async (): Promise<boolean> => {
    const held = await holdDatabase(url, shared, () => void regain())
    release = held?.release
    return held !== undefined
  }
  const regain = async () => {
    log('warn', 'the connection that holds the database was lost; taking it again')
    for (let attempt = 0; !closed; attempt++) {
      try {
        lost = !(await hold())
        if (lost) log('error', 'another process has taken the database: this one stops working on it')
        if (closed) await release?.()
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** attempt, 30_000)).unref())
      }
    }
  }
  if (!(await hold())) return undefined
  let engine: Engine
  try {
    engine = await openPostgres(url)
  } catch (error) {
    await release?.()
    throw error
  }
  const check = () => {
    if (lost) throw new StoreError('another process has taken the database', 'home_locked')
  }
  return {
    ...engine,
    rows: async (text, values) => {
      check()
      return engine.rows(text, values)
    },
    objects: async (text, values) => {
      check()
      return engine.objects(text, values)
    },
    transaction: async (work) => {
      check()
      return engine.transaction(work)
    },
    hold: async (work) => {
      check()
      return engine.hold!(work)
    },
    whileAlone: async (lock, work) => {
      check()
      return engine.whileAlone(lock, work)
    },
    close: async () => {
      closed = true
      await engine.close()
      await release?.()
    },
  }
}
