// A private PostgreSQL for the test suite: its own folder, a free port on the loopback, gone afterwards.
// Plain JavaScript, for whatever Node runs `npm test`. By hand: `node scripts/postgres.mjs` runs one until interrupted.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const oldest = 15

const output = (command, args, options = {}) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...options }).trim()
  } catch {
    return undefined
  }
}

const children = (folder, pattern) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name, 'bin'))
    : []

/** The newest server program of version 15 or later on this machine: `{ bin, version }`, or undefined. */
export function findPostgres() {
  const configured = output('pg_config', ['--bindir'])
  const found = [
    ...(process.env.ZHIYIN_POSTGRES_BIN ? [process.env.ZHIYIN_POSTGRES_BIN] : []),
    ...(configured ? [configured] : []),
    ...children('/usr/lib/postgresql', /^\d+$/),
    ...children('/usr', /^pgsql-\d+$/),
    ...children('/opt/homebrew/opt', /^postgresql@\d+$/),
    ...children('/usr/local/opt', /^postgresql@\d+$/),
    '/usr/local/pgsql/bin',
  ]
    .filter((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')))
    .map((bin) => ({
      bin,
      version: Number(/\) (\d+)/.exec(output(join(bin, 'postgres'), ['--version']) ?? '')?.[1] ?? 0),
    }))
    .filter(({ version }) => version >= oldest)
    .sort((a, b) => b.version - a.version)
  return found[0]
}

/** Installs the server through apt where this user may; true when something was installed. */
function install(say) {
  if (process.platform !== 'linux' || !output('apt-get', ['--version'])) return false
  const root = process.getuid() === 0
  if (!root && output('sudo', ['-n', 'true']) === undefined) return false
  const run = (...args) => {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const [command, ...rest] = root ? args : ['sudo', '-n', '-E', ...args]
    return output(command, rest, { env: environment }) !== undefined
  }
  say('installing PostgreSQL (apt-get install postgresql)')
  // Only the program is wanted: no database of the system's own.
  if (root) {
    mkdirSync('/etc/postgresql-common/createcluster.d', { recursive: true })
    writeFileSync('/etc/postgresql-common/createcluster.d/zhiyin.conf', 'create_main_cluster = false\n')
  }
  const wanted = ['apt-get', 'install', '-y', '--no-install-recommends', 'postgresql']
  return run(...wanted) || (run('apt-get', 'update') && run(...wanted))
}

/** The server program, installed where there is none and this user may; `{ missing }` with the reason otherwise. */
export function ensurePostgres(say = () => {}, mayInstall = true) {
  const program = findPostgres() ?? (mayInstall && install(say) ? findPostgres() : undefined)
  return program ?? { missing: `no PostgreSQL ${oldest} or newer was found, nor could one be installed` }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as nobody. */
export function otherUser() {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [output('id', ['-u', name]), output('id', ['-g', name])]
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/**
 * Starts a private server. Answers `{ url, version, stop }`, or `{ missing }` with the reason where there is none:
 * the caller then skips by name. `stop` ends it and removes its folder; so does the end of this process.
 */
export async function startPrivatePostgres({ mayInstall = true, say = () => {} } = {}) {
  const program = ensurePostgres(say, mayInstall)
  if (program.missing) return program
  const user = otherUser()
  if (!user) return { missing: 'PostgreSQL refuses to run as root, and there is no other user to run it as' }
  const folder = mkdtempSync(join(tmpdir(), 'zhiyin-postgres-'))
  const [data, secretFile, password] = [join(folder, 'data'), join(folder, 'secret'), randomBytes(16).toString('hex')]
  writeFileSync(secretFile, password, { mode: 0o600 })
  if (user.uid !== undefined) for (const path of [folder, secretFile]) chownSync(path, user.uid, user.gid)
  // Settings of the surroundings (PGDATA, PGPORT …) must not reach a private server.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/.test(name)))
  const options = { ...user, cwd: folder, env: { ...environment, HOME: folder, LC_ALL: 'C' } }
  try {
    execFileSync(
      join(program.bin, 'initdb'),
      ['-D', data, '-U', 'zhiyin', '-E', 'UTF8', '--locale=C', '-A', 'scram-sha-256', `--pwfile=${secretFile}`, '-N'],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    )
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    return { missing: `initdb failed: ${String(error.stderr ?? error).slice(0, 300)}` }
  }
  let why = ''
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = await freePort()
    const server = await launch(join(program.bin, 'postgres'), data, port, options)
    if (server.child) {
      const stop = stopper(server.child, folder)
      const url = `postgresql://zhiyin:${password}@127.0.0.1:${port}/postgres`
      return { url, version: program.version, stop }
    }
    why = server.why
  }
  rmSync(folder, { recursive: true, force: true })
  return { missing: `PostgreSQL did not start: ${why.slice(-300)}` }
}

function launch(postgres, data, port, options) {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    // It holds nothing worth keeping: speed, not durability, matters here.
    'fsync=off',
    'full_page_writes=off',
  ]
  const child = spawn(postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve) => {
    let said = ''
    child.once('error', (error) => resolve({ why: String(error) }))
    child.once('exit', () => resolve({ why: said }))
    child.stderr.on('data', (chunk) => {
      if (said.length < 20_000) said += chunk
      if (/ready to accept connections/.test(said)) resolve({ child })
    })
  })
}

function stopper(child, folder) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const atExit = () => {
    // SIGQUIT: at once; nothing here needs a tidy end.
    child.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  process.once('exit', atExit)
  // The server alone must not keep the caller running.
  child.unref()
  child.stderr.unref?.()
  return async () => {
    process.off('exit', atExit)
    child.ref()
    child.kill('SIGINT')
    const killer = setTimeout(() => child.kill('SIGQUIT'), 10_000)
    await gone
    clearTimeout(killer)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startPrivatePostgres({ say: (text) => console.error(text) })
  if (server.missing) {
    console.error(server.missing)
    process.exit(1)
  }
  console.log(server.url)
  const running = setInterval(() => {}, 60_000)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, async () => {
      clearInterval(running)
      await server.stop()
    })
}
