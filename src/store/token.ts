import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { homePaths } from './home.ts'

/** How the command line reaches the server that has the home open; only the home's owner can read it. */
export interface ServerToken {
  /** `http://127.0.0.1:7700` */
  address: string
  /** Sent as a bearer token: its holder acts as the home's operator. */
  secret: string
  pid: number
}

export const newOperatorSecret = (): string => `zyop_${randomBytes(32).toString('base64url')}`

export async function writeTokenFile(folder: string, token: Omit<ServerToken, 'pid'>): Promise<void> {
  const { token: path } = homePaths(folder)
  const draft = `${path}.${process.pid}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ product: 'zhiyin', ...token, pid: process.pid })}\n`)
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** Undefined where no server left one, or where it is not one of ours. */
export async function readTokenFile(folder: string): Promise<ServerToken | undefined> {
  try {
    const token = JSON.parse(await readFile(homePaths(folder).token, 'utf8')) as ServerToken & { product?: string }
    if (token.product !== 'zhiyin' || typeof token.address !== 'string' || typeof token.secret !== 'string') return
    return { address: token.address, secret: token.secret, pid: token.pid }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Removes the file on the way out, unless another server has written its own meanwhile. */
export async function removeTokenFile(folder: string): Promise<void> {
  if ((await readTokenFile(folder))?.pid === process.pid) await rm(homePaths(folder).token, { force: true })
}
