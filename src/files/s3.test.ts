import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, beforeEach, test } from 'node:test'
import { FilesError } from './fault.ts'
import { openS3, placeOf } from './s3.ts'
import { type Fault, fakeKeys, fakeRegion, startFakeS3 } from './testing/fakeS3.ts'

const scratch = await mkdtemp(join(tmpdir(), 'zhiyin-s3-'))
const fake = await startFakeS3('bank')
after(async () => {
  await fake.close()
  await rm(scratch, { recursive: true, force: true })
})
const env = {
  AWS_ACCESS_KEY_ID: fakeKeys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: fakeKeys.secretAccessKey,
  AWS_SESSION_TOKEN: fakeKeys.sessionToken,
}
const url = `s3://bank?endpoint=${fake.url}&region=${fakeRegion}`
const tuning = { partBytes: 1 << 16, firstWaitMs: 1, scratch: join(scratch, 'made when needed') }
const files = await openS3(placeOf(url, env), tuning)
const becauseOf = (reason: string) => (error: unknown) => error instanceof FilesError && error.reason === reason
const large = randomBytes(10 * tuning.partBytes + 5)
const put = (key: string, content = large) => files.put(key, Readable.from([content]))

type Asked = Parameters<NonNullable<typeof fake.fault>>[0]
/** The fault happens to the first so many requests that it is meant for. */
const happens = (fault: Fault, times = Number.POSITIVE_INFINITY, to: (asked: Asked) => boolean = () => true) => {
  fake.fault = (asked) => (to(asked) && times-- > 0 ? fault : undefined)
}
beforeEach(() => {
  fake.fault = undefined
  fake.seen.length = 0
})

test('what passes is tried again: faults over there, too many at once, broken connections, damaged bytes', async () => {
  const passing: Fault[] = [
    { answer: 500, code: 'InternalError' },
    { answer: 503, code: 'SlowDown' },
    { answer: 429, code: 'TooManyRequests' },
    { drop: true },
    { damage: true },
  ]
  for (const fault of passing) {
    happens(fault, 3, ({ method }) => method === 'PUT')
    await put('tried/small', large.subarray(0, 100))
    happens(fault, 3, ({ query }) => query.has('partNumber'))
    await put('tried/large')
    assert.ok(large.equals(await buffer(files.read('tried/large'))))
  }
})

test('what does not pass is not tried again, and is told by its reason', async () => {
  for (const [fault, reason] of [
    [{ answer: 403, code: 'AccessDenied' }, 'denied'],
    [{ answer: 507, code: 'XMinioStorageFull' }, 'full'],
    [{ answer: 403, code: 'QuotaExceeded' }, 'full'],
  ] as const) {
    fake.seen.length = 0
    happens(fault)
    await assert.rejects(put('refused', large.subarray(0, 100)), becauseOf(reason))
    assert.equal(fake.seen.length, 1)
    await assert.rejects(
      files.stat('refused'),
      becauseOf(reason === 'full' && fault.answer === 403 ? 'denied' : reason),
    )
  }
})

test('what stays broken is given up', async () => {
  happens({ answer: 500, code: 'InternalError' })
  await assert.rejects(put('given-up', large.subarray(0, 9)), becauseOf('unreachable'))
  assert.equal(fake.seen.length, 6)
  happens({ damage: true })
  await assert.rejects(put('given-up', large.subarray(0, 9)), becauseOf('corrupt'))
  happens({ drop: true })
  await assert.rejects(files.stat('given-up'), becauseOf('unreachable'))
  fake.fault = undefined
  assert.equal(await files.stat('given-up'), undefined)
})

test('a large file goes in parts, few at a time, and is there only when it is whole', async () => {
  await put('parts/one')
  assert.equal(fake.seen.filter((line) => line.includes('partNumber=')).length, 11)
  assert.ok(fake.mostInFlight() <= 3)
  for (const step of ['partNumber', 'uploads', 'uploadId']) {
    happens({ answer: 403, code: 'AccessDenied' }, 1, ({ query, method }) => query.has(step) && method !== 'DELETE')
    await assert.rejects(put('parts/two'), becauseOf('denied'))
    assert.equal(await files.stat('parts/two'), undefined)
    assert.equal(fake.uploads.size, 0)
  }
})

