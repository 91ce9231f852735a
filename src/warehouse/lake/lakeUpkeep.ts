import type { StoredFile } from '#files/files.ts'
import { log } from '#lib/log.ts'
import { rewriteDue } from '../erasing.ts'
import { readMeta } from '../migrations.ts'
import { sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import { filesOf, keyOf, type Passage, tidily } from './lakeStages.ts'
import { logOfTable } from './lakeTables.ts'
import { movingStages } from './lakeCopy.ts'
import type { LakeWrite } from './lakeWrite.ts'

/** What a round of upkeep has done. */
export interface Tended {
  compacted: string[]
  expired: number
  dropped: string[]
  /** Files of stages and of logs that no table knew. */
  swept: number
  /** Tables that somebody else wrote to: they are left as they are, with all that is published of them. */
  foreign: string[]
}

/** A table with more files than this too small, or deletions beside its files, is compacted. */
const smallFilesAtMost = 24
/** Megabytes: files below this are put together. */
const smallFile = 64
const deleteFilesAtMost = 8
/** No question runs longer than a quarter of an hour, and each reads what was published when it began. */
const keptSeconds = 30 * 60
/** Between looking at ages and forgetting by them. */
const spareSeconds = 60
/** A killed query's files are found when nothing can still be writing them. */
const orphansAfter = '1d'

/** Puts small files together and writes those anew, of any size, that deletions lie beside: then none holds a deleted row. */
const optimize = `optimize(file_size_threshold => '${smallFile}MB')`
const removeOrphans = (olderThan: string) => `remove_orphan_files(retention_threshold => '${olderThan}')`

type Storage = Pick<Passage, 'client' | 'files'>

interface Shape {
  table: string
  small: number
  deletes: number
  head: string
}

async function shapes(write: LakeWrite): Promise<Shape[]> {
  // A table at a time of three dozen would take half a minute; all at once is one query over small metadata.
  const tables = write.tables()
  if (tables.length === 0) return []
  const { rows } = await write.statements.run(
    tables
      .map(
        (
          table,
        ) => `select '${table}', f.small, f.deletes, (select cast(snapshot_id as varchar) from "${table}$refs" where name = 'main')
          from (select count_if(content = 0 and file_size_in_bytes < ${smallFile * 2 ** 20}) as small, count_if(content <> 0) as deletes from "${table}$files") f`,
      )
      .join(' union all '),
  )
  return rows.map(([table, small, deletes, head]) => ({
    table: String(table),
    small: Number(small),
    deletes: Number(deletes),
    head: String(head),
  }))
}

/** How old each snapshot of these tables is, in seconds. */
async function agesOf(write: LakeWrite, tables: readonly string[]): Promise<Map<string, Map<string, number>>> {
  const { rows } = await write.statements.run(
    tables
      .map(
        (table) =>
          `select '${table}', cast(snapshot_id as varchar), to_unixtime(current_timestamp) - to_unixtime(committed_at) from "${table}$snapshots"`,
      )
      .join(' union all '),
  )
  const ages = new Map(tables.map((table) => [table, new Map<string, number>()]))
  for (const [table, id, age] of rows) ages.get(String(table))!.set(String(id), Number(age))
  return ages
}

/**
 * Keeps a lake in shape: many small files and deletions are written together, snapshots that nobody can still be reading
 * are forgotten with their files, what killed writers left is swept up. Where customers were erased all files are written
 * anew, and the history goes as soon as no running question can need it.
 */
export async function tendLake(
  write: LakeWrite,
  writer: Writer,
  storage: Storage,
  { orphans = false, keepSeconds = keptSeconds } = {},
): Promise<Tended> {
  const due = (await readMeta(writer))[rewriteDue]
  const all = await shapes(write)
  // Forgetting would take what is published, for Iceberg keeps the newest snapshot, and that is somebody else's.
  const foreign = all.filter(({ table, head }) => head !== write.published(table)).map(({ table }) => table)
  if (foreign.length > 0)
    log('warn', 'somebody else wrote to tables of the lake; zhiyin doctor tells', { tables: foreign.join(', ') })
  const own = all.filter(({ table }) => !foreign.includes(table))
  const compacted = own
    .filter(({ small, deletes }) => small > smallFilesAtMost || deletes > deleteFilesAtMost || (due && deletes > 0))
    .map(({ table }) => table)
  for (const table of compacted) await write.tend(table, optimize, { changes: true })
  if (compacted.length > 0) await writer.settle()

  const inUse = await write.inUse(keepSeconds)
  const tables = own.map(({ table }) => table)
  const ages = tables.length ? await agesOf(write, tables) : new Map<string, Map<string, number>>()
  let expired = 0
  for (const [table, snapshots] of ages) {
    // By age is the one way to say which go: all that are older than the oldest one that somebody may be reading.
    const read = [...(inUse.get(table) ?? [])].flatMap((id) => snapshots.get(id) ?? [])
    const keep = Math.ceil(Math.max(keepSeconds, ...read.map((age) => age + spareSeconds)))
    const past = [...snapshots].filter(([id, age]) => id !== write.published(table) && age > keep)
    if (past.length === 0) continue
    await write.tend(table, `expire_snapshots(retention_threshold => '${keep}s')`, { changes: false })
    expired++
  }
  // The last round after an erasing: no snapshot is older than it.
  const last = due !== undefined && foreign.length === 0 && (await oldestSnapshot(write)) > due
  // What the newest snapshot itself took out is left lying when the older ones are forgotten. Nobody else writes now.
  if (last || orphans)
    for (const table of tables)
      await write.tend(table, removeOrphans(last ? `${keepSeconds}s` : orphansAfter), { changes: false })
  const dropped = await dropUnpublished(write, inUse, orphans)
  const swept =
    last || orphans ? await sweepFiles(write, storage, new Set([...inUse.keys(), ...foreign]), keepSeconds) : 0
  if (last) await dropNote(writer)
  await write.forgetInUse(keepSeconds)
  return { compacted, expired, dropped, swept, foreign }
}

/** Of the tables that have a history. */
async function oldestSnapshot(write: LakeWrite): Promise<string> {
  const { rows } = await write.statements.run(
    write
      .tables()
      .map(
        (table) =>
          `select date_format(min(committed_at) at time zone 'UTC', '%Y-%m-%dT%H:%i:%s') as at from "${table}$snapshots" having count(*) > 1`,
      )
      .join(' union all '),
  )
  return rows.map(([at]) => String(at)).sort()[0] ?? '9999'
}

const dropNote = (writer: Writer) => writer.run(sql`delete from warehouse_meta where key = ${rewriteDue}`)

/** The doctor tries a lake beside the servers; what it left behind goes in the daily round. */
const isDoctors = (name: string) => name.includes('stage_doctor_')
/** A backup copies beside the writers. */
const isOfBackup = (name: string, inUse: Pick<ReadonlySet<string>, 'has'>) =>
  inUse.has(movingStages) && name.includes(movingStages)

/** Stage tables of writers that are gone, and tables of logs that nobody reads any more; nobody else writes now. */
async function dropUnpublished(
  write: LakeWrite,
  inUse: ReadonlyMap<string, ReadonlySet<string>>,
  daily: boolean,
): Promise<string[]> {
  const own = new Set(write.stageTables())
  const { rows } = await write.statements.run('show tables')
  const left = rows
    .map(([name]) => String(name))
    .filter((name) =>
      name.startsWith('stage_')
        ? !own.has(name) && (daily || !isDoctors(name)) && !isOfBackup(name, inUse)
        : logOfTable(name) !== undefined && write.published(name) === undefined && !inUse.has(name),
    )
  for (const name of left) await tidily(name, write.statements.run(`drop table if exists ${name}`))
  return left
}

/**
 * Files that were written and never came to be a table's, or whose table is gone. Trino looks for such only where it puts
 * a table's files itself; those that servers write and register lie elsewhere.
 */
async function sweepFiles(
  write: LakeWrite,
  { client, files }: Storage,
  inUse: ReadonlySet<string>,
  keepSeconds: number,
): Promise<number> {
  let swept = 0
  const sweep = async (prefix: string, known: (file: StoredFile) => boolean) => {
    for await (const file of files.list(prefix)) {
      if (known(file)) continue
      await files.remove(file.key)
      swept++
    }
  }
  // A doctor may be at work, but not for as long as that.
  const youngest = Date.now() - keepSeconds * 1000
  await sweep(filesOf(client, 'stage'), ({ key, changedAt }) =>
    isDoctors(key) ? changedAt.getTime() > youngest : isOfBackup(key, inUse),
  )
  const prefix = filesOf(client, 'log').slice(0, -'log/'.length)
  const logs = write.tables().filter((table) => logOfTable(table) !== undefined)
  const kept = new Set<string>()
  if (logs.length > 0) {
    const { rows } = await write.statements.run(
      logs.map((table) => `select file_path from "${table}$files"`).join(' union all '),
    )
    for (const [path] of rows) kept.add(keyOf(files.location, String(path)))
  }
  await sweep(prefix, ({ key }) => {
    const table = key.slice(prefix.length).split('/')[0]!
    // Of a log that was replaced a while ago the older files may still be read, and of one that somebody else wrote to the
    // newest snapshot does not know what is published: they go the next time.
    return kept.has(key) || logOfTable(table) === undefined || inUse.has(table)
  })
  return swept
}
