import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { log } from './log.ts'
import { attachTelemetry, inSpan, type OpenSpan } from './telemetry.ts'

const { ZHIYIN_LOG, ZHIYIN_LOG_FORMAT } = process.env
afterEach(() => {
  attachTelemetry({})
  Object.assign(process.env, { ZHIYIN_LOG: ZHIYIN_LOG ?? '', ZHIYIN_LOG_FORMAT: ZHIYIN_LOG_FORMAT ?? '' })
})

/** What a call writes on standard error under these settings. */
async function written(settings: Record<string, string>, work: () => unknown): Promise<string> {
  Object.assign(process.env, { ZHIYIN_LOG: '', ZHIYIN_LOG_FORMAT: '', ...settings })
  const { write } = process.stderr
  let text = ''
  process.stderr.write = (chunk: unknown) => {
    text += String(chunk)
    return true
  }
  try {
    await work()
  } finally {
    process.stderr.write = write
  }
  return text
}

test('a record is a line for people unless somebody wants another form', async () => {
  assert.equal(await written({}, () => log('info', 'made', { folder: 'x' })), 'made {"folder":"x"}\n')
  assert.equal(await written({}, () => log('warn', 'slow')), 'warn: slow\n')
  const { at, ...rest } = JSON.parse(await written({ ZHIYIN_LOG: 'json' }, () => log('error', 'no', { n: 1 })))
  assert.deepEqual(rest, { level: 'error', message: 'no', n: 1 })
  assert.ok(at)
})

test('silent and errors hold for every form', async () => {
  const both = () => {
    log('warn', 'slow')
    log('error', 'no')
  }
  for (const format of ['', 'json']) {
    assert.equal(await written({ ZHIYIN_LOG: 'silent', ZHIYIN_LOG_FORMAT: format }, both), '')
    const lines = (await written({ ZHIYIN_LOG: 'errors', ZHIYIN_LOG_FORMAT: format }, both)).trim().split('\n')
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /no/)
  }
})

test('a structured record keeps what a caller gives apart from its own fields', async () => {
  const line = await written({ ZHIYIN_LOG_FORMAT: 'json' }, () => log('warn', 'two\nlines', { message: 'mine', n: 2 }))
  const { timestamp, ...rest } = JSON.parse(line)
  assert.equal(line.trim().split('\n').length, 1)
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.deepEqual(rest, { severity: 'WARN', message: 'two\nlines', attributes: { message: 'mine', n: 2 } })
})

test('inside a span it names the span, and hands itself on whatever is written', async () => {
  const handedOn: unknown[] = []
  const span: OpenSpan = { set: () => undefined, fail: () => undefined, run: (work) => work(), end: () => undefined }
  attachTelemetry({
    tracing: { begin: () => span, current: () => ({ traceId: 'aa', spanId: 'bb' }) },
    logging: (...record) => handedOn.push(record),
  })
  const work = () => inSpan('work', {}, async () => log('info', 'done'))
  const { trace_id, span_id } = JSON.parse(await written({ ZHIYIN_LOG_FORMAT: 'json' }, work))
  assert.deepEqual([trace_id, span_id], ['aa', 'bb'])
  assert.equal(await written({ ZHIYIN_LOG: 'silent' }, work), '')
  assert.deepEqual(handedOn, [
    ['info', 'done', {}],
    ['info', 'done', {}],
  ])
})
