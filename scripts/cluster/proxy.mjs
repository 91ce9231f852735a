// A small round-robin proxy before several servers: no sticky sessions, nothing to a server that is not ready.
// By hand: `node scripts/cluster/proxy.mjs PORT http://127.0.0.1:7701 http://127.0.0.1:7702`.
import { createServer, request } from 'node:http'
import { pipeline } from 'node:stream'
import { pathToFileURL } from 'node:url'

// Each hop's own; what the body is framed by stays, so that Node frames it alike.
const hopByHop = ['connection', 'expect', 'keep-alive', 'proxy-authenticate', 'te', 'trailer', 'upgrade']

/** Listens on the loopback; answers `{ port, close }` once each server has been asked for the first time. */
export async function startProxy({ port = 0, servers, everyMilliseconds = 1000, log = () => {} }) {
  const targets = servers.map((url) => ({ url: new URL(url), ready: false, asked: false }))
  let next = 0

  /** The next one that is ready and was not tried for this request. */
  function choose(tried) {
    const free = targets.filter((target) => target.ready && !tried.includes(target))
    return free[next++ % free.length]
  }

  async function ask(target) {
    if (target.asked) return
    target.asked = true
    const signal = AbortSignal.timeout(Math.max(2000, everyMilliseconds))
    const answer = await fetch(new URL('/api/v1/ready', target.url), { signal }).catch(() => undefined)
    await answer?.body?.cancel().catch(() => {})
    const ready = answer?.ok === true
    if (ready !== target.ready) log(`${target.url.host} is ${ready ? 'ready' : 'not ready'}`)
    target.ready = ready
    target.asked = false
  }

  function forward(incoming, outgoing, tried = []) {
    const target = choose(tried)
    if (!target) return refuse(outgoing, tried.length > 0 ? 502 : 503)
    const upstream = request({
      host: target.url.hostname,
      port: target.url.port,
      method: incoming.method,
      path: incoming.url,
      headers: headersFor(incoming),
      // A connection of its own for each request: one that was closed meanwhile is never taken for a new one.
      agent: false,
    })
    let connected = false
    let answered = false
    upstream.once('socket', (socket) =>
      socket.once('connect', () => {
        connected = true
        // Only now: until here nothing of the body is gone, and the other server can still have it whole.
        if (!hasBody(incoming)) return upstream.end()
        upstream.flushHeaders()
        incoming.pipe(upstream)
      }),
    )
    upstream.once('response', (answer) => {
      answered = true
      outgoing.writeHead(answer.statusCode, answer.statusMessage, {
        ...own(answer.headers),
        'x-served-by': target.url.host,
      })
      // Sent at once: whoever waits for the first event of a stream sees that it stands.
      outgoing.flushHeaders()
      pipeline(answer, outgoing, () => {})
    })
    upstream.on('error', (error) => {
      incoming.unpipe(upstream)
      // The rest of a body that nobody wants any more must not keep the caller from reading the answer.
      if (connected) incoming.resume()
      // An answer that breaks off is cut off for the caller by its own pipeline.
      if (answered || outgoing.destroyed) return
      log(`${target.url.host}: ${error.code ?? error.message}`)
      if (!connected) target.ready = false
      // Nothing of an answer came: asked again where asking twice does no harm, or where nobody heard the question.
      const repeatable = !connected || ((incoming.method === 'GET' || incoming.method === 'HEAD') && !hasBody(incoming))
      if (repeatable) forward(incoming, outgoing, [...tried, target])
      else refuse(outgoing, 502)
    })
    // Whoever asked is gone: the server need not go on.
    outgoing.once('close', () => upstream.destroy())
  }

  const server = createServer((incoming, outgoing) => forward(incoming, outgoing))
  // An import may take longer than Node allows a request by itself.
  server.requestTimeout = 0
  await Promise.all(targets.map(ask))
  const timer = setInterval(() => targets.forEach(ask), everyMilliseconds)
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: server.address().port,
    close: () => {
      clearInterval(timer)
      server.closeIdleConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

const own = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)))
const hasBody = ({ headers }) => 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0

/** Replaced, not appended: this is the outermost hop, and what callers claim about themselves is not passed on. */
const headersFor = ({ headers, socket }) => ({
  ...own(headers),
  'x-forwarded-for': socket.remoteAddress,
  'x-forwarded-proto': 'http',
  ...(headers.host ? { 'x-forwarded-host': headers.host } : {}),
})

function refuse(outgoing, status) {
  const title = status === 503 ? 'No server is ready' : 'The server went away before it answered'
  outgoing.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '1' })
  outgoing.end(JSON.stringify({ status, title, code: 'server_unreachable' }))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port, ...servers] = process.argv.slice(2)
  const log = (text) => console.error(`${new Date().toISOString()} ${text}`)
  const proxy = await startProxy({ port: Number(port), servers, log })
  log(`listens on ${proxy.port}`)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      // Streams that never end by themselves must not hold it.
      setTimeout(() => process.exit(0), 10_000).unref()
      proxy.close().then(() => process.exit(0))
    })
}
