import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Measuring } from '#lib/telemetry.ts'

const resolutionMs = 20

/** Of this process: memory, and how late its one thread is. Names are those of the semantic conventions. */
export function observeProcess(measuring: Measuring): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  let utilization = performance.eventLoopUtilization()
  const late = (nanoseconds: number) =>
    // A timer's own interval is no delay; before the first tick there is no number.
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3) : undefined
  const stops = [
    measuring.observe({
      instruments: [
        ...(['mean', 'p50', 'p99', 'max'] as const).map((which) => ({
          name: `nodejs.eventloop.delay.${which}`,
          unit: 's',
          about: `Event loop delay since the last export (${which}).`,
        })),
        {
          name: 'nodejs.eventloop.utilization',
          unit: '1',
          about: 'Share of the time in which the event loop was busy.',
        },
      ],
      read: () => {
        const values = [delay.mean, delay.percentile(50), delay.percentile(99), delay.max].map(late)
        const seen = delay.count > 0 ? values : values.map(() => undefined)
        delay.reset()
        const now = performance.eventLoopUtilization()
        const busy = performance.eventLoopUtilization(now, utilization).utilization
        utilization = now
        return [...seen, busy]
      },
    }),
    measuring.observe({
      instruments: [
        { name: 'process.memory.usage', unit: 'By', about: 'Resident memory, DuckDB and the embedded store included.' },
        { name: 'v8js.memory.heap.used', unit: 'By', about: 'Memory that JavaScript holds.' },
        {
          name: 'v8js.memory.external',
          unit: 'By',
          about: 'Memory outside the heap that JavaScript holds, buffers for one.',
        },
      ].map((instrument) => ({ ...instrument, addsUp: true })),
      read: () => {
        const { rss, heapUsed, external } = process.memoryUsage()
        return [rss, heapUsed, external]
      },
    }),
  ]
  return () => {
    delay.disable()
    for (const stop of stops) stop()
  }
}
