// What a cluster remembers: its folder, `cluster.json` with ports and addresses, a pid file and a log for each part.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../install.mjs'
import { isRunning, sleep, startOf } from './process.mjs'

export const partNames = ['postgres', 'coordinator', 'worker1', 'worker2', 'server1', 'server2', 'proxy']

export function openState() {
  const folder = resolve(process.env.ZHIYIN_CLUSTER ?? join(root, '.zhiyin', 'cluster'))
  const path = (...parts) => join(folder, ...parts)
  const marker = path('cluster.json')
  return {
    folder,
    path,
    marker,
    cache: resolve(process.env.ZHIYIN_CLUSTER_CACHE ?? join(homedir(), '.cache', 'zhiyin', 'cluster')),
    settings: readSettings(marker),
    log: (part) => path('log', `${part}.log`),
    /** The process of a part as it was started, running or not. */
    process: (part) => {
      const file = path('run', `${part}.pid`)
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
    },
    running(part) {
      const found = this.process(part)
      return isRunning(found) ? found : undefined
    },
    remember: (part, identity) => write(path('run', `${part}.pid`), identity),
    forget: (part) => rmSync(path('run', `${part}.pid`), { force: true }),
  }
}

const readSettings = (marker) => (existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : undefined)

/** What lies in the folder besides its marker; nothing else there is touched. */
const rooms = ['run', 'log', 'lake', 'exchange', 'trino', 'postgres', 'postgres.elsewhere', 'server1', 'server2']

/** Chooses ports and secrets the first time; afterwards they stay, so that addresses which were given out hold. */
export async function prepareState(state) {
  if (!state.settings) await begin(state)
  for (const name of ['run', 'log', 'lake', 'exchange']) mkdirSync(state.path(name), { recursive: true, mode: 0o700 })
}

/** Removes all that a cluster has laid into its folder, and the folder unless something else lies in it. */
export function removeState(state) {
  for (const name of rooms) rmSync(state.path(name), { recursive: true, force: true, maxRetries: 3 })
  for (const file of [state.marker, lockOf(state)]) rmSync(file, { force: true })
  if (readdirSync(state.folder).length === 0) rmdirSync(state.folder)
}

const lockOf = (state) => state.path('cluster.lock')

/** One command at a time: two that start the same part would lose sight of one of its processes. */
export async function alone(state, say, work) {
  mkdirSync(state.folder, { recursive: true })
  const [lock, own] = [lockOf(state), `${lockOf(state)}.${process.pid}`]
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }))
  try {
    for (let tries = 0; !take(own, lock); tries++) {
      const holder = JSON.parse(readFileSync(lock, 'utf8'))
      if (!isRunning(holder)) rmSync(lock, { force: true })
      else if (tries === 0) say(`waiting for another command on this cluster (pid ${holder.pid})`)
      await sleep(200)
    }
  } finally {
    rmSync(own, { force: true })
  }
  try {
    // Whoever had the lock may have made the cluster, or removed it.
    state.settings = readSettings(state.marker)
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(own, lock) {
  try {
    linkSync(own, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

async function begin(state) {
  mkdirSync(state.folder, { recursive: true })
  // It will be removed by its names: what somebody else has under one of them must not be.
  if (readdirSync(state.folder).some((name) => rooms.includes(name)))
    throw new Error(`${state.folder} holds something that is no cluster: let ZHIYIN_CLUSTER name an empty folder`)
  // PostgreSQL may run as another user, who has to pass through.
  chmodSync(state.folder, 0o711)
  const ports = {}
  for (const name of partNames) ports[name] = await freePort(Object.values(ports))
  const password = randomBytes(16).toString('hex')
  const database = (name) => `postgresql://zhiyin:${password}@127.0.0.1:${ports.postgres}/${name}`
  const address = (name) => `http://127.0.0.1:${ports[name]}`
  state.settings = {
    databaseUrl: database('zhiyin'),
    warehouseUrl: `trino://zhiyin@127.0.0.1:${ports.coordinator}/lake/zhiyin`,
    warehouseFiles: pathToFileURL(state.path('lake')).href,
    proxyUrl: address('proxy'),
    serverUrls: [address('server1'), address('server2')],
    trinoUrl: address('coordinator'),
    catalogUrl: database('lake_catalog'),
    ports,
    password,
    secret: randomBytes(32).toString('hex'),
  }
  write(state.marker, state.settings)
}

/** Whole or not at all: a command that is interrupted leaves no half of a file. */
function write(file, value) {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Below the range from which the system takes ports for outgoing connections: a stopped part finds its port again. */
async function freePort(taken) {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (!taken.includes(port) && (await isFree(port))) return port
  }
}

export const isFree = (port) =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
