import { currentSpan, exportLog, type Level } from './telemetry.ts'

/**
 * One line a record on standard error; JSON when ZHIYIN_LOG_FORMAT or ZHIYIN_LOG says so, faults only when ZHIYIN_LOG is
 * `errors`. Never log a personal field. What goes out over OpenTelemetry does not depend on ZHIYIN_LOG.
 */
export function log(level: Level, message: string, detail: Record<string, unknown> = {}): void {
  exportLog(level, message, detail)
  const { ZHIYIN_LOG: wanted, ZHIYIN_LOG_FORMAT: format } = process.env
  if (wanted === 'silent' || (wanted === 'errors' && level !== 'error')) return
  process.stderr.write(
    `${format === 'json' ? structured(level, message, detail) : line(wanted, level, message, detail)}\n`,
  )
}

function line(wanted: string | undefined, level: Level, message: string, detail: Record<string, unknown>): string {
  if (wanted === 'json') return JSON.stringify({ at: new Date().toISOString(), level, message, ...detail })
  return `${level === 'info' ? '' : `${level}: `}${message}${Object.keys(detail).length ? ` ${JSON.stringify(detail)}` : ''}`
}

/** What a caller gives stands apart, so that it cannot take the place of a field of ours. */
function structured(level: Level, message: string, attributes: Record<string, unknown>): string {
  const span = currentSpan()
  return JSON.stringify({
    timestamp: new Date().toISOString(),
    severity: level.toUpperCase(),
    message,
    attributes,
    ...(span ? { trace_id: span.traceId, span_id: span.spanId } : {}),
  })
}
