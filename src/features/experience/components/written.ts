import type { Written } from '#ui/interval.ts'

const byUnit: Record<string, Written> = {
  points: { style: 'number', digits: 1 },
  score: { style: 'number', digits: 2 },
  seconds: { style: 'seconds' },
  share: { style: 'percent', digits: 1 },
  per_10000: { style: 'number', digits: 1 },
  count: { style: 'number', digits: 0 },
}

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

/** How a number in this unit is written. */
export const writtenIn = (unit: string): Written => byUnit[unit] ?? { style: 'number', digits: 2 }

/** How a metric's numbers are written. */
export const writtenOf = (metric: string): Written => writtenIn(unitOf[metric] ?? '')

/** Times and counts begin at zero on an axis; scores need not. */
export const fromZero = (metric: string): boolean =>
  ['wait', 'duration', 'complaint_rate', 'channel_hops', 'volume'].includes(metric)
