import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { readTokenFile, type ServerToken } from '#store/token.ts'

/**
 * Which home this user's server on a port has open, so that the command line finds its token without being told the
 * folder. Only the folder's name stands here; the token stays in the home.
 */
const folder = () => join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `zhiyin-${userInfo().uid}`)

export async function announceServer(port: number, home: string): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  if (await mine())
    await writeFile(join(folder(), `${port}.json`), JSON.stringify({ home, pid: process.pid }), { mode: 0o600 })
}

export async function withdrawServer(port: number): Promise<void> {
  if ((await announced(port))?.pid === process.pid) await rm(join(folder(), `${port}.json`), { force: true })
}

/** The token of this user's own server at a loopback address; undefined for anything else. */
export async function serverOnPort(url: string): Promise<ServerToken | undefined> {
  const { hostname, port, protocol } = new URL(url)
  if (!['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return undefined
  const found = await announced(Number(port || (protocol === 'https:' ? 443 : 80)))
  const token = found && (await readTokenFile(found.home))
  return token && token.pid === found.pid ? token : undefined
}

async function announced(port: number): Promise<{ home: string; pid: number } | undefined> {
  if (!(await mine())) return undefined
  const text = await readFile(join(folder(), `${port}.json`), 'utf8').catch(() => undefined)
  if (!text) return undefined
  try {
    const { home, pid } = JSON.parse(text) as { home?: unknown; pid?: unknown }
    return typeof home === 'string' && typeof pid === 'number' ? { home, pid } : undefined
  } catch {
    // Cut short by a kill: as if nothing had been announced.
    return undefined
  }
}

// A folder in a shared place may have been laid there by somebody else: then it is not believed.
async function mine(): Promise<boolean> {
  const found = await stat(folder()).catch(() => undefined)
  const { uid } = userInfo()
  return !!found && found.isDirectory() && (uid < 0 || (found.uid === uid && (found.mode & 0o077) === 0))
}
