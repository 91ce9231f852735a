import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  type SpanContext,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { OpenSpan, Tracing } from '#lib/telemetry.ts'
import { given, type Protocol, type Settings, wholeNumber } from './settings.ts'

/** Where control is among the spans; our own, so that no global of the SDK's is set. */
const active = new AsyncLocalStorage<Context>()

export const activeContext = (): Context | undefined => active.getStore()

export async function startTracing(
  protocol: Protocol,
  sampler: Settings['sampler'],
  resource: Resource,
): Promise<{ tracing: Tracing; stop(): Promise<void> }> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(sampler),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        ...given({
          scheduledDelayMillis: wholeNumber(process.env, 'OTEL_BSP_SCHEDULE_DELAY'),
          exportTimeoutMillis: wholeNumber(process.env, 'OTEL_BSP_EXPORT_TIMEOUT'),
          maxQueueSize: wholeNumber(process.env, 'OTEL_BSP_MAX_QUEUE_SIZE'),
          maxExportBatchSize: wholeNumber(process.env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
        }),
      }),
    ],
  })
  return { tracing: tracingOn(provider.getTracer('zhiyin')), stop: () => provider.shutdown() }
}

function samplerOf({ root, ratio, followsParent }: Settings['sampler']): Sampler {
  const own =
    root === 'ratio'
      ? new TraceIdRatioBasedSampler(ratio)
      : root === 'on'
        ? new AlwaysOnSampler()
        : new AlwaysOffSampler()
  return followsParent ? new ParentBasedSampler({ root: own }) : own
}

const kinds = { client: SpanKind.CLIENT, server: SpanKind.SERVER }

const tracingOn = (tracer: Tracer): Tracing => ({
  begin(name, { kind, attributes = {}, root, traceparent }) {
    const around = active.getStore()
    if (!around && !root) return undefined
    const from = around && trace.getSpanContext(around)
    const parent = root || !around ? remote(traceparent) : around
    const span = tracer.startSpan(
      name,
      {
        attributes: given(attributes),
        kind: kind ? kinds[kind] : SpanKind.INTERNAL,
        links: root && from ? [{ context: from }] : [],
      },
      parent,
    )
    return openSpan(span, trace.setSpan(parent, span))
  },
  current() {
    const context = active.getStore()
    return context && trace.getSpanContext(context)
  },
})

const openSpan = (span: SdkSpan, context: Context): OpenSpan => ({
  set: (attributes) => {
    span.setAttributes(given(attributes))
  },
  fail: (errorType) => {
    span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
  },
  run: (work) => active.run(context, work),
  end: () => span.end(),
})

/** The caller's span by W3C Trace Context. His tracestate is free text and is left where it is. */
function remote(traceparent: string | undefined): Context {
  const match = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/.exec(traceparent ?? '')
  if (!match) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = match
  const caller: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return trace.isSpanContextValid(caller) ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT
}
