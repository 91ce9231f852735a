import { randomBytes } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { Services } from '#features/services.ts'
import { FilesError, ofFileSystem } from '#files/fault.ts'
import { FileDamaged } from '#store/fileCipher.ts'
import { homePaths } from '#store/home.ts'
import type { KeptFile } from './uploads.ts'

/** Where a file that was sent lies in the storage, encrypted. */
export const uploadKey = (id: string) => `uploads/${id}`

/** A file in clear on this machine, for readers need a path. */
interface Copy {
  path: Promise<string>
  readers: number
  /** Ends its making when nobody wants it any more. */
  abort: AbortController
  idle?: NodeJS.Timeout
}

/** Whoever imports looks, checks and loads in a row: so long a copy waits for the next of these. */
const idleMinutes = 5

const byHome = new WeakMap<Services['store'], Map<string, Copy>>()

function copiesOf({ store }: Pick<Services, 'store'>): Map<string, Copy> {
  const copies = byHome.get(store) ?? new Map<string, Copy>()
  byHome.set(store, copies)
  return copies
}

/** A fault of the storage, met with a file that was sent. The lake, which shares the storage, has its own words for its. */
class UploadFault extends Error {
  readonly code: 'storage_full' | 'storage_unavailable' | 'upload_lost'

  constructor(cause: FilesError) {
    super(cause.message, { cause })
    const lost = cause.reason === 'missing' || cause.reason === 'corrupt'
    this.code = cause.reason === 'full' ? 'storage_full' : lost ? 'upload_lost' : 'storage_unavailable'
  }
}

/** Does something with the storage of files that were sent. */
export async function onStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof FilesError ? new UploadFault(error) : error
  }
}

export const uploadCodeOf = (error: unknown) => (error instanceof UploadFault ? error.code : undefined)

/** Gives a reader the path of a copy in clear, made where there is none; it is gone soon after the last one has read. */
export async function withCopy<T>(
  services: Services,
  kept: KeptFile,
  read: (path: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  let copy = copiesOf(services).get(kept.id)
  if (!copy) copy = addCopy(services, kept.id, (abort) => onStorage(() => openCopy(services, kept, abort)))
  copy.readers += 1
  clearTimeout(copy.idle)
  try {
    const gone = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    return await read(await Promise.race([copy.path, gone]))
  } finally {
    copy.readers -= 1
    await settle(services, kept.id, copy)
  }
}

/** Takes what is being sent as it goes by: the first look needs no way back. */
export async function beginCopy(services: Services, id: string) {
  const inWords = (error: unknown): never => {
    throw ofFileSystem(error, `no copy of ${id} can be made`)
  }
  const path = await newPath(services, id).catch(inWords)
  const file = await open(path, 'wx', 0o600).catch(inWords)
  return {
    write: (piece: Uint8Array) => file.writeFile(piece).catch(inWords),
    keep: async () => {
      await file.close()
      const copy = addCopy(services, id, async () => path)
      await settle(services, id, copy)
    },
    drop: async () => {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

/** Removes the copy of a file that is dropped; under a reader's hands only when he has ended. */
export async function dropCopy(services: Services, { id }: Pick<KeptFile, 'id'>): Promise<void> {
  const copy = copiesOf(services).get(id)
  if (!copy) return
  copiesOf(services).delete(id)
  if (copy.readers === 0) await remove(copy)
}

/** Removes every copy, as the last thing that a server does. */
export async function dropCopies(services: Services): Promise<void> {
  for (const id of [...copiesOf(services).keys()]) await dropCopy(services, { id })
}

function addCopy(services: Services, id: string, make: (signal: AbortSignal) => Promise<string>): Copy {
  const abort = new AbortController()
  const copy: Copy = { path: make(abort.signal), readers: 0, abort }
  copiesOf(services).set(id, copy)
  // One that could not be made is tried anew by whoever comes next.
  copy.path.catch(() => {
    if (copiesOf(services).get(id) === copy) copiesOf(services).delete(id)
  })
  return copy
}

/** What becomes of a copy that nobody reads: it waits a while, unless it has been dropped. */
async function settle(services: Services, id: string, copy: Copy): Promise<void> {
  if (copy.readers > 0) return
  if (copiesOf(services).get(id) !== copy) return remove(copy)
  copy.idle = setTimeout(() => dropCopy(services, { id }), idleMinutes * 60_000).unref()
}

async function remove(copy: Copy): Promise<void> {
  clearTimeout(copy.idle)
  copy.abort.abort()
  const path = await copy.path.catch(() => undefined)
  if (path) await rm(path, { force: true })
}

async function openCopy(services: Services, kept: KeptFile, signal: AbortSignal): Promise<string> {
  const inWords = (error: unknown): never => {
    throw ofFileSystem(error, `no copy of ${kept.id} can be made`)
  }
  const path = await newPath(services, kept.id).catch(inWords)
  const sealed = addAbortSignal(signal, services.files.read(uploadKey(kept.id)))
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(services.cipher.decryptFile(kept.id, sealed))
    return path
  } catch (error) {
    await rm(path, { force: true })
    if (signal.aborted) throw error
    if (error instanceof FileDamaged) throw new FilesError('corrupt', error.message, error)
    return inWords(error)
  }
}

async function newPath(services: Services, id: string): Promise<string> {
  const folder = homePaths(services.home.folder).opened
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return join(folder, `${id}-${randomBytes(4).toString('hex')}`)
}
