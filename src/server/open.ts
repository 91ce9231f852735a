import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exists } from '#lib/exists.ts'
import { copyOrNote, noteBehind } from '#features/copies.ts'
import type { ServerSelf, Services } from '#features/services.ts'
import { FilesError } from '#files/fault.ts'
import { type Files, openFiles } from '#files/files.ts'
import { newId } from '#lib/ids.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { localDay } from '#lib/time.ts'
import { moveAnchor } from '#store/auditAnchor.ts'
import { startSealer } from '#store/auditChain.ts'
import { makeBackup } from '#store/backup.ts'
import { fieldCipher, openKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, markHome, noteMoved, readHome } from '#store/home.ts'
import { acquireLock, type LockRefusal } from '#store/lock.ts'
import { type OpenStoreRefusal, openStore } from '#store/open.ts'
import { takeTurn } from '#store/postgres.ts'
import type { Store } from '#store/store.ts'
import { exporterOfFile, isOlderWarehouse } from '#warehouse/backup.ts'
import { ask } from '#warehouse/question.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { reconcileDimensions } from './dimensions.ts'
import { openWarehouse, placeFromEnvironment, type WarehousePlace } from './openWarehouse.ts'
import { homeToJoin, noteHome } from './join.ts'
import { type PartRefusal, refusalOfPart } from './refusals.ts'
import { questions } from './registry.ts'
import { isShared } from './sharing.ts'
import { upkeepOf } from './upkeep.ts'

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
  /** A lake instead of the embedded warehouse; WAREHOUSE_URL and WAREHOUSE_FILES where nothing is said. */
  warehouse?: WarehousePlace | undefined
  /** Other servers may work on the same stores; by their addresses where nothing is said. */
  shared?: boolean
  /** Opens a home that has moved elsewhere, and takes it back. */
  anyway?: boolean
  /** Fills a new home before it counts as born: one that was killed meanwhile is begun again from nothing. */
  birth?: (services: Services) => Promise<void>
}

export type OpenRefusal =
  | 'home_missing'
  | 'home_of_another_kind'
  | 'folder_occupied'
  | 'home_not_empty'
  | 'key_needed'
  | LockRefusal
  | OpenStoreRefusal
  | PartRefusal

/**
 * Opens a home, or makes it: lock, key, both stores, migrations. Whoever opens it has its folder alone; where both stores
 * are shared, an empty folder joins the home that the database belongs to.
 */
export async function openHome(options: OpenOptions): Promise<Result<OpenHome, OpenRefusal>> {
  const folder = resolve(options.folder)
  const paths = homePaths(folder)
  const url = options.databaseUrl ?? process.env.DATABASE_URL
  const shared = options.shared ?? isShared(url)
  const before = await readHome(folder)
  if (before === 'foreign') return fail('folder_occupied', { folder, path: paths.marker })
  if (!before && !options.kind) return fail('home_missing', { folder })
  const lock = await acquireLock(folder)
  if (!lock.ok) return lock

  await using opened = new AsyncDisposableStack()
  opened.defer(() => lock.value.release())
  // Read again under the lock: another process may have made it meanwhile.
  const found = await readHome(folder)
  if (found === 'foreign') return fail('folder_occupied', { folder, path: paths.marker })
  if (found && options.kind && found.kind !== options.kind)
    return fail('home_of_another_kind', { folder, kind: found.kind })
  // Nobody else has the folder open: copies in clear that lie there are a killed process's.
  if (found)
    for (const path of [paths.opened, paths.moving, paths.workbench]) await rm(path, { recursive: true, force: true })
  const place = options.warehouse ?? placeFromEnvironment()
  // A server of the cluster that the home has moved to may keep the folder: it opens nothing of what lies in it.
  if (found?.movedTo && !(url && place.url)) {
    if (!options.anyway) return fail('home_moved', { ...found.movedTo })
    await noteMoved(found, undefined)
  }
  if (found) {
    // Killed between its marker and this: the mark must not outlive the birth, for it allows to clear the folder; nor
    // must that of a move, for it says that there is no home in it yet.
    await rm(birthMark(folder), { force: true })
    await rm(paths.move, { force: true })
  } else {
    const clear = await clearHalfBorn(folder)
    if (!clear.ok) return clear
  }
  // One after the other is born, joins or migrates; released on the way out, whichever that is.
  await using _turn = shared && url ? await takeTurn(url) : undefined
  const joining = shared && url && !found ? await homeToJoin(url, folder) : ok(undefined)
  if (!joining.ok) return joining
  const joined = joining.value
  // Who makes a demo does not want somebody else's bank; a server joins whatever there is.
  if (joined && options.birth && joined.kind !== options.kind)
    return fail('home_of_another_kind', { folder, kind: joined.kind })
  const known = found ?? joined
  // A key is made with its home only: a new one for an old home would open nothing.
  const hasKey = await exists(paths.keys)
  if (found && !hasKey) return fail('key_wrong', { missing: paths.keys })
  const key = await openKeyFile(paths.keys, !hasKey)
  const warehouseFile = join(paths.warehouse, 'warehouse.duckdb')
  let saved = false
  const saveBeforeMigration = async (store: Store) => {
    if (!known || saved) return
    const parts = { store, home: known, cipher: fieldCipher(key), now: new Date() }
    const made = await makeBackup({ ...parts, warehouse: exporterOfFile(warehouseFile) }, 'before_migration')
    if (made.ok) log('info', 'backed up before migrating', { folder: made.value.folder })
    saved = made.ok
  }
  const store = await openStore({
    folder,
    key,
    homeId: known?.id,
    url,
    shared,
    anyway: options.anyway ?? false,
    beforeMigrate: saveBeforeMigration,
  })
  if (!store.ok) return store
  opened.defer(() => store.value.store.close())
  // A database elsewhere may hold what a killed birth began: a new home goes on with empty tables, a demo cannot.
  if (!known && options.birth && !store.value.fresh) return fail('home_not_empty', { database: true })
  if (found && !place.url && (await isOlderWarehouse(warehouseFile))) await saveBeforeMigration(store.value.store)
  const files = await openSharedFiles(folder, place.files)
  if (!files.ok) return files
  let warehouse: Warehouse
  try {
    warehouse = await openWarehouse(folder, store.value.store, files.value, place)
  } catch (error) {
    const refused = refusalOfPart(error)
    if (!refused) throw error
    return refused
  }
  opened.defer(() => warehouse.close())
  const home: Home = known ?? {
    folder,
    id: store.value.homeId,
    kind: options.kind!,
    timeZone: options.timeZone ?? 'Asia/Shanghai',
    createdAt: new Date().toISOString(),
  }
  const services = servicesOf({ home, store: store.value.store, warehouse, files: files.value, key, shared })
  if (!known) await options.birth?.(services)
  await noteHome(services.store, home)
  if (!found) {
    await markHome(folder, home.kind, home.timeZone, home.id, home.createdAt)
    await rm(birthMark(folder), { force: true })
  }
  // Where servers share, a job looks after it: whoever starts holds up all the others, and waits for no writer or cluster.
  if (known && shared) await noteBehind(services.store)
  else
    await copyOrNote(services, async () => {
      const copied = await reconcileDimensions(services)
      if (found && copied.length > 0) log('info', 'dimensions copied again from the store', { dimensions: copied })
    })
  const sealer = startSealer(services.store, {
    sealed: (head) => moveAnchor(services.store, folder, key, head),
  })
  opened.defer(() => sealer.stop())
  const held = opened.move()
  return ok({ services, born: !known, close: () => held.disposeAsync() })
}

