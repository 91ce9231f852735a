import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeTokenFile } from '#store/token.ts'
import { announceServer, serverOnPort, withdrawServer } from './running.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-running-'))
const before = process.env.XDG_RUNTIME_DIR
process.env.XDG_RUNTIME_DIR = root
after(async () => {
  if (before === undefined) delete process.env.XDG_RUNTIME_DIR
  else process.env.XDG_RUNTIME_DIR = before
  await rm(root, { recursive: true })
})
const home = join(root, 'bank')
await mkdir(home)
await writeTokenFile(home, { address: 'http://localhost:7999', secret: 'zyop_secret' })
const notices = join(root, `zhiyin-${userInfo().uid}`)

test('the command line finds the token of a server on this machine by its port, as long as it is announced', async () => {
  assert.equal(await serverOnPort('http://localhost:7999'), undefined)
  await announceServer(7999, home)
  for (const url of ['http://localhost:7999', 'http://127.0.0.1:7999/'])
    assert.equal((await serverOnPort(url))?.secret, 'zyop_secret')
  assert.equal(await serverOnPort('http://localhost:7998'), undefined)
  assert.equal(await serverOnPort('http://bank.example:7999'), undefined)
  await withdrawServer(7999)
  assert.equal(await serverOnPort('http://localhost:7999'), undefined)
})

test('a notice is not believed of another process, cut short, or in a folder that others may write to', async () => {
  await announceServer(7999, home)
  await writeFile(join(notices, '7998.json'), JSON.stringify({ home, pid: process.pid + 1 }))
  assert.equal(await serverOnPort('http://localhost:7998'), undefined)
  await withdrawServer(7998)
  await writeFile(join(notices, '7997.json'), '{"home":')
  assert.equal(await serverOnPort('http://localhost:7997'), undefined)
  await chmod(notices, 0o777)
  assert.equal(await serverOnPort('http://localhost:7999'), undefined)
  await chmod(notices, 0o700)
  assert.ok(await serverOnPort('http://localhost:7999'))
})
