import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { soon, startReceiver } from './testing.ts'

const loaded: string[] = []
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    if (found.url.includes('@opentelemetry')) loaded.push(specifier)
    return found
  },
})

for (const variable of Object.keys(process.env)) if (variable.startsWith('OTEL_')) delete process.env[variable]
const { startTelemetry } = await import('./start.ts')
const { startTestServer } = await import('../testing.ts')

test('off, no package of OpenTelemetry is loaded and nothing is sent; on, both happen', async (context) => {
  const receiver = await startReceiver()
  context.after(() => receiver.close())
  const work = async () => {
    const telemetry = await startTelemetry()
    const server = await startTestServer()
    const headers = { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json' }
    const asked = { method: 'POST', body: '{}', headers }
    assert.equal((await fetch(`${server.url}/api/v1/ask/experience.newest`, asked)).status, 200)
    await server.close()
    await telemetry.stop()
  }
  Object.assign(process.env, soon)
  await work()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  process.env.OTEL_SDK_DISABLED = 'true'
  await work()
  assert.deepEqual(loaded, [])
  assert.equal(receiver.bodies.length, 0)
  delete process.env.OTEL_SDK_DISABLED
  await work()
  assert.ok(loaded.length > 3)
  const sent = new Set(receiver.bodies.map(({ path, type }) => `${path} ${type}`))
  assert.deepEqual([...sent].sort(), ['/v1/metrics application/x-protobuf', '/v1/traces application/x-protobuf'])
})