/** What WAREHOUSE_FILES names, which all servers reach; without it the home itself, which only this one does. */
async function openSharedFiles(
  folder: string,
  url: string | undefined,
): Promise<Result<Files, 'storage_unavailable' | 'warehouse_address_wrong'>> {
  try {
    return ok(await openFiles(url ?? pathToFileURL(folder).href, { scratch: homePaths(folder).workbench }))
  } catch (error) {
    const code = error instanceof FilesError ? 'storage_unavailable' : 'warehouse_address_wrong'
    return fail(code, { why: (error as Error).message })
  }
}

const birthMark = (folder: string) => join(folder, 'zhiyin.birth')

/**
 * A folder without a home: what a killed birth left is removed, for its mark says that it is ours; a foreign file under
 * one of our names is left alone and the folder refused.
 */
async function clearHalfBorn(folder: string): Promise<Result<void, 'folder_occupied' | 'move_unfinished'>> {
  const { store, warehouse, keys: field, backups, uploads, anchor, token, move, moving } = homePaths(folder)
  if (await exists(move)) return fail('move_unfinished', { folder })
  const ours = [store, `${store}.new`, warehouse, dirname(field), backups, uploads]
  if (await exists(birthMark(folder))) {
    // The key stays when it is whole: a database elsewhere may have been written with it already.
    const key = await readFile(field, 'utf8').catch(() => '')
    for (const path of ours)
      if (path !== dirname(field) || key.trim().length < 64) await rm(path, { recursive: true, force: true })
  } else {
    // A running home writes the anchor and the token anew, and removes the token when it stops.
    for (const path of [...ours, anchor, token, moving])
      if (await exists(path)) return fail('folder_occupied', { folder, path })
    await writeFile(birthMark(folder), '')
  }
  return ok(undefined)
}

/** Puts the parts together; tests and the demo give their own clock. */
export function servicesOf(parts: {
  home: Home
  store: Store
  warehouse: Warehouse
  files: Files
  key: Uint8Array
  clock?: () => Date
  shared?: boolean
}): Services {
  const { home, store, warehouse, files } = parts
  const clock = parts.clock ?? (() => new Date())
  const cipher = fieldCipher(parts.key)
  const byId = new Map(questions.map((question) => [question.id, question]))
  const server: ServerSelf = { id: newId('srv'), shared: parts.shared ?? false, state: 'ready' }
  const cache: NonNullable<Parameters<typeof ask>[3]> = new Map()
  const services: Services = {
    home,
    store,
    warehouse,
    files,
    cipher,
    clock,
    server,
    upkeep: upkeepOf({ home, store, warehouse, key: parts.key, cipher, clock, server }),
    ask: async (id, parameters, scope) => {
      const asked = byId.get(id)
      if (!asked) return fail('question_unknown', { question: id })
      const today = localDay(clock(), home.timeZone)
      return ask(asked, parameters, { warehouse, scope, services, today }, cache)
    },
  }
  return services
}
