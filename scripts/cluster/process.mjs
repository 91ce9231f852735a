// Processes that outlive the command which started them, and are known again by pid and start time.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'

const read = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets. */
const statOf = (pid) => {
  const text = read(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

/**
 * When a process started, as a text to compare; undefined where there is none, or only its remains. The kernel gives
 * pids again, and counts start times from its own: both together with the boot name one process.
 */
export function startOf(pid) {
  if (existsSync('/proc/self/stat')) {
    const stat = statOf(pid)
    if (!stat || stat[0] === 'Z' || stat[0] === 'X') return undefined
    return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${stat[19]}`
  }
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || undefined
  } catch {
    return undefined
  }
}

export const isRunning = (process) => process !== undefined && startOf(process.pid) === process.started

/** Sends a signal to the process that was started, and to no other that has its pid now; says whether it did. */
export function signal(identity, name) {
  if (!isRunning(identity)) return false
  try {
    process.kill(identity.pid, name)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

const startLine = '── started '

/** The end of what a program has said since it was last started. */
export function lastWords(log) {
  const text = read(log) ?? ''
  return text.slice(text.lastIndexOf(startLine)).trimEnd().split('\n').slice(1).slice(-12).join('\n')
}

/** Starts a program of its own session, whose words go to a file; answers its pid and start time. */
export async function startDetached(command, args, { log, ...options }) {
  const file = openSync(log, 'a', 0o600)
  try {
    writeSync(file, `${startLine}${new Date().toISOString()}\n`)
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', file, file] })
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    return { pid: child.pid, started: startOf(child.pid) ?? 'gone' }
  } finally {
    closeSync(file)
  }
}

/** Resident memory in bytes of a process and its children; what children share with it is counted once. */
export function residentBytes(pid) {
  const field = (of, name) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(read(`/proc/${of}/status`) ?? '')?.[1] ?? 0)
  let bytes = field(pid, 'VmRSS')
  for (const child of childrenOf(pid)) bytes += field(child, 'RssAnon')
  return bytes
}

function childrenOf(pid) {
  if (!existsSync('/proc/self/stat')) return []
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(name)?.[1])])
  const found = []
  for (let level = [pid]; level.length > 0; found.push(...level))
    level = parents.filter(([, parent]) => level.includes(parent)).map(([child]) => child)
  return found
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
