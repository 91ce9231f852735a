import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, describe, test } from 'node:test'
import { startTestServer } from './testing.ts'

const server = await startTestServer()
after(() => server.close())
const mebibyte = 2 ** 20

interface Answer {
  status: number
  code: string | undefined
  closes: boolean
  /** Whether the connection had carried a call before. */
  reused: boolean
}

/** A call over a connection that is kept; the body as it is given, with its length or in chunks. */
function call(agent: Agent, path: string, chunks: Buffer[], headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const { code } = JSON.parse(Buffer.concat(parts).toString()) as { code?: string }
        const closes = response.headers.connection === 'close'
        resolve({ status: response.statusCode!, code, closes, reused: sent.reusedSocket })
      })
    })
    sent.on('error', reject)
    for (const chunk of chunks) sent.write(chunk)
    sent.end()
  })
}

/** One call and another after it; the second must be answered, over the same connection where that stays open. */
async function twice(path: string, chunks: Buffer[], headers: Record<string, string>): Promise<[Answer, Answer]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const first = await call(agent, path, chunks, headers)
    const next = await call(agent, '/api/v1/sign-in', [Buffer.from('{}')], { 'content-type': 'application/json' })
    return [first, next]
  } finally {
    agent.destroy()
  }
}

const operator = { authorization: `Bearer ${server.operatorToken}` }
const parts = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / mebibyte) }, () => Buffer.alloc(Math.min(mebibyte, bytes), ' '))

describe('a connection goes on after a body', { timeout: 120_000 }, () => {
  for (const megabytes of [1.2, 2, 5])
    for (const length of [true, false])
      test(`that is too large: ${megabytes} MB, ${length ? 'with its length' : 'in chunks'}`, async () => {
        const body = parts(megabytes * mebibyte)
        const bytes = body.reduce((sum, part) => sum + part.length, 0)
        const headers = {
          'content-type': 'application/json',
          ...(length ? { 'content-length': String(bytes) } : {}),
        }
        const [first, next] = await twice('/api/v1/sign-in', body, headers)
        assert.deepEqual([first.status, first.code, first.closes], [413, 'body_too_large', false])
        assert.deepEqual([next.status, next.code, next.reused], [422, 'validation_failed', true])
      })

  test('that goes on beyond what a stream may bring', async () => {
    const headers = { ...operator, 'content-type': 'application/x-ndjson', 'idempotency-key': 'too-much' }
    const [first, next] = await twice('/api/v1/interactions?source=s', parts(20 * mebibyte), headers)
    assert.deepEqual([first.status, first.code, first.closes], [413, 'body_too_large', false])
    assert.deepEqual([next.status, next.reused], [422, true])
  })

  test('that nobody wanted to read', async () => {
    const headers = { 'content-type': 'application/x-ndjson' }
    const [first, next] = await twice('/api/v1/interactions?source=s', parts(3 * mebibyte), headers)
    assert.deepEqual([first.status, first.code], [401, 'not_signed_in'])
    assert.deepEqual([next.status, next.reused], [422, true])
  })

  test('or is closed, and says so, where too much is left to read', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const answer = await new Promise<{ status: number; closes: boolean }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(500 * mebibyte) }
      const sent = request(`${server.url}/api/v1/sign-in`, { method: 'POST', agent, headers }, (response) => {
        resolve({ status: response.statusCode!, closes: response.headers.connection === 'close' })
        response.resume()
        sent.destroy()
      })
      sent.on('error', reject)
      sent.write(Buffer.alloc(2 * mebibyte, ' '))
    }).finally(() => agent.destroy())
    assert.deepEqual(answer, { status: 413, closes: true })
  })
})
