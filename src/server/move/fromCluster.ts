import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exists } from '#lib/exists.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { copyKeyFile, readKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, markHome, readHome } from '#store/home.ts'
import { acquireLock } from '#store/lock.ts'
import { pendingMigrations, readMigrations } from '#store/migrate.ts'
import { beginMove, endMove, holdsHome, movesOf, noteMovedAway } from '#store/move.ts'
import { isKeyOf, openEngine } from '#store/open.ts'
import { type Store, storeOn } from '#store/store.ts'
import { type Lake, lakeSource } from '#warehouse/lake/lakeCopy.ts'
import { readNotes, readState } from '#warehouse/lake/lakeState.ts'
import { schemaVersion } from '#warehouse/migrations.ts'
import { openEmbeddedTarget } from '#warehouse/moving/embedded.ts'
import { type Addresses, isSamePlace, lakeAt, shown } from './addresses.ts'
import { copyBoth, type Copied, type MoveProgress } from './copy.ts'
import { type MoveRefusal, refusalOf } from './refusals.ts'

export interface MoveFromClusterOptions extends Addresses {
  /** A folder without a home. */
  folder: string
  keyFile: string
  signal: AbortSignal
  progress(at: MoveProgress): void
  chunkRows?: number | undefined
}

/** Copies what is published on a cluster, whose servers have stopped, into a new embedded home. */
export async function moveFromCluster(options: MoveFromClusterOptions): Promise<Result<Copied, MoveRefusal>> {
  const folder = resolve(options.folder)
  const lock = await acquireLock(folder)
  if (!lock.ok) return lock
  await using opened = new AsyncDisposableStack()
  opened.defer(() => lock.value.release())
  try {
    const lake = await lakeAt(options, homePaths(folder).moving)
    const from = `${shown(options.databaseUrl)} ${shown(options.warehouse.url)}`
    const free = await takeFolder(folder, from)
    if (!free.ok) return free
    opened.defer(() => freeFolder(folder))
    const engine = await openEngine({ folder, url: options.databaseUrl })
    if (!engine) return fail('home_locked', { database: true })
    const source = storeOn(engine)
    opened.defer(() => source.close())
    const home = await ownerOf(source, folder, options.keyFile)
    if (!home.ok) return home
    return await moveOut(options, { folder, from, source, home: home.value, lake })
  } catch (error) {
    return refusalOf(error, options.signal)
  }
}

/** The folder is a move's until the home is born in it: no server begins another one there. */
async function takeFolder(folder: string, from: string): Promise<Result<void, MoveRefusal>> {
  const paths = homePaths(folder)
  const home = await readHome(folder)
  const begun = await readFile(paths.move, 'utf8').catch(() => undefined)
  // With our mark beside its marker the home is what this move made, and nobody has opened it yet.
  if (home === 'foreign' || (home && begun !== from)) return fail('home_not_empty', { folder })
  if (begun !== undefined && begun !== from) return fail('move_unfinished', { from: begun, to: folder })
  if (begun === undefined)
    for (const path of [paths.store, paths.warehouse, paths.anchor, paths.token, paths.moving])
      if (await exists(path)) return fail('home_not_empty', { folder, path })
  await writeFile(paths.move, from, { mode: 0o600 })
  return ok(undefined)
}

/** Where nothing has been copied the folder is as free as it was. */
async function freeFolder(folder: string): Promise<void> {
  const paths = homePaths(folder)
  if (!(await exists(paths.store))) await rm(paths.move, { force: true })
}

