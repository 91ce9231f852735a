import { ok } from '#lib/result.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import { defaultConfidence, type Interval, type IntervalOptions, isConfidence, twoSidedZ } from './interval.ts'

/** How many of `n` did: satisfied answers, calls answered in time, cases done at the first visit. */
export interface HitCounts {
  hits: number
  n: number
}

export interface ShareEstimate {
  n: number
  /** hits / n, 0…1. */
  share: number
  interval: Interval
}

export const validHits = ({ hits, n }: HitCounts): boolean => isCount(hits) && isCount(n) && hits <= n

/**
 * A share with its Wilson score interval, 0…1.
 * Refuses: hits outside 0…n; no trials.
 * Source: E. B. Wilson (1927), doi 10.1080/01621459.1927.10502953; recommended by R. G. Newcombe (1998),
 * doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
 */
export function wilson(counts: HitCounts, options: IntervalOptions = {}): Answer<ShareEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  if (!validHits(counts) || !isConfidence(confidence)) return refuse('invalid_input')
  const { hits, n } = counts
  if (n === 0) return refuse('no_data')
  const z = twoSidedZ(confidence)
  const share = hits / n
  const centre = (hits + (z * z) / 2) / (n + z * z)
  const half = (z / (n + z * z)) * Math.sqrt((hits * (n - hits)) / n + (z * z) / 4)
  return ok({
    n,
    share,
    // At the ends the limit is exactly 0 or 1; the formula misses it by rounding only.
    interval: { low: hits === 0 ? 0 : centre - half, high: hits === n ? 1 : centre + half, confidence },
  })
}
