import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Tx } from '#store/store.ts'
import { storageFormat } from './duckdb.ts'
import { schemaVersion } from './migrations.ts'
import type { Warehouse } from './warehouse.ts'

/** What a backup holds of the warehouse: each table as one Parquet file, and how to make the tables and views again. */
export interface WarehouseTable {
  name: string
  rows: number
  sql: string
}
interface Schema {
  tables: WarehouseTable[]
  views: string[]
}

/** Gives `work` the means to write the warehouse out, as of the moment that a transaction of the store sees. */
export type WarehouseExporter = <T>(
  work: (exportTo: (folder: string, tx: Tx) => Promise<WarehouseTable[]>) => Promise<T>,
) => Promise<T>

const schemaFile = 'schema.json'
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Of an open warehouse: nothing is written to it until `work` has ended. A lake is written out by its cluster, beside its writers. */
export const exporterOf =
  (warehouse: Warehouse): WarehouseExporter =>
  (work) =>
    warehouse.exporting
      ? warehouse.exporting(work)
      : warehouse.write(({ connection }) => work((folder) => exportTables(connection, folder)))

/** Of a warehouse's file that nobody has open, as it is, whichever version made it. */
export const exporterOfFile =
  (path: string): WarehouseExporter =>
  async (work) => {
    const there = await access(path).then(
      () => true,
      () => false,
    )
    return there
      ? withDatabase(path, (connection) => work((folder) => exportTables(connection, folder)))
      : work(async (folder) => (await writeSchema(folder, { tables: [], views: [] })).tables)
  }

/** Whether a file made by an earlier version lies there, which opening would migrate. */
export async function isOlderWarehouse(path: string): Promise<boolean> {
  const there = await access(path).then(
    () => true,
    () => false,
  )
  if (!there) return false
  return withDatabase(path, async (connection) => {
    const found = await connection
      .runAndReadAll("select value from warehouse_meta where key = 'schema_version'")
      .catch(() => undefined)
    return Number(found?.getRowObjectsJson()[0]?.value ?? schemaVersion) < schemaVersion
  })
}

async function exportTables(connection: DuckDBConnection, folder: string): Promise<WarehouseTable[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const rows = async (text: string) => (await connection.runAndReadAll(text)).getRowObjectsJson()
  const tables: WarehouseTable[] = []
  for (const row of await rows(
    "select table_name, sql from duckdb_tables() where not internal and not temporary and schema_name = 'main' and database_name = current_database() order by table_name",
  )) {
    const name = String(row.table_name)
    // Parquet has no integer of 128 bits: as text they come back whole.
    const wide = await rows(
      `select column_name from duckdb_columns() where table_name = ${quoted(name)} and schema_name = 'main' and database_name = current_database() and data_type in ('HUGEINT', 'UHUGEINT')`,
    )
    const replaced = wide.map(
      (column) => `${identifier(String(column.column_name))}::varchar as ${identifier(String(column.column_name))}`,
    )
    const selection = replaced.length ? `select * replace (${replaced.join(', ')})` : 'select *'
    const path = join(folder, `${name}.parquet`)
    await connection.run(
      `copy (${selection} from ${identifier(name)}) to ${quoted(path)} (format parquet, compression zstd)`,
    )
    await chmod(path, 0o600)
    const [count] = await rows(`select count(*)::double as n from ${identifier(name)}`)
    tables.push({ name, rows: Number(count!.n), sql: String(row.sql) })
  }
  const views = (
    await rows(
      "select sql from duckdb_views() where not internal and not temporary and schema_name = 'main' and database_name = current_database() order by view_oid",
    )
  ).map((row) => String(row.sql))
  return (await writeSchema(folder, { tables, views })).tables
}

export async function writeSchema(folder: string, schema: Schema): Promise<Schema> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, schemaFile), JSON.stringify(schema, null, 1), { mode: 0o600 })
  return schema
}

/** Makes the warehouse's file anew from a backup that has been checked. Opening it then migrates it where it is older. */
export async function importWarehouse(path: string, folder: string): Promise<WarehouseTable[]> {
  const schema = JSON.parse(await readFile(join(folder, schemaFile), 'utf8')) as Schema
  await mkdir(dirname(path), { recursive: true })
  await withDatabase(path, async (connection) => {
    await connection.run('begin transaction')
    for (const { name, sql, rows } of schema.tables) {
      if (!/^CREATE TABLE /i.test(sql)) throw new Error(`the backup makes ${name} in a way of its own`)
      await connection.run(sql)
      await connection.run(
        `insert into ${identifier(name)} by name select * from read_parquet(${quoted(join(folder, `${name}.parquet`))})`,
      )
      const counted = await connection.runAndReadAll(`select count(*)::double as n from ${identifier(name)}`)
      if (Number(counted.getRowObjectsJson()[0]!.n) !== rows) throw new Error(`${name} did not come back whole`)
    }
    for (const sql of schema.views) {
      if (!/^CREATE VIEW /i.test(sql)) throw new Error('the backup makes a view in a way of its own')
      await connection.run(sql)
    }
    await connection.run('commit')
    await connection.run('checkpoint')
  })
  return schema.tables
}

async function withDatabase<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(path, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...storageFormat,
  })
  const connection = await instance.connect()
  try {
    await connection.run("set timezone = 'UTC'")
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
