import type { DuckDBConnection } from '@duckdb/node-api'
import type { Scope } from '#access/scope.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'

/** A value as it leaves the warehouse: days as YYYY-MM-DD, instants as ISO 8601 in UTC, integers as numbers. */
export type Cell = string | number | boolean | null
export type Row = Record<string, Cell>

export interface Result {
  columns: { name: string; type: string }[]
  rows: Row[]
}

export interface ReadOptions {
  /** Aborting interrupts the query, or its waiting for a connection. */
  signal?: AbortSignal
  /** Reads whole logs or all facts: waits for the few places for such queries, so that small ones never wait for it. */
  heavy?: boolean
  /** The question that reads, for whoever watches. */
  question?: string
}

/** A column to append: cells, or a typed array (a BigInt64Array of microseconds for instants). */
export type Column = readonly (Cell | bigint | Date)[] | Int32Array | Float64Array | BigInt64Array

/** Who has the turn to write; one transaction unless it is settled. Names tables directly: loading is not reading. */
export interface Writer {
  readonly dialect: Dialect
  run(query: Sql): Promise<Result>
  /** Several statements of the program's own. */
  script(text: string): Promise<void>
  /** Appends rows column by column; arrays of equal length, one for each of `columns`; other columns stay null. */
  append(table: string, columns: readonly string[], data: readonly Column[]): Promise<void>
  /** Inserts the like-named columns of a Parquet file. */
  insertFromParquet(table: string, path: string): Promise<void>
  /** Inserts the like-named columns of a CSV file with a header, cast to the table's types. */
  insertFromCsv(table: string, path: string): Promise<void>
  /**
   * Commits what was written so far and goes on in a new transaction; the turn is kept. For long work on temporary tables:
   * what a transaction wrote itself it reads on one core only. What must be done together must not be settled in between.
   */
  settle(): Promise<void>
  /** DuckDB only: for readers that stage files through appenders of their own. */
  readonly connection: DuckDBConnection
}

export interface WriteOptions {
  /** Advances the data version at once instead of within ten seconds: for what somebody waits for, an import or an undo. */
  publish?: boolean
}

/** A connection of one's own, whose temporary tables last until the work ends: files are staged here while others write. */
export interface Session {
  readonly connection: DuckDBConnection
  /** Waits for the writer's turn, then writes on this connection. */
  write<T>(work: (writer: Writer) => Promise<T>, options?: WriteOptions): Promise<T>
}

/** What an answer depended on besides its question and reader. */
export interface Versions {
  data: number
  dimensions: string
  calendar: string
}

/** What is known about a prepared log. */
export interface PreparedLog {
  process: string
  log: number
  cases: number
  events: number
  activities: number
  variants: number
  /** False where no row says more than "complete": then the three views are the same. */
  lifecycle: boolean
  /** The calendar by which its business hours were counted. */
  calendar: string
  preparedAt: string
}

/** The analytical store. */
export interface Warehouse {
  readonly dialect: Dialect
  /** Runs a query whose relations are handles; the engine puts the reader's scope into each and refuses any other relation. */
  read(query: Sql, scope: Scope, options?: ReadOptions): Promise<Result>
  /** The SQL that `read` would run, for the reader who may see it and for the golden files. */
  explain(query: Sql, scope: Scope): { text: string; values: readonly unknown[] }
  /** Writers take turns. Commits when `work` returns; when it throws, rolls back what was not settled. */
  write<T>(work: (writer: Writer) => Promise<T>, options?: WriteOptions): Promise<T>
  session<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Advances when facts change, at most every ten seconds; kept across restarts. Part of each cache key. */
  dataVersion(): number
  versions(): Versions
  /** What was prepared under a log's number; undefined where nothing was. */
  log(log: number): Promise<PreparedLog | undefined>
  /** The logs that are behind their facts: what preparing them left undone. */
  staleLogs(): Promise<{ process: string; log: number }[]>
  close(): Promise<void>
}
