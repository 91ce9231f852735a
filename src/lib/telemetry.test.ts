import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  attachTelemetry,
  counter,
  errorTypeOf,
  histogram,
  inSpan,
  type Measuring,
  observe,
  type OpenSpan,
  telemetryIsOn,
} from './telemetry.ts'

afterEach(() => attachTelemetry({}))

const measuringInto = (seen: [string, number][]): Measuring => {
  const into =
    ({ name }: { name: string }) =>
    (value: number) =>
      void seen.push([name, value])
  return {
    counter: into,
    histogram: into,
    observe: ({ instruments }) => {
      seen.push([`look ${instruments[0]?.name}`, 1])
      return () => void seen.push([`look ${instruments[0]?.name}`, 0])
    },
  }
}

test('off, work runs as if nothing were there', async () => {
  assert.equal(telemetryIsOn(), false)
  assert.equal(await inSpan('a', { root: true }, async (span) => span.set({ n: 1 }) ?? 7), 7)
  await assert.rejects(
    inSpan('a', {}, async () => {
      throw new TypeError('no')
    }),
    TypeError,
  )
  counter('off.calls', '1', 'Nobody counts.')(1)
})

test('an instrument counts from when telemetry is attached to when it is taken off, whenever it was declared', () => {
  const early = counter('test.early', '1', 'Declared before.')
  early(1)
  const seen: [string, number][] = []
  attachTelemetry({ measuring: measuringInto(seen) })
  const late = histogram('test.late', 's', 'Declared after.')
  early(2)
  late(3)
  attachTelemetry({})
  early(4)
  late(5)
  assert.deepEqual(seen, [
    ['test.early', 2],
    ['test.late', 3],
  ])
})

test('values are looked at while both telemetry and their owner are there', () => {
  const seen: [string, number][] = []
  const of = (name: string) => observe({ instruments: [{ name, unit: '1', about: '' }], read: () => [1] })
  const stopFirst = of('first')
  of('gone')()
  attachTelemetry({ measuring: measuringInto(seen) })
  const stopSecond = of('second')
  stopFirst()
  attachTelemetry({})
  stopSecond()
  assert.deepEqual(seen, [
    ['look first', 1],
    ['look second', 1],
    ['look first', 0],
    ['look second', 0],
  ])
})

test('a span ends once, after its work, with the kind of the error and not its message', async () => {
  const told: string[] = []
  const span: OpenSpan = {
    set: () => undefined,
    fail: (type) => void told.push(`fail ${type}`),
    run: (work) => work(),
    end: () => void told.push('end'),
  }
  attachTelemetry({ tracing: { begin: () => span, current: () => undefined } })
  await inSpan('a', {}, async () => void told.push('work'))
  await assert.rejects(
    inSpan('a', {}, async () => {
      throw new RangeError('6222')
    }),
  )
  assert.deepEqual(told, ['work', 'end', 'fail RangeError', 'end'])
})

test('the kind of an error is a code or a class', () => {
  assert.equal(errorTypeOf(Object.assign(new Error('x'), { code: '23505' })), '23505')
  assert.equal(errorTypeOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  assert.equal(errorTypeOf(Object.assign(new Error('x'), { code: '6222029876543210' })), 'Error')
  for (const thrown of ['text', undefined, null, { name: 'any thing' }]) assert.equal(errorTypeOf(thrown), 'error')
})
