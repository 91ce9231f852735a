import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { log } from '#lib/log.ts'
import { attachTelemetry } from '#lib/telemetry.ts'
import { readSettings, type Settings } from './settings.ts'

/** A stop waits so long for a receiver that does not answer. */
const flushMs = 5_000

/**
 * Sends traces, metrics and logs of this process where the OTEL_* variables say; without them it does nothing, and no
 * package of OpenTelemetry is loaded. Stopping sends what has not been sent yet.
 */
export async function startTelemetry(): Promise<{ stop(): Promise<void> }> {
  const settings = readSettings(process.env)
  if (!settings) return { stop: async () => undefined }
  if (settings.notUnderstood.length > 0)
    log('warn', 'telemetry: what these variables ask for is not understood and left out', {
      variables: settings.notUnderstood,
    })
  const stops = await attach(settings).catch((error: unknown) => {
    log('error', 'telemetry could not be started; the server goes on without it', { error: (error as Error).message })
    return []
  })
  return {
    stop: async () => {
      const tooLong = Promise.withResolvers<void>()
      const timer = setTimeout(() => tooLong.resolve(), flushMs)
      await Promise.race([Promise.allSettled(stops.map((stop) => stop())), tooLong.promise])
      clearTimeout(timer)
      attachTelemetry({})
    },
  }
}

async function attach({ signals, sampler }: Settings): Promise<(() => Promise<void>)[]> {
  if (Object.keys(signals).length === 0) return []
  await tellOnce()
  const resource = await resourceOfProcess()
  const traces =
    signals.traces && (await (await import('./tracing.ts')).startTracing(signals.traces, sampler, resource))
  const metrics = signals.metrics && (await (await import('./measuring.ts')).startMeasuring(signals.metrics, resource))
  const logs = signals.logs && (await (await import('./logging.ts')).startLogging(signals.logs, resource))
  attachTelemetry({ tracing: traces?.tracing, measuring: metrics?.measuring, logging: logs?.logging })
  return [traces, metrics, logs].flatMap((started) => (started ? [started.stop] : []))
}

/** Which process it is. Nothing of the machine, its user or its command line: OTEL_RESOURCE_ATTRIBUTES may say more. */
async function resourceOfProcess() {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  )
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': 'zhiyin',
        'service.version': version,
        // Of several servers on one database each is told apart by this.
        'service.instance.id': randomUUID(),
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }))
}

const silentMs = 300_000

/** A receiver that is down says so at each export: the log hears of it every five minutes. */
async function tellOnce(): Promise<void> {
  const { diag, DiagLogLevel } = await import('@opentelemetry/api')
  let told = Number.NEGATIVE_INFINITY
  const tell = (...words: unknown[]) => {
    if (performance.now() - told < silentMs) return
    told = performance.now()
    const reason = words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ')
    log('warn', 'telemetry could not be sent, or not all of it', { reason: reason.slice(0, 300) })
  }
  const quiet = () => undefined
  diag.setLogger(
    { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}
