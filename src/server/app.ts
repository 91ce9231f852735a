import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Bound } from '#features/bind.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { log } from '#lib/log.ts'
import { isStoreAway } from '#store/errors.ts'
import { answerCall } from './answer.ts'
import { drain } from './body.ts'
import { languageOf, problemOf, problemType } from './problem.ts'
import { limiterOf, securityHeaders } from './security.ts'
import { serveSite } from './site.ts'
import { watchRequest } from './telemetry/request.ts'

export interface AppOptions {
  services: Services
  routes: readonly Bound[]
  /** The bearer token of the home's own token file. */
  operatorToken?: string
  /** Believe X-Forwarded-* from these addresses: `true` behind a proxy on the same machine only. */
  trustProxy?: boolean | string
  /** Folder of the built pages; absent where only the API is served. */
  site?: string
  /** Compare each answer with its schema: for tests. */
  checkAnswers?: boolean
  /** False lets the fuzz test call as often as it likes. */
  limited?: boolean
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The web server: each bound route, the documentation, the pages; anything else is a problem+json. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: options.trustProxy ?? false,
    // Uploads take their time; headers do not, nor does a JSON body (body.ts), and nobody is silent for so long.
    requestTimeout: 0,
    connectionTimeout: 15 * 60_000,
    keepAliveTimeout: 15_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false },
    genReqId: () => newId('req'),
    frameworkErrors: (_error, request, reply) => {
      void refuse(request, reply, 'bad_request')
    },
    clientErrorHandler: (error, socket) => {
      if (socket.destroyed || !socket.writable) return
      const code =
        error.code === 'HPE_HEADER_OVERFLOW'
          ? 'headers_too_large'
          : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
            ? 'request_timeout'
            : 'bad_request'
      const problem = problemOf(code, 'zh', newId('req'))
      const body = JSON.stringify(problem)
      socket.end(
        `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      )
    },
  })
  app.server.headersTimeout = 20_000

  // Bodies are read after the permission is known, by answerCall: no parser may touch them before.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  // First: whatever answers, a refusal and a fault included, is within the request's span.
  app.addHook('onRequest', watchRequest)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    reply.header('x-correlation-id', request.id)
  })
  // Whatever of the body nobody has read would be taken for the next request on this connection.
  app.addHook('onSend', async (request, reply) => {
    // A server that stops answers what it was sent, and has the caller come back through another.
    if (!(await drain(request.raw)) || options.services.server.state === 'stopping') reply.header('connection', 'close')
  })
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse(request, reply, 'body_too_large')
    if (error.code?.startsWith('FST_ERR_CTP')) return refuse(request, reply, 'media_type_unsupported')
    if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500)
      return refuse(request, reply, 'bad_request')
    // Here, not where the route is called: the session and the limit are looked up before.
    if (isStoreAway(error)) {
      log('warn', 'the store gave no answer', {
        correlation: request.id,
        url: request.routeOptions.url,
        said: error.message,
      })
      return refuse(request, reply.header('retry-after', '5'), 'store_away')
    }
    log('error', 'a fault while answering', {
      correlation: request.id,
      url: request.routeOptions.url,
      fault: error.stack,
    })
    return refuse(request, reply, 'internal')
  })

  const limiter = limiterOf(options.services)
  for (const bound of options.routes)
    app.route({
      method: bound.route.method,
      url: bound.route.path,
      bodyLimit: Number.MAX_SAFE_INTEGER,
      handler: (request, reply) => answerCall(bound, request, reply, options, limiter),
    })
  refuseOtherMethods(app, options.routes)
  await serveSite(app, options)
  return app
}

/** Answers with a problem. */
export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: Parameters<typeof problemOf>[0],
  detail?: Record<string, unknown>,
) {
  const problem = problemOf(code, languageOf(request.headers['accept-language']), request.id, detail)
  return reply
    .code(problem.status)
    .header('content-type', problemType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem))
}

/** A known address under another method is 405 with Allow, not an unknown route. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly Bound[]): void {
  const allowed = new Map<string, Set<string>>()
  for (const { route } of routes) {
    // Two routes may name the same place's parameter differently; the router sees one place.
    const set = allowed.get(route.path) ?? new Set<string>()
    set.add(route.method)
    if (route.method === 'GET') set.add('HEAD')
    allowed.set(route.path, set)
  }
  for (const [url, taken] of allowed) {
    const others = methods.filter((method) => !taken.has(method) && !app.hasRoute({ method, url }))
    if (others.length)
      app.route({
        method: [...others],
        url,
        handler: (request, reply) =>
          refuse(request, reply.header('allow', [...taken].join(', ')), 'method_not_allowed'),
      })
  }
}
