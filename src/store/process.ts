import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Names one process for ever: a pid is used again, a pid with its start is not. */
export interface ProcessIdentity {
  pid: number
  /** When the system says the process started; its form is the platform's own. */
  start: string
  /** Where pids are comparable: the host and, on Linux, the pid namespace (a container has its own). */
  host: string
  space: string
}

export async function thisProcess(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    start: (await startOf(process.pid)) ?? 'unknown',
    host: hostname(),
    space: await readlink('/proc/self/ns/pid').catch(() => ''),
  }
}

export type Liveness = 'alive' | 'dead' | 'elsewhere'

/** Whether that process still runs. Where it cannot be known the answer is never 'dead'. */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  const here = await thisProcess()
  if (identity.host !== here.host) return 'elsewhere'
  // Another boot of this host: whatever ran then does not run now, whichever namespace it was in.
  const [boot, bootNow] = [identity.start.split(' ')[0], here.start.split(' ')[0]]
  if (here.space && boot !== bootNow) return 'dead'
  if (identity.space !== here.space) return 'elsewhere'
  if (!signalable(identity.pid)) return 'dead'
  const start = await startOf(identity.pid)
  if (start === undefined) return signalable(identity.pid) && process.platform !== 'linux' ? 'alive' : 'dead'
  return start === identity.start || identity.start === 'unknown' ? 'alive' : 'dead'
}

function signalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Undefined where no such process runs (a zombie does not) or the platform does not tell. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return startOnLinux(pid)
  if (process.platform === 'win32') return undefined
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim() || undefined),
    )
  })
}

async function startOnLinux(pid: number): Promise<string | undefined> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The command's name stands in brackets and may hold anything, so count from the last bracket: state is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot} ${fields[19]}`
  } catch {
    return undefined
  }
}
