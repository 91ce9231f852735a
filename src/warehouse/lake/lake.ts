import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Files } from '#files/files.ts'
import { log } from '#lib/log.ts'
import { observePool } from '#lib/telemetry.ts'
import { insideTransaction, type Store } from '#store/store.ts'
import { calendarVersion, ensureCalendar } from '../calendar.ts'
import { trino } from '../dialect.ts'
import { marksIn } from '../dimensions.ts'
import { schemaVersion, writeMeta } from '../migrations.ts'
import { Pool } from '../pool.ts'
import { RelationCheck } from '../relationCheck.ts'
import { expandRelation } from '../relations.ts'
import { compile, type Sql } from '../sql.ts'
import type { PreparedLog, Warehouse, WriteOptions, Writer } from '../warehouse.ts'
import { watchedWarehouse } from '../watched.ts'
import { resultOf } from './cellsOfTrino.ts'
import { rollBackTables } from './lakeChanges.ts'
import { movingStages } from './lakeCopy.ts'
import { exportLake } from './lakeExport.ts'
import { type DeadWrite, type LakeState, readNotes, readState, takeTurn, type Turn, whileInUse } from './lakeState.ts'
import { shownOf } from './lakeShown.ts'
import { dropStage, tidily } from './lakeStages.ts'
import { directText, endQueries, longSession, sourceOf } from './lakeStatements.ts'
import { createStageTable, standingTables } from './lakeTables.ts'
import { tendLake } from './lakeUpkeep.ts'
import { LakeWrite } from './lakeWrite.ts'
import { TrinoClient, trinoAddress } from './trinoClient.ts'
import { WarehouseRefusal } from '../refusal.ts'
import { TrinoError } from './trinoError.ts'
import { Workbench } from './workbench.ts'

export interface LakeOptions {
  /** WAREHOUSE_URL. */
  url: string
  store: Store
  files: Files
  /** Where the workbench spills to, and files on their way to the lake and back lie. */
  scratch?: string | undefined
  memoryLimit?: string | undefined
  /** What one question may take of the cluster's memory, such as '4GB'; by default ZHIYIN_QUESTION_MEMORY, else what the cluster lets it. */
  questionMemory?: string | undefined
}

/** How many questions of this server the cluster is asked at once, how many of one reader, how many that read whole logs. */
const questionsAtOnce = 16
const ofOneReader = 6
const heavyAtOnce = 2
/** How long a question may run on the cluster. */
const longestQuestion = '3m'
const longestHeavyQuestion = '15m'
/** How soon a server sees what another has published. */
const lookMs = 500

