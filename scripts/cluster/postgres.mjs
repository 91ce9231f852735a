// The cluster's own PostgreSQL: the store, and the catalog of the lake.
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePostgres, otherUser } from '../postgres.mjs'
import { startDetached } from './process.mjs'

/** One text for the cluster here, the chart and the compose file. */
const catalogTables = readFileSync(
  new URL('../../deploy/helm/zhiyin/files/iceberg-catalog.sql', import.meta.url),
  'utf8',
)

export const stopping = { signal: 'SIGINT', seconds: 30 }
/** It does not start while it sees its predecessor's process or memory, dead as it may be. */
export const again = /lock file .* already exists|shared memory block .* still in use/

export async function start(state, { say }) {
  const program = ensurePostgres(say)
  if (program.missing) throw new Error(program.missing)
  const user = otherUser()
  if (!user) throw new Error('PostgreSQL refuses to run as root, and there is no other user to run it as')
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/.test(name)))
  const folder = folderFor(state, user)
  const options = { ...user, cwd: folder, env: { ...environment, HOME: folder, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  if (!existsSync(data)) {
    say('making the database folder')
    make(join(program.bin, 'initdb'), folder, data, state.settings.password, user, options)
  }
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${state.settings.ports.postgres}`,
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
  ]
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  return startDetached(join(program.bin, 'postgres'), args, { ...options, log: state.log('postgres') })
}

export async function ready(state) {
  return query(state.settings.databaseUrl.replace(/\/zhiyin$/, '/postgres'), 'select 1')
    .then(() => true)
    .catch(() => false)
}

/** Makes the databases that are not there. */
export async function prepareDatabases({ settings }) {
  const main = settings.databaseUrl.replace(/\/zhiyin$/, '/postgres')
  const there = (await query(main, 'select datname from pg_database')).map(({ datname }) => datname)
  for (const name of ['zhiyin', 'lake_catalog']) if (!there.includes(name)) await query(main, `create database ${name}`)
  await query(settings.catalogUrl, catalogTables)
}

export async function query(url, sql) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // A server that goes away in mid-answer is said by the query itself.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** Where its folder lies: in the state folder, or where its user can reach it when that is closed to others. */
function folderFor(state, user) {
  const inside = state.path('postgres')
  const pointer = state.path('postgres.elsewhere')
  if (existsSync(pointer)) return readFileSync(pointer, 'utf8').trim()
  if (existsSync(join(inside, 'data'))) return inside
  mkdirSync(inside, { recursive: true, mode: 0o700 })
  if (user.uid === undefined) return inside
  chownSync(inside, user.uid, user.gid)
  try {
    execFileSync('test', ['-x', inside], { ...user, stdio: 'ignore' })
    return inside
  } catch {
    rmSync(inside, { recursive: true })
  }
  const outside = mkdtempSync('/var/tmp/zhiyin-cluster-')
  chownSync(outside, user.uid, user.gid)
  writeFileSync(pointer, `${outside}\n`)
  return outside
}

/** What lies outside the state folder goes with it. */
export function purge(state) {
  const pointer = state.path('postgres.elsewhere')
  if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
}

function make(initdb, folder, data, password, user, options) {
  const [draft, secret] = [`${data}.new`, join(folder, 'secret')]
  rmSync(draft, { recursive: true, force: true })
  writeFileSync(secret, password, { mode: 0o600 })
  if (user.uid !== undefined) chownSync(secret, user.uid, user.gid)
  const how = ['-U', 'zhiyin', '-E', 'UTF8', '--locale=C', '-A', 'scram-sha-256', `--pwfile=${secret}`]
  try {
    execFileSync(initdb, ['-D', draft, ...how], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    renameSync(draft, data)
  } catch (error) {
    throw new Error(`initdb failed: ${String(error.stderr ?? error).slice(0, 300)}`)
  } finally {
    rmSync(secret, { force: true })
  }
}
