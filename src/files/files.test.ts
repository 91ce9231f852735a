import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { FilesError } from './fault.ts'
import { type Files, openFiles } from './files.ts'
import { openS3, placeOf } from './s3.ts'
import { fakeKeys, fakeRegion, startFakeS3 } from './testing/fakeS3.ts'

const scratch = await mkdtemp(join(tmpdir(), 'zhiyin-files-'))
const fake = await startFakeS3('bank')
after(async () => {
  await fake.close()
  await rm(scratch, { recursive: true, force: true })
})
const env = {
  ZHIYIN_S3_ACCESS_KEY_ID: fakeKeys.accessKeyId,
  ZHIYIN_S3_SECRET_ACCESS_KEY: fakeKeys.secretAccessKey,
  ZHIYIN_S3_SESSION_TOKEN: fakeKeys.sessionToken,
}
const smallParts = 1 << 16
const folder = await mkdtemp(join(scratch, 'lake-'))
const storages: Record<string, { files: Files; location: string }> = {
  'file:': { files: await openFiles(`file://${folder}`), location: 'local:///' },
  's3:': {
    files: await openS3(placeOf(`s3://bank/lake/one?endpoint=${fake.url}&region=${fakeRegion}`, env), {
      partBytes: smallParts,
      firstWaitMs: 1,
    }),
    location: 's3://bank/lake/one/',
  },
}
// A real bucket, with credentials from AWS_…: what it is like is known only there. Parts as small as S3 takes them.
const real = process.env.ZHIYIN_TEST_FILES
const realParts = 5 << 20
if (real) {
  const url = new URL(real)
  url.pathname += `/test-${randomBytes(5).toString('hex')}`
  const files = await openS3(placeOf(url.href, process.env), { partBytes: realParts })
  after(() => files.removeAll(''))
  storages['real s3:'] = { files, location: `s3://${url.host}${url.pathname}/` }
}
const streamOf = (...pieces: Buffer[]) => Readable.from(pieces)
const becauseOf = (reason: string) => (error: unknown) => error instanceof FilesError && error.reason === reason