/** Opens the warehouse on Trino, making its tables where they are missing. Any number of servers may have it open. */
export async function openLake(options: LakeOptions): Promise<Warehouse> {
  const { store, files, scratch } = options
  const client = new TrinoClient(trinoAddress(options.url))
  const memory = memoryOfQuestions(options.questionMemory ?? process.env.ZHIYIN_QUESTION_MEMORY)
  const bench = await openBench(options)
  const server = `${hostname()} ${process.pid}`
  const shown = shownOf(() => readState(store.engine), await readState(store.engine))
  const { look } = shown
  let closed = false

  // One that fails is made up for by the next: a write that is published is done, whether or not it is seen here yet.
  const lookSoon = () => look().catch(() => undefined)
  const timer = setInterval(() => void lookSoon(), lookMs).unref()

  const recover = (dead: DeadWrite, check: Turn['check']) => recoverWrite(client, store, dead, check)

  let tail: Promise<unknown> = Promise.resolve()
  type Work<T> = (writer: Writer, write: LakeWrite, now: LakeState) => Promise<T>
  const turnFor = <T>(connection: DuckDBConnection, work: Work<T>, publish = false): Promise<T> => {
    if (insideTransaction()) return Promise.reject(new Error('the warehouse is written outside a store transaction'))
    // One after the other here, so that only one connection of the store waits for the turn.
    const mine = tail.then(() =>
      takeTurn(store, server, recover, (turn) => writeInTurn(turn, connection, work, publish)),
    )
    tail = mine.catch(() => undefined)
    return mine
  }
  const writeOn = <T>(
    connection: DuckDBConnection,
    work: (writer: Writer) => Promise<T>,
    { publish }: WriteOptions = {},
  ): Promise<T> => turnFor(connection, (writer) => work(writer), publish)

  const writeInTurn = async <T>(
    turn: Turn,
    connection: DuckDBConnection,
    work: Work<T>,
    publish: boolean,
  ): Promise<T> => {
    const now = await readState(turn.connection)
    const parts = { turn, client, files, bench: new Workbench(connection, scratch), state: now, published: lookSoon }
    const write = new LakeWrite(parts)
    try {
      await write.open()
      await connection.run('begin transaction')
      try {
        const value = await work(write.writer(), write, now)
        await connection.run('commit')
        await write.publish(publish)
        return value
      } catch (error) {
        await connection.run('rollback').catch(() => undefined)
        await write.rollBack()
        throw error
      }
    } finally {
      // Whatever was published stays so: what is left lying the upkeep sweeps up.
      await tidily('a workbench', write.close())
    }
  }

  const readers = new Map<string, { pool: Pool<number>; uses: number }>()
  const places = new Pool(Array.from({ length: questionsAtOnce }, (_, i) => i))
  const heavyPlaces = new Pool(Array.from({ length: heavyAtOnce }, (_, i) => i))
  const unobserve = [
    observePool('warehouse', () => places.waitingCount),
    observePool('warehouse.heavy', () => heavyPlaces.waitingCount),
  ]
  const asReader = async <T>(id: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const reader = readers.get(id) ?? { pool: new Pool(Array.from({ length: ofOneReader }, (_, i) => i)), uses: 0 }
    readers.set(id, reader)
    reader.uses++
    try {
      return await reader.pool.use(run, signal)
    } finally {
      if (--reader.uses === 0) readers.delete(id)
    }
  }

  const check = new RelationCheck()
  const explain = (query: Sql, scope: Parameters<Warehouse['read']>[1]) => {
    const pinned = shown.state()
    return compile(query, (name) => expandRelation(name, scope, (table) => pinnedRelation(pinned, table)))
  }

  const warehouse: Warehouse = {
    dialect: trino,
    explain,
    read(query, scope, { signal, heavy = false } = {}) {
      const run = async () => {
        await bench.checking.use((connection) => check.check(query, connection), signal)
        const { text, values } = explain(query, scope)
        const session = { query_max_run_time: heavy ? longestHeavyQuestion : longestQuestion, ...memory }
        const ask = () => client.run(text, { values, signal, source: 'zhiyin question', session })
        // A question changes nothing: one that went away with its node is asked once more before its reader is told.
        return resultOf(await ask().catch((error: unknown) => (isLost(error) ? ask() : Promise.reject(error))))
      }
      const placed = () => places.use(run, signal)
      return asReader(scope.actor.id, () => (heavy ? heavyPlaces.use(placed, signal) : placed()), signal)
    },
    async write(work, writeOptions) {
      return bench.session((connection) => writeOn(connection, work, writeOptions))
    },
    session: (work) =>
      bench.session((connection) =>
        work({ connection, write: (inner, writeOptions) => writeOn(connection, inner, writeOptions) }),
      ),
    reachable: async () => !(await client.info()).starting,
    dataVersion: () => shown.versions().data,
    versions: shown.versions,
    catchUp: shown.catchUp,
    log: async (number) => {
      const found = shown.state().meta.get(`log_${number}`)
      return found === undefined ? undefined : (JSON.parse(found) as PreparedLog)
    },
    staleLogs: async () => {
      await look()
      return [...shown.state().meta]
        .filter(([key]) => key.startsWith('stale_log_'))
        .map(([key, process]) => ({ process, log: Number(key.slice('stale_log_'.length)) }))
    },
    dimensionMarks: async () => {
      await look()
      return marksIn((key) => shown.state().meta.get(key))
    },
    tend: (tendOptions) =>
      bench.session((connection) =>
        turnFor(connection, (writer, write) => tendLake(write, writer, { client, files }, tendOptions)),
      ),
    async aside(columns, queries, use) {
      await look()
      const pinned = shown.state()
      const name = `${movingStages}${randomBytes(4).toString('hex')}`
      const run = (text: string) => client.run(text, { source: 'zhiyin aside', session: longSession })
      return whileInUse(store.engine, pinned.snapshots, movingStages, async () => {
        const names = Object.keys(columns).join(', ')
        try {
          await run(createStageTable(name, columns))
          for (const query of queries((table) => pinnedRelation(pinned, table)))
            await run(`insert into ${name} (${names}) select ${names} from (${directText(query)}) made`)
          return await use(name)
        } finally {
          await dropStage({ client, files, run }, name)
        }
      })
    },
    exporting: (work) =>
      work(async (folder, tx) => {
        const ofStore = { objects: tx.query.bind(tx) as Store['engine']['objects'] }
        const [then, notes] = [await readState(ofStore), await readNotes(ofStore)]
        return whileInUse(store.engine, then.snapshots, movingStages, () =>
          exportLake({ client, files }, then, notes, folder, scratch),
        )
      }),
    async close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      for (const stop of unobserve) stop()
      await tail
      await bench.close()
    },
  }
  try {
    // Where all is made, a cluster that is away does not keep a server from starting.
    const { meta, snapshots } = shown.state()
    const isMade =
      meta.get('schema_version') === String(schemaVersion) &&
      meta.get('calendar_version') === calendarVersion &&
      Object.keys(standingTables).every((table) => snapshots.has(table))
    if (!isMade)
      await bench.session((connection) =>
        turnFor(connection, async (writer, write, now) => {
          await write.create(await missingTables(client, now))
          await ensureCalendar(writer)
          if (now.meta.get('schema_version') !== String(schemaVersion))
            await writeMeta(writer, { schema_version: String(schemaVersion) })
        }),
      )
    await look()
    shown.showLatest()
  } catch (error) {
    await warehouse.close()
    throw error
  }
  return watchedWarehouse(warehouse)
}

