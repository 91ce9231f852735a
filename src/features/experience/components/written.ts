import type { Written } from '#ui/interval.ts'
import { writtenIn } from '#ui/written.ts'

export { writtenIn } from '#ui/written.ts'

const unitOf: Record<string, string> = {
  nps: 'points',
  csat: 'score',
  ces: 'score',
  wait: 'seconds',
  duration: 'seconds',
  success_rate: 'share',
  channel_hops: 'share',
  complaint_rate: 'per_10000',
  volume: 'count',
}

/** How a metric's numbers are written. */
export const writtenOf = (metric: string): Written => writtenIn(unitOf[metric] ?? '')

/** Times and counts begin at zero on an axis; scores need not. */
export const fromZero = (metric: string): boolean =>
  ['wait', 'duration', 'complaint_rate', 'channel_hops', 'volume'].includes(metric)
