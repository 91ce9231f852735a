import { AsyncLocalStorage } from 'node:async_hooks'
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy'

/** A drizzle database; inside a transaction it is that transaction's own. */
export type Db = PgRemoteDatabase

export type Value = unknown

/** One connection that runs a statement: rows as arrays (for drizzle) or as objects. */
export interface Runner {
  rows(text: string, values: readonly Value[]): Promise<Value[][]>
  objects<T>(text: string, values?: readonly Value[]): Promise<T[]>
}

/** What an engine (PGlite in a worker, PostgreSQL by its pool) offers. */
export interface Engine extends Runner {
  readonly kind: 'pglite' | 'postgres'
  script(text: string): Promise<void>
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The operational store. Statements run on `db`; several that belong together in `transaction`. */
export interface Store {
  readonly kind: Engine['kind']
  readonly engine: Engine
  readonly db: Db
  /** Plain SQL with $1 parameters, rows as objects. For what drizzle says worse. */
  query<T>(text: string, values?: readonly Value[]): Promise<T[]>
  /** Commits when `work` returns, rolls back when it throws. Inside, only `tx` may be used. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A transaction: its own drizzle database and plain SQL. */
export interface Tx {
  readonly db: Db
  query<T>(text: string, values?: readonly Value[]): Promise<T[]>
}

export function drizzleOn(runner: Runner): Db {
  return drizzle(async (text, values) => ({ rows: await runner.rows(text, values) }))
}

export function storeOn(engine: Engine): Store {
  const inside = new AsyncLocalStorage<true>()
  // The outer database inside a transaction waits for itself for ever on PGlite's one connection: refuse it on every engine.
  const guard = () => {
    if (inside.getStore()) throw new Error('the outer store was used inside a transaction: use its tx')
  }
  const outer: Runner = {
    rows: (text, values) => {
      guard()
      return engine.rows(text, values)
    },
    objects: (text, values) => {
      guard()
      return engine.objects(text, values)
    },
  }
  return {
    kind: engine.kind,
    engine,
    db: drizzleOn(outer),
    query: (text, values) => outer.objects(text, values),
    transaction: (work) => {
      guard()
      return engine.transaction((runner) =>
        inside.run(true, () => work({ db: drizzleOn(runner), query: (text, values) => runner.objects(text, values) })),
      )
    },
    close: () => engine.close(),
  }
}
