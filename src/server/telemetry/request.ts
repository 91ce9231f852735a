import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Attributes, beginSpan, histogram, telemetryIsOn } from '#lib/telemetry.ts'

const requestDuration = histogram('http.server.request.duration', 's', 'Duration of HTTP server requests.')

/** A proxy asks each server every few seconds: measured, and no trace. */
const probes = new Set(['/api/v1/live', '/api/v1/ready'])

/**
 * Says of a request what the semantic conventions ask for, except what its caller wrote: path, query, host, address and
 * browser stay here. A page of the site and an unknown address have no template; they are measured and make no trace.
 */
export function watchRequest(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  if (!telemetryIsOn()) {
    next()
    return
  }
  const began = performance.now()
  const template = request.routeOptions.url
  const attributes: Attributes = {
    'http.request.method': request.method,
    'http.route': template,
    'url.scheme': request.protocol === 'https' ? 'https' : 'http',
    'network.protocol.version': request.raw.httpVersion,
  }
  const span =
    template === undefined || probes.has(template)
      ? undefined
      : beginSpan(`${request.method} ${template}`, {
          kind: 'server',
          root: true,
          attributes: { ...attributes, 'zhiyin.correlation.id': request.id },
          traceparent: isFromProxy(request) ? [request.headers.traceparent].flat()[0] : undefined,
        })
  // The last byte, or the caller's going away: a handler's return is neither.
  reply.raw.once('close', () => {
    const { statusCode, writableFinished } = reply.raw
    const errorType = writableFinished ? (statusCode >= 500 ? String(statusCode) : undefined) : 'aborted'
    const outcome: Attributes = {
      'http.response.status_code': writableFinished ? statusCode : undefined,
      'error.type': errorType,
    }
    requestDuration((performance.now() - began) / 1000, { ...attributes, ...outcome })
    span?.set(outcome)
    if (errorType !== undefined) span?.fail(errorType)
    span?.end()
  })
  if (span) span.run(next)
  else next()
}

/** Whether the proxy that we trust handed this on: its word on the caller's address is believed, and so on his trace. */
const isFromProxy = (request: FastifyRequest): boolean => (request.ips?.length ?? 0) > 1
