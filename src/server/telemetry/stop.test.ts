import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { startReceiver } from './testing.ts'

test('a server that is asked to stop sends what it has not sent yet', async (context) => {
  const receiver = await startReceiver()
  context.after(() => receiver.close())
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-telemetry-'))
  const url = process.env.ZHIYIN_TEST_DATABASE_URL
  const database = url ? await createTestDatabase(url) : undefined
  const hour = '3600000'
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../cli/main.ts'), 'serve', '--home', folder, '--port', '0'],
    {
      env: {
        ...process.env,
        ZHIYIN_LOG: 'silent',
        ...(database ? { DATABASE_URL: database.url } : {}),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_SERVICE_NAME: 'zhiyin-branch',
        OTEL_BSP_SCHEDULE_DELAY: hour,
        OTEL_BLRP_SCHEDULE_DELAY: hour,
        OTEL_METRIC_EXPORT_INTERVAL: hour,
      },
      stdio: 'ignore',
    },
  )
  context.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let token: { address: string; secret: string } | undefined
  const read = () =>
    readFile(homePaths(folder).token, 'utf8').then(
      (text) => {
        token = JSON.parse(text)
      },
      () => undefined,
    )
  await receiver.until(() => {
    assert.equal(child.exitCode, null)
    void read()
    return token
  })
  const headers = { authorization: `Bearer ${token?.secret}` }
  assert.equal((await fetch(`${token?.address}/api/v1/questions`, { headers })).status, 200)
  assert.equal(receiver.bodies.length, 0)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  assert.ok(receiver.spans().some(({ name }) => name === 'GET /api/v1/questions'))
  assert.ok(receiver.metrics().some(({ name }) => name === 'http.server.request.duration'))
  assert.ok(receiver.bodies.every(({ bytes }) => bytes.includes('"zhiyin-branch"')))
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})
