import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { quoted, type Staging } from './staging.ts'

/** Between the fields and after each record of a block; neither may occur in a text. */
export const fieldSeparator = 0x1f
export const recordSeparator = 0x1e

export const mostColumns = 2000

/**
 * Puts blocks of records into a table of text columns: one binary value and one statement a block, split by the
 * database in its own thread while the caller prepares the next. Setting cell by cell costs several times as much.
 * The first field of a record is its row number; an empty field is NULL.
 */
export class BlockInsert {
  readonly table: string
  private readonly statement: DuckDBPreparedStatement
  private running: Promise<unknown> = Promise.resolve()

  private constructor(table: string, statement: DuckDBPreparedStatement) {
    this.table = table
    this.statement = statement
  }

  static async create(staging: Staging, suffix: string, columns: readonly string[]): Promise<BlockInsert> {
    const list = columns.map((name) => `${quoted(name)} varchar`).join(', ')
    const table = await staging.table(suffix, `(row_number bigint, ${list})`)
    return new BlockInsert(table, await prepare(staging.connection, table, columns.length))
  }

  /** Copies the block, waits for the one before, and lets this one be inserted meanwhile. */
  async add(block: Buffer): Promise<void> {
    if (!block.length) return
    const copy = Uint8Array.prototype.slice.call(block, 0, -1)
    await this.running
    this.statement.bindBlob(1, copy)
    this.running = this.statement.run()
    // It is awaited with the next block; until then it must not count as unhandled.
    this.running.catch(() => undefined)
  }

  async finish(): Promise<void> {
    await this.running
  }

  /** Lets what is under way end, whatever came of it: the connection must be idle before tables are dropped. */
  async settle(): Promise<void> {
    await this.running.catch(() => undefined)
  }
}

function prepare(connection: DuckDBConnection, table: string, columns: number): Promise<DuckDBPreparedStatement> {
  const fields = Array.from({ length: columns }, (_, i) => `nullif(f[${i + 2}], '')`)
  return connection.prepare(
    `insert into ${table} select f[1]::bigint, ${fields.join(', ')}
     from (select string_split(unnest(string_split(decode($1), chr(30))), chr(31)) as f)`,
  )
}
