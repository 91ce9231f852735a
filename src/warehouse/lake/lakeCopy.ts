import { randomBytes } from 'node:crypto'
import type { Files } from '#files/files.ts'
import { tallyOf } from '#lib/tally.ts'
import { trino } from '../dialect.ts'
import { tallyQuery } from '../moving/checksum.ts'
import { type Chunk, chunksOfDays, chunkRows, isByDay, wholeTable } from '../moving/chunks.ts'
import type { MoveSource, MoveTarget, Notes } from '../moving/sides.ts'
import type { LakeState } from './lakeState.ts'
import { columnsOfTable, createLakeTable, createStageTable, logOfTable, standingTables } from './lakeTables.ts'
import { endQueries, headText, keyOf } from './lakeWrite.ts'
import type { StatementOptions, TrinoClient } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'

/** How a move's queries are found on the cluster. */
const sourceOf = ({ address }: TrinoClient) => `zhiyin move ${address.schema}`
const session = { query_max_run_time: '6h' }

const statementsOn =
  (client: TrinoClient) =>
  (text: string, options: Pick<StatementOptions, 'signal'> = {}) =>
    client.run(text, { source: sourceOf(client), session, ...options })

const namesOf = (table: string) => Object.keys(columnsOfTable(table)).join(', ')

/** Tables of a move or of a backup; what a killed one left is told from those in use by nobody: the lake's upkeep drops them. */
const stageNames = () => {
  const run = randomBytes(4).toString('hex')
  let n = 0
  return () => `stage_move_${run}_${++n}`
}

/** Has the cluster write the rows of a query as Parquet, and hands over the files; none of it is left afterwards. */
export async function unloadQuery<T>(
  { client, files, name }: { client: TrinoClient; files: Files; name: string },
  query: string,
  use: (paths: readonly string[]) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const run = statementsOn(client)
  const fetched: { path: string; release(): Promise<void> }[] = []
  try {
    await run(`create table ${name} with (format = 'PARQUET') as ${query}`, { signal })
    const { rows } = await run(`select file_path from "${name}$files" where record_count > 0 order by file_path`)
    for (const [path] of rows) fetched.push(await files.fetch(keyOf(files.location, String(path), client)))
    return await use(fetched.map(({ path }) => path))
  } finally {
    for (const file of fetched) await file.release().catch(() => undefined)
    await run(`drop table if exists ${name}`).catch(() => undefined)
  }
}

export interface Lake {
  client: TrinoClient
  files: Files
}

/** What is published of a lake, to be copied elsewhere. */
export function lakeSource({ client, files }: Lake, state: LakeState, notes: Notes, atMost = chunkRows): MoveSource {
  const run = statementsOn(client)
  const nextName = stageNames()
  const published = (table: string) => {
    const snapshot = state.snapshots.get(table)
    if (snapshot === undefined) throw new TrinoError(`the lake holds no table ${table}`, 'fault')
    return `${table} for version as of ${BigInt(snapshot)}`
  }
  const rowsOf = ({ table, where }: Chunk) => `select ${namesOf(table)} from ${published(table)} where ${where}`
  return {
    version: state.meta.get('data_version') ?? '1',
    notes: async () => notes,
    tables: async () =>
      [...state.snapshots.keys()].filter((name) => name in standingTables || logOfTable(name) !== undefined).sort(),
    async chunksOf(table) {
      if (!isByDay(table)) {
        const { rows } = await run(`select count(*) from ${published(table)}`)
        return wholeTable(table, Number(rows[0]![0]))
      }
      const { rows } = await run(
        `select cast(local_day as varchar), count(*) from ${published(table)} group by 1 order by 1 nulls last`,
      )
      const days = rows.map(([day, n]) => ({ day: day as string | null, rows: Number(n) }))
      return chunksOfDays(table, days, atMost)
    },
    async tally(chunk, signal) {
      const { rows } = await run(tallyQuery(trino, columnsOfTable(chunk.table), rowsOf(chunk)), { signal })
      return tallyOf(rows[0]![0], rows[0]![1])
    },
    unload: (chunk, use, signal) => unloadQuery({ client, files, name: nextName() }, rowsOf(chunk), use, signal),
    close: async () => undefined,
  }
}

/** An empty schema that becomes a lake. */
export interface LakeTarget extends MoveTarget {
  /** Ends what a killed move still has running here, and answers which tables lie in the schema. */
  begin(): Promise<string[]>
  /** The snapshots that were tallied: what is to be published. */
  snapshots(): ReadonlyMap<string, string>
}

export function lakeTarget({ client, files }: Lake): LakeTarget {
  const run = statementsOn(client)
  const nextName = stageNames()
  const tallied = new Map<string, string>()
  const prefixOf = (name: string) => `${client.address.schema}_files/${name}/`

  /** Files put under the storage as rows of a table, in the order in which they were written. */
  const register = async (table: string, prefix: string, paths: readonly string[]) => {
    for (const [i, path] of paths.entries()) await files.put(`${prefix}rows${i}.parquet`, path)
    await run(`alter table ${table} execute add_files(location => '${files.location}${prefix}', format => 'PARQUET')`)
  }

  const loadLog = async (table: string, paths: readonly string[]) => {
    // Registered files are the table: what an earlier attempt left goes with it.
    await run(`drop table if exists ${table}`)
    await files.removeAll(prefixOf(table))
    await run(createLakeTable(table))
    await register(table, `${prefixOf(table)}move/`, paths)
  }

  const loadRows = async (
    { table, where, rows }: Chunk,
    paths: readonly string[],
    again: boolean,
    signal?: AbortSignal,
  ) => {
    const name = nextName()
    const prefix = prefixOf(`stage/${name}`)
    try {
      if (again) await run(`delete from ${table} where ${where}`, { signal })
      await run(createStageTable(name, columnsOfTable(table)))
      await register(name, prefix, paths)
      const { updated } = await run(`insert into ${table} (${namesOf(table)}) select ${namesOf(table)} from ${name}`, {
        signal,
      })
      if (updated !== rows) throw new TrinoError(`${table}: ${updated} rows went in, not ${rows}`, 'fault')
    } finally {
      await run(`drop table if exists ${name}`).catch(() => undefined)
      await files.removeAll(prefix).catch(() => undefined)
    }
  }

  return {
    async begin() {
      await run(`create schema if not exists ${client.address.schema}`)
      await endQueries(client, sourceOf(client))
      const { rows } = await run('show tables')
      const names = rows.map(([name]) => String(name))
      for (const name of names.filter((one) => one.startsWith('stage_move_'))) await run(`drop table if exists ${name}`)
      await files.removeAll(prefixOf('stage'))
      return names.filter((name) => !name.startsWith('stage_'))
    },
    make: async (table) => {
      await run(createLakeTable(table))
    },
    clear: async (table) => {
      await run(`delete from ${table}`)
    },
    load: (chunk, paths, { again, signal }) =>
      logOfTable(chunk.table) ? loadLog(chunk.table, paths) : loadRows(chunk, paths, again, signal),
    async tally(table, signal) {
      const head = await run(headText(table))
      const snapshot = String(head.rows[0]![0])
      const from = `select * from ${table} for version as of ${BigInt(snapshot)}`
      const { rows } = await run(tallyQuery(trino, columnsOfTable(table), from), { signal })
      tallied.set(table, snapshot)
      return tallyOf(rows[0]![0], rows[0]![1])
    },
    snapshots: () => tallied,
    close: async () => undefined,
  }
}
