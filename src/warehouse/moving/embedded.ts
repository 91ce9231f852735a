import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { tallyOf } from '#lib/tally.ts'
import { appendColumns } from '../cells.ts'
import { duckdb } from '../dialect.ts'
import { storageFormat, writerOn } from '../duckdb.ts'
import type { FactKind } from '../facts.ts'
import { columnsOfTable, isFact, logOfTable, standingTables } from '../lake/lakeTables.ts'
import { idOrContent } from '../loading.ts'
import { logParts, logTable } from '../logTables.ts'
import { createTable, migrateWarehouse, schemaVersion, writeMeta } from '../migrations.ts'
import { tallyQuery, withoutMinusZero } from './checksum.ts'
import { type Chunk, chunksOfDays, chunkRows, isByDay, orderToCopy, wholeTable } from './chunks.ts'
import type { MoveSource, MoveTarget, Notes } from './sides.ts'

interface Opened {
  connection: DuckDBConnection
  rows<T>(text: string, signal?: AbortSignal): Promise<T[]>
  close(): void
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

async function open(path: string, scratch: string, options: Record<string, string>): Promise<Opened> {
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  const { ZHIYIN_WAREHOUSE_MEMORY: memory, ZHIYIN_WAREHOUSE_THREADS: threads } = process.env
  const instance = await DuckDBInstance.create(path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: scratch,
    ...(memory ? { memory_limit: memory } : {}),
    ...(threads ? { threads } : {}),
    ...options,
  })
  const connection = await instance.connect()
  await connection.run("set timezone = 'UTC'")
  return {
    connection,
    rows: async <T>(text: string, signal?: AbortSignal) => {
      signal?.throwIfAborted()
      const stop = () => connection.interrupt()
      signal?.addEventListener('abort', stop)
      try {
        return (await connection.runAndReadAll(text)).getRowObjectsJson() as T[]
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

const baseTables =
  "select table_name as name from duckdb_tables() where not internal and not temporary and schema_name = 'main'"

async function notesOf({ rows }: Opened): Promise<Notes> {
  const meta = await rows<{ key: string; value: string }>('select key, value from warehouse_meta order by key')
  const batches = await rows<Record<'batch_id' | 'load_id' | 'row_count', string>>('select * from moved_batches')
  const days = async (table: string) =>
    (await rows<{ day: string }>(`select distinct cast(local_day as varchar) as day from ${table} order by 1`)).map(
      ({ day }) => day,
    )
  return {
    meta: new Map(meta.map(({ key, value }) => [key, value])),
    batches: batches.map(({ batch_id, load_id, row_count }) => ({
      batch_id: Number(batch_id),
      load_id: Number(load_id),
      row_count: Number(row_count),
    })),
    staleDays: { stale_days: await days('stale_days'), stale_episode_days: await days('stale_episode_days') },
  }
}

/** A warehouse's file that nobody has open, read only. Answers the schema's version where it is not this program's. */
export async function openEmbeddedSource(
  path: string,
  scratch: string,
  atMost = chunkRows,
): Promise<MoveSource | { schema: number }> {
  const opened = await open(path, scratch, { access_mode: 'READ_ONLY' })
  const { connection, rows } = opened
  try {
    const notes = await notesOf(opened).catch(() => undefined)
    const schema = Number(notes?.meta.get('schema_version') ?? 0)
    if (!notes || schema !== schemaVersion) {
      opened.close()
      return { schema }
    }
    return {
      version: notes.meta.get('data_version') ?? '1',
      notes: async () => notes,
      tables: async () => {
        const found = (await rows<{ name: string }>(`${baseTables} order by 1`)).map(({ name }) => name)
        return found.filter((name) => name in standingTables || logOfTable(name) !== undefined)
      },
      async chunksOf(table) {
        if (isByDay(table)) {
          const days = await rows<{ day: string | null; n: string }>(
            `select cast(local_day as varchar) as day, count(*) as n from ${table} group by 1 order by 1 nulls last`,
          )
          return chunksOfDays(
            table,
            days.map(({ day, n }) => ({ day, rows: Number(n) })),
            atMost,
          )
        }
        const [all] = await rows<{ n: string }>(`select count(*) as n from ${table}`)
        return wholeTable(table, Number(all!.n))
      },
      async tally(chunk, signal) {
        const query = tallyQuery(duckdb, columnsOfTable(chunk.table), await rowsOf(opened, chunk))
        const [found] = await rows<{ n: string; checksum: string | null }>(query, signal)
        return tallyOf(found!.n, found!.checksum)
      },
      async unload(chunk, use, signal) {
        const file = join(scratch, 'rows.parquet')
        const order = orderToCopy(chunk.table)
        const ordered = order.length ? ` order by ${order.join(', ')}` : ''
        await rows(
          `copy (${await rowsOf(opened, chunk)}${ordered}) to ${quoted(file)} (format parquet, compression zstd)`,
          signal,
        )
        return use([file])
      },
      close: async () => opened.close(),
    }
  } catch (error) {
    connection.closeSync()
    throw error
  }
}

/** The rows of a chunk as the lake holds them: each fact with its id, as the next load would have named it. */
async function rowsOf({ rows }: Opened, { table, where }: Chunk): Promise<string> {
  const unnamed = isFact(table)
    ? await rows(`select 1 as found from ${table} where ${where} and source_id is null limit 1`)
    : []
  const selected = Object.entries(columnsOfTable(table)).map(([column, type]) => {
    // Rows of the same content are of the same day, and so of the same chunk: they are counted here as in the whole table.
    if (column === 'source_id' && unnamed.length > 0) return `${idOrContent(table as FactKind)} as source_id`
    return type === 'double' ? `${withoutMinusZero(column)} as ${column}` : column
  })
  return `select ${selected.join(', ')} from ${table} where ${where}`
}

/** The new file of an embedded warehouse. */
export async function openEmbeddedTarget(
  path: string,
  scratch: string,
): Promise<MoveTarget & { finish(notes: Notes): Promise<void> }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const opened = await open(path, scratch, storageFormat)
  const { connection, rows } = opened
  const inTransaction = async (work: () => Promise<void>) => {
    await connection.run('begin transaction')
    try {
      await work()
      await connection.run('commit')
    } catch (error) {
      await connection.run('rollback').catch(() => undefined)
      throw error
    }
  }
  await inTransaction(async () => {
    await migrateWarehouse(writerOn(connection), duckdb)
  })
  return {
    make: async (table) => {
      await connection.run(createTable(duckdb, table, columnsOfTable(table)))
    },
    clear: async (table) => {
      await connection.run(`delete from ${table}`)
    },
    load: (chunk, paths, { signal }) =>
      inTransaction(async () => {
        const columns = Object.keys(columnsOfTable(chunk.table)).join(', ')
        const order = orderToCopy(chunk.table)
        await rows(`delete from ${chunk.table} where ${chunk.where}`, signal)
        if (paths.length === 0) return
        await rows(
          `insert into ${chunk.table} (${columns}) select ${columns} from read_parquet([${paths.map(quoted).join(', ')}])
            ${order.length ? ` order by ${order.join(', ')}` : ''}`,
          signal,
        )
      }),
    async tally(table, signal) {
      const query = tallyQuery(duckdb, columnsOfTable(table), `select * from ${table}`)
      const [found] = await rows<{ n: string; checksum: string | null }>(query, signal)
      return tallyOf(found!.n, found!.checksum)
    },
    finish: async (notes) => {
      const names = new Set((await rows<{ name: string }>(baseTables)).map(({ name }) => name))
      await inTransaction(async () => {
        await connection.run(
          'delete from warehouse_meta; delete from moved_batches; delete from stale_days; delete from stale_episode_days',
        )
        await writeMeta(writerOn(connection), Object.fromEntries(notes.meta))
        const batches = ['batch_id', 'load_id', 'row_count'] as const
        await appendColumns(
          connection,
          'moved_batches',
          batches,
          batches.map((column) => notes.batches.map((batch) => batch[column])),
        )
        for (const kind of ['stale_days', 'stale_episode_days'] as const)
          await appendColumns(connection, kind, ['local_day'], [notes.staleDays[kind]])
        for (const name of names) {
          const log = logOfTable(name)
          if (log?.part !== 'events') continue
          for (const part of logParts)
            if (!names.has(logTable(log.log, part)))
              await connection.run(`create or replace view ${logTable(log.log, part)} as select * from ${name}`)
        }
      })
      await connection.run('checkpoint')
    },
    close: async () => opened.close(),
  }
}