for (const [scheme, { files, location }] of Object.entries(storages))
  suite(`files of ${scheme}`, () => {
    const partBytes = scheme === 'real s3:' ? realParts : smallParts
    const keysUnder = async (prefix: string) => {
      const keys: string[] = []
      for await (const { key } of files.list(prefix)) keys.push(key)
      return keys.sort()
    }
    const textOf = async (key: string) => (await buffer(files.read(key))).toString()

    test('say how the cluster names them', () => {
      assert.equal(files.location, location)
    })

    test('give back what was put, of any length, from a path or a stream', async () => {
      for (const bytes of [0, 1, partBytes - 1, partBytes, partBytes + 1, 5 * partBytes, 5 * partBytes + 17]) {
        const content = randomBytes(bytes)
        const path = join(scratch, 'source')
        await writeFile(path, content)
        for (const source of [path, streamOf(content), streamOf(content.subarray(0, 7), content.subarray(7))]) {
          assert.deepEqual(await files.put('stage/load-1/x.parquet', source), { bytes })
          assert.ok(content.equals(await buffer(files.read('stage/load-1/x.parquet'))))
          const copy = await files.fetch('stage/load-1/x.parquet')
          assert.ok(content.equals(await readFile(copy.path)))
          await copy.release()
          assert.equal((await files.stat('stage/load-1/x.parquet'))?.bytes, bytes)
        }
      }
    })

    test('know when a file changed', async () => {
      await files.put('when', streamOf(Buffer.from('now')))
      const age = Date.now() - ((await files.stat('when'))?.changedAt.getTime() ?? 0)
      assert.ok(age > -5_000 && age < 60_000, String(age))
    })

    test('replace a file as a whole', async () => {
      await files.put('a/b', streamOf(Buffer.from('first')))
      await files.put('a/b', streamOf(Buffer.from('second')))
      assert.equal(await textOf('a/b'), 'second')
    })

    test('keep what was there when a stream breaks off, and throw the fault of the stream', async () => {
      await files.put('kept', streamOf(Buffer.from('whole')))
      const gone = new Error('the sender went away')
      for (const before of [0, 3 * partBytes]) {
        const breaking = Readable.from(
          (async function* () {
            yield Buffer.alloc(before + 1)
            throw gone
          })(),
        )
        await assert.rejects(files.put('kept', breaking), (error) => error === gone)
      }
      const destroyed = streamOf(Buffer.from('x'))
      destroyed.destroy()
      await assert.rejects(files.put('kept', destroyed), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
      await assert.rejects(files.put('kept', join(scratch, 'nowhere')), { code: 'ENOENT' })
      assert.equal(await textOf('kept'), 'whole')
      assert.equal(fake.uploads.size, 0)
      assert.deepEqual(await readdir(join(folder, '.unfinished')), [])
    })

    test('list what lies under a prefix, with lengths, and nothing beside it', async () => {
      const names = [
        'l/1',
        'l/10',
        'l/1/x',
        'l/2/x/y',
        'l/2/x/z',
        'l/month=2025-01/ä ö+&<>\'"!*()~,;:@$#?%41.parquet',
        'la',
      ]
      for (const name of names.slice(1)) await files.put(name, streamOf(Buffer.from(name)))
      assert.deepEqual(await keysUnder('l/'), names.slice(1, -1).sort())
      assert.deepEqual(await keysUnder('l/2/'), ['l/2/x/y', 'l/2/x/z'])
      assert.deepEqual(await keysUnder('l/1/'), ['l/1/x'])
      assert.deepEqual(await keysUnder('none/'), [])
      for await (const { key, bytes } of files.list('l/')) {
        assert.equal(bytes, Buffer.byteLength(key))
        assert.equal(await textOf(key), key)
      }
      assert.ok((await keysUnder('')).includes('la'))
    })

    test('remove one, or all under a prefix, and do not mind what is gone', async () => {
      for (const name of ['r/1/a', 'r/1/b/c', 'r/1/b/d', 'r/1/e', 'r/1/f', 'r/10/a']) await files.put(name, streamOf())
      await files.remove('r/1/a')
      await files.remove('r/1/a')
      assert.equal(await files.stat('r/1/a'), undefined)
      assert.equal(await files.removeAll('r/1/'), 4)
      assert.equal(await files.removeAll('r/1/'), 0)
      assert.deepEqual(await keysUnder('r/'), ['r/10/a'])
      await files.put('r/1/again', streamOf(Buffer.from('x')))
      assert.deepEqual(await keysUnder('r/'), ['r/1/again', 'r/10/a'])
    })

    test('say that a file is missing', async () => {
      assert.equal(await files.stat('missing/one'), undefined)
      await assert.rejects(files.fetch('missing/one'), becauseOf('missing'))
      await assert.rejects(buffer(files.read('missing/one')), becauseOf('missing'))
    })

    test('take no key that leads elsewhere', async () => {
      const wrong = [
        '',
        '/etc/passwd',
        '../x',
        'a/../b',
        'a//b',
        'a/',
        '.',
        '.unfinished/x',
        'a/.b',
        'a\\b',
        'a\0b',
        'a\nb',
      ]
      for (const key of [...wrong, 'x'.repeat(201), '\ud800']) {
        await assert.rejects(files.put(key, streamOf()), TypeError, key)
        await assert.rejects(files.fetch(key), TypeError, key)
        await assert.rejects(files.stat(key), TypeError, key)
        await assert.rejects(files.remove(key), TypeError, key)
        assert.throws(() => files.read(key), TypeError, key)
      }
      for (const prefix of ['load-1', '/', '../', 'a/../']) {
        await assert.rejects(keysUnder(prefix), TypeError, prefix)
        await assert.rejects(files.removeAll(prefix), TypeError, prefix)
      }
    })
  })
