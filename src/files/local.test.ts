import assert from 'node:assert/strict'
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { FilesError, ofFileSystem } from './fault.ts'
import { openFiles } from './files.ts'
import { openLocal } from './local.ts'

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-local-'))
after(() => rm(folder, { recursive: true, force: true }))
const becauseOf = (reason: string) => (error: unknown) => error instanceof FilesError && error.reason === reason
const there = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

test('a full disk is said to be full, and what was there before stays', {
  skip: !(await there('/dev/full')),
}, async () => {
  const files = await openLocal(folder)
  await files.put('x/y', Readable.from([Buffer.from('before')]))
  const full = await openLocal(folder, () => open('/dev/full', 'w'))
  await assert.rejects(full.put('x/y', Readable.from([Buffer.alloc(100)])), becauseOf('full'))
  assert.equal((await files.stat('x/y'))?.bytes, 6)
})

test('faults of a file system are told apart', () => {
  const reasonOf = (code: string) => ofFileSystem(Object.assign(new Error(code), { code }), 'x').reason
  const codes = ['ENOENT', 'ESTALE', 'EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO']
  assert.deepEqual(codes.map(reasonOf), ['missing', 'missing', 'denied', 'denied', 'full', 'full', 'unreachable'])
})

test('a folder that is not there is not made: a share may not be mounted', async () => {
  await assert.rejects(openFiles(`file://${folder}/not-mounted`), becauseOf('missing'))
  await assert.rejects(openFiles('http://elsewhere/'), TypeError)
})

test('drafts of processes that were killed are removed after two days', async () => {
  const drafts = join(folder, '.unfinished')
  await mkdir(drafts, { recursive: true })
  for (const [name, hours] of [
    ['old', 49],
    ['fresh', 47],
  ] as const) {
    await writeFile(join(drafts, name), '')
    const at = Date.now() / 1000 - hours * 3600
    await utimes(join(drafts, name), at, at)
  }
  const files = await openLocal(folder)
  assert.deepEqual(await readdir(drafts), ['fresh'])
  for await (const { key } of files.list('')) assert.ok(!key.startsWith('.'))
})

test('many may put under one key at once, and one of them is whole', async () => {
  const files = await openLocal(folder)
  const content = (i: number) => Buffer.alloc(300_000, i)
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      await files.put('race/x', Readable.from([content(i).subarray(0, 1000), content(i).subarray(1000)]))
      if (i % 2) await files.removeAll('race/elsewhere/')
    }),
  )
  const bytes = new Set<number>()
  for await (const piece of files.read('race/x')) for (const byte of piece as Buffer) bytes.add(byte)
  assert.equal(bytes.size, 1)
  assert.equal((await files.stat('race/x'))?.bytes, 300_000)
})
