import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fail, ok, type Result } from '#lib/result.ts'
import { auditHead, type ChainHead } from './auditChain.ts'
import type { FieldCipher } from './encryption.ts'
import { type Home, homePaths } from './home.ts'
import type { Store, Tx } from './store.ts'
import { dumpTables, fingerprint, type StoreDump } from './tableDump.ts'

export type BackupReason = 'manual' | 'scheduled' | 'before_migration'

export interface Manifest {
  product: 'zhiyin'
  format: 1
  name: string
  madeAt: string
  reason: BackupReason
  home: Omit<Home, 'folder'>
  /** Tells whether a key is the one the fields were encrypted with; the key itself is never in a backup. */
  keyCheck: string
  store: StoreDump & { engine: Store['kind']; migrations: { name: string; hash: string }[] }
  warehouse: { name: string; rows: number }[]
  audit: ChainHead
  files: Record<string, { bytes: number; sha256: string }>
}

export interface BackupParts {
  store: Store
  home: Home
  cipher: FieldCipher
  now: Date
  /** Writes the warehouse out as of the moment that the transaction sees of the store: one point in time of the two. */
  warehouse: <T>(
    work: (exportTo: (folder: string, tx: Tx) => Promise<{ name: string; rows: number }[]>) => Promise<T>,
  ) => Promise<T>
}

/** Where a home's backups lie: in its folder, or in the one that the operator names, common to all its servers. */
export const backupsOf = (folder: string): string => process.env.ZHIYIN_BACKUPS ?? homePaths(folder).backups

const manifestFile = 'manifest.json'
// Any constant: one backup at a time, whichever server makes it.
const backupLock = 77002032

/**
 * Writes both stores as of one moment into a new folder under `into` (by default the home's backups). It has its name
 * only when it is whole: until then it ends in .partial.
 */
export async function makeBackup(
  parts: BackupParts,
  reason: BackupReason,
  into = backupsOf(parts.home.folder),
): Promise<Result<{ folder: string; manifest: Manifest }, 'backup_running'>> {
  const made = await parts.store.whileAlone(backupLock, () => writeBackup(parts, reason, into))
  return made ? ok(made) : fail('backup_running')
}

async function writeBackup(
  parts: BackupParts,
  reason: BackupReason,
  into: string,
): Promise<{ folder: string; manifest: Manifest }> {
  const stamp = parts.now.toISOString().replace(/[-:]|\.\d+/g, '')
  const name = `${stamp}-${reason}-${randomBytes(2).toString('hex')}`
  const draft = join(into, `${name}.partial`)
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 })
    const manifest = await writeBoth(parts, draft, { name, reason })
    await writeManifest(draft, manifest, parts.cipher)
    const folder = join(into, name)
    await rename(draft, folder)
    return { folder, manifest }
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function writeBoth(
  { store, home, now, warehouse }: BackupParts,
  draft: string,
  { name, reason }: Pick<Manifest, 'name' | 'reason'>,
): Promise<Manifest> {
  // An embedded warehouse is held still first, then the store is read as of one moment; nobody who writes holds the store
  // while he waits for the warehouse. Of a lake the store itself says what is published at that moment. Copies of units,
  // customers and model follow the store after its commit: one that a backup came before is made good when the restored
  // home is opened.
  const content = await warehouse((exportTo) =>
    store.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      const settings = await tx.query<{ value: string }>("select value from settings where key = 'key.check'")
      return {
        keyCheck: settings[0]?.value ?? '',
        audit: await auditHead(tx),
        store: {
          engine: store.kind,
          migrations: await tx.query<{ name: string; hash: string }>(
            'select name, hash from schema_migrations order by name',
          ),
          ...(await dumpTables(tx, join(draft, 'store'))),
        },
        warehouse: (await exportTo(join(draft, 'warehouse'), tx)).map((table) => ({
          name: table.name,
          rows: table.rows,
        })),
      }
    }),
  )
  const files: Manifest['files'] = {}
  for (const path of await filesUnder(draft)) files[path] = await fingerprint(join(draft, path))
  const { folder: _, ...marker } = home
  return { product: 'zhiyin', format: 1, name, madeAt: now.toISOString(), reason, home: marker, ...content, files }
}

