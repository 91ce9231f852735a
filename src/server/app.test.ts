import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, mock, test } from 'node:test'
import { z } from 'zod'
import { createClient } from '#contract/client.ts'
import { askQuestion, listQuestions } from '#features/questions/contract.ts'
import { problemSchema } from '#contract/problem.ts'
import { StoreError } from '#store/errors.ts'
import { startTestServer, type TestServer } from './testing.ts'

describe('the server', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server.close())

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${server.operatorToken}`, 'accept-language': 'en', ...init.headers },
    })
  const ask = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    call('/api/v1/ask/nothing.here', { method: 'POST', body, headers: { 'content-type': type } })
  const problemOf = async (response: Response) => {
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    return problemSchema.parse(await response.json())
  }

  test('answers an unknown address and a wrong method with a problem', async () => {
    const unknown = await call('/api/v1/nowhere')
    assert.equal(unknown.status, 404)
    assert.equal((await problemOf(unknown)).code, 'route_unknown')
    const wrong = await call('/api/v1/questions', { method: 'DELETE' })
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD')
  })

  test('speaks the language of the caller', async () => {
    const zh = await problemOf(
      await fetch(`${server.url}/api/v1/questions`, { headers: { 'accept-language': 'zh-CN,en;q=0.5' } }),
    )
    const en = await problemOf(
      await fetch(`${server.url}/api/v1/questions`, { headers: { 'accept-language': 'fr,en;q=0.9' } }),
    )
    assert.equal(zh.title, '尚未登录或登录已失效')
    assert.equal(en.title, 'Not signed in, or the session has ended')
  })

  test('asks for the permission before it reads the body', async () => {
    const response = await fetch(`${server.url}/api/v1/ask/x`, {
      method: 'POST',
      body: 'not json',
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(response.status, 401)
  })

  test('refuses what is not clean JSON', async () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    for (const body of ['{', '{"a":"\\u0000"}', '{"a":1e999}', '{"__proto__":{"x":1}}', '{"a":"\\ud800"}', deep]) {
      const response = await ask(body)
      assert.equal(response.status, 400, body.slice(0, 30))
      assert.equal((await problemOf(response)).code, 'bad_request')
    }
    assert.equal((await ask(new Uint8Array([0x7b, 0xff, 0x7d]))).status, 400)
    assert.equal((await problemOf(await ask('{}', 'text/plain'))).code, 'media_type_unsupported')
    assert.equal((await problemOf(await ask(`{"a":"${'x'.repeat(2 ** 20)}"}`))).code, 'body_too_large')
    assert.equal((await problemOf(await ask('[]'))).code, 'validation_failed')
    assert.equal((await problemOf(await ask('{}'))).code, 'question_unknown')
  })

  test('refuses broken addresses', async () => {
    for (const path of ['/api/v1/ask/%ff', '/api/v1/ask/%00', `/api/v1/ask/${'x'.repeat(400)}`]) {
      const response = await call(path, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
      assert.ok(response.status === 400 || response.status === 422, `${path.slice(0, 30)} ${response.status}`)
      await problemOf(response)
    }
  })

  test('answers what is not HTTP with a problem and goes on', async () => {
    const port = Number(new URL(server.url).port)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('FROB / HTTP/9.9\r\n\r\n'))
      socket.on('data', (data) => resolve(data.toString()))
      socket.on('error', reject)
    })
    assert.match(answer, /^HTTP\/1\.1 400/)
    assert.match(answer, /"code":"bad_request"/)
    assert.equal((await call('/api/v1/questions')).status, 200)
  })

  test('refuses a write that a browser sends from another site', async () => {
    const from = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/v1/ask/x`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', ...headers },
      })
    assert.equal((await problemOf(await from({ origin: 'https://evil.example' }))).code, 'cross_site')
    assert.equal((await problemOf(await from({ 'sec-fetch-site': 'cross-site' }))).code, 'cross_site')
    assert.equal((await problemOf(await from({ origin: server.url }))).code, 'not_signed_in')
  })

  test('forbids foreign scripts and framing on every answer', async () => {
    for (const path of ['/api/docs', '/api/v1/questions', '/api/v1/nowhere']) {
      const response = await call(path)
      assert.match(response.headers.get('content-security-policy') ?? '', /script-src 'self';/)
      assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    }
  })

  test('describes itself as OpenAPI 3.1 and to a reader in both languages', async () => {
    const description = (await (await call('/api/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, unknown>
    }
    assert.equal(description.openapi, '3.1.0')
    assert.ok('post' in (description.paths['/api/v1/ask/{question}'] as object))
    assert.match(await (await call('/api/docs?lang=zh')).text(), /接口文档/)
    assert.match(await (await call('/api/docs?lang=en')).text(), /Path parameters/)
    assert.match(await (await call('/api/docs/errors?lang=zh')).text(), /尚未登录/)
  })

  test('says that the store is away, and when to come again', async () => {
    const query = mock.method(server.store, 'query', async () => {
      throw new StoreError('Connection terminated unexpectedly', '08006')
    })
    try {
      const answer = await call('/api/v1/units')
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal((await problemOf(answer)).code, 'store_away')
    } finally {
      query.mock.restore()
    }
  })

  test('is called through one typed client', async () => {
    const client = createClient({
      baseUrl: server.url,
      headers: () => ({ authorization: `Bearer ${server.operatorToken}`, 'accept-language': 'zh' }),
    })
    const listed = await client.call(listQuestions, {})
    assert.ok(listed.ok && z.array(z.object({ id: z.string() })).safeParse(listed.value.questions).success)
    const refused = await client.call(askQuestion, { params: { question: 'nothing.here' }, body: {} })
    assert.ok(!refused.ok)
    assert.equal(refused.reason, 'question_unknown')
    assert.equal(refused.problem?.title, '没有这个问题')
    const nobody = await createClient({ baseUrl: 'http://127.0.0.1:1' }).call(listQuestions, {})
    assert.ok(!nobody.ok && nobody.reason === 'server_unreachable')
  })
})
