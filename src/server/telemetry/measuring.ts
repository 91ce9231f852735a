import type { Meter, Observable } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { Instrument, Measuring, Observation } from '#lib/telemetry.ts'
import { observeProcess } from './process.ts'
import { given, type Protocol, wholeNumber } from './settings.ts'

const minuteMs = 60_000
/** Longer than any look at the store should take; one that hangs must not hold up all other figures. */
const lookMs = 5_000

export async function startMeasuring(
  protocol: Protocol,
  resource: Resource,
): Promise<{ measuring: Measuring; stop(): Promise<void> }> {
  const { OTLPMetricExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto')
  const interval = wholeNumber(process.env, 'OTEL_METRIC_EXPORT_INTERVAL') ?? minuteMs
  const timeout = wholeNumber(process.env, 'OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000
  const provider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(),
        exportIntervalMillis: interval,
        exportTimeoutMillis: Math.min(timeout, interval),
      }),
    ],
  })
  const measuring = measuringOn(provider.getMeter('zhiyin'))
  const stopObserving = observeProcess(measuring)
  return {
    measuring,
    stop: async () => {
      await provider.shutdown()
      stopObserving()
    },
  }
}

function measuringOn(meter: Meter): Measuring {
  const observed = new Map<string, Observable>()
  const observableOf = ({ name, unit, about, addsUp }: Instrument): Observable => {
    const known = observed.get(name)
    if (known) return known
    const options = { unit, description: about }
    const made = addsUp
      ? meter.createObservableUpDownCounter(name, options)
      : meter.createObservableGauge(name, options)
    observed.set(name, made)
    return made
  }
  return {
    counter({ name, unit, about }) {
      const made = meter.createCounter(name, { unit, description: about })
      return (value, attributes) => made.add(value, attributes && given(attributes))
    },
    histogram({ name, unit, about }, bounds) {
      const advice = { explicitBucketBoundaries: [...bounds] }
      const made = meter.createHistogram(name, { unit, description: about, advice })
      return (value, attributes) => made.record(value, attributes && given(attributes))
    },
    observe(observation) {
      const observables = observation.instruments.map(observableOf)
      const look: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
        const values = await lookAt(observation)
        for (const [i, observable] of observables.entries()) {
          const value = values[i]
          if (value !== undefined) result.observe(observable, value, observation.attributes)
        }
      }
      meter.addBatchObservableCallback(look, observables)
      return () => meter.removeBatchObservableCallback(look, observables)
    },
  }
}

/** What cannot be seen now (the store is closing, or busy) is left out this time. */
async function lookAt(observation: Observation): Promise<readonly (number | undefined)[]> {
  const tooLong = Promise.withResolvers<never[]>()
  const timer = setTimeout(() => tooLong.resolve([]), lookMs)
  try {
    return await Promise.race([observation.read(), tooLong.promise])
  } catch {
    return []
  } finally {
    clearTimeout(timer)
  }
}
