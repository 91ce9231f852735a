import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'

interface KeyValue {
  key: string
  value: { stringValue?: string; intValue?: string | number; doubleValue?: number; boolValue?: boolean }
}

export interface SeenSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  status: { code?: number; message?: string }
  attributes: Record<string, unknown>
  links: { traceId: string; spanId: string }[]
}
export interface SeenMetric {
  name: string
  unit: string
  /** histogram, sum or gauge */
  type: string
  points: { attributes: Record<string, unknown>; value: unknown; count: unknown }[]
}
export interface SeenLog {
  body: string
  severity: string
  traceId: string | undefined
  spanId: string | undefined
  attributes: Record<string, unknown>
}

const plain = (attributes: KeyValue[] = []) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        value.doubleValue ??
        (value.intValue === undefined ? value : Number(value.intValue)),
    ]),
  )

/** A receiver of OTLP on this machine that keeps what comes. Understands JSON; of protobuf it keeps the bytes. */
export async function startReceiver(answer: (response: ServerResponse) => void = (response) => response.end()) {
  const bodies: { path: string; type: string | undefined; headers: Record<string, unknown>; bytes: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const sent = Buffer.concat(chunks)
    bodies.push({
      path: request.url ?? '',
      type: request.headers['content-type'],
      headers: request.headers,
      bytes: request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent,
    })
    response.setHeader('content-type', request.headers['content-type'] ?? 'application/json')
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // biome-ignore lint/suspicious/noExplicitAny: the wire's own form
  const each = (signal: string, outer: string, scope: string, inner: string): any[] =>
    bodies
      .filter(({ path, type }) => path === `/v1/${signal}` && type === 'application/json')
      // biome-ignore lint/suspicious/noExplicitAny: as above
      .flatMap(({ bytes }) => JSON.parse(bytes.toString('utf8'))[outer].flatMap((one: any) => one[scope]))
      .flatMap((one) => one[inner])
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: (): SeenSpan[] =>
      each('traces', 'resourceSpans', 'scopeSpans', 'spans').map((span) => ({
        ...span,
        links: span.links ?? [],
        attributes: plain(span.attributes),
      })),
    metrics: (): SeenMetric[] =>
      each('metrics', 'resourceMetrics', 'scopeMetrics', 'metrics').map((metric) => {
        const type = ['histogram', 'sum', 'gauge'].find((kind) => kind in metric) as string
        return {
          name: metric.name,
          unit: metric.unit,
          type,
          // biome-ignore lint/suspicious/noExplicitAny: as above
          points: metric[type].dataPoints.map((point: any) => ({
            attributes: plain(point.attributes),
            value: point.asDouble ?? point.asInt,
            count: point.count,
          })),
        }
      }),
    logs: (): SeenLog[] =>
      each('logs', 'resourceLogs', 'scopeLogs', 'logRecords').map((record) => ({
        body: record.body.stringValue,
        severity: record.severityText,
        traceId: record.traceId,
        spanId: record.spanId,
        attributes: plain(record.attributes),
      })),
    /** Waits until something has come. */
    async until<T>(what: () => T | undefined | false): Promise<T> {
      for (let waited = 0; waited < 60_000; waited += 20) {
        const found = what()
        if (found) return found
        await sleep(20)
      }
      throw new Error('what was waited for has not come')
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return receiver
}

/** For a test that wants to see soon what is sent. */
export const soon = {
  OTEL_BSP_SCHEDULE_DELAY: '20',
  OTEL_BLRP_SCHEDULE_DELAY: '20',
  OTEL_METRIC_EXPORT_INTERVAL: '200',
}
