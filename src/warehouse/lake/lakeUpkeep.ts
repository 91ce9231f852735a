import { rewriteDue } from '../erasing.ts'
import { readMeta } from '../migrations.ts'
import { sql } from '../sql.ts'
import type { Writer } from '../warehouse.ts'
import { tidily } from './lakeStages.ts'
import type { LakeWrite } from './lakeWrite.ts'

/** What a round of upkeep has done. */
export interface Tended {
  compacted: string[]
  expired: number
  dropped: string[]
}

/** A table with more files than this too small, or deletions beside its files, is compacted. */
const smallFilesAtMost = 24
/** Megabytes: files below this are put together. */
const smallFile = 64
const deleteFilesAtMost = 8
/** Questions that still run read a snapshot no older than their time limit. */
const kept = '30m'
/** A killed query's files are found when nothing can still be writing them. */
const orphansAfter = '1d'

/** Small files are put together and the deletions beside them applied; `all`: large ones too, so that none holds a deleted row. */
const optimize = (all: boolean) => `optimize(file_size_threshold => '${all ? '100TB' : `${smallFile}MB`}')`
const removeOrphans = (olderThan: string) => `remove_orphan_files(retention_threshold => '${olderThan}')`

interface Shape {
  table: string
  small: number
  deletes: number
  snapshots: number
}

async function shapes(write: LakeWrite): Promise<Shape[]> {
  // A table at a time of three dozen would take half a minute; all at once is one query over small metadata.
  const tables = write.tables()
  if (tables.length === 0) return []
  const { rows } = await write.statements.run(
    tables
      .map(
        (table) => `select '${table}', f.small, f.deletes, s.n
          from (select count_if(content = 0 and file_size_in_bytes < ${smallFile * 2 ** 20}) as small, count_if(content <> 0) as deletes from "${table}$files") f
          cross join (select count(*) as n from "${table}$snapshots") s`,
      )
      .join(' union all '),
  )
  return rows.map(([table, small, deletes, snapshots]) => ({
    table: String(table),
    small: Number(small),
    deletes: Number(deletes),
    snapshots: Number(snapshots),
  }))
}

/**
 * Keeps a lake in shape: many small files and deletions are written together, snapshots that nobody can still be reading
 * are forgotten with their files, what killed writers left is swept up. Where customers were erased all files are written
 * anew, and the history goes as soon as no running question can need it.
 */
export async function tendLake(
  write: LakeWrite,
  writer: Writer,
  { orphans = false, keep = kept } = {},
): Promise<Tended> {
  const due = (await readMeta(writer))[rewriteDue]
  const before = await shapes(write)
  const compacted = before
    .filter(({ small, deletes }) => small > smallFilesAtMost || deletes > deleteFilesAtMost || (due && deletes > 0))
    .map(({ table }) => table)
  for (const table of compacted) await write.tend(table, optimize(due !== undefined), { changes: true })
  if (compacted.length > 0) await writer.settle()
  let expired = 0
  for (const { table, snapshots } of before) {
    if (snapshots < 2 && !compacted.includes(table)) continue
    await write.tend(table, `expire_snapshots(retention_threshold => '${keep}')`, { changes: false })
    expired++
  }
  // What the newest snapshot itself took out is left lying when the older ones are forgotten. Nobody else writes now.
  if (due || orphans)
    for (const { table } of before)
      await write.tend(table, removeOrphans(due ? keep : orphansAfter), { changes: false })
  // The note goes when nothing older than the erasing is left.
  if (due && (await oldestSnapshot(write)) > due) await dropNote(writer)
  return { compacted, expired, dropped: await dropStages(write) }
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

/** Stage tables of writers that are gone; nobody else writes now. */
async function dropStages(write: LakeWrite): Promise<string[]> {
  const own = new Set(write.stageTables())
  const { rows } = await write.statements.run("show tables like 'stage\\_%' escape '\\'")
  const left = rows.map(([name]) => String(name)).filter((name) => !own.has(name))
  for (const name of left) await tidily(name, write.statements.run(`drop table if exists ${name}`))
  return left
}
