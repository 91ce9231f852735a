import { randomBytes } from 'node:crypto'
import { constants, copyFile, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, ok, type Result } from '#lib/result.ts'
import { homePaths } from './home.ts'
import { livenessOf, type ProcessIdentity, thisProcess } from './process.ts'

/** One process has the home; held until released, taken over only from a process that no longer runs. */
export interface Lock {
  readonly path: string
  /** True when the process that held it before had ended without releasing it. */
  readonly takenOver: boolean
  release(): Promise<void>
}

export type LockRefusal = 'home_locked' | 'home_locked_elsewhere'

interface Held extends ProcessIdentity {
  product: 'zhiyin'
  /** Tells two locks of one process apart. */
  mark: string
  since: string
}

/**
 * Takes the home in this folder. Refused with `home_locked` and the holder's pid while that process lives; with
 * `home_locked_elsewhere` where it cannot be seen from here (another host or container): only a person may remove the file.
 */
export async function acquireLock(folder: string): Promise<Result<Lock, LockRefusal>> {
  const { lock: path } = homePaths(folder)
  await mkdir(folder, { recursive: true })
  const mine: Held = {
    product: 'zhiyin',
    ...(await thisProcess()),
    mark: randomBytes(8).toString('hex'),
    since: new Date().toISOString(),
  }
  const text = `${JSON.stringify(mine)}\n`
  const draft = `${path}.${mine.mark}`
  try {
    const file = await open(draft, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
    await file.close()
    let takenOver = false
    for (let attempt = 0; attempt < 20; attempt++) {
      if (await linked(draft, path)) {
        // Whoever took a lock over looks once more: another process may have judged the same old lock a moment later.
        if (takenOver) await sleep(100)
        if (!takenOver || (await contentOf(path)) === text)
          return ok({ path, takenOver, release: () => release(path, text) })
        continue
      }
      const found = await contentOf(path)
      if (found === undefined) continue
      const holder = parse(found)
      if (found !== '' && !holder) return fail('home_locked', { file: path, unreadable: true })
      const state = holder ? await livenessOf(holder) : 'dead'
      if (holder && state !== 'dead')
        return fail(state === 'elsewhere' ? 'home_locked_elsewhere' : 'home_locked', {
          pid: holder.pid,
          since: holder.since,
          file: path,
          ...(state === 'elsewhere' ? { host: holder.host } : {}),
        })
      await setAside(path, found, mine.mark)
      takenOver = true
    }
    return fail('home_locked', { file: path })
  } finally {
    await rm(draft, { force: true })
  }
}

/** Creates the lock whole or not at all: a link fails where the name is taken. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST') return false
    if (code && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(code)) return copied(draft, path)
    throw error
  }
}

/** For file systems without links. */
async function copied(draft: string, path: string): Promise<boolean> {
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes the lock that was judged; a newer one that came in between is put back. */
async function setAside(path: string, judged: string, mark: string): Promise<void> {
  const aside = `${path}.old.${mark}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await contentOf(aside)) !== judged) await linked(aside, path)
  await rm(aside, { force: true })
}

async function release(path: string, text: string): Promise<void> {
  if ((await contentOf(path)) === text) await rm(path, { force: true })
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text: string): Held | undefined {
  try {
    const held = JSON.parse(text) as Held
    return held.product === 'zhiyin' && Number.isSafeInteger(held.pid) && held.pid > 0 ? held : undefined
  } catch {
    return undefined
  }
}
