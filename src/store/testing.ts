import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Migration, migrate, pendingMigrations, readMigrations } from './migrate.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import { type Engine, type Store, storeOn } from './store.ts'

/**
 * A migrated, empty store on the engine the suite runs on: PGlite in memory, or a database of its own on the server of
 * ZHIYIN_TEST_DATABASE_URL, dropped when it is closed.
 */
export async function openTestStore(): Promise<Store> {
  const migrations = await readMigrations()
  const url = process.env.ZHIYIN_TEST_DATABASE_URL
  return url
    ? storeOn(await openTestDatabase(url, await migratedTemplate(url, migrations)))
    : storeOn(await openPglite('memory://', await migratedImage(migrations)))
}

/** A migrated, empty store on a server of one's own, dropped when it is closed. */
export async function openDatabaseOn(url: string): Promise<Store> {
  return storeOn(await openTestDatabase(url, await migratedTemplate(url, await readMigrations())))
}

/** A store without any schema, as a first start meets it. */
export async function openEmptyTestStore(): Promise<Store> {
  const url = process.env.ZHIYIN_TEST_DATABASE_URL
  return storeOn(url ? await openTestDatabase(url, 'template1') : await openPglite('memory://'))
}

/** The address of a new database on a test server, and how to drop it. */
export async function createTestDatabase(url: string, template = 'template1') {
  const name = `zhiyin_test_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name} template ${template}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => onServer(url, `drop database if exists ${name} with (force)`) }
}

async function openTestDatabase(url: string, template: string): Promise<Engine> {
  const database = await createTestDatabase(url, template)
  const engine = await openPostgres(database.url)
  return {
    ...engine,
    close: async () => {
      await engine.close()
      await database.drop()
    },
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const engine = await openPostgres(url)
  try {
    await engine.script(statement)
  } finally {
    await engine.close()
  }
}

async function migrated(store: Store, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations(store, migrations)
  if (!pending.ok) throw new Error(pending.reason)
  await migrate(store, pending.value)
}

const nameOf = (migrations: readonly Migration[]) =>
  createHash('sha256')
    .update(migrations.map((migration) => migration.hash).join())
    .digest('hex')
    .slice(0, 16)

/** A database to copy from: copying takes a tenth of migrating. Made once by whichever test file comes first. */
async function migratedTemplate(url: string, migrations: readonly Migration[]): Promise<string> {
  const name = `zhiyin_template_${nameOf(migrations)}`
  const server = await openPostgres(url)
  try {
    // Held until the end of this transaction: the others wait here, then find it made.
    await server.transaction(async (runner) => {
      await runner.objects('select pg_advisory_xact_lock(77002027)')
      const found = await runner.objects('select 1 from pg_database where datname = $1', [name])
      if (found.length > 0) return
      await onServer(url, `create database ${name}_draft`)
      const own = new URL(url)
      own.pathname = `/${name}_draft`
      const store = storeOn(await openPostgres(own.href))
      await migrated(store, migrations)
      await store.close()
      await onServer(url, `alter database ${name}_draft rename to ${name}`)
    })
    return name
  } finally {
    await server.close()
  }
}

/** The image of a migrated PGlite: loading it takes a tenth of making one. Kept beside the installed packages. */
async function migratedImage(migrations: readonly Migration[]): Promise<Uint8Array> {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/zhiyin')
  const path = join(folder, `store-${nameOf(migrations)}.tar`)
  const found = await readFile(path).catch(() => undefined)
  if (found) return found
  const engine = await openPglite('memory://')
  const store = storeOn(engine)
  await migrated(store, migrations)
  const image = await engine.dump()
  await store.close()
  await mkdir(folder, { recursive: true })
  await removeOld(folder)
  const draft = `${path}.${process.pid}`
  await writeFile(draft, image)
  await rename(draft, path)
  return image
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const made = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now()
    if (name.startsWith('store-') && Date.now() - made > 3_600_000) await rm(path, { force: true })
  }
}
