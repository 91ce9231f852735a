import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { acquireLock, claimOn, inherited } from './lock.ts'
import { livenessOf, thisProcess } from './process.ts'
import { readTokenFile, removeTokenFile, writeTokenFile } from './token.ts'

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-lock-'))
after(() => rm(folder, { recursive: true }))
const lockFile = join(folder, 'zhiyin.lock')

const holder = `
  import { acquireLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
  const lock = await acquireLock(${JSON.stringify(folder)})
  console.log(JSON.stringify(lock))
  setInterval(() => {}, 1000)`

async function hold() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, lock: JSON.parse(String(line)) as { ok: boolean } }
}

test('a home is held by one process, and another is told which', async () => {
  await writeFile(join(folder, 'letter.txt'), 'a file that was here before')
  const { child, lock } = await hold()
  assert.equal(lock.ok, true)
  const mine = await acquireLock(folder)
  assert.equal(mine.ok, false)
  assert.ok(!mine.ok && mine.reason === 'home_locked' && mine.detail?.pid === child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const taken = await acquireLock(folder)
  assert.ok(taken.ok && taken.value.takenOver)
  await taken.value.release()
  assert.deepEqual(await readdir(folder), ['letter.txt'])
})

test('the holder itself is refused a second time, and may take it again once released', async () => {
  const first = await acquireLock(folder)
  assert.ok(first.ok && !first.value.takenOver)
  const second = await acquireLock(folder)
  assert.ok(!second.ok && second.detail?.pid === process.pid)
  await first.value.release()
  const third = await acquireLock(folder)
  assert.ok(third.ok)
  await third.value.release()
})

test('of several that find the same dead lock, exactly one takes it', async () => {
  const { child } = await hold()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const dead = await readFile(lockFile, 'utf8')
  for (let round = 0; round < 40; round++) {
    await writeFile(lockFile, dead)
    const late = () => sleep(round % 8)
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((one) => (one % 2 ? acquireLock(folder) : late().then(() => acquireLock(folder)))),
    )
    const winners = outcomes.filter((outcome) => outcome.ok)
    assert.equal(winners.length, 1, `round ${round}`)
    for (const winner of winners) await winner.value.release()
    assert.deepEqual(await readdir(folder), ['letter.txt'])
  }
})

test('one that judged the lock, and was slow, does not take it from the one that was quicker', async () => {
  const { child } = await hold()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const judged = await readFile(lockFile, 'utf8')
  const quick = await acquireLock(folder)
  assert.ok(quick.ok && quick.value.takenOver)
  const held = await readFile(lockFile, 'utf8')
  // What the slow one does next: it claims the lock that it read.
  const draft = `${lockFile}.slow`
  await writeFile(draft, 'slow')
  assert.equal(await inherited(lockFile, { first: judged, last: judged, claims: [] }, draft), false)
  await rm(draft)
  assert.equal(await readFile(lockFile, 'utf8'), held)
  await quick.value.release()
  assert.deepEqual(await readdir(folder), ['letter.txt'])
})

test('one that died while it took a lock over is inherited from in its turn', async () => {
  const { child } = await hold()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const dead = JSON.parse(await readFile(lockFile, 'utf8')) as object
  const heir = `${JSON.stringify({ ...dead, mark: 'heir' })}\n`
  await writeFile(claimOn(lockFile, await readFile(lockFile, 'utf8')), heir)
  const taken = await acquireLock(folder)
  assert.ok(taken.ok && taken.value.takenOver)
  assert.deepEqual((await readdir(folder)).sort(), ['letter.txt', 'zhiyin.lock'])
  await taken.value.release()
})

test('a pid that now belongs to another process does not hold the lock', async () => {
  const me = await thisProcess()
  await writeFile(
    lockFile,
    JSON.stringify({ product: 'zhiyin', ...me, start: `${me.start.split(' ')[0]} 1`, mark: 'x' }),
  )
  const taken = await acquireLock(folder)
  assert.ok(taken.ok && taken.value.takenOver)
  await taken.value.release()
})

test('a lock from where we cannot see is left alone, and so is a file that is not ours', async () => {
  const me = await thisProcess()
  assert.equal(await livenessOf({ ...me, host: 'another-host' }), 'elsewhere')
  const text = JSON.stringify({ product: 'zhiyin', ...me, host: 'another-host', mark: 'x' })
  await writeFile(lockFile, text)
  const refused = await acquireLock(folder)
  assert.ok(!refused.ok && refused.reason === 'home_locked_elsewhere' && refused.detail?.host === 'another-host')
  assert.equal(await readFile(lockFile, 'utf8'), text)
  await writeFile(lockFile, 'the lock of another program')
  const foreign = await acquireLock(folder)
  assert.ok(!foreign.ok && foreign.detail?.unreadable === true)
  await rm(lockFile)
})

test('the token file is its owner’s alone and goes with its server', async () => {
  assert.equal(await readTokenFile(folder), undefined)
  await writeTokenFile(folder, { address: 'http://127.0.0.1:1', secret: 's' })
  assert.equal((await stat(join(folder, 'zhiyin.token'))).mode & 0o777, 0o600)
  assert.deepEqual(await readTokenFile(folder), { address: 'http://127.0.0.1:1', secret: 's', pid: process.pid })
  await removeTokenFile(folder)
  assert.equal(await readTokenFile(folder), undefined)
})
