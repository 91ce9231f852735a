import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startIntake } from '#features/imports/jobs.ts'
import { type ImportBench, openImportBench } from '#features/imports/mutations/testing.ts'
import { log } from '#lib/log.ts'
import { inSpan } from '#lib/telemetry.ts'
import { createApp } from '../app.ts'
import { runIfDue } from '../jobs.ts'
import { routes } from '../registry.ts'
import { startTelemetry } from './start.ts'
import { type SeenSpan, soon, startReceiver } from './testing.ts'

/** A customer of the bank, who must stay in it. */
const number = '6222029876543210'
const name = '欧阳锋'
const secrets = [number, name, encodeURIComponent(name), JSON.stringify(name).slice(1, -1).replaceAll('\\', '')]

const operatorToken = 'the-operators-token'
let receiver: Awaited<ReturnType<typeof startReceiver>>
let telemetry: Awaited<ReturnType<typeof startTelemetry>>
let bench: ImportBench
const apps: FastifyInstance[] = []
let url: string
let faulty: string
let intake: ReturnType<typeof startIntake>

before(async () => {
  receiver = await startReceiver()
  // Some instruments and pools are there before telemetry is, others after.
  bench = await openImportBench()
  Object.assign(process.env, soon, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=bank',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  })
  telemetry = await startTelemetry()
  const { services } = bench.home
  const ask = async () => {
    throw new RangeError(`cannot cast ${number} of ${name}\n    at ${name} (file:///x.ts:1:1)\nto a day`)
  }
  const options = { routes, operatorToken, trustProxy: '127.0.0.1', limited: false }
  apps.push(await createApp({ ...options, services }), await createApp({ ...options, services: { ...services, ask } }))
  const [address, second] = await Promise.all(apps.map((app) => app.listen({ host: '127.0.0.1', port: 0 })))
  url = address as string
  faulty = second as string
  intake = startIntake(services)
})
after(async () => {
  await intake.stop()
  for (const app of apps) await app.close()
  await bench.close()
  await telemetry.stop()
  await receiver.close()
})

const call = (path: string, init: RequestInit = {}, base = url) =>
  fetch(`${base}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json', ...init.headers },
  })
const spansOf = (traceId: string) => receiver.spans().filter((span) => span.traceId === traceId)
/** A span that has come, found by what it is called and says. */
const span = (title: string, fits: (span: SeenSpan) => boolean = () => true) =>
  receiver.until(() => receiver.spans().find((one) => one.name === title && fits(one)))
const childrenOf = (parent: SeenSpan) =>
  spansOf(parent.traceId)
    .filter((one) => one.parentSpanId === parent.spanId)
    .map((one) => one.name)

test('a request is one trace: its span, under it what the warehouse did', async () => {
  const sent = await call('/api/v1/ask/experience.newest', { method: 'POST', body: '{}' })
  assert.equal(sent.status, 200)
  const asked = await span('POST /api/v1/ask/:question')
  assert.equal(asked.parentSpanId ?? '', '')
  assert.equal(asked.kind, 2)
  assert.equal(asked.attributes['http.response.status_code'], 200)
  assert.equal(asked.attributes['zhiyin.correlation.id'], sent.headers.get('x-correlation-id'))
  const [read] = spansOf(asked.traceId).filter((one) => one.name === 'warehouse read')
  assert.equal(read?.parentSpanId, asked.spanId)
  assert.equal(read?.attributes['zhiyin.question.id'], 'experience.newest')
  assert.equal(read?.attributes['db.system.name'], 'duckdb')
  assert.equal(read?.attributes['db.response.returned_rows'], 0)
})

test('a write is a transaction with its statements, named by what they do', async () => {
  const body = JSON.stringify({
    id: 'i1',
    start_at: '2026-03-01T08:00:00+08:00',
    channel: 'app',
    unit: 'hz-xihu',
    customer: number,
    attributes: { note: name },
  })
  const sent = await call(`/api/v1/interactions?source=crm-${number}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': number, 'user-agent': `agent ${number}` },
  })
  assert.equal(sent.status, 200, await sent.text())
  const taken = await span('POST /api/v1/interactions')
  assert.ok(childrenOf(taken).includes('store SELECT'))
  const transaction = spansOf(taken.traceId).find((one) => one.name === 'store transaction')
  assert.equal(transaction?.parentSpanId, taken.spanId)
  assert.ok(childrenOf(transaction as SeenSpan).includes('store INSERT'))

  const moved = await span('intake move')
  assert.equal(moved.parentSpanId ?? '', '', 'nobody waits for it')
  assert.equal(moved.attributes['zhiyin.intake.rows'], 1)
  const write = spansOf(moved.traceId).find((one) => one.name === 'warehouse write')
  assert.equal(write?.parentSpanId, moved.spanId)
})