async function writeManifest(folder: string, manifest: Manifest, cipher: FieldCipher): Promise<void> {
  const text = JSON.stringify(manifest)
  const file = await open(join(folder, manifestFile), 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify({ manifest: text, signature: signatureOf(text, cipher) }, null, 1))
    await file.sync()
  } finally {
    await file.close()
  }
}

// Whoever can alter a backup could otherwise alter its sums too; restoring needs the key anyway.
const signatureOf = (text: string, cipher: FieldCipher): string =>
  Buffer.from(cipher.blindIndex('backup manifest', text)).toString('hex')

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => path !== manifestFile)
    .sort()
}

interface Signed {
  manifest: Manifest
  text: string
  signature: string
}

/** The manifest as it lies there, unchecked; undefined where the folder holds no whole backup. */
export async function readManifest(folder: string): Promise<Signed | undefined> {
  try {
    const { manifest: text, signature } = JSON.parse(await readFile(join(folder, manifestFile), 'utf8')) as {
      manifest: string
      signature: string
    }
    const manifest = JSON.parse(text) as Manifest
    return manifest.product === 'zhiyin' ? { manifest, text, signature } : undefined
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof SyntaxError || error instanceof TypeError)
      return undefined
    throw error
  }
}

/** Reads every byte of a backup and compares; nothing may be missing, changed or added, and the key must be its own. */
export async function checkBackup(
  folder: string,
  cipher: FieldCipher,
  isKey: (check: string) => boolean,
): Promise<Result<Manifest, 'backup_damaged' | 'backup_newer' | 'key_wrong'>> {
  const found = await readManifest(folder)
  if (!found) return fail('backup_damaged', { folder, missing: manifestFile })
  const { manifest, text, signature } = found
  if (Number(manifest.format) > 1) return fail('backup_newer', { format: manifest.format })
  if (!isKey(manifest.keyCheck)) return fail('key_wrong')
  const [given, right] = [Buffer.from(String(signature)), Buffer.from(signatureOf(text, cipher))]
  if (given.length !== right.length || !timingSafeEqual(given, right))
    return fail('backup_damaged', { folder, file: manifestFile })
  const present = await filesUnder(folder)
  for (const path of Object.keys(manifest.files))
    if (!present.includes(path)) return fail('backup_damaged', { folder, missing: path })
  for (const path of present) {
    const expected = manifest.files[path]
    if (!expected) return fail('backup_damaged', { folder, added: path })
    if ((await fingerprint(join(folder, path))).sha256 !== expected.sha256)
      return fail('backup_damaged', { folder, file: path })
  }
  return ok(manifest)
}

export interface BackupListing {
  name: string
  madeAt: string
  reason: BackupReason
  bytes: number
}

/** The whole backups in a folder, newest first. */
export async function listBackups(folder: string): Promise<BackupListing[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found: BackupListing[] = []
  for (const name of names) {
    if (name.endsWith('.partial')) continue
    const manifest = (await readManifest(join(folder, name)))?.manifest
    if (!manifest) continue
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0)
    found.push({ name, madeAt: manifest.madeAt, reason: manifest.reason, bytes })
  }
  return found.sort((a, b) => b.madeAt.localeCompare(a.madeAt))
}

/** Keeps the newest scheduled backups and whatever a person or a migration asked for; clears what was left half made. */
export async function pruneBackups(folder: string, keep: number, now: Date): Promise<string[]> {
  if (!Number.isInteger(keep) || keep < 1) throw new Error(`at least one backup is kept, not ${keep}`)
  const old = (await listBackups(folder)).filter((backup) => backup.reason === 'scheduled').slice(keep)
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true })
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!name.endsWith('.partial')) continue
    const path = join(folder, name)
    if (now.getTime() - (await stat(path)).mtimeMs > 86_400_000) await rm(path, { recursive: true, force: true })
  }
  return old.map((backup) => backup.name)
}
