import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Store } from './store.ts'

export interface Migration {
  name: string
  sql: string
  hash: string
  /** The oldest program, by its newest migration's number, that still runs on a store with this one. */
  survives: number
}

// Any constant: one process migrates at a time.
const migrationLock = 77002031

export const numberOf = (name: string): number => Number(name.slice(0, 4))

/** What the file says in its first line; one that says nothing was written before servers ran side by side. */
const survivesOf = (name: string, sql: string): number =>
  Number(/^-- survives: (\d{4})$/m.exec(sql.split('\n', 1)[0] ?? '')?.[1] ?? numberOf(name))

export async function readMigrations(folder = new URL('./migrations/', import.meta.url)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex'), survives: survivesOf(name, sql) }
    }),
  )
}

/** The migrations that this store has not seen yet; refuses a store whose newer ones this program does not survive. */
export async function pendingMigrations(
  store: Store,
  migrations: readonly Migration[],
): Promise<Result<Migration[], 'store_newer'>> {
  await store.transaction(async (tx) => {
    // Two that create it at once would trip over one another; whoever migrates is waited for here.
    await tx.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await tx.query(
      'create table if not exists schema_migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
    )
    await tx.query('alter table schema_migrations add column if not exists survives integer')
  })
  const applied = await appliedMigrations(store)
  const beyond = newerThan(migrations, applied)
  if (beyond) return fail('store_newer', { migration: beyond })
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, hash } of applied)
    if (known.has(name) && known.get(name)?.hash !== hash)
      throw new Error(`migration ${name} was changed after it was applied`)
  const done = new Set(applied.map((row) => row.name))
  return ok(migrations.filter((migration) => !done.has(migration.name)))
}

export interface AppliedMigration {
  name: string
  hash: string
  survives: number | null
}

export const appliedMigrations = (store: Pick<Store, 'query'>): Promise<AppliedMigration[]> =>
  store.query<AppliedMigration>('select name, hash, survives from schema_migrations')

/** The first applied migration that a program with these does not survive. */
export function newerThan(migrations: readonly Migration[], applied: readonly AppliedMigration[]): string | undefined {
  const known = new Set(migrations.map(({ name }) => name))
  const newest = Math.max(0, ...migrations.map(({ name }) => numberOf(name)))
  return applied.find(({ name, survives }) => !known.has(name) && (survives === null || survives > newest))?.name
}

/** Applies each pending migration in a transaction of its own; one that another server has applied meanwhile is passed over. */
export async function migrate(store: Store, pending: readonly Migration[]): Promise<void> {
  for (const migration of pending) {
    await store.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [migrationLock])
      if ((await tx.query('select 1 from schema_migrations where name = $1', [migration.name])).length > 0) return
      // Sent statement by statement: a prepared statement holds only one.
      for (const statement of splitStatements(migration.sql)) await tx.query(statement)
      await tx.query('insert into schema_migrations (name, hash, survives) values ($1, $2, $3)', [
        migration.name,
        migration.hash,
        migration.survives,
      ])
    })
  }
}

/** Splits at semicolons that end a line; migrations keep to that form (no procedural bodies). */
export function splitStatements(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter(Boolean)
}
