// `npm test`: installs what is missing and runs every check and test; what cannot run here is named, not passed over.
// ZHIYIN_TEST_SKIP=postgres,browser leaves parts out by name; arguments narrow the suites: `npm test -- src/store`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium } from './chromium.mjs'
import { ensureInstalled, node, root } from './install.mjs'
import { startPrivatePostgres } from './postgres.mjs'
import { ensureSite } from './site.mjs'

ensureInstalled()
const left = new Set((process.env.ZHIYIN_TEST_SKIP ?? '').split(',').filter(Boolean))
const only = process.argv.slice(2)
const say = (text) => console.error(text)
const scratch = mkdtempSync(join(tmpdir(), 'zhiyin-suite-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** One line each in the summary: what ran, how it ended, how long it took. */
const steps = []
async function step(name, work) {
  const began = Date.now()
  say(`\n── ${name}`)
  const outcome = await work()
  steps.push({ name, ...outcome, seconds: Math.round((Date.now() - began) / 1000) })
}
const skipped = (why) => ({ state: 'skipped', why })
const ended = (code, why) => ({ state: code === 0 ? 'passed' : 'FAILED', why })

const run = (command, args, env = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    })
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })

const testsUnder = (folders) =>
  folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => /\.test\.(ts|mjs)$/.test(path) && !path.includes('.cluster.test.'))
    .filter((path) => only.length === 0 || only.some((part) => path.includes(part)))
    .sort()

/** Runs test files; the summary counts them and names what they skipped. */
async function suite(files, { env = {}, concurrency = availableParallelism() } = {}) {
  if (files.length === 0) return skipped('no tests of that name')
  const report = join(scratch, `${steps.length}.tap`)
  const code = await run(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-timeout=600000',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      ...files,
    ],
    { ZHIYIN_LOG: 'silent', UV_THREADPOOL_SIZE: '8', ...env },
  )
  const tap = readFileSync(report, 'utf8')
  const count = (name) => /(\d+)/.exec(tap.split('\n').findLast((line) => line.startsWith(`# ${name} `)) ?? '0')[1]
  for (const [, name] of tap.matchAll(/^ *ok \d+ - (.+? # SKIP.*)$/gm)) say(`skipped: ${name}`)
  return ended(code, `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped`)
}

// Built once, here: the servers that tests start would otherwise each build them.
await ensureSite()

const all = testsUnder(['src', 'demo', 'bench', 'scripts', 'deploy'])
// Whatever opens the operational store runs on both engines; arithmetic, readers and components need no second run.
const onStore = all.filter((path) =>
  /openTest(Home|Store)|openTwoServers|openEmptyTestStore|startTestServer|ZHIYIN_TEST_DATABASE_URL/.test(
    readFileSync(join(root, path), 'utf8'),
  ),
)
const journeys = testsUnder(['e2e'])

if (only.length === 0)
  await step('checks: types, style, structure', async () => {
    const bin = (name) => join(root, 'node_modules', '.bin', name)
    const codes = [
      await run(bin('tsc'), ['-p', '.']),
      await run(bin('biome'), ['check', '.']),
      await run(node, [join(root, 'scripts', 'check.ts')]),
    ]
    return ended(Math.max(...codes))
  })
await step(`suite on PGlite (${all.length} files)`, () => suite(all))
await step(`suite on PostgreSQL (${onStore.length} files)`, async () => {
  if (left.has('postgres')) return skipped('left out by ZHIYIN_TEST_SKIP')
  if (onStore.length === 0) return skipped('no tests of that name')
  const server = await startPrivatePostgres({ say })
  if (server.missing) return skipped(server.missing)
  try {
    return await suite(onStore, { env: { ZHIYIN_TEST_DATABASE_URL: server.url } })
  } finally {
    await server.stop()
  }
})
await step(`browser journeys (${journeys.length} files)`, async () => {
  if (left.has('browser')) return skipped('left out by ZHIYIN_TEST_SKIP')
  if (journeys.length === 0) return skipped('no tests of that name')
  const chromium = ensureChromium(say)
  if (chromium.missing) {
    for (const path of journeys) say(`skipped: ${path}`)
    return skipped(chromium.missing)
  }
  return suite(journeys, { env: { ZHIYIN_CHROMIUM: chromium.path }, concurrency: 1 })
})

say('')
for (const { name, state, why, seconds } of steps)
  say(`${state.padEnd(8)} ${name}${why ? `: ${why}` : ''} (${seconds} s)`)
process.exitCode = steps.some(({ state }) => state === 'FAILED') ? 1 : 0
