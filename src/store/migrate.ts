import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Store } from './store.ts'

export interface Migration {
  name: string
  sql: string
  hash: string
}

export async function readMigrations(folder = new URL('./migrations/', import.meta.url)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** The migrations that this store has not seen yet; refuses a store that is newer than the program. */
export async function pendingMigrations(
  store: Store,
  migrations: readonly Migration[],
): Promise<Result<Migration[], 'store_newer'>> {
  await store.engine.script(
    'create table if not exists schema_migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  )
  const applied = await store.query<{ name: string; hash: string }>('select name, hash from schema_migrations')
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const row of applied) {
    const migration = known.get(row.name)
    if (!migration) return fail('store_newer', { migration: row.name })
    if (migration.hash !== row.hash) throw new Error(`migration ${row.name} was changed after it was applied`)
  }
  const done = new Set(applied.map((row) => row.name))
  return ok(migrations.filter((migration) => !done.has(migration.name)))
}

/** Applies each pending migration in a transaction of its own. */
export async function migrate(store: Store, pending: readonly Migration[]): Promise<void> {
  for (const migration of pending) {
    await store.transaction(async (tx) => {
      // Sent statement by statement: a prepared statement holds only one.
      for (const statement of splitStatements(migration.sql)) await tx.query(statement)
      await tx.query('insert into schema_migrations (name, hash) values ($1, $2)', [migration.name, migration.hash])
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