test('a load is a trace with its phases; one that fails says how', async () => {
  const mapping = {
    kind: 'transactions',
    source: 'core',
    columns: { source_id: 'id', start_at: 'at', amount: 'amount', customer: 'who', unit: 'unit' },
  }
  const rows = `t1,2026-01-01 10:00,5,${number},hz-xihu\nt2,never ${name},${number}x,${name},hz-xihu\n`
  await bench.load(`${number}.csv`, `id,at,amount,who,unit\n${rows}`, mapping)
  const load = await span('load', (one) => one.status.code !== 2)
  assert.equal(load.attributes['zhiyin.load.kind'], 'transactions')
  assert.deepEqual(
    childrenOf(load).filter((title) => title.startsWith('load ')),
    ['load reading', 'load loading'],
  )
  assert.ok(spansOf(load.traceId).some((one) => one.name === 'load preparing'))
  await bench.load(`${name}.csv`, `id,at,amount,who,unit\n${rows}`, mapping, true)
  const failed = await span('load', (one) => one.status.code === 2)
  assert.equal(failed.attributes['error.type'], 'refused')
})

test('a job is a trace; its failure is logged in it', async () => {
  const { home } = bench
  home.setClock('2026-03-10T03:00:00Z')
  const job = (title: string, run: () => Promise<void>) =>
    runIfDue(home.services, { name: title, schedule: { daily: '02:30' }, run }, new AbortController().signal)
  await job('test.works', () => home.services.store.query('select 1').then(() => undefined))
  await job('test.fails', async () => {
    throw new TypeError(`no ${number}`)
  })
  const worked = await span('job test.works')
  assert.deepEqual(childrenOf(worked), ['store SELECT'])
  const failed = await span('job test.fails')
  assert.equal(failed.attributes['error.type'], 'TypeError')
  assert.deepEqual(failed.status, { code: 2 })
  const told = await receiver.until(() => receiver.logs().find(({ body }) => body === 'job test.fails failed'))
  assert.equal(told.traceId, failed.traceId)
  assert.equal(told.spanId, failed.spanId)
})

test('a fault is logged inside its request, by its kind and place and without its message', async () => {
  const sent = await call(`/api/v1/ask/${encodeURIComponent(name)}`, { method: 'POST', body: '{}' }, faulty)
  assert.equal(sent.status, 500)
  const asked = await span('POST /api/v1/ask/:question', (one) => one.status.code === 2)
  assert.equal(asked.attributes['error.type'], '500')
  const told = await receiver.until(() => receiver.logs().find(({ body }) => body === 'a fault while answering'))
  assert.equal(told.severity, 'ERROR')
  assert.equal(told.traceId, asked.traceId)
  assert.equal(told.attributes['exception.type'], 'RangeError')
  assert.match(String(told.attributes['exception.stacktrace']), /^ {4}at .*telemetry\.test\.ts/)
})

test('a message alone is no kind of error', async () => {
  log('error', 'told outside of any span', { error: `${name}: is not a number`, batch: 7 })
  const told = await receiver.until(() => receiver.logs().find(({ body }) => body === 'told outside of any span'))
  assert.deepEqual(told.attributes, { 'exception.type': 'Error', batch: 7 })
  assert.equal(told.traceId ?? '', '')
})

