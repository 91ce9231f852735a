import { randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, mkdir, open, opendir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { ofFileSystem } from './fault.ts'
import type { Files, StoredFile } from './files.ts'
import { checkKey, checkPrefix } from './key.ts'
import { openSource } from './source.ts'

/** Drafts lie in one folder, so that those of killed processes are found; no key begins with a dot, none is listed. */
const draftFolder = '.unfinished'
const draftHours = 48

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

/**
 * Files in a folder: this machine's, or a share that every server has. The folder must be there: one that was made where
 * a share is not mounted would take the files and hide them once it is.
 */
export async function openLocal(
  folder: string,
  /** Tests let the disk be full. */
  openDraft: (path: string) => ReturnType<typeof open> = (path) => open(path, 'wx'),
): Promise<Files> {
  await access(folder, constants.R_OK | constants.W_OK).catch((error: unknown) => {
    throw ofFileSystem(error, `${folder} cannot be written`)
  })
  await removeOldDrafts(join(folder, draftFolder))
  const pathOf = (key: string) => join(folder, checkKey(key))

  const files: Files = {
    location: 'local:///',
    async put(key, source) {
      const path = pathOf(key)
      const from = await openSource(source)
      const draft = join(folder, draftFolder, randomUUID())
      try {
        await mkdir(dirname(draft), { recursive: true })
        await using file = await openDraft(draft)
        await file.writeFile(from.content)
        await file.sync()
        await settle(draft, path)
        return { bytes: from.read() }
      } catch (error) {
        from.close()
        await rm(draft, { force: true }).catch(() => undefined)
        throw from.failed(error) ? error : ofFileSystem(error, `${key} cannot be stored`)
      }
    },
    read: (key) => {
      const path = pathOf(key)
      return Readable.from(contentOf(path, key), { objectMode: false, highWaterMark: 1 << 20 })
    },
    async fetch(key) {
      const path = pathOf(key)
      const found = await stat(path).catch((error: unknown) => {
        throw ofFileSystem(error, `${key} cannot be read`)
      })
      if (!found.isFile()) throw ofFileSystem({ code: 'ENOENT' }, `${key} is no file`)
      return { path, release: async () => undefined }
    },
    async stat(key) {
      const path = pathOf(key)
      return fileAt(path).catch((error: unknown) => {
        throw ofFileSystem(error, `${key} cannot be looked up`)
      })
    },
    async *list(prefix) {
      checkPrefix(prefix)
      try {
        yield* listFolder(folder, prefix)
      } catch (error) {
        throw ofFileSystem(error, `${prefix || 'the storage'} cannot be listed`)
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true }).catch((error: unknown) => {
        throw ofFileSystem(error, `${key} cannot be removed`)
      })
    },
    async removeAll(prefix) {
      let removed = 0
      for await (const { key } of files.list(prefix)) {
        await files.remove(key)
        removed += 1
      }
      // Only what is then empty: others may be putting beside us.
      await removeEmptyFolders(join(folder, prefix), prefix === '')
      return removed
    },
  }
  return files
}

async function* contentOf(path: string, key: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 })
  } catch (error) {
    throw ofFileSystem(error, `${key} cannot be read`)
  }
}

async function fileAt(path: string): Promise<Omit<StoredFile, 'key'> | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  return found?.isFile() ? { bytes: found.size, changedAt: found.mtime } : undefined
}

async function* listFolder(root: string, prefix: string): AsyncGenerator<StoredFile> {
  const folder = await opendir(join(root, prefix)).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (!folder) return
  for await (const entry of folder) {
    if (entry.name.startsWith('.')) continue
    const key = `${prefix}${entry.name}`
    if (entry.isDirectory()) yield* listFolder(root, `${key}/`)
    else if (entry.isFile()) {
      const found = await fileAt(join(root, key))
      if (found) yield { key, ...found }
    }
  }
}

async function removeEmptyFolders(folder: string, keep: boolean): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries)
    if (entry.isDirectory() && !entry.name.startsWith('.')) await removeEmptyFolders(join(folder, entry.name), false)
  if (!keep) await rmdir(folder).catch(() => undefined)
}

async function removeOldDrafts(folder: string): Promise<void> {
  const limit = Date.now() - draftHours * 3_600_000
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found && found.mtimeMs < limit) await rm(path, { force: true })
  }
}

/** Gives a draft its name. Whoever removes all files of a folder at this moment may take the empty folder with them. */
async function settle(draft: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      const made = await mkdir(dirname(path), { recursive: true })
      await rename(draft, path)
      return await syncFolders(dirname(path), made)
    } catch (error) {
      if (!isMissing(error) || attempt === 3) throw error
    }
}

/** A renamed file outlives a loss of power only once the folder that names it is written; so does a new folder. */
async function syncFolders(folder: string, firstMade: string | undefined): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await using handle = await open(at, 'r')
    await handle.sync()
    if (firstMade === undefined || at === dirname(firstMade)) return
  }
}
