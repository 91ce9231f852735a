// `npm run test:cluster`: the tests that want a real cluster (*.cluster.test.*), one file after another.
// With ZHIYIN_CLUSTER naming one that runs, on that one, which is left as it was; otherwise on one of its own.
// Arguments narrow it, as with `npm test`; --without-servers brings up PostgreSQL and Trino only.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ensureInstalled, node, root } from './install.mjs'

ensureInstalled()
const args = process.argv.slice(2)
const only = args.filter((arg) => !arg.startsWith('--'))
const withoutServers = args.filter((arg) => arg === '--without-servers')
const files = ['src', 'scripts']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
  .filter((path) => /\.cluster\.test\.(ts|mjs)$/.test(path))
  .filter((path) => only.length === 0 || only.some((part) => path.includes(part)))
  .sort()
if (files.length === 0) {
  console.error('no cluster tests of that name')
  process.exit(1)
}

const given = process.env.ZHIYIN_CLUSTER
process.env.ZHIYIN_CLUSTER ??= join(root, '.zhiyin', 'cluster-test')
// Ctrl-C reaches what runs by itself; this process stays to take down what it started.
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopped = true
  })

const main = join(root, 'scripts', 'cluster', 'main.mjs')
const run = (command, parts, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, parts, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })
const cluster = (...parts) => run(process.execPath, [main, ...parts])

async function answerOf(...parts) {
  const child = spawn(process.execPath, [main, ...parts, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(await text(child.stdout))
}
const running = async () => (await answerOf('status')).filter(({ pid }) => pid).map(({ name }) => name)

// What a run that was killed has left is begun anew.
if (!given && existsSync(process.env.ZHIYIN_CLUSTER)) await cluster('down', '--purge')
const found = await running()
try {
  // A cluster that runs is taken as it is, with servers or without.
  const code = await cluster('up', ...(found.length > 0 ? ['--without-servers'] : withoutServers))
  process.exitCode = code === 0 && !stopped ? await test() : 1
} finally {
  await restore()
}

async function test() {
  const { databaseUrl, warehouseUrl, warehouseFiles, proxyUrl } = JSON.parse(
    readFileSync(join(process.env.ZHIYIN_CLUSTER, 'cluster.json'), 'utf8'),
  )
  const env = {
    ...process.env,
    ZHIYIN_LOG: 'silent',
    UV_THREADPOOL_SIZE: '8',
    ZHIYIN_CLUSTER_DATABASE_URL: databaseUrl,
    ZHIYIN_CLUSTER_WAREHOUSE_URL: warehouseUrl,
    ZHIYIN_CLUSTER_WAREHOUSE_FILES: warehouseFiles,
    ZHIYIN_CLUSTER_PROXY_URL: proxyUrl,
  }
  const how = ['--disable-warning=ExperimentalWarning', '--test', '--test-concurrency=1', '--test-timeout=1800000']
  return run(node, [...how, '--test-reporter=spec', ...files], { env })
}

/** Takes down what this run has started, and starts again what its tests have left dead. */
async function restore() {
  if (found.length === 0) return cluster('down', ...(given ? [] : ['--purge']))
  for (const name of (await running()).filter((part) => !found.includes(part)).reverse()) await cluster('stop', name)
  for (const name of found) await cluster('start', name)
}
