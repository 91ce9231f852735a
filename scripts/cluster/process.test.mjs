import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isRunning, lastWords, residentBytes, signal, sleep, startDetached, startOf } from './process.mjs'

const folder = mkdtempSync(join(tmpdir(), 'zhiyin-process-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const waits = ['-e', 'console.log("waits"); setInterval(() => {}, 1000)']

test('a pid that belongs to another process by now is not signalled', async () => {
  const child = spawn(process.execPath, waits, { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((done) => child.stdout.once('data', done))
  const own = { pid: child.pid, started: startOf(child.pid) }
  const former = { pid: child.pid, started: `${own.started}0` }
  assert.equal(isRunning(former), false)
  assert.equal(signal(former, 'SIGKILL'), false)
  assert.equal(isRunning(own), true)
  const gone = new Promise((done) => child.once('exit', (_, name) => done(name)))
  assert.equal(signal(own, 'SIGTERM'), true)
  assert.equal(await gone, 'SIGTERM')
  assert.equal(isRunning(own), false)
  assert.equal(signal(own, 'SIGTERM'), false)
})

test('a process that nobody has started is not running', () => {
  assert.equal(isRunning(undefined), false)
  assert.equal(startOf(2 ** 22 + 1), undefined)
})

test('a detached program writes to its log, has memory, and is known by its start', async () => {
  const log = join(folder, 'detached.log')
  const identity = await startDetached(process.execPath, waits, { log })
  assert.equal(identity.started, startOf(identity.pid))
  while (!readFileSync(log, 'utf8').includes('waits')) await sleep(10)
  assert.ok(residentBytes(identity.pid) > 1_000_000 || process.platform !== 'linux')
  assert.equal(signal(identity, 'SIGKILL'), true)
  while (isRunning(identity)) await sleep(10)
})

test('the last words of a program are those since it was last started', async () => {
  const log = join(folder, 'words.log')
  for (const word of ['former', 'latter']) {
    const identity = await startDetached(process.execPath, ['-e', `console.log('${word}')`], { log })
    while (isRunning(identity)) await sleep(10)
  }
  assert.equal(lastWords(log), 'latter')
})

test('a program that is not there is said', async () => {
  await assert.rejects(startDetached(join(folder, 'nothing'), [], { log: join(folder, 'none.log') }), /ENOENT/)
})