/** A session may ask for less than the cluster's own `query.max-memory`, never for more. */
function memoryOfQuestions(limit: string | undefined): Readonly<Record<string, string>> {
  if (!limit) return {}
  if (!/^\d+(\.\d+)?(MB|GB|TB)$/.test(limit))
    throw new WarehouseRefusal('warehouse_address_wrong', { why: 'ZHIYIN_QUESTION_MEMORY: 4GB, 500MB' })
  return { query_max_memory: limit }
}

const isLost = (error: unknown): boolean => error instanceof TrinoError && error.reason === 'lost'

/** A table as it was published. A view of a log that is the same as its events reads their table. */
function pinnedRelation(state: LakeState, table: string): string {
  const log = /^(log_\d+_)(complete|work_items)$/.exec(table)
  const held = log && !state.snapshots.has(table) ? `${log[1]}events` : table
  const snapshot = state.snapshots.get(held)
  if (snapshot === undefined) throw new TrinoError(`the lake holds no table ${table}`, 'fault')
  return `${held} for version as of ${BigInt(snapshot)}`
}

/** A DuckDB in memory for staging, comparing and preparing; it spills to disk. */
async function openBench({ scratch, memoryLimit }: Pick<LakeOptions, 'scratch' | 'memoryLimit'>) {
  const limit = memoryLimit ?? process.env.ZHIYIN_WAREHOUSE_MEMORY
  const threads = process.env.ZHIYIN_WAREHOUSE_THREADS
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(scratch ? { temp_directory: scratch } : {}),
    ...(limit ? { memory_limit: limit } : {}),
    ...(threads ? { threads } : {}),
  })
  const connect = async () => {
    const connection = await instance.connect()
    await connection.run("set timezone = 'UTC'")
    return connection
  }
  const checkers = [await connect()]
  return {
    checking: new Pool(checkers),
    async session<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
      const connection = await connect()
      try {
        return await work(connection)
      } finally {
        connection.closeSync()
      }
    },
    async close() {
      for (const connection of checkers) connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Refuses what is no lake of this home; answers which of its tables are missing. */
async function missingTables(client: TrinoClient, state: LakeState): Promise<string[]> {
  const found = Number(state.meta.get('schema_version') ?? 0)
  if (found > schemaVersion) throw new WarehouseRefusal('warehouse_newer', { found, known: schemaVersion })
  const missing = Object.keys(standingTables).filter((table) => !state.snapshots.has(table))
  if (state.snapshots.size > 0) return missing
  await client.run(`create schema if not exists ${client.address.schema}`)
  const { rows } = await client.run('show tables')
  const foreign = rows.map(([name]) => String(name)).filter((name) => !name.startsWith('stage_'))
  if (foreign.length > 0) throw new WarehouseRefusal('warehouse_of_another_home', { tables: foreign.slice(0, 5) })
  return missing
}

/** Ends what a dead writer still has running on the cluster, and takes back what it had not published. */
export async function recoverWrite(
  client: TrinoClient,
  store: Store,
  dead: DeadWrite,
  check: Turn['check'],
): Promise<void> {
  const source = sourceOf(dead.id)
  log('warn', 'a write to the lake that did not end is taken back', { server: dead.server, tables: dead.tables })
  await endQueries(client, source)
  const { snapshots } = await readState(store.engine)
  const tables = new Map(dead.tables.map((table) => [table, snapshots.get(table)]))
  await rollBackTables({ client, source: 'zhiyin recovery', check }, tables)
}
