import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exists } from '#lib/exists.ts'
import type { Files } from '#files/files.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { openKeyFile } from '#store/encryption.ts'
import { type Home, homeMarker, homePaths, type MovedTo, noteMoved, readHome } from '#store/home.ts'
import { acquireLock } from '#store/lock.ts'
import { pendingMigrations, readMigrations } from '#store/migrate.ts'
import { beginMove, endMove, runnerOf } from '#store/move.ts'
import { openEngine, openStore } from '#store/open.ts'
import { type Store, storeOn } from '#store/store.ts'
import { lakeTarget, type LakeTarget } from '#warehouse/lake/lakeCopy.ts'
import { writeChanges } from '#warehouse/lake/lakeState.ts'
import { openEmbeddedSource } from '#warehouse/moving/embedded.ts'
import { schemaVersion } from '#warehouse/migrations.ts'
import type { MoveSource, Notes } from '#warehouse/moving/sides.ts'
import { type Addresses, isSamePlace, lakeAt, shown } from './addresses.ts'
import { copyBoth, type Copied, type MoveProgress } from './copy.ts'
import { type MoveRefusal, refusalOf } from './refusals.ts'

export interface MoveToClusterOptions extends Addresses {
  /** The embedded home. */
  folder: string
  /** Its store, where that is PostgreSQL already. */
  storeUrl?: string | undefined
  signal: AbortSignal
  progress(at: MoveProgress): void
  /** Tests cut small, and let the storage fail. */
  chunkRows?: number | undefined
  openStorage?: (url: string) => Promise<Files>
}

/** Copies a home that nobody has open into an empty database and an empty lake. */
export async function moveToCluster(options: MoveToClusterOptions): Promise<Result<Copied, MoveRefusal>> {
  const folder = resolve(options.folder)
  const paths = homePaths(folder)
  const home = await readHome(folder)
  if (!home || home === 'foreign') return fail('home_missing', { folder })
  const lock = await acquireLock(folder)
  if (!lock.ok) return lock
  await using opened = new AsyncDisposableStack()
  opened.defer(() => lock.value.release())
  const scratch = paths.moving
  opened.defer(() => rm(scratch, { recursive: true, force: true }))
  try {
    const lake = lakeTarget(await lakeAt(options, scratch, options.openStorage))
    const there = { database: shown(options.databaseUrl), warehouse: shown(options.warehouse.url) }
    // What lies here is the copy that was left behind: going on with a move is all it may be used for.
    if (home.movedTo && !isSamePlace(home.movedTo, there)) return fail('home_moved', { ...home.movedTo })
    const store = await openSourceStore(home, options)
    if (!store.ok) return store
    opened.defer(() => store.value.close())
    const warehouse = await openEmbeddedSource(
      join(paths.warehouse, 'warehouse.duckdb'),
      join(scratch, 'warehouse'),
      options.chunkRows,
    )
    if ('schema' in warehouse) return fail('move_source_old', { found: warehouse.schema, wanted: schemaVersion })
    opened.defer(() => warehouse.close())
    const engine = await openEngine({ folder, url: options.databaseUrl })
    if (!engine) return fail('home_locked', { database: true })
    const target = storeOn(engine)
    opened.defer(() => target.close())
    return await moveInto(options, { home, scratch, store: store.value, warehouse, target, lake, there })
  } catch (error) {
    return refusalOf(error, options.signal)
  }
}

interface Parts {
  home: Home
  scratch: string
  store: Store
  warehouse: MoveSource
  target: Store
  lake: LakeTarget
  there: Pick<MovedTo, 'database' | 'warehouse'>
}

async function moveInto(
  options: MoveToClusterOptions,
  { home, scratch, store, warehouse, target, lake, there }: Parts,
): Promise<Result<Copied, MoveRefusal>> {
  const { signal, progress } = options
  const wanted = { home: home.id, from: home.folder, to: there.warehouse, version: warehouse.version }
  const begun = await beginMove(target, wanted, async () => {
    const tables = await lake.tables()
    return tables.length ? fail('warehouse_of_another_home', { tables: tables.slice(0, 5) }) : ok(undefined)
  })
  if (!begun.ok)
    return begun.reason === 'home_not_empty' && home.movedTo ? fail('home_moved', { ...home.movedTo }) : begun
  const { note, again } = begun.value
  await lake.begin()
  const copied = await copyBoth({
    from: { store, warehouse },
    to: { store: target, warehouse: lake },
    note,
    again,
    scratch: join(scratch, 'store'),
    signal,
    progress,
  })
  if (!copied.ok) return copied
  signal.throwIfAborted()
  // First the old home, then the new one: killed in between, neither is opened, and the next attempt ends it.
  await noteMoved(home, { ...there, at: new Date().toISOString() })
  await publish(target, home, lake, await warehouse.notes(), copied.value)
  return copied
}

/** One transaction: before it the target is a half-copied move, after it a home. */
async function publish(target: Store, home: Home, lake: LakeTarget, notes: Notes, copied: Copied): Promise<void> {
  const { meta, batches, staleDays } = notes
  const published = meta.get('data_version') ?? '1'
  await target.transaction(async (tx) => {
    await endMove(tx)
    await writeChanges(runnerOf(tx), {
      snapshots: lake.snapshots(),
      droppedTables: [],
      meta: new Map([...meta, ['published_version', published]]),
      batches,
      staleDays,
    })
    await tx.query('insert into settings (key, value) values ($1, $2::jsonb) on conflict do nothing', [
      'home.marker',
      JSON.stringify(homeMarker(home)),
    ])
    await recordAudit(
      tx,
      { id: 'operator', kind: 'operator' },
      { action: 'home.move', objectKind: 'home', objectId: home.id, detail: { to: 'cluster', rows: copied.rows } },
    )
  })
}

async function openSourceStore(
  home: Home,
  { storeUrl }: Pick<MoveToClusterOptions, 'storeUrl'>,
): Promise<Result<Store, MoveRefusal>> {
  const paths = homePaths(home.folder)
  // What lies in the folder is this home's, whatever the environment names.
  const url = (await exists(paths.store)) ? undefined : storeUrl
  if (!(await exists(paths.keys))) return fail('key_wrong', { missing: paths.keys })
  if (!url && !(await exists(paths.store))) return fail('store_missing', { path: paths.store })
  const opened = await openStore({
    folder: home.folder,
    key: await openKeyFile(paths.keys, false),
    homeId: home.id,
    url,
    beforeMigrate: async () => {
      throw new OldSource()
    },
  }).catch((error: unknown) => {
    if (error instanceof OldSource) return fail('move_source_old')
    throw error
  })
  if (!opened.ok) return opened
  const { store } = opened.value
  const pending = await pendingMigrations(store, await readMigrations())
  return pending.ok ? ok(store) : pending
}

class OldSource extends Error {}
