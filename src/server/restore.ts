import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { exists } from '#lib/exists.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { checkBackup, type Manifest } from '#store/backup.ts'
import { copyKeyFile, type FieldCipher, fieldCipher, openKeyFile } from '#store/encryption.ts'
import { type Erased, erasedListIn, readErasedList } from '#store/erasedList.ts'
import { homePaths, markHome, readHome } from '#store/home.ts'
import { acquireLock, type LockRefusal } from '#store/lock.ts'
import { isKeyOf, openEngine } from '#store/open.ts'
import { restoreStore } from '#store/restore.ts'
import { storeOn } from '#store/store.ts'
import { importWarehouse } from '#warehouse/backup.ts'

export interface RestoreOptions {
  /** The folder of one backup. */
  from: string
  /** The home to be made: a folder without one. */
  folder: string
  /** Where the key file is, unless it lies in the new home already. A backup never holds it. */
  keyFile?: string | undefined
  /** PostgreSQL (an empty database) instead of the embedded store. */
  databaseUrl?: string | undefined
  /** The list of who was erased since; by default the one that lies beside the backup, where there is one. */
  erased?: string | undefined
}

/** What was restored, and how many erasings the home does again once a server has it open. */
export type Restored = Manifest & { erasingsQueued: number }

type Refusal = LockRefusal | 'home_not_empty' | 'key_wrong' | 'backup_damaged' | 'backup_newer' | 'store_newer'

/** Makes a home from a backup. Everything is checked before anything is written; the home's marker comes last. */
export async function restoreHome(options: RestoreOptions): Promise<Result<Restored, Refusal>> {
  const folder = resolve(options.folder)
  const from = resolve(options.from)
  const paths = homePaths(folder)
  const lock = await acquireLock(folder)
  if (!lock.ok) return lock
  try {
    if (await readHome(folder)) return fail('home_not_empty', { folder })
    for (const path of [paths.store, paths.warehouse, paths.anchor, paths.token])
      if (await exists(path)) return fail('home_not_empty', { folder, path })
    const keyFile = options.keyFile ? resolve(options.keyFile) : paths.keys
    if (!(await exists(keyFile))) return fail('key_wrong', { missing: keyFile })
    if (keyFile !== paths.keys && (await exists(paths.keys)))
      return fail('home_not_empty', { folder: dirname(paths.keys) })
    const key = await openKeyFile(keyFile, false)
    const checked = await checkBackup(from, fieldCipher(key), (check) => isKeyOf(key, check))
    if (!checked.ok) return checked
    const erased = await erasedSince(options, checked.value.home.id, fieldCipher(key))
    if (!erased.ok) return erased
    return await restoreChecked(folder, from, checked.value, {
      keyFile,
      url: options.databaseUrl,
      erased: erased.value,
    })
  } finally {
    await lock.value.release()
  }
}

/** A list that is named must be there; none beside the backup means that nobody has been erased, or that it was left behind. */
async function erasedSince(
  { from, erased }: RestoreOptions,
  homeId: string,
  cipher: FieldCipher,
): Promise<Result<readonly Erased[], 'backup_damaged'>> {
  const path = erased ? resolve(erased) : erasedListIn(dirname(resolve(from)), homeId)
  const list = await readErasedList(path, cipher)
  if (list === 'forged') return fail('backup_damaged', { file: path })
  if (!list && erased) return fail('backup_damaged', { missing: path })
  return ok(list ?? [])
}

async function restoreChecked(
  folder: string,
  from: string,
  manifest: Manifest,
  { keyFile, url, erased }: { keyFile: string; url: string | undefined; erased: readonly Erased[] },
): Promise<Result<Restored, Refusal>> {
  const paths = homePaths(folder)
  const undo = async () => {
    await rm(paths.store, { recursive: true, force: true })
    await rm(paths.warehouse, { recursive: true, force: true })
  }
  const engine = await openEngine({ folder, url })
  if (!engine) return fail('home_locked', { database: true })
  const store = storeOn(engine)
  let queued = 0
  try {
    // The warehouse first: should it fail, a database elsewhere has not been touched yet.
    await importWarehouse(join(paths.warehouse, 'warehouse.duckdb'), join(from, 'warehouse'))
    const restored = await restoreStore(store, from, manifest, { id: 'operator', kind: 'operator' }, erased)
    await store.close()
    if (!restored.ok) {
      await undo()
      return restored
    }
    queued = restored.value.queued
  } catch (error) {
    await store.close().catch(() => undefined)
    await undo()
    throw error
  }
  if (keyFile !== paths.keys) await copyKeyFile(keyFile, paths.keys)
  const { kind, timeZone, id, createdAt } = manifest.home
  await markHome(folder, kind, timeZone, id, createdAt)
  return ok({ ...manifest, erasingsQueued: queued })
}