test('the trace of a caller goes on only where the trusted proxy hands it on', async () => {
  const traceId = 'a'.repeat(32)
  const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`
  const ask = async (headers: Record<string, string>) =>
    (await call('/api/v1/questions', { headers: { traceparent, tracestate: `x=${number}`, ...headers } })).status
  assert.equal(await ask({}), 200)
  const direct = await span('GET /api/v1/questions')
  assert.notEqual(direct.traceId, traceId)
  assert.equal(await ask({ 'x-forwarded-for': '10.0.0.9' }), 200)
  const handedOn = await span('GET /api/v1/questions', (one) => one.traceId === traceId)
  assert.equal(handedOn.parentSpanId, 'b'.repeat(16))
  const unsampled = traceparent.replace(/01$/, '00')
  assert.equal(await ask({ 'x-forwarded-for': '10.0.0.9', traceparent: unsampled.replaceAll('a', 'c') }), 200)
  assert.equal(await ask({ 'x-forwarded-for': '10.0.0.9', traceparent: `00-${'0'.repeat(32)}-x` }), 200)
  await receiver.until(() => receiver.spans().filter((one) => one.name === 'GET /api/v1/questions').length === 3)
  assert.equal(spansOf('c'.repeat(32)).length, 0, 'whom the caller did not sample is not sampled')
})

test('what nobody asked for makes no trace: unknown addresses, probes, statements outside of any work', async () => {
  const before = receiver.spans().length
  assert.equal((await call(`/api/v1/${number}/${encodeURIComponent(name)}`)).status, 404)
  assert.equal((await call('/api/v1/live')).status, 200)
  await bench.home.store.query('select 1')
  await inSpan('outside', {}, async (none) => none.set({ anything: 1 }))
  await inSpan('mark', { root: true }, async () => undefined)
  await span('mark')
  assert.deepEqual(
    receiver
      .spans()
      .slice(before)
      .filter(({ name: title }) => ['outside', 'store SELECT'].includes(title) || title.startsWith('GET')),
    [],
  )
})

test('metrics have the names and units that the documentation says', async () => {
  for (let twice = 0; twice < 2; twice++) await call('/api/v1/ask/experience.newest', { method: 'POST', body: '{}' })
  const from = receiver.bodies.length
  const seen = await receiver.until(() => {
    const metrics = receiver.metrics()
    return receiver.bodies.slice(from).filter(({ path }) => path === '/v1/metrics').length > 1 && metrics
  })
  const known = new Map(seen.map(({ name: title, unit, type }) => [title, `${type} ${unit}`]))
  assert.deepEqual(Object.fromEntries([...known].sort()), {
    'db.client.connection.pending_requests': 'sum {request}',
    'http.server.request.duration': 'histogram s',
    'nodejs.eventloop.delay.max': 'gauge s',
    'nodejs.eventloop.delay.mean': 'gauge s',
    'nodejs.eventloop.delay.p50': 'gauge s',
    'nodejs.eventloop.delay.p99': 'gauge s',
    'nodejs.eventloop.utilization': 'gauge 1',
    'process.memory.usage': 'sum By',
    'v8js.memory.external': 'sum By',
    'v8js.memory.heap.used': 'sum By',
    'zhiyin.intake.batches.set_aside': 'gauge {batch}',
    'zhiyin.intake.batches.waiting': 'gauge {batch}',
    'zhiyin.intake.lag': 'gauge s',
    'zhiyin.intake.rows.moved': 'sum {row}',
    'zhiyin.intake.rows.taken': 'sum {row}',
    'zhiyin.job.runs': 'sum {run}',
    'zhiyin.loads.running': 'sum {load}',
    'zhiyin.question.cache.lookups': 'sum {lookup}',
    'zhiyin.question.duration': 'histogram s',
  })
  const last = (title: string) => seen.findLast((metric) => metric.name === title)?.points ?? []
  const pools = last('db.client.connection.pending_requests').map(
    ({ attributes }) => attributes['db.client.connection.pool.name'],
  )
  assert.deepEqual(pools.sort(), ['store', 'warehouse', 'warehouse.heavy'])
  assert.deepEqual(
    last('zhiyin.job.runs').map(({ attributes, value }) => [attributes['zhiyin.job.outcome'], value]),
    [
      ['done', 1],
      ['failed', 1],
    ],
  )
  const lookups = new Map(
    last('zhiyin.question.cache.lookups').map(({ attributes, value }) => [attributes['zhiyin.cache.result'], value]),
  )
  assert.ok(Number(lookups.get('hit')) > 0)
  assert.deepEqual(
    last('zhiyin.question.duration').map(({ attributes, count }) => [attributes['zhiyin.question.id'], Number(count)]),
    [['experience.newest', lookups.get('miss')]],
    'what the cache answers took the warehouse no time',
  )
  assert.deepEqual(
    last('zhiyin.intake.rows.moved').map(({ value }) => value),
    [1],
  )
  const asked = last('http.server.request.duration').map(({ attributes }) => attributes['http.route'])
  assert.ok(asked.includes('/api/v1/ask/:question') && asked.includes(undefined))
})

test('it says who it is, to whom it was told to say it', () => {
  const { headers, bytes } = receiver.bodies[0]!
  assert.equal(headers['x-tenant'], 'bank')
  for (const word of ['"zhiyin"', 'service.instance.id', 'service.version', 'deployment.environment.name'])
    assert.ok(bytes.includes(word), word)
  for (const word of ['process.owner', 'process.command', 'host.name']) assert.ok(!bytes.includes(word), word)
})

test('in all that was sent there is no customer, no address of a caller and no SQL', () => {
  assert.ok(receiver.bodies.length > 5)
  for (const { path, bytes } of receiver.bodies) {
    for (const secret of [...secrets, operatorToken, '10.0.0.9', '127.0.0.1'])
      assert.ok(!bytes.includes(secret), `${secret} in ${path}`)
    assert.ok(!bytes.includes('"value":{}'), 'an attribute without a value')
    assert.doesNotMatch(bytes.toString('utf8'), /\bselect\b|\binsert into\b|agent|user_agent|url\.path/)
  }
})
