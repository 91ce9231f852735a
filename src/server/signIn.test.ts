import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { firstAdministratorLink } from '#access/link.ts'
import { createApp } from './app.ts'
import { routes } from './registry.ts'
import { startTestServer, type TestServer } from './testing.ts'

describe('signing in over the web', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer({ limited: true })
  })
  after(() => server.close())

  const password = 'correct horse 电池 staple'
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
    })
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
  const me = (cookie: string) => fetch(`${server.url}/api/v1/me`, { headers: { cookie } })

  test('the one-time link makes the administrator and signs him in by a cookie no script can read', async () => {
    const link = await firstAdministratorLink(server.store)
    assert.ok(link)
    const body = { token: link.token, password, login: 'chen.admin', name: '陈管理' }
    const accepted = await post('/api/v1/one-time-links/accept', body)
    assert.equal(accepted.status, 200, await accepted.clone().text())
    const line = accepted.headers.get('set-cookie') ?? ''
    assert.match(line, /^zhiyin_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Expires=/)
    assert.equal((await me(cookieOf(accepted))).status, 200)
    const again = await post('/api/v1/one-time-links/accept', body)
    assert.equal(((await again.json()) as { code: string }).code, 'link_invalid')
  })

  test('the cookie is for TLS only where a proxy that is believed says that the reader came over it', async () => {
    const cookie = async (trustProxy: string | undefined, proxy: string) => {
      const { services } = server
      const app = await createApp({ services, routes, ...(trustProxy ? { trustProxy } : {}) })
      const answer = await app.inject({
        method: 'POST',
        url: '/api/v1/sign-in',
        payload: { login: 'chen.admin', password },
        headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.1.2.3' },
        remoteAddress: proxy,
      })
      await app.close()
      assert.equal(answer.statusCode, 200, answer.body)
      return String(answer.headers['set-cookie'])
    }
    assert.match(await cookie('10.0.0.1', '10.0.0.1'), /; Secure/)
    assert.doesNotMatch(await cookie('10.0.0.1', '10.0.0.2'), /; Secure/)
    assert.doesNotMatch(await cookie(undefined, '10.0.0.1'), /; Secure/)
  })

  test('a session opens and ends; its cookie is worth nothing afterwards', async () => {
    const opened = await post('/api/v1/sign-in', { login: 'chen.admin', password })
    assert.equal(opened.status, 200)
    const cookie = cookieOf(opened)
    const ended = await post('/api/v1/sign-out', {}, { cookie })
    assert.equal(ended.status, 200)
    assert.match(ended.headers.get('set-cookie') ?? '', /^zhiyin_session=; .*Max-Age=0/)
    assert.equal((await me(cookie)).status, 401)
  })

  test('a wrong password is refused in the language of the caller', async () => {
    const wrong = { login: 'chen.admin', password: 'wrong' }
    const zh = (await (await post('/api/v1/sign-in', wrong, { 'accept-language': 'zh-CN' })).json()) as Record<
      string,
      string
    >
    const en = (await (await post('/api/v1/sign-in', wrong)).json()) as Record<string, string>
    assert.deepEqual(
      [zh.code, zh.title, en.title],
      ['sign_in_failed', '用户名或密码不正确', 'Login or password is wrong'],
    )
  })

  test('another site can neither sign a reader in nor write with his cookie', async () => {
    const opened = await post('/api/v1/sign-in', { login: 'chen.admin', password })
    for (const [name, value] of Object.entries({ origin: 'https://evil.example', 'sec-fetch-site': 'same-site' })) {
      const foreign = { [name]: value, cookie: cookieOf(opened) }
      assert.equal((await post('/api/v1/me/language', { language: 'en' }, foreign)).status, 403)
      assert.equal((await post('/api/v1/sign-in', { login: 'chen.admin', password }, foreign)).status, 403)
    }
  })

  test('a bearer token that is wrong is not made good by a cookie beside it', async () => {
    const opened = await post('/api/v1/sign-in', { login: 'chen.admin', password })
    const headers = { cookie: cookieOf(opened), authorization: 'Bearer zyt_wrong' }
    assert.equal((await fetch(`${server.url}/api/v1/me`, { headers })).status, 401)
  })

  test('who guesses too often is told to wait', async () => {
    const statuses = []
    for (let i = 0; i < 70; i++)
      statuses.push((await post('/api/v1/sign-in', { login: `nobody${i}`, password: '' })).status)
    assert.ok(statuses.includes(429), String(new Set(statuses)))
  })
})
