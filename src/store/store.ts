import { AsyncLocalStorage } from 'node:async_hooks'
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import { watchedRunner, watchedTransaction } from './watched.ts'

/** A drizzle database; inside a transaction it is that transaction's own. */
export type Db = PgRemoteDatabase

export type Value = unknown

/** One connection that runs a statement: rows as arrays (for drizzle) or as objects. */
export interface Runner {
  rows(text: string, values: readonly Value[]): Promise<Value[][]>
  objects<T>(text: string, values?: readonly Value[]): Promise<T[]>
}

/** A connection for oneself: what is locked on it stays locked until it is given back, or lost. */
export interface HeldConnection extends Runner {
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>
}

/** What an engine (PGlite in a worker, PostgreSQL by its pool) offers. */
export interface Engine extends Runner {
  readonly kind: 'pglite' | 'postgres'
  script(text: string): Promise<void>
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>
  whileAlone<T>(lock: number, work: () => Promise<T>): Promise<T | undefined>
  /** PostgreSQL only: PGlite has one connection for everybody. */
  hold?<T>(work: (connection: HeldConnection) => Promise<T>): Promise<T>
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
  /**
   * Does the work while nobody else on this database holds the lock of this number; undefined where somebody does. The
   * lock ends with its connection: it spares double work, and is no proof that there is none.
   */
  whileAlone<T>(lock: number, work: () => Promise<T>): Promise<T | undefined>
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

interface Frame {
  active: boolean
  engine: Engine
  around: Frame | undefined
}
const inside = new AsyncLocalStorage<Frame>()

/** True while this flow of control is inside a transaction (of this engine): whoever must not be waited for there asks. */
export function insideTransaction(engine?: Engine): boolean {
  for (let frame = inside.getStore(); frame; frame = frame.around)
    if (frame.active && (!engine || frame.engine === engine)) return true
  return false
}

/** A runner that answers only while its transaction does: a statement nobody awaited would run outside it. */
const whileActive = (state: Frame, runner: Runner): Runner => {
  const check = () => {
    if (!state.active) throw new Error('a transaction was used after its end: await every statement inside it')
  }
  return {
    rows: async (text, values) => {
      check()
      return runner.rows(text, values)
    },
    objects: async (text, values) => {
      check()
      return runner.objects(text, values)
    },
  }
}

export function storeOn(engine: Engine): Store {
  // The outer database inside a transaction waits for itself for ever on PGlite's one connection: refuse it on every engine.
  const guard = () => {
    if (insideTransaction(engine)) throw new Error('the outer store was used inside a transaction: use its tx')
  }
  const watched = watchedRunner(engine.kind, engine)
  const outer: Runner = {
    rows: async (text, values) => {
      guard()
      return watched.rows(text, values)
    },
    objects: async (text, values) => {
      guard()
      return watched.objects(text, values)
    },
  }
  return {
    kind: engine.kind,
    engine,
    db: drizzleOn(outer),
    query: (text, values) => outer.objects(text, values),
    transaction: async (work) => {
      guard()
      const state: Frame = { active: true, engine, around: inside.getStore() }
      return watchedTransaction(engine, (runner) => {
        const own = whileActive(state, watchedRunner(engine.kind, runner))
        const tx: Tx = { db: drizzleOn(own), query: (text, values) => own.objects(text, values) }
        return inside.run(state, async () => {
          try {
            return await work(tx)
          } finally {
            state.active = false
          }
        })
      })
    },
    whileAlone: async (lock, work) => {
      guard()
      return engine.whileAlone(lock, work)
    },
    close: () => engine.close(),
  }
}
