import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from './settings.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
const signalsOf = (env: Record<string, string>) => readSettings(env)?.signals
const samplerOf = (name: string, argument?: string) =>
  readSettings({
    ...endpoint,
    OTEL_TRACES_SAMPLER: name,
    ...(argument === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: argument }),
  })

test('nothing is sent unless somebody says where to, or that it be', () => {
  assert.equal(readSettings({}), undefined)
  assert.equal(readSettings({ OTEL_SERVICE_NAME: 'zhiyin', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }), undefined)
  assert.equal(readSettings({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }), undefined)
  assert.deepEqual(signalsOf(endpoint), { traces: 'http/protobuf', metrics: 'http/protobuf', logs: 'http/protobuf' })
  assert.deepEqual(signalsOf({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m:4318/v1/metrics' }), {
    metrics: 'http/protobuf',
  })
  assert.deepEqual(signalsOf({ ...endpoint, OTEL_LOGS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' }), {
    metrics: 'http/protobuf',
  })
  assert.deepEqual(signalsOf({ OTEL_TRACES_EXPORTER: 'otlp' }), { traces: 'http/protobuf' })
})

test('each signal may be spoken in its own way', () => {
  assert.deepEqual(
    signalsOf({
      ...endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
    }),
    { traces: 'http/json', metrics: 'http/json', logs: 'http/protobuf' },
  )
})

test('what is not understood is named and sends nothing elsewhere', () => {
  for (const [env, variable] of [
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'not an address' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL',
    ],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  ] as const) {
    const settings = readSettings(env)
    assert.deepEqual(settings?.notUnderstood, [variable])
    assert.equal(settings?.signals.traces, undefined)
  }
})

test('the samplers are those of the specification', () => {
  assert.deepEqual(readSettings(endpoint)?.sampler, { root: 'on', followsParent: true, ratio: 1 })
  assert.deepEqual(samplerOf('always_off')?.sampler, { root: 'off', followsParent: false, ratio: 1 })
  assert.deepEqual(samplerOf('traceidratio', '0.25')?.sampler, { root: 'ratio', followsParent: false, ratio: 0.25 })
  assert.deepEqual(samplerOf('parentbased_traceidratio')?.sampler, { root: 'ratio', followsParent: true, ratio: 1 })
  for (const [name, argument, variable] of [
    ['jaeger_remote', undefined, 'OTEL_TRACES_SAMPLER'],
    ['constructor', undefined, 'OTEL_TRACES_SAMPLER'],
    ['traceidratio', '1.5', 'OTEL_TRACES_SAMPLER_ARG'],
    ['traceidratio', 'some', 'OTEL_TRACES_SAMPLER_ARG'],
  ] as const)
    assert.deepEqual(samplerOf(name, argument)?.notUnderstood, [variable])
})
