import type { DuckDBConnection } from '@duckdb/node-api'
import type { Scope } from '#access/scope.ts'
import type { WarehouseExporter } from './backup.ts'
import type { Dialect, StoredType } from './dialect.ts'
import type { DimensionMarks } from './dimensions.ts'
import type { Compiled, Sql } from './sql.ts'

/** A value as it leaves the warehouse: days as YYYY-MM-DD, instants as ISO 8601 in UTC, integers as numbers. */
export type Cell = string | number | boolean | null
export type Row = Record<string, Cell>

export interface Result {
  columns: { name: string; type: string }[]
  rows: Row[]
}

export interface ReadOptions {
  /** Aborting interrupts the query, or its waiting for a connection. A caller's going away does by itself: see lib/caller.ts. */
  signal?: AbortSignal
  /** Reads whole logs or all facts: waits for the few places for such queries, so that small ones never wait for it. */
  heavy?: boolean
  /** The question that reads, for whoever watches. */
  question?: string
}

/** A column to append: cells, or a typed array (a BigInt64Array of microseconds for instants). */
export type Column = readonly (Cell | bigint | Date)[] | Int32Array | Float64Array | BigInt64Array

/** Which rows of a table are brought to the workbench. */
export interface Wanted {
  /** In the common subset, over complete tables. */
  where?: Sql
  /** Rows whose `columns` are in a table of the workbench. */
  among?: { columns: readonly string[]; table: string }
  /** To be read only: much of it, and nothing of it is changed here. */
  toRead?: boolean
}

/**
 * Who has the turn to write; one transaction unless it is settled. Names tables directly: loading is not reading.
 * `run` and what follows it work on the workbench, which speaks DuckDB. An embedded warehouse is its own workbench and has
 * all rows at hand; a lake has those that were brought, and what is changed of them goes back to it (ADR 0015).
 */
export interface Writer {
  /** What `whole`, `remove` and `fill` are written in. */
  readonly dialect: Dialect
  /** Has these rows of a fact table, of fact_repeats or of the calendar at hand, to compare with, to change, to read. */
  bring(table: string, wanted: Wanted): Promise<void>
  /** Asks complete tables, with all that was written so far. In the common subset. */
  whole(query: Sql): Promise<Result>
  /** Removes rows of a complete table; all of them without a condition. In the common subset. */
  remove(table: string, where?: Sql): Promise<void>
  /** Inserts what a query over complete tables says. In the common subset. */
  fill(table: string, columns: readonly string[], query: Sql): Promise<void>
  /** Puts what a query says in the place of rows of a complete table; the query still sees them. In the common subset. */
  replace(table: string, where: Sql, columns: readonly string[], query: Sql): Promise<void>
  run(query: Sql): Promise<Result>
  /** Several statements of the program's own. */
  script(text: string): Promise<void>
  /** Appends rows column by column; arrays of equal length, one for each of `columns`; other columns stay null. On a lake, to what was brought or removed. */
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
  /**
   * DuckDB only: to read, and for readers that stage files through appenders of their own. What is changed through it
   * advances no version.
   */
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
  /** When rows last changed, facts or what follows from them; null where they never did. Upkeep changes none. */
  changedAt: string | null
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
  explain(query: Sql, scope: Scope): Compiled
  /**
   * Writers take turns. Commits when `work` returns; when it throws, rolls back what was not settled. One that changed
   * nothing advances no version.
   */
  write<T>(work: (writer: Writer) => Promise<T>, options?: WriteOptions): Promise<T>
  session<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Advances when rows change, at most every ten seconds; kept across restarts. Part of each cache key. */
  dataVersion(): number
  versions(): Versions
  /**
   * A lake only: has this server show at least this version, if anybody has published it: what a reader saw through another
   * server. Without a version, what is published by now.
   */
  catchUp?(version?: number): Promise<void>
  /** What was prepared under a log's number; undefined where nothing was. */
  log(log: number): Promise<PreparedLog | undefined>
  /** The logs that are behind their facts: what preparing them left undone. */
  staleLogs(): Promise<{ process: string; log: number }[]>
  /** Of which state of the Store its dimensions are copies. Waits for no writer, and of a lake for no cluster. */
  dimensionMarks(): Promise<DimensionMarks>
  /** Whether an engine outside this process answers; one inside it always does. */
  reachable?(): Promise<boolean>
  /**
   * A lake only: puts small files together, forgets snapshots that nobody reads, sweeps up what killed writers left; with
   * `orphans` also files that no snapshot knows. What was published stays readable for `keepSeconds`.
   */
  tend?(options?: {
    orphans?: boolean
    keepSeconds?: number
  }): Promise<{ compacted: string[]; expired: number; foreign: string[] }>
  /**
   * A lake only: has the cluster put the rows of queries over what is published into a table of its own, beside the writers,
   * for `use` to read in a turn; then the table goes. `held` names a table as it is published.
   */
  aside?<T>(
    columns: Readonly<Record<string, StoredType>>,
    queries: (held: (table: string) => string) => readonly Sql[],
    use: (table: string) => Promise<T>,
  ): Promise<T>
  /** A lake only: writes what is published out, each table as one Parquet file. See backup.ts. */
  exporting?: WarehouseExporter
  close(): Promise<void>
}
