import { createHash, randomBytes } from 'node:crypto'
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
    for (let attempt = 0; attempt < 40; attempt++) {
      if (await linked(draft, path)) return ok({ path, takenOver: false, release: () => release(path, text) })
      const found = await heldBy(path)
      if (!found) continue
      const holder = parse(found.last)
      // Without links a lock is copied, and empty for a moment.
      if (found.last === '' && attempt < 20) {
        await sleep(20)
        continue
      }
      if (found.last !== '' && !holder) return fail('home_locked', { file: path, unreadable: true })
      const state = holder ? await livenessOf(holder) : 'dead'
      if (holder && state !== 'dead')
        return fail(state === 'elsewhere' ? 'home_locked_elsewhere' : 'home_locked', {
          pid: holder.pid,
          since: holder.since,
          file: path,
          ...(state === 'elsewhere' ? { host: holder.host } : {}),
        })
      if (await inherited(path, found, draft)) return ok({ path, takenOver: true, release: () => release(path, text) })
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

/** What the lock says, and who has inherited it since: each heir names whom he inherits from by his file's name. */
interface Inheritance {
  first: string
  last: string
  claims: string[]
}

export const claimOn = (path: string, dead: string) =>
  `${path}.${createHash('sha256').update(dead).digest('hex').slice(0, 32)}`

async function heldBy(path: string): Promise<Inheritance | undefined> {
  const first = await contentOf(path)
  if (first === undefined) return undefined
  const claims: string[] = []
  for (let last = first; ; ) {
    const claim = claimOn(path, last)
    const next = await contentOf(claim)
    if (next === undefined || claims.includes(claim)) return { first, last, claims }
    claims.push(claim)
    last = next
  }
}

/**
 * Takes the lock of a dead process over. A claim on exactly this process's lock can be made once; then the lock is
 * replaced in one step, so that there is never a moment without one, and only then the claims go. Whoever judged the same
 * lock and claims it after that finds another in its place.
 */
export async function inherited(path: string, { first, last, claims }: Inheritance, draft: string): Promise<boolean> {
  const claim = claimOn(path, last)
  if (!(await linked(draft, claim))) return false
  if ((await contentOf(path)) !== first) {
    await rm(claim, { force: true })
    return false
  }
  await rename(draft, path)
  for (const one of [...claims, claim]) await rm(one, { force: true })
  return true
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
