import { ok } from '#lib/result.ts'
import { betaQuantile, binomialCdf, binomialUpperTail } from '#methods/distributions/beta.ts'
import { type Answer, refuse } from '#methods/refusals.ts'
import {
  type Comparison,
  defaultConfidence,
  differenceOfIntervals,
  type Interval,
  pValueOf,
  type TestOptions,
} from './interval.ts'
import { type HitCounts, wilson } from './wilson.ts'

/**
 * Difference of two independent shares, first minus second (−1…1): Newcombe's hybrid score interval (his method 10)
 * and the pooled score test. The standard error is the unpooled one, for display.
 * Refuses: broken counts; an empty side; both shares 0 or both 1.
 * Source: R. G. Newcombe (1998), doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
 */
export function proportionDifference(
  first: HitCounts,
  second: HitCounts,
  options: TestOptions = {},
): Answer<Comparison> {
  const a = wilson(first, options)
  if (!a.ok) return a
  const b = wilson(second, options)
  if (!b.ok) return b
  const difference = a.value.share - b.value.share
  const pooled = (first.hits + second.hits) / (first.n + second.n)
  const pooledError = Math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
  if (!(pooledError > 0)) return refuse('no_variation')
  const variance = (share: number, n: number) => (share * (1 - share)) / n
  const statistic = difference / pooledError
  const degreesOfFreedom = Number.POSITIVE_INFINITY
  return ok({
    difference,
    standardError: Math.sqrt(variance(a.value.share, first.n) + variance(b.value.share, second.n)),
    interval: differenceOfIntervals(a.value.share, a.value.interval, b.value.share, b.value.interval),
    statistic,
    degreesOfFreedom,
    pValue: pValueOf(statistic, degreesOfFreedom, options.alternative),
  })
}

/**
 * One share against a target known without error (0…1, not at the ends): exact binomial test, two-sided by doubling;
 * the interval is Wilson's, shifted by the target. Exact because error control over many touchpoints lives in the far
 * tail, where the normal approximation is worst.
 * Refuses: broken counts; no trials; a target of 0 or 1.
 * Source: C. J. Clopper & E. S. Pearson (1934), doi 10.1093/biomet/26.4.404.
 */
export function proportionAgainst(counts: HitCounts, target: number, options: TestOptions = {}): Answer<Comparison> {
  const estimate = wilson(counts, options)
  if (!estimate.ok) return estimate
  if (!(target > 0 && target < 1)) return refuse('invalid_input')
  const { share, interval } = estimate.value
  const standardError = Math.sqrt((target * (1 - target)) / counts.n)
  const less = binomialCdf(counts.hits, counts.n, target)
  const greater = binomialUpperTail(counts.hits, counts.n, target)
  const pValue =
    options.alternative === 'less'
      ? less
      : options.alternative === 'greater'
        ? greater
        : Math.min(1, 2 * Math.min(less, greater))
  return ok({
    difference: share - target,
    standardError,
    interval: { low: interval.low - target, high: interval.high - target, confidence: interval.confidence },
    statistic: (share - target) / standardError,
    degreesOfFreedom: Number.POSITIVE_INFINITY,
    pValue,
  })
}

/**
 * Clopper–Pearson limits of a share, never too narrow: for promises that must hold exactly, such as service levels in a
 * contract. Counts must satisfy 0 ≤ hits ≤ n, n > 0. Source: as `proportionAgainst`.
 */
export function exactShareInterval({ hits, n }: HitCounts, confidence = defaultConfidence): Interval {
  const tail = (1 - confidence) / 2
  return {
    low: hits === 0 ? 0 : betaQuantile(hits, n - hits + 1, tail),
    high: hits === n ? 1 : betaQuantile(hits + 1, n - hits, 1 - tail),
    confidence,
  }
}
