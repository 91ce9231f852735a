import { ok } from '#lib/result.ts'
import { studentQuantile } from '#methods/distributions/student.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import { type Comparison, defaultConfidence, isConfidence, symmetric, type TestOptions } from './interval.ts'
import { type MeanEstimate, studentComparison } from './mean.ts'

/** Sums of one batch of values that move together: one day of waits at one branch, one customer's answers. */
export interface ClusterSums {
  n: number
  sum: number
}

export interface ClusteredMean extends MeanEstimate {
  clusters: number
  /** Variance against that of as many independent values; NaN unless squares were given. */
  designEffect: number
}

const fewestClusters = 5

/**
 * Mean of values that come in batches, with an interval that does not take the values of one batch as independent:
 * waits of one afternoon are long together. Ratio of sums, linearised; t with clusters − 1 degrees of freedom.
 * Inputs: n and sum of each cluster (empty ones are dropped); `sumSquares` over all, if known, for the design effect.
 * Refuses: broken sums; fewer than five clusters.
 * Source: W. G. Cochran (1977), Sampling Techniques, 3rd ed., eq. 6.13 and 9A.
 */
export function clusteredMean(
  clusters: readonly ClusterSums[],
  options: TestOptions & { sumSquares?: number } = {},
): Answer<ClusteredMean> {
  const confidence = options.confidence ?? defaultConfidence
  if (!isConfidence(confidence) || !clusters.every((c) => isCount(c.n) && Number.isFinite(c.sum))) {
    return refuse('invalid_input')
  }
  const filled = clusters.filter((c) => c.n > 0)
  if (filled.length === 0) return refuse('no_data')
  if (filled.length < fewestClusters)
    return refuse('too_few_points', { clusters: filled.length, needed: fewestClusters })
  const n = filled.reduce((total, c) => total + c.n, 0)
  const mean = filled.reduce((total, c) => total + c.sum, 0) / n
  const squares = filled.reduce((total, c) => total + (c.sum - mean * c.n) ** 2, 0)
  const standardError = Math.sqrt((squares * filled.length) / (filled.length - 1)) / n
  const variance = options.sumSquares === undefined ? Number.NaN : (options.sumSquares - n * mean * mean) / (n - 1)
  const t = studentQuantile((1 + confidence) / 2, filled.length - 1)
  return ok({
    n,
    mean,
    variance,
    standardError,
    interval: symmetric(mean, t * standardError, confidence),
    clusters: filled.length,
    designEffect: (standardError ** 2 * n) / variance,
  })
}

/** Difference of two clustered means, first minus second, by Welch's rule on their standard errors. */
export function clusteredDifference(
  first: readonly ClusterSums[],
  second: readonly ClusterSums[],
  options: TestOptions = {},
): Answer<Comparison> {
  const a = clusteredMean(first, options)
  if (!a.ok) return a
  const b = clusteredMean(second, options)
  if (!b.ok) return b
  const va = a.value.standardError ** 2
  const vb = b.value.standardError ** 2
  if (!(va + vb > 0)) return refuse('no_variation')
  const degreesOfFreedom = (va + vb) ** 2 / (va ** 2 / (a.value.clusters - 1) + vb ** 2 / (b.value.clusters - 1))
  return ok(studentComparison(a.value.mean - b.value.mean, Math.sqrt(va + vb), degreesOfFreedom, options))
}

/** A clustered mean against a target known without error. */
export function clusteredAgainst(
  clusters: readonly ClusterSums[],
  target: number,
  options: TestOptions = {},
): Answer<Comparison> {
  const estimate = clusteredMean(clusters, options)
  if (!estimate.ok) return estimate
  if (!Number.isFinite(target)) return refuse('invalid_input')
  const { mean, standardError } = estimate.value
  if (!(standardError > 0)) return refuse('no_variation')
  return ok(studentComparison(mean - target, standardError, estimate.value.clusters - 1, options))
}