test('a fault after the 200 of ending an upload is seen, and an answer that was lost is found out', async () => {
  const ending = ({ method, query }: Asked) => method === 'POST' && query.has('uploadId')
  happens({ late: 'InternalError' }, 2, ending)
  await put('ended/late')
  assert.ok(large.equals(await buffer(files.read('ended/late'))))
  happens({ drop: true, after: true }, 1, ending)
  await put('ended/lost')
  assert.ok(large.equals(await buffer(files.read('ended/lost'))))
  happens({ answer: 404, code: 'NoSuchUpload' }, 1, ending)
  await assert.rejects(put('ended/never'), becauseOf('missing'))
})

test('a file that is stored shorter than it was sent is not taken for whole', async () => {
  happens({ claim: 100 }, 1, ({ method }) => method === 'HEAD')
  await assert.rejects(put('short'), becauseOf('corrupt'))
})

test('reading goes on where the connection broke', async () => {
  await put('cut')
  happens({ cutAt: 100_000 }, 4, ({ method }) => method === 'GET')
  assert.ok(large.equals(await buffer(files.read('cut'))))
  assert.equal(fake.seen.filter((line) => line.startsWith('GET')).length, 5)
})

test('a file that cannot be read to its end is a fault, never a shorter file, and leaves no copy', async () => {
  await put('cut')
  happens({ cutAt: 0 })
  await assert.rejects(files.fetch('cut'), becauseOf('unreachable'))
  let first = true
  fake.fault = () => {
    const fault: Fault = first ? { cutAt: 70_000 } : { claim: 1_000 }
    first = false
    return fault
  }
  await assert.rejects(files.fetch('cut'), becauseOf('corrupt'))
  assert.deepEqual(await readdir(tuning.scratch), [])
})

test('a file that is replaced while it is read is a fault, not a mixture', async () => {
  await put('mixed')
  let readings = 0
  fake.fault = () => {
    readings += 1
    if (readings === 1) return { cutAt: 100_000 }
    fake.objects.set('mixed', { content: randomBytes(large.length), changedAt: new Date(), tag: '"another"' })
    return undefined
  }
  await assert.rejects(buffer(files.read('mixed')), becauseOf('corrupt'))
  assert.equal(readings, 2)
})

test('a reader that stops early lets go of the connection', async () => {
  await put('early')
  for await (const _ of files.read('early')) break
  assert.equal((await files.stat('early'))?.bytes, large.length)
})

test('a storage that cannot be used is found out when it is opened', async () => {
  const opening = (other: string, given: NodeJS.ProcessEnv = env) => openS3(placeOf(other, given), tuning)
  await assert.rejects(opening(url.replace('bank', 'other')), becauseOf('missing'))
  await assert.rejects(opening(url, { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' }), becauseOf('denied'))
  await assert.rejects(opening('s3://bank?endpoint=http://127.0.0.1:1'), becauseOf('unreachable'))
  assert.throws(() => placeOf(url, {}), becauseOf('denied'))
  assert.throws(() => placeOf('s3://key:secret@bank', env), TypeError)
})

test('a bucket stands in the path where an endpoint is given, in the host otherwise', () => {
  const of = (text: string) => {
    const { endpoint, pathStyle, prefix, region } = placeOf(text, env)
    return [endpoint.origin, pathStyle, prefix, region]
  }
  assert.deepEqual(of('s3://bank/a/b/'), ['https://s3.us-east-1.amazonaws.com', false, 'a/b/', 'us-east-1'])
  assert.deepEqual(of('s3://bank?region=cn-north-1')[0], 'https://s3.cn-north-1.amazonaws.com.cn')
  assert.deepEqual(of('s3://bank/?endpoint=https://obs:9000'), ['https://obs:9000', true, '', 'us-east-1'])
  assert.equal(of('s3://bank/?endpoint=https://obs&pathStyle=false')[1], false)
})

test('no more than a few parts of a large file are in memory', async () => {
  let asked = 0
  let [arrived, ahead] = [0, 0]
  const source = Readable.from(
    (async function* () {
      for (; asked < 40; asked++) yield randomBytes(tuning.partBytes)
    })(),
    { highWaterMark: 1 },
  )
  fake.fault = ({ query }) => {
    if (query.has('partNumber')) ahead = Math.max(ahead, asked - ++arrived)
    return undefined
  }
  await files.put('memory', source)
  assert.ok(arrived === 40 && ahead <= 8, `${arrived} parts, ${ahead} ahead`)
})
