import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Scope } from '#access/scope.ts'
import { observePool } from '#lib/telemetry.ts'
import { insideTransaction } from '#store/store.ts'
import { ensureCalendar } from './calendar.ts'
import { appendColumns, runCompiled } from './cells.ts'
import { mayHaveChanged } from './changing.ts'
import { duckdb } from './dialect.ts'
import { marksIn } from './dimensions.ts'
import { migrateWarehouse, readMeta, writeMeta } from './migrations.ts'
import { Pool } from './pool.ts'
import { preparedLog, staleLogs } from './preparedLog.ts'
import { RelationCheck } from './relationCheck.ts'
import { expandRelation } from './relations.ts'
import { compile, raw, type Sql, sql } from './sql.ts'
import type { Versions, Warehouse, WriteOptions, Writer } from './warehouse.ts'
import { watchedWarehouse } from './watched.ts'

const readers = 4
const heavyReaders = 1
/** How long a changed data version may wait, so that a busy intake does not empty every cache. */
const publishMs = 10_000
const interruptAgainMs = 20

export interface DuckdbOptions {
  /** For instance '4GB'; by default ZHIYIN_WAREHOUSE_MEMORY, else what DuckDB takes. */
  memoryLimit?: string | undefined
  /** By default ZHIYIN_WAREHOUSE_THREADS, else one for each core. */
  threads?: string | undefined
}

/** For new files: texts are written in half the time, and read by their dictionaries. */
export const storageFormat = { storage_compatibility_version: 'v1.5.0' }

/** Opens the embedded warehouse in a file, or in memory for tests (':memory:'), and migrates it. The caller holds the home's lock. */
export async function openDuckdb(path: string, options: DuckdbOptions = {}): Promise<Warehouse> {
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true })
  const memoryLimit = options.memoryLimit ?? process.env.ZHIYIN_WAREHOUSE_MEMORY
  const threads = options.threads ?? process.env.ZHIYIN_WAREHOUSE_THREADS
  const instance = await DuckDBInstance.create(path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...storageFormat,
    ...(memoryLimit ? { memory_limit: memoryLimit } : {}),
    ...(threads ? { threads } : {}),
  })
  const connections: DuckDBConnection[] = []
  const connect = async () => {
    const connection = await instance.connect()
    await connection.run("set timezone = 'UTC'")
    connections.push(connection)
    return connection
  }
  const writerConnection = await connect()
  const pool = new Pool(await Promise.all(Array.from({ length: readers }, connect)))
  const heavyPlaces = new Pool(Array.from({ length: heavyReaders }, (_, i) => i))
  const unobserve = [
    observePool('warehouse', () => pool.waitingCount),
    observePool('warehouse.heavy', () => heavyPlaces.waitingCount),
  ]
  const check = new RelationCheck()
  const versions = await openVersions(writerConnection)

  const explain = (query: Sql, scope: Scope) => compile(query, (name) => expandRelation(name, scope))
  let tail: Promise<unknown> = Promise.resolve()
  const writeOn = <T>(
    connection: DuckDBConnection,
    work: (writer: Writer) => Promise<T>,
    { publish = false }: WriteOptions = {},
  ): Promise<T> => {
    // A backup holds the writer's turn and then waits for the store; waiting the other way round would never end.
    if (insideTransaction()) return Promise.reject(new Error('the warehouse is written outside a store transaction'))
    const mine = tail.then(async () => {
      let changed = false
      let settled = false
      const writer = writerOn(connection, () => {
        changed = true
      })
      const settle = async () => {
        await writer.settle()
        settled = changed
      }
      await connection.run('begin transaction')
      try {
        const value = await work({ ...writer, settle })
        const next = changed ? await versions.advance(connection) : undefined
        await connection.run('commit')
        versions.committed(next, publish)
        return value
      } catch (error) {
        await connection.run('rollback').catch(() => undefined)
        // What was settled stays.
        if (settled) await versions.advanceAlone(connection)
        throw error
      }
    })
    tail = mine.catch(() => undefined)
    return mine
  }

  return watchedWarehouse({
    dialect: duckdb,
    explain,
    read(query, scope, { signal, heavy = false } = {}) {
      const run = () =>
        pool.use(async (connection) => {
          await check.check(query, connection)
          signal?.throwIfAborted()
          let stopping: NodeJS.Timeout | undefined
          // An interrupt that comes before the query has begun is lost: it is said until it is heard.
          const stop = () => {
            connection.interrupt()
            stopping = setInterval(() => connection.interrupt(), interruptAgainMs)
          }
          signal?.addEventListener('abort', stop)
          try {
            return await runCompiled(connection, explain(query, scope))
          } catch (error) {
            signal?.throwIfAborted()
            throw error
          } finally {
            signal?.removeEventListener('abort', stop)
            clearInterval(stopping)
          }
        }, signal)
      return heavy ? heavyPlaces.use(run, signal) : run()
    },
    write: (work, options) => writeOn(writerConnection, work, options),
    async session(work) {
      const connection = await connect()
      try {
        return await work({ connection, write: (inner, options) => writeOn(connection, inner, options) })
      } finally {
        connection.closeSync()
        connections.splice(connections.indexOf(connection), 1)
      }
    },
    dataVersion: () => versions.published().data,
    versions: () => versions.published(),
    log: (log) => pool.use((connection) => preparedLog(writerOn(connection), log)),
    staleLogs: () => pool.use((connection) => staleLogs(writerOn(connection))),
    dimensionMarks: () =>
      pool.use(async (connection) => {
        const meta = await readMeta(writerOn(connection))
        return marksIn((key) => meta[key])
      }),
    async close() {
      for (const stop of unobserve) stop()
      await tail
      for (const connection of connections) connection.closeSync()
      instance.closeSync()
    },
  })
}

