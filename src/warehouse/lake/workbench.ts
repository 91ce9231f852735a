import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { appendColumns } from '../cells.ts'
import { duckdb, type StoredType } from '../dialect.ts'
import { facts, internals, tables } from '../facts.ts'
import { createTable } from '../migrations.ts'
import type { Column } from '../warehouse.ts'
import { columnsOfTable, isFact, logOfTable, orderOfTable } from './lakeTables.ts'

const { daily: _daily, daily_bins: _bins, ...dimensions } = tables
/** Tables that the loading code writes to; rollups are made on the cluster. */
const standing: Readonly<Record<string, Readonly<Record<string, StoredType>>>> = {
  ...facts,
  ...dimensions,
  ...internals,
}

/** What happened to the rows of a table since they were brought. */
export interface Changed {
  added: number
  /** Rows that are changed or gone; they need a MERGE. */
  others: number
}

const before = (table: string) => `before_${table}`
const changes = (table: string) => `changes_${table}`

/** What tells a row of a table from every other. */
const keyOf = (table: string): readonly string[] =>
  isFact(table) ? ['load_id', 'source', 'source_id'] : Object.keys(columnsOfTable(table))

/** Tables of one write on a session's own connection: what was brought, what it is now, and the difference. */
export class Workbench {
  readonly connection: DuckDBConnection
  private readonly scratch: string
  private readonly brought = new Map<string, 'to_read' | 'to_change'>()

  /** `scratch`: where files on their way to the lake lie; a home clears its own of what a killed process left. */
  constructor(connection: DuckDBConnection, scratch = tmpdir()) {
    this.connection = connection
    this.scratch = scratch
  }

  async open(): Promise<void> {
    await this.clear()
    const made = Object.entries(standing).map(([table, columns]) => createTable(duckdb, table, columns))
    await this.connection.run(made.join('; '))
  }

  /** Nothing of a write stays on the workbench. */
  async clear(): Promise<void> {
    const names = await this.rows<{ name: string; type: string }>(
      "select table_name as name, table_type as type from information_schema.tables where table_catalog = 'memory' and table_schema = 'main'",
    )
    const drops = names
      .sort((a, b) => Number(b.type === 'VIEW') - Number(a.type === 'VIEW'))
      .map(({ name, type }) => `drop ${type === 'VIEW' ? 'view' : 'table'} if exists "${name}"`)
    const compared = Object.keys(standing).flatMap((table) => [
      `drop table if exists temp.${before(table)}`,
      `drop table if exists temp.${changes(table)}`,
    ])
    await this.connection.run([...drops, ...compared].join('; '))
    this.brought.clear()
  }

  async rows<T>(text: string): Promise<T[]> {
    return (await this.connection.runAndReadAll(text)).getRowObjectsJson() as T[]
  }

  async count(table: string): Promise<number> {
    const [row] = await this.rows<{ n: string }>(`select count(*) as n from ${table}`)
    return Number(row!.n)
  }

  append(table: string, columns: readonly string[], data: readonly Column[]): Promise<void> {
    return appendColumns(this.connection, table, columns, data)
  }

  /** After its rows were put there: from here on they are compared. */
  async markBrought(table: string, toRead: boolean): Promise<void> {
    // Where nothing was brought there is nothing to compare with.
    if (!toRead && (await this.count(table)) === 0) return
    this.brought.set(table, toRead ? 'to_read' : 'to_change')
    if (!toRead) await this.connection.run(`create or replace temp table ${before(table)} as select * from ${table}`)
  }

  isToRead(table: string): boolean {
    return this.brought.get(table) === 'to_read'
  }

  /** What differs from what was brought, into changes_<table> with an `op`: add, set or cut. */
  async changesOf(table: string): Promise<Changed> {
    if (this.brought.get(table) !== 'to_change') return { added: await this.count(table), others: 0 }
    const key = keyOf(table)
    const on = (a: string, b: string) =>
      key.map((column) => `${a}.${column} is not distinct from ${b}.${column}`).join(' and ')
    const columns = Object.keys(columnsOfTable(table))
    const rest = columns.filter((column) => !key.includes(column))
    const differs = rest.length
      ? rest.map((column) => `n.${column} is distinct from b.${column}`).join(' or ')
      : 'false'
    await this.connection.run(`create or replace temp table ${changes(table)} as
      select n.*, case when b.${key[0]} is null then 'add' else 'set' end as op
      from ${table} n left join ${before(table)} b on ${on('n', 'b')} where b.${key[0]} is null or ${differs}
      union all select b.*, 'cut' from ${before(table)} b where not exists (select 1 from ${table} n where ${on('n', 'b')})`)
    const [found] = await this.rows<{ added: string; others: string }>(
      `select count_if(op = 'add') as added, count_if(op <> 'add') as others from ${changes(table)}`,
    )
    return { added: Number(found!.added), others: Number(found!.others) }
  }

  /** The query of what was added (or of all changes, with their `op`), in the order of the lake's table. */
  changesQuery(table: string, withOp: boolean): string {
    const columns = [...Object.keys(columnsOfTable(table)), ...(withOp ? ['op'] : [])]
    const order = orderOfTable(table)
    const from = this.brought.get(table) === 'to_change' ? changes(table) : table
    return `select ${columns.join(', ')} from ${from}${order.length ? ` order by ${order.join(', ')}` : ''}`
  }

  /** The lake has it: the table is empty again, and nothing of it is compared. */
  async settle(table: string): Promise<void> {
    await this.connection.run(
      `delete from ${table}; drop table if exists temp.${before(table)}; drop table if exists temp.${changes(table)}`,
    )
    this.brought.delete(table)
  }

  /** Tables of the standing kind that hold rows which the lake may not have. */
  async filled(): Promise<string[]> {
    const held = Object.keys(standing).filter((table) => !Object.hasOwn(internals, table) || table === 'fact_repeats')
    const each = held.map((table) => `select '${table}' as name where exists (select 1 from ${table})`)
    const rows = await this.rows<{ name: string }>(each.join(' union all '))
    // All of what was brought may have been removed since.
    return [...new Set([...rows.map(({ name }) => name), ...this.brought.keys()])].filter((table) =>
      held.includes(table),
    )
  }

  /** Prepared logs that stand on the workbench and are whole: not drafts, not views. */
  async logTables(): Promise<string[]> {
    const rows = await this.rows<{ name: string }>(
      "select table_name as name from information_schema.tables where table_catalog = 'memory' and table_schema = 'main' and table_type = 'BASE TABLE' and starts_with(table_name, 'log_')",
    )
    return rows.map(({ name }) => name).filter((name) => logOfTable(name) !== undefined)
  }

  /** Writes a query to Parquet in a folder of its own, hands the file over, removes it. */
  async toParquet<T>(query: string, use: (path: string, bytes: number) => Promise<T>): Promise<T> {
    await mkdir(this.scratch, { recursive: true, mode: 0o700 })
    const folder = await mkdtemp(join(this.scratch, 'zhiyin-lake-'))
    const path = join(folder, 'rows.parquet')
    try {
      const quoted = path.replaceAll("'", "''")
      await this.connection.run(`copy (${query}) to '${quoted}' (format parquet, compression zstd)`)
      return await use(path, (await stat(path)).size)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