/** Which home the database holds: whole, of this version, and this key's. */
async function ownerOf(source: Store, folder: string, keyFile: string): Promise<Result<Home, MoveRefusal>> {
  const known = await readMigrations()
  const pending = await pendingMigrations(source, known)
  if (!pending.ok) return pending
  if (pending.value.length === known.length) return fail('store_missing', { database: true })
  if (pending.value.length > 0) return fail('move_source_old')
  const { into, away } = await movesOf(source)
  if (into) return fail('move_unfinished', { from: into.from, to: into.to })
  if (away && !isSamePlace(away, { database: folder, warehouse: folder })) return fail('home_moved', { ...away })
  const rows = await source.query<{ key: string; value: unknown }>(
    "select key, value from settings where key in ('home.marker', 'key.check')",
  )
  const settings = new Map(rows.map(({ key, value }) => [key, value]))
  const marker = settings.get('home.marker') as Omit<Home, 'folder'> | undefined
  if (!marker) return fail('store_missing', { database: true })
  const { keys } = homePaths(folder)
  // A key that lies in the folder already would be the home's: it must be the right one too.
  for (const path of [resolve(keyFile), ...((await exists(keys)) ? [keys] : [])]) {
    const key = await readKeyFile(path)
    if (!key || !isKeyOf(key, String(settings.get('key.check')))) return fail('key_wrong', { file: path })
  }
  return ok({ ...marker, folder })
}

interface Parts {
  folder: string
  from: string
  source: Store
  home: Home
  lake: Lake
}

async function moveOut(
  options: MoveFromClusterOptions,
  { folder, from, source, home, lake }: Parts,
): Promise<Result<Copied, MoveRefusal>> {
  const paths = homePaths(folder)
  const { signal, progress } = options
  const state = await readState(source.engine)
  const schema = Number(state.meta.get('schema_version') ?? 0)
  if (schema !== schemaVersion) return fail('move_source_old', { found: schema, wanted: schemaVersion })
  const notes = await readNotes(source.engine)
  const warehouse = lakeSource(lake, state, notes, options.chunkRows)
  const scratch = paths.moving
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rm(scratch, { recursive: true, force: true }))
  const engine = await openEngine({ folder })
  if (!engine) return fail('home_locked', { folder })
  const store = storeOn(engine)
  opened.defer(() => store.close())
  if (await hasEnded(source, store, home)) {
    await settle(home)
    return ok({ tables: {}, rows: 0, bytes: 0, copiedRows: 0, seconds: { store: 0, warehouse: 0, checking: 0 } })
  }
  const begun = await beginMove(store, { home: home.id, from, to: folder, version: warehouse.version })
  if (!begun.ok) return begun
  const target = await openEmbeddedTarget(join(paths.warehouse, 'warehouse.duckdb'), join(scratch, 'warehouse'))
  opened.defer(() => target.close())
  const copied = await copyBoth({
    from: { store: source, warehouse },
    to: { store, warehouse: target },
    note: begun.value.note,
    again: begun.value.again,
    scratch: join(scratch, 'store'),
    signal,
    progress,
  })
  if (!copied.ok) return copied
  signal.throwIfAborted()
  await target.finish(notes)
  if (!(await exists(paths.keys))) await copyKeyFile(resolve(options.keyFile), paths.keys)
  // First the old home, then the new one: killed in between, neither is opened, and the next attempt ends it.
  await noteMovedAway(source, { database: folder, warehouse: folder, at: new Date().toISOString() })
  await store.transaction(async (tx) => {
    await endMove(tx)
    await recordAudit(
      tx,
      { id: 'operator', kind: 'operator' },
      {
        action: 'home.move',
        objectKind: 'home',
        objectId: home.id,
        detail: { to: 'folder', rows: copied.value.rows },
      },
    )
  })
  await settle(home)
  return copied
}

/**
 * Whether an earlier run came to its last transaction and was cut off before the marker: all of the home is here then,
 * and compared. One that was taken back on the cluster meanwhile has gone on without this copy.
 */
async function hasEnded(source: Store, store: Store, { id }: Home): Promise<boolean> {
  const { away } = await movesOf(source)
  return away !== undefined && (await holdsHome(store, id))
}

/** The marker makes it a home, so it comes last but for the mark of the move. */
async function settle({ folder, kind, timeZone, id, createdAt }: Home): Promise<void> {
  await markHome(folder, kind, timeZone, id, createdAt)
  await rm(homePaths(folder).move, { force: true })
}