/** The versions that cache keys hold: kept in warehouse_meta, advanced in the transaction of each write that changed rows. */
async function openVersions(connection: DuckDBConnection) {
  const writer = writerOn(connection)
  await connection.run('begin transaction')
  await migrateWarehouse(writer, duckdb)
  await ensureCalendar(writer)
  await connection.run('commit')
  const read = async (): Promise<Versions> => {
    const meta = await readMeta(writer)
    return {
      data: Number(meta.data_version ?? 1),
      changedAt: meta.changed_at ?? null,
      dimensions: meta.dimensions_version ?? '0',
      calendar: meta.calendar_version ?? '0',
    }
  }
  let latest = await read()
  let shown = latest
  let shownAt = 0
  const show = () => {
    shown = latest
    shownAt = Date.now()
  }
  const advance = async (own: DuckDBConnection): Promise<Versions> => {
    const writer = writerOn(own)
    const meta = await readMeta(writer)
    const data = Number(meta.data_version ?? 1) + 1
    const changedAt = new Date().toISOString()
    await writeMeta(writer, { data_version: String(data), changed_at: changedAt })
    return { data, changedAt, dimensions: meta.dimensions_version ?? '0', calendar: meta.calendar_version ?? '0' }
  }
  return {
    advance,
    async advanceAlone(own: DuckDBConnection): Promise<void> {
      try {
        await own.run('begin transaction')
        const next = await advance(own)
        await own.run('commit')
        latest = next
      } catch {
        // A warehouse that takes no row any more; what failed before is told.
        await own.run('rollback').catch(() => undefined)
      }
    },
    committed(next: Versions | undefined, publish: boolean) {
      if (next) latest = next
      if (publish) show()
    },
    published(): Versions {
      if (latest.data !== shown.data && Date.now() - shownAt >= publishMs) show()
      return shown
    },
  }
}

const quotedPath = (path: string) => `'${path.replaceAll("'", "''")}'`

/**
 * What of a writer works on its own connection: all of it where the warehouse is embedded. `changed` is told of whatever
 * may have changed rows.
 */
export function writerOn(connection: DuckDBConnection, changed: () => void = () => undefined): Writer {
  const run = (query: Sql) =>
    runCompiled(
      connection,
      compile(query, (name) => {
        throw new Error(`a writer names tables directly, not the handle ${name}`)
      }),
      changed,
    )
  const script = async (text: string) => {
    if (mayHaveChanged(text, await connection.run(text))) changed()
  }
  return {
    connection,
    dialect: duckdb,
    // All rows are at hand.
    bring: async () => undefined,
    whole: run,
    remove: async (table, where = raw('true')) => {
      await run(sql`delete from ${raw(table)} where ${where}`)
    },
    fill: async (table, columns, query) => {
      await run(sql`insert into ${raw(table)} (${raw(columns.join(', '))}) ${query}`)
    },
    replace: async (table, where, columns, query) => {
      const names = raw(columns.join(', '))
      await run(sql`create or replace temp table replacing as ${query}`)
      await run(sql`delete from ${raw(table)} where ${where}`)
      await run(sql`insert into ${raw(table)} (${names}) select ${names} from replacing`)
      await connection.run('drop table temp.replacing')
    },
    run,
    script,
    settle: async () => {
      await connection.run('commit')
      await connection.run('begin transaction')
    },
    append: async (table, columns, data) => {
      await appendColumns(connection, table, columns, data)
      if (data[0]?.length) changed()
    },
    insertFromParquet: (table, path) =>
      script(`insert into ${table} by name select * from read_parquet(${quotedPath(path)})`),
    insertFromCsv: (table, path) =>
      script(
        `insert into ${table} by name select * from read_csv(${quotedPath(path)}, header = true, all_varchar = true)`,
      ),
  }
}
