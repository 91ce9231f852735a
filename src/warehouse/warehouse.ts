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
  signal?: AbortSignal
}

/** The one transaction that writes at a time. Names tables directly: loading is not reading. */
export interface Writer {
  run(query: Sql): Promise<Result>
  /** A bulk file (CSV, Parquet) or staging database is attached by path through plain SQL of the program's own. */
  script(text: string): Promise<void>
  /** Appends rows column by column; arrays of equal length, one for each of `columns`. */
  append(table: string, columns: readonly string[], data: readonly (readonly Cell[])[]): Promise<void>
}

/** The analytical store. */
export interface Warehouse {
  readonly dialect: Dialect
  /** Runs a query whose relations are handles; the engine puts the reader's scope into each. */
  read(query: Sql, scope: Scope, options?: ReadOptions): Promise<Result>
  /** The SQL that `read` would run, for the reader who may see it and for the golden files. */
  explain(query: Sql, scope: Scope): { text: string; values: readonly unknown[] }
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>
  /** Advances when facts change, at most every ten seconds; part of each cache key. */
  dataVersion(): number
  close(): Promise<void>
}
