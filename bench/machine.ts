import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What the figures were measured on, and what else it was doing: absolute times mean nothing without it. */
export function machine(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const busy = loadavg().map((load) => load.toFixed(1))
  return `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${memory} GB, Node ${process.versions.node}, load ${busy.join(' ')}`
}

export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now()
  const value = await work()
  return { ms: performance.now() - start, value }
}

/** The value below which a share of the times lies. */
export function quantileOf(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number
}

export const best = (times: readonly number[]): number => Math.min(...times)
