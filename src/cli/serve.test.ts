import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readTokenFile } from '#store/token.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-serve-'))
after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }))

async function serve(folder: string, ...options: string[]): Promise<{ child: ChildProcess; address: string }> {
  const { DATABASE_URL: _, ...surroundings } = process.env
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), 'serve', '--home', folder, '--port', '0', ...options],
    { env: { ...surroundings, ZHIYIN_LOG: 'silent', XDG_RUNTIME_DIR: root }, stdio: 'ignore' },
  )
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const token = await readTokenFile(folder)
    if (token?.pid === child.pid) return { child, address: token!.address }
    await sleep(50)
  }
}
const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve))

test('a server that is asked to stop is unready first and answers on; asked again it ends at once', async () => {
  const { child, address } = await serve(join(root, 'bank'), '--drain-seconds', '3600')
  const status = async (path: string) => (await fetch(`${address}/api/v1/${path}`)).status
  while ((await status('ready')) !== 200) await sleep(20)
  const end = ended(child)
  child.kill('SIGTERM')
  while ((await status('ready')) !== 503) await sleep(20)
  assert.equal(await status('live'), 200)
  // Whichever way it is asked the second time: Ctrl-C in a terminal after a supervisor's SIGTERM counts as well.
  child.kill('SIGINT')
  assert.equal(await end, 1)
})

test('without a proxy to wait for it stops as soon as what runs has ended, and leaves its lock to nobody', async () => {
  const { child } = await serve(join(root, 'bank'))
  const end = ended(child)
  child.kill('SIGTERM')
  assert.equal(await end, 0)
  const again = await serve(join(root, 'bank'))
  const last = ended(again.child)
  again.child.kill('SIGTERM')
  assert.equal(await last, 0)
})
