import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromFiles, read, root, unpinned } from './rules.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'zhiyin-image-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

/** The instructions of a Dockerfile, continued lines joined, comments left out, by stage. */
function stagesOf(text) {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim())
  const stages = []
  for (const line of lines) {
    const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? assert.fail(`not an instruction: ${line}`)
    if (instruction === 'FROM') {
      const [from, , name] = rest.split(/\s+/)
      stages.push({ from, name, steps: [] })
    } else stages.at(-1).steps.push({ instruction, rest })
  }
  return stages
}
const stages = stagesOf(read('deploy', 'Dockerfile'))
const server = stages.at(-1)
const only = (instruction) => server.steps.filter((step) => step.instruction === instruction).at(-1)?.rest

test('the image copies only what exists and what the builder is sent', () => {
  const ignore = read('deploy', 'Dockerfile.dockerignore').split('\n')
  assert.ok(ignore.includes('*'))
  const sent = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  for (const path of sent) assert.ok(existsSync(join(root, path)), `${path} is sent and does not exist`)
  let copied = 0
  for (const { steps } of stages)
    for (const { rest } of steps.filter(({ instruction, rest }) => instruction === 'COPY' && !rest.includes('--from=')))
      for (const path of rest.split(/\s+/).slice(0, -1)) {
        const plain = path.replace(/\/$/, '')
        assert.ok(existsSync(join(root, plain)), `${path} is copied and does not exist`)
        assert.ok(
          sent.some((one) => plain === one || plain.startsWith(`${one}/`)),
          `${path} is copied and not sent`,
        )
        copied++
      }
  assert.ok(copied > 10)
})

test('the image is built from pinned bases and stages that are there, by the lock file', () => {
  const names = []
  for (const { from, name, steps } of stages) {
    if (!names.includes(from)) assert.equal(unpinned(from), undefined)
    for (const { rest } of steps)
      for (const [, stage] of rest.matchAll(/--from=(\S+)/g)) assert.ok(names.includes(stage), stage)
    names.push(name)
  }
  const text = read('deploy', 'Dockerfile')
  assert.match(text, /\bnpm ci\b/)
  assert.doesNotMatch(text, /\bnpm (install|i)\b|https?:\/\//)
  // The Node of the lock file runs the program, whatever the base brings.
  assert.match(only('ENV'), /PATH=\/app\/node_modules\/\.bin:/)
})

test('the image runs as nobody in particular, says how it is, and hands signals on', () => {
  assert.match(only('USER'), /^[1-9]\d*:[1-9]\d*$/)
  const words = (instruction) => JSON.parse(/\[.*\]/.exec(only(instruction))[0])
  assert.deepEqual(words('ENTRYPOINT'), ['/usr/bin/tini', '--', '/app/deploy/entrypoint.sh'])
  assert.deepEqual(words('HEALTHCHECK'), ['node', '/app/deploy/healthcheck.mjs', 'live'])
  assert.equal(only('STOPSIGNAL'), 'SIGTERM')
  // Pages and program import these folders; one that is left out would be missed only when somebody asks.
  const copies = server.steps
    .filter(({ instruction }) => instruction === 'COPY')
    .map(({ rest }) => rest.split(/\s+/).at(-1))
  for (const folder of ['node_modules/', 'dist/', 'bin/', 'src/', 'demo/']) assert.ok(copies.includes(folder), folder)
})

test('secrets in files reach the program and only it, and a file that is missing is named', () => {
  const app = join(scratch, 'app')
  mkdirSync(join(app, 'bin'), { recursive: true })
  mkdirSync(join(app, 'deploy'))
  cpSync(join(root, 'deploy', 'entrypoint.sh'), join(app, 'deploy', 'entrypoint.sh'))
  writeFileSync(
    join(app, 'bin', 'zhiyin'),
    '#!/bin/sh\necho "$DATABASE_URL|$(printenv DATABASE_URL_FILE)|$ZHIYIN_KEY_FILE|$*"\n',
  )
  chmodSync(join(app, 'bin', 'zhiyin'), 0o755)
  const secret = join(scratch, 'url')
  writeFileSync(secret, 'postgresql://a:$(b)`c`"d\'@e/f\n')
  const run = (env) =>
    spawnSync(join(app, 'deploy', 'entrypoint.sh'), ['serve', '--host', '::'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    })
  const { stdout } = run({ DATABASE_URL_FILE: secret, ZHIYIN_KEY_FILE: '/run/key' })
  // The key stays a file: the program itself asks for it as one.
  assert.equal(stdout, 'postgresql://a:$(b)`c`"d\'@e/f||/run/key|serve --host ::\n')
  const missing = run({ WAREHOUSE_URL_FILE: join(scratch, 'none') })
  assert.equal(missing.status, 2)
  assert.match(missing.stderr, /WAREHOUSE_URL_FILE names .*none/)
  assert.ok(fromFiles.includes('AWS_SECRET_ACCESS_KEY') && !fromFiles.includes('ZHIYIN_KEY'))
})

test('the health check believes the status only', async () => {
  const asked = []
  const listener = createServer((request, reply) => {
    asked.push(request.url)
    reply.writeHead(request.url.endsWith('/live') ? 200 : 503).end()
  })
  await new Promise((done) => listener.listen(0, '127.0.0.1', done))
  const { port } = listener.address()
  const check = (question, at = port) =>
    new Promise((done) => {
      const env = { ...process.env, ZHIYIN_PORT: String(at) }
      spawn(process.execPath, [join(root, 'deploy', 'healthcheck.mjs'), question], { env, stdio: 'ignore' }).once(
        'exit',
        done,
      )
    })
  assert.equal(await check('live'), 0)
  assert.equal(await check('ready'), 1)
  listener.close()
  assert.equal(await check('live'), 1)
  const { live, ready } = await import('#features/system/contract.ts')
  assert.deepEqual(asked, [live.path, ready.path])
})
