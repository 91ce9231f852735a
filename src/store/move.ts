import { mkdir, rm } from 'node:fs/promises'
import { fail, ok, type Result } from '#lib/result.ts'
import { sameTally, sumOf, type Tally } from '#lib/tally.ts'
import type { MovedTo } from './home.ts'
import { migrate, pendingMigrations, readMigrations } from './migrate.ts'
import type { Runner, Store, Tx } from './store.ts'
import { dumpTables, loadTables, tallyTables } from './tableDump.ts'

/** What a database says of a move that is under way into it. */
export interface MoveNote {
  /** The id of the home that is copied. */
  home: string
  /** Its store and its warehouse, as addresses without passwords. */
  from: string
  to: string
  /** `begun`: the store is not here yet; `store`: it is, and the warehouse is being copied. */
  state: 'begun' | 'store'
  /** Of the warehouse that is copied: where it has changed, the copy begins anew. */
  version: string
}

// Beside the state of a lake, which no backup or copy of the store takes along.
const keys = { into: 'move', away: 'moved' }

/** What a database says of moves: one into it that has not ended, one that has taken its home elsewhere. */
export async function movesOf(
  runner: Pick<Store, 'query'>,
): Promise<{ into?: MoveNote | undefined; away?: MovedTo | undefined }> {
  const [there] = await runner.query<{ there: boolean }>("select to_regclass('lake_meta') is not null as there")
  if (!there?.there) return {}
  const rows = await runner.query<{ key: string; value: string }>(
    'select key, value from lake_meta where key in ($1, $2)',
    [keys.into, keys.away],
  )
  const read = (key: string) => rows.find((row) => row.key === key)?.value
  const [into, away] = [read(keys.into), read(keys.away)]
  return {
    into: into === undefined ? undefined : (JSON.parse(into) as MoveNote),
    away: away === undefined ? undefined : (JSON.parse(away) as MovedTo),
  }
}

/** Whether this store holds this home whole: no move into it is under way. */
export async function holdsHome(store: Store, home: string): Promise<boolean> {
  const [there] = await store.query<{ there: boolean }>("select to_regclass('settings') is not null as there")
  if (!there?.there || (await movesOf(store)).into) return false
  const [owner] = await store.query<{ value: string }>("select value from settings where key = 'home.id'")
  return owner?.value === home
}

const upsert =
  'insert into lake_meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value'

const noteMove = (runner: Pick<Store, 'query'>, note: MoveNote) =>
  runner.query(upsert, [keys.into, JSON.stringify(note)])

/** Says of the home of this database that it lives elsewhere now, or no longer does. */
export async function noteMovedAway(runner: Pick<Store, 'query'>, movedTo: MovedTo | undefined): Promise<void> {
  if (movedTo) await runner.query(upsert, [keys.away, JSON.stringify(movedTo)])
  else await runner.query('delete from lake_meta where key = $1', [keys.away])
}

/**
 * Makes an empty database the target of a move, or finds the one that did not end. `again`: something may be there
 * already. `isFree` looks at the target's other half before anything is noted: whatever lies there once the note stands
 * counts as the move's own, and is deleted.
 */
export async function beginMove<Taken extends string = never>(
  store: Store,
  wanted: Omit<MoveNote, 'state'>,
  isFree: () => Promise<Result<void, Taken>> = async () => ok(undefined),
): Promise<Result<{ note: MoveNote; again: boolean }, 'home_not_empty' | 'move_unfinished' | 'store_newer' | Taken>> {
  const known = await readMigrations()
  const pending = await pendingMigrations(store, known)
  if (!pending.ok) return pending
  const { into } = await movesOf(store)
  if (into && (into.home !== wanted.home || into.from !== wanted.from || into.to !== wanted.to))
    return fail('move_unfinished', { from: into.from, to: into.to })
  if (!into) {
    const used = pending.value.length < known.length && (await store.query('select 1 from settings limit 1')).length > 0
    if (used) return fail('home_not_empty', { database: true })
    const free = await isFree()
    if (!free.ok) return free
  }
  await migrate(store, pending.value)
  if (into?.version === wanted.version) return ok({ note: into, again: true })
  const note: MoveNote = { ...wanted, state: 'begun' }
  await store.transaction(async (tx) => {
    await noteMove(tx, note)
    await tx.query('delete from move_chunks')
  })
  return ok({ note, again: into !== undefined })
}

/** Copies every table by way of files in a folder of ours: all of them or none. */
export async function copyStore(from: Store, to: Store, folder: string, note: MoveNote): Promise<MoveNote> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const copied: MoveNote = { ...note, state: 'store' }
  try {
    const dump = await from.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      return dumpTables(tx, folder)
    })
    await to.transaction(async (tx) => {
      const chunks = await tx.query<StoredChunk>('select * from move_chunks')
      await loadTables(tx, folder, dump)
      // The copy empties what it does not bring.
      await noteMove(tx, copied)
      for (const chunk of chunks) await insertChunk(tx, chunk)
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return copied
}

/** The tables that do not hold the same on both sides. */
export async function differingTables(
  from: Store,
  to: Store,
): Promise<{ table: string; source: Tally; target: Tally }[]> {
  const [source, target] = [await from.transaction(tallyTables), await to.transaction(tallyTables)]
  const none = sumOf([])
  return [...new Set([...source.keys(), ...target.keys()])]
    .map((table) => ({ table, source: source.get(table) ?? none, target: target.get(table) ?? none }))
    .filter((pair) => !sameTally(pair.source, pair.target))
}

/** The store is copied once more by the next attempt. */
export const forgetStore = (store: Store, note: MoveNote) => noteMove(store, { ...note, state: 'begun' })

interface StoredChunk {
  table_name: string
  chunk: string
  row_count: number
  checksum: string
}

export interface CopiedChunk extends Tally {
  table: string
  name: string
}

const insertChunk = (runner: Pick<Store, 'query'>, { table_name, chunk, row_count, checksum }: StoredChunk) =>
  runner.query('insert into move_chunks (table_name, chunk, row_count, checksum) values ($1, $2, $3, $4)', [
    table_name,
    chunk,
    row_count,
    checksum,
  ])

export const copiedChunks = async (store: Store): Promise<CopiedChunk[]> =>
  (await store.query<StoredChunk>('select * from move_chunks')).map(({ table_name, chunk, row_count, checksum }) => ({
    table: table_name,
    name: chunk,
    rows: Number(row_count),
    checksum,
  }))

export const noteChunk = (store: Store, { table, name, rows, checksum }: CopiedChunk) =>
  insertChunk(store, { table_name: table, chunk: name, row_count: rows, checksum })

/** A table that came out differently is copied once more by the next attempt. */
export const forgetTable = (store: Store, table: string) =>
  store.query('delete from move_chunks where table_name = $1', [table])

/** In the transaction that publishes the copy: from here on it is a home like any other. */
export async function endMove(tx: Tx): Promise<void> {
  await tx.query('delete from lake_meta where key = $1', [keys.into])
  await tx.query('delete from move_chunks')
}

/** For whoever writes changes of a lake in a transaction of the store. */
export const runnerOf = (tx: Tx): Pick<Runner, 'objects'> => ({ objects: (text, values) => tx.query(text, values) })
