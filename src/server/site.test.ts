import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { createApp } from './app.ts'
import { openTestHome, type TestHome } from './testing.ts'

describe('the built pages', () => {
  let home: TestHome
  let app: FastifyInstance
  let folder: string
  const script = 'console.log("知音")\n'.repeat(100)
  before(async () => {
    home = await openTestHome()
    folder = await mkdtemp(join(tmpdir(), 'zhiyin-site-'))
    const site = join(folder, 'web')
    await mkdir(join(site, 'assets'), { recursive: true })
    await writeFile(join(folder, 'secret.txt'), 'secret')
    await writeFile(join(site, 'index.html'), '<!doctype html><title>shell</title>')
    await writeFile(join(site, 'assets', 'main-1a2b.js'), script)
    await writeFile(join(site, 'assets', 'main-1a2b.js.br'), brotliCompressSync(script))
    app = await createApp({ services: home.services, routes: [], site })
  })
  after(async () => {
    await app.close()
    await home.close()
    await rm(folder, { recursive: true, force: true })
  })
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })

  test('come packed where the browser takes it, and may be kept for ever when their name holds their content', async () => {
    const packed = await get('/assets/main-1a2b.js', { 'accept-encoding': 'gzip, br' })
    assert.equal(packed.headers['content-encoding'], 'br')
    assert.deepEqual(packed.rawPayload, brotliCompressSync(script))
    assert.match(String(packed.headers['cache-control']), /immutable/)
    const plain = await get('/assets/main-1a2b.js')
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(plain.body, script)
  })

  test('have one shell for every page address, asked for anew each time', async () => {
    for (const url of ['/', '/findings/fnd_1?unit=hz', '/questions/experience.trend', '/welcome']) {
      const answer = await get(url)
      assert.equal(answer.statusCode, 200, url)
      assert.match(answer.body, /shell/)
      assert.equal(answer.headers['cache-control'], 'no-cache')
    }
    const again = await get('/', { 'if-none-match': String((await get('/')).headers.etag) })
    assert.equal(again.statusCode, 304)
  })

  test('are nothing but the files of the build', async () => {
    for (const url of [
      '/../secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/missing.js',
      '/api/v1/nowhere',
      '/api',
    ]) {
      const answer = await get(url)
      assert.ok(answer.statusCode === 404 || answer.statusCode === 400, `${url} ${answer.statusCode}`)
      assert.match(String(answer.headers['content-type']), /problem\+json/)
      assert.doesNotMatch(answer.body, /^secret/)
    }
  })
})
