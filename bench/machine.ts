import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What the figures were measured on, and what else it was doing: absolute times mean nothing without it. */
export function machine(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const busy = loadavg().map((load) => load.toFixed(1))
  return `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${memory} GB, Node ${process.versions.node}, load ${busy.join(' ')}`
}

/** Wall clock, and the processor time of all threads: on a busy machine the latter tells more. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; cpuMs: number; value: T }> {
  const start = performance.now()
  const before = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000, value }
}

/** The value below which a share of the times lies. */
export function quantileOf(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number
}

export const best = (times: readonly number[]): number => Math.min(...times)
