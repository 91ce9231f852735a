import { join } from 'node:path'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Actor } from './audit.ts'
import { recordAudit } from './audit.ts'
import type { Manifest } from './backup.ts'
import { type Erased, queueErased } from './erasedList.ts'
import { type Migration, migrate, pendingMigrations, readMigrations } from './migrate.ts'
import type { Store } from './store.ts'
import { loadTables } from './tableDump.ts'

/**
 * Puts the store of a checked backup into an empty one, whichever engine either is: up to the migrations the backup had,
 * then its rows, then the migrations since. Who was erased after it was made is queued to be erased again.
 */
export async function restoreStore(
  store: Store,
  folder: string,
  manifest: Manifest,
  actor: Actor,
  erased: readonly Erased[] = [],
): Promise<Result<{ queued: number }, 'home_not_empty' | 'backup_newer' | 'store_newer'>> {
  const known = await readMigrations()
  const pending = await pendingMigrations(store, known)
  if (!pending.ok) return pending
  const had = new Map(manifest.store.migrations.map((migration) => [migration.name, migration.hash]))
  const until = known.filter((migration) => had.get(migration.name) === migration.hash)
  if (until.length < had.size) return fail('backup_newer', { migrations: [...had.keys()] })
  const applied = known.filter((migration) => !pending.value.includes(migration))
  if (applied.length > 0 && !(await isLeftover(store, applied, had))) return fail('home_not_empty')
  await migrate(
    store,
    until.filter((migration) => !applied.includes(migration)),
  )
  await store.transaction(async (tx) => {
    await loadTables(tx, join(folder, 'store'), manifest.store)
    await recordAudit(tx, actor, {
      action: 'backup.restore',
      objectKind: 'backup',
      objectId: manifest.name,
      detail: { madeAt: manifest.madeAt, rows: manifest.store.tables.reduce((sum, table) => sum + table.rows, 0) },
    })
  })
  await migrate(
    store,
    known.filter((migration) => !had.has(migration.name)),
  )
  return ok({ queued: await queueErased(store, erased, actor) })
}

/** The empty schema that a restore cut short left behind: no home has ever used it. */
async function isLeftover(store: Store, applied: readonly Migration[], had: Map<string, string>): Promise<boolean> {
  if (!applied.every((migration) => had.has(migration.name))) return false
  return (await store.query('select 1 from settings limit 1')).length === 0
}
