import { type Attributes, SeverityNumber } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { errorTypeOf, type Logging } from '#lib/telemetry.ts'
import { given, type Protocol, wholeNumber } from './settings.ts'
import { activeContext } from './tracing.ts'

const severities = { info: SeverityNumber.INFO, warn: SeverityNumber.WARN, error: SeverityNumber.ERROR }

export async function startLogging(
  protocol: Protocol,
  resource: Resource,
): Promise<{ logging: Logging; stop(): Promise<void> }> {
  const { OTLPLogExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-logs-otlp-http')
      : await import('@opentelemetry/exporter-logs-otlp-proto')
  const provider = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter(),
        ...given({
          scheduledDelayMillis: wholeNumber(process.env, 'OTEL_BLRP_SCHEDULE_DELAY'),
          exportTimeoutMillis: wholeNumber(process.env, 'OTEL_BLRP_EXPORT_TIMEOUT'),
          maxQueueSize: wholeNumber(process.env, 'OTEL_BLRP_MAX_QUEUE_SIZE'),
          maxExportBatchSize: wholeNumber(process.env, 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'),
        }),
      }),
    ],
  })
  const logger = provider.getLogger('zhiyin')
  return {
    logging: (level, message, detail) => {
      const context = activeContext()
      logger.emit({
        timestamp: Date.now(),
        severityNumber: severities[level],
        severityText: level.toUpperCase(),
        body: message,
        attributes: attributesOf(detail),
        ...(context ? { context } : {}),
      })
    },
    stop: () => provider.shutdown(),
  }
}

/** The message of a fault may quote a value of a row, so only its kind and the places it passed leave this machine. */
function attributesOf(detail: Record<string, unknown>): Attributes {
  const attributes: Attributes = {}
  for (const [key, value] of Object.entries(detail))
    if (key === 'error' || key === 'fault') {
      const stack = value instanceof Error ? value.stack : String(value)
      const frames = framesOf(stack ?? '')
      // A text without frames is a message alone.
      const type = value instanceof Error ? errorTypeOf(value) : frames && /^[A-Z]\w{0,60}(?=:)/.exec(stack ?? '')?.[0]
      attributes['exception.type'] = type || 'Error'
      if (frames) attributes['exception.stacktrace'] = frames
    } else if (['string', 'number', 'boolean'].includes(typeof value)) attributes[key] = value as string
    else if (Array.isArray(value)) attributes[key] = value.map(String)
  return attributes
}

/** The frames stand after the message; a line before them that looks like one is the message's. */
function framesOf(stack: string): string {
  const lines = stack.split('\n')
  const before = lines.findLastIndex((line) => !/^ {4}at .*(?::\d+:\d+|<anonymous>)\)?$/.test(line))
  return lines.slice(before + 1).join('\n')
}
