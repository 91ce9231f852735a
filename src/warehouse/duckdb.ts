import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, type DuckDBValue } from '@duckdb/node-api'
import type { Scope } from '#access/scope.ts'
import { duckdb } from './dialect.ts'
import { expandRelation } from './relations.ts'
import { type Compiled, compile, type Sql } from './sql.ts'
import type { Cell, ReadOptions, Result, Row, Warehouse, Writer } from './warehouse.ts'

const readers = 4

/** Opens the embedded warehouse in a file, or in memory for tests (':memory:'). The caller holds the home's lock. */
export async function openDuckdb(path: string): Promise<Warehouse> {
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true })
  const instance = await DuckDBInstance.create(path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const writerConnection = await instance.connect()
  const idle: DuckDBConnection[] = []
  for (let i = 0; i < readers; i++) idle.push(await instance.connect())
  const waiting: ((connection: DuckDBConnection) => void)[] = []
  for (const connection of [writerConnection, ...idle])
    await connection.run("set timezone = 'UTC'").catch(() => undefined)

  let version = Date.now()
  let advanced = 0
  let dirty = false
  const touch = () => {
    dirty = true
  }

  const borrow = () =>
    new Promise<DuckDBConnection>((resolve) => {
      const connection = idle.pop()
      if (connection) resolve(connection)
      else waiting.push(resolve)
    })
  const giveBack = (connection: DuckDBConnection) => {
    const next = waiting.shift()
    if (next) next(connection)
    else idle.push(connection)
  }

  const explain = (query: Sql, scope: Scope) => compile(query, (name) => expandRelation(name, scope))
  let tail: Promise<unknown> = Promise.resolve()

  return {
    dialect: duckdb,
    explain,
    async read(query, scope, options: ReadOptions = {}) {
      options.signal?.throwIfAborted()
      const connection = await borrow()
      const stop = () => connection.interrupt()
      options.signal?.addEventListener('abort', stop)
      try {
        return await runCompiled(connection, explain(query, scope))
      } finally {
        options.signal?.removeEventListener('abort', stop)
        giveBack(connection)
      }
    },
    write(work) {
      const mine = tail.then(async () => {
        await writerConnection.run('begin transaction')
        try {
          const value = await work(writerOn(writerConnection))
          await writerConnection.run('commit')
          touch()
          return value
        } catch (error) {
          await writerConnection.run('rollback').catch(() => undefined)
          throw error
        }
      })
      tail = mine.catch(() => undefined)
      return mine
    },
    dataVersion() {
      // At most every ten seconds, so that a busy intake does not empty every cache.
      const nowMs = Date.now()
      if (dirty && nowMs - advanced >= 10_000) {
        version += 1
        advanced = nowMs
        dirty = false
      }
      return version
    },
    async close() {
      await tail
      for (const connection of [writerConnection, ...idle]) connection.closeSync()
      instance.closeSync()
    },
  }
}

function writerOn(connection: DuckDBConnection): Writer {
  return {
    run: (query) =>
      runCompiled(
        connection,
        compile(query, (name) => {
          throw new Error(`a writer names tables directly, not the handle ${name}`)
        }),
      ),
    script: async (text) => {
      await connection.run(text)
    },
    append: async (table, columns, data) => {
      if (!data[0]?.length) return
      const text = `insert into ${table} (${columns.join(', ')}) select ${columns.map((_, i) => `unnest($${i + 1})`).join(', ')}`
      void text
      throw new Error('not bound yet')
    },
  }
}

async function runCompiled(connection: DuckDBConnection, { text, values }: Compiled): Promise<Result> {
  const bound = values.map(
    (value): DuckDBValue =>
      value instanceof Date
        ? value.toISOString()
        : typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) > 2 ** 31
          ? BigInt(value)
          : value,
  )
  const result = await connection.run(text, bound)
  const names = result.deduplicatedColumnNames()
  const types = result.columnTypes()
  const columns = names.map((name, i) => ({ name, type: String(types[i]).toLowerCase() }))
  const readers = types.map((type) => cellReader(type.typeId))
  const rows = (await result.getRows()).map((values) => {
    const row: Row = {}
    for (let i = 0; i < names.length; i++) row[names[i]!] = readers[i]!(values[i] as DuckDBValue)
    return row
  })
  return { columns, rows }
}

/** How a DuckDB value of a type becomes a cell. */
function cellReader(type: DuckDBTypeId): (value: DuckDBValue) => Cell {
  switch (type) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.UINTEGER:
      return (value) => value as Cell
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
      return (value) => (value === null ? null : Number(value))
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) =>
        value === null ? null : new Date(Number((value as unknown as { micros: bigint }).micros / 1000n)).toISOString()
    default:
      return (value) => (value === null ? null : String(value))
  }
}
