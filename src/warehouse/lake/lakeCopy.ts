import { randomBytes } from 'node:crypto'
import type { Files } from '#files/files.ts'
import { tallyOf } from '#lib/tally.ts'
import { trino } from '../dialect.ts'
import { tallyQuery } from '../moving/checksum.ts'
import { type Chunk, chunksOfDays, chunkRows, isByDay, wholeTable } from '../moving/chunks.ts'
import type { MoveSource, MoveTarget, Notes } from '../moving/sides.ts'
import { headText } from './lakeChanges.ts'
import { dropStage, filesOf, registerFiles, registerStage, unloadQuery } from './lakeStages.ts'
import type { LakeState } from './lakeState.ts'
import { endQueries, longSession } from './lakeStatements.ts'
import {
  besideEpoch,
  columnsOfTable,
  createLakeTable,
  createStageTable,
  logOfTable,
  standingTables,
  unsorted,
} from './lakeTables.ts'
import type { StatementOptions, TrinoClient } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'

/** How a move's queries are found on the cluster. */
const moveSourceOf = ({ address }: TrinoClient) => `zhiyin move ${address.schema}`

const statementsOn =
  (client: TrinoClient) =>
  (text: string, options: Pick<StatementOptions, 'signal' | 'session'> = {}) =>
    client.run(text, { source: moveSourceOf(client), ...options, session: { ...longSession, ...options.session } })

const namesOf = (table: string) => Object.keys(columnsOfTable(table)).join(', ')

/** How the stages of moves, of backups and of whatever else reads beside the writers begin. */
export const movingStages = 'stage_move_'

/** Tables of a move or of a backup; what a killed one left is told from those in use by nobody: the lake's upkeep drops them. */
const stageNames = () => {
  const run = randomBytes(4).toString('hex')
  let n = 0
  return () => `${movingStages}${run}_${++n}`
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
    unload: (chunk, use, signal) => unloadQuery({ client, files, run }, nextName(), rowsOf(chunk), use, signal),
    close: async () => undefined,
  }
}

/** An empty schema that becomes a lake. */
export interface LakeTarget extends MoveTarget {
  /** Which tables lie in the schema, stages aside. Changes nothing: it may be somebody else's. */
  tables(): Promise<string[]>
  /** Makes the schema, ends what a killed move still has running here, and sweeps up its stages. */
  begin(): Promise<void>
  /** The snapshots that were tallied: what is to be published. */
  snapshots(): ReadonlyMap<string, string>
}

export function lakeTarget({ client, files }: Lake): LakeTarget {
  const run = statementsOn(client)
  const nextName = stageNames()
  const tallied = new Map<string, string>()
  const passage = { client, files, run }

  const loadLog = async (table: string, paths: readonly string[]) => {
    // Registered files are the table: what an earlier attempt left goes with it.
    await run(`drop table if exists ${table}`)
    await files.removeAll(filesOf(client, table))
    await run(createLakeTable(table))
    await registerFiles(passage, table, `${filesOf(client, table)}move/`, paths)
  }

  const loadRows = async (
    { table, where, rows }: Chunk,
    paths: readonly string[],
    again: boolean,
    signal?: AbortSignal,
  ) => {
    const name = nextName()
    try {
      if (again) await run(`delete from ${table} where ${where}`, { signal })
      await run(createStageTable(name, columnsOfTable(table)))
      await registerStage(passage, name, paths)
      const beside = besideEpoch(table)
      const found = beside ? await run(`select 1 from ${name} where ${beside} limit 1`) : undefined
      const { updated } = await run(`insert into ${table} (${namesOf(table)}) select ${namesOf(table)} from ${name}`, {
        signal,
        ...(found?.rows.length ? { session: unsorted(client.address.catalog) } : {}),
      })
      if (updated !== rows) throw new TrinoError(`${table}: ${updated} rows went in, not ${rows}`, 'fault')
    } finally {
      await dropStage(passage, name)
    }
  }

  const namesOfTables = async () => (await run('show tables')).rows.map(([name]) => String(name))

  return {
    async tables() {
      // Of a schema that is not there no tables can be shown.
      const { rows } = await run('show schemas')
      if (!rows.some(([name]) => name === client.address.schema)) return []
      return (await namesOfTables()).filter((name) => !name.startsWith('stage_'))
    },
    async begin() {
      await run(`create schema if not exists ${client.address.schema}`)
      await endQueries(client, moveSourceOf(client))
      for (const name of await namesOfTables())
        if (name.startsWith('stage_move_')) await run(`drop table if exists ${name}`)
      await files.removeAll(filesOf(client, 'stage'))
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
