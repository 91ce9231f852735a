import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inSpan } from '#lib/telemetry.ts'
import { startTestServer } from '../testing.ts'
import { startTelemetry } from './start.ts'
import { soon, startReceiver } from './testing.ts'

Object.assign(process.env, soon, { OTEL_EXPORTER_OTLP_TIMEOUT: '500', ZHIYIN_LOG: 'silent' })

/** Requests while spans, metrics and logs go to this address, more spans than the queue holds, and a stop. */
async function serveWith(endpoint: string): Promise<void> {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint
  const telemetry = await startTelemetry()
  const server = await startTestServer()
  const headers = { authorization: `Bearer ${server.operatorToken}` }
  for (let i = 0; i < 5; i++) {
    for (let spans = 0; spans < 1_000; spans++) await inSpan('filler', { root: true }, async () => undefined)
    assert.equal((await fetch(`${server.url}/api/v1/questions`, { headers })).status, 200)
  }
  await server.close()
  await telemetry.stop()
}

test('a receiver that is down harms no request and holds up no stop', async () => {
  const gone = await startReceiver()
  await gone.close()
  await serveWith(gone.url)
})

test('nor does one that takes what is sent and never answers', async (context) => {
  const slow = await startReceiver(() => undefined)
  context.after(() => slow.close())
  await serveWith(slow.url)
  assert.ok(slow.bodies.length > 0)
})

test('nor one that refuses all of it', async (context) => {
  const refusing = await startReceiver((response) => {
    response.statusCode = 503
    response.end('no')
  })
  context.after(() => refusing.close())
  await serveWith(refusing.url)
  assert.ok(refusing.bodies.length > 0)
})
