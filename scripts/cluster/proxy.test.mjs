import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { startProxy } from './proxy.mjs'

const closing = []
after(() => Promise.all(closing.map((close) => close())))

/** A server that answers with its name, unless told otherwise. */
async function backend(name, answer) {
  const heard = []
  const state = { ready: true, answer }
  const server = createServer(async (incoming, outgoing) => {
    if (incoming.url === '/api/v1/ready') return outgoing.writeHead(state.ready ? 200 : 503).end()
    heard.push(incoming)
    if (state.answer) return state.answer(incoming, outgoing)
    await text(incoming)
    outgoing.end(name)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const close = () => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  }
  closing.push(close)
  return { url: `http://127.0.0.1:${server.address().port}`, heard, state, close }
}

/** Checks come often where a test waits for one, and only at the start where a test must not have one in between. */
async function proxyOf(backends, everyMilliseconds = 20) {
  const proxy = await startProxy({ servers: backends.map(({ url }) => url), everyMilliseconds })
  closing.push(proxy.close)
  return `http://127.0.0.1:${proxy.port}`
}

const never = 2 ** 30
const say = async (url, options) => (await fetch(url, options)).text()

async function until(condition) {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 5))
}

test('requests go round the servers that are ready', async () => {
  const url = await proxyOf([await backend('a'), await backend('b')], never)
  const answers = []
  for (let i = 0; i < 4; i++) answers.push(await say(url))
  assert.deepEqual(answers.toSorted(), ['a', 'a', 'b', 'b'])
  assert.notEqual(answers[0], answers[1])
})

test('a server that is not ready gets nothing, and its part again once it is', async () => {
  const [a, b] = [await backend('a'), await backend('b')]
  b.state.ready = false
  const url = await proxyOf([a, b])
  for (let i = 0; i < 4; i++) assert.equal(await say(url), 'a')
  assert.equal(b.heard.length, 0)
  b.state.ready = true
  await until(async () => (await say(url)) === 'b')
})

test('without a ready server the answer is 503 and when to come again', async () => {
  const a = await backend('a')
  a.state.ready = false
  const answer = await fetch(await proxyOf([a], never))
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.match(answer.headers.get('content-type'), /problem\+json/)
})

test('a GET whose server goes away before it answers is asked of the other one', async () => {
  const gone = await backend('a', (incoming) => incoming.socket.destroy())
  const url = await proxyOf([gone, await backend('b')], never)
  for (let i = 0; i < 4; i++) assert.equal(await say(url), 'b')
  assert.ok(gone.heard.length > 0)
})

test('a POST whose server goes away while it works is not repeated', async () => {
  const goes = (incoming) => text(incoming).then(() => incoming.socket.destroy())
  const [a, b] = [await backend('a', goes), await backend('b', goes)]
  const answer = await fetch(await proxyOf([a, b], never), { method: 'POST', body: 'pay' })
  assert.equal(answer.status, 502)
  assert.equal(a.heard.length + b.heard.length, 1)
})

test('a POST reaches the other server, whole, where the first one no longer listens', async () => {
  const [a, b] = [await backend('a'), await backend('b')]
  for (const { state } of [a, b]) state.answer = async (incoming, outgoing) => outgoing.end(await text(incoming))
  const url = await proxyOf([a, b], never)
  await a.close()
  for (let i = 0; i < 3; i++) assert.equal(await say(url, { method: 'POST', body: `body ${i}` }), `body ${i}`)
  assert.equal(b.heard.length, 3)
})

test('an answer that breaks off is cut off for the caller, not mended', async () => {
  const breaks = (_, outgoing) => {
    outgoing.writeHead(200, { 'content-length': '100' })
    outgoing.write('half', () => outgoing.destroy())
  }
  const [a, b] = [await backend('a', breaks), await backend('b', breaks)]
  const answer = await fetch(await proxyOf([a, b], never))
  assert.equal(answer.status, 200)
  await assert.rejects(answer.text())
  assert.equal(a.heard.length + b.heard.length, 1)
})

test('bodies stream both ways: the answer begins before the question has ended', async () => {
  const echo = await backend('a', (incoming, outgoing) => {
    outgoing.flushHeaders()
    incoming.pipe(outgoing)
  })
  const asking = request(await proxyOf([echo], never), { method: 'POST' })
  asking.flushHeaders()
  const answer = await new Promise((done) => asking.once('response', done))
  const echoed = answer[Symbol.asyncIterator]()
  for (const word of ['first', 'second']) {
    asking.write(word)
    assert.equal(String((await echoed.next()).value), word)
  }
  asking.end()
  assert.equal((await echoed.next()).done, true)
})

test('a caller who leaves ends the work of the server', async () => {
  const left = Promise.withResolvers?.() ?? deferred()
  const waits = await backend('a', (_, outgoing) => {
    outgoing.write('…')
    outgoing.once('close', left.resolve)
  })
  const leaving = new AbortController()
  await fetch(await proxyOf([waits], never), { signal: leaving.signal })
  leaving.abort()
  await left.promise
})

test('servers hear who asked, by which name, and not what the caller claims about it', async () => {
  const a = await backend('a')
  const url = await proxyOf([a], never)
  const answer = await fetch(url, { headers: { 'x-forwarded-for': '10.9.9.9', 'x-forwarded-proto': 'https' } })
  assert.equal(answer.headers.get('x-served-by'), new URL(a.url).host)
  const { headers } = a.heard[0]
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(headers['x-forwarded-proto'], 'http')
  assert.equal(headers['x-forwarded-host'], new URL(url).host)
  assert.equal(headers.host, new URL(url).host)
})

test('each cookie of an answer arrives', async () => {
  const cookies = ['one=1; Path=/', 'two=2; Path=/']
  const a = await backend('a', (_, outgoing) => outgoing.writeHead(204, { 'set-cookie': cookies }).end())
  assert.deepEqual((await fetch(await proxyOf([a], never))).headers.getSetCookie(), cookies)
})

/** Node 20 has no Promise.withResolvers. */
function deferred() {
  const made = {}
  made.promise = new Promise((resolve) => {
    made.resolve = resolve
  })
  return made
}
