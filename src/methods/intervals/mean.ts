import { ok } from '#lib/result.ts'
import { studentQuantile } from '#methods/distributions/student.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import {
  type Comparison,
  defaultConfidence,
  type Interval,
  type IntervalOptions,
  isConfidence,
  pValueOf,
  symmetric,
  type TestOptions,
} from './interval.ts'

/** Mergeable sums of a measure: add them field by field over days or units. */
export interface MomentSums {
  n: number
  sum: number
  sumSquares: number
}

export interface MeanEstimate {
  n: number
  mean: number
  /** Sample variance (n − 1), in squared units of the measure. */
  variance: number
  standardError: number
  interval: Interval
}

export const addMoments = (a: MomentSums, b: MomentSums): MomentSums => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  sumSquares: a.sumSquares + b.sumSquares,
})

/** Mean and sample variance from sums; variance is 0 where rounding would make it negative. */
export function momentsOf({ n, sum, sumSquares }: MomentSums): { mean: number; variance: number } {
  const mean = sum / n
  return { mean, variance: n > 1 ? Math.max(0, (sumSquares - sum * mean) / (n - 1)) : Number.NaN }
}

const validMoments = ({ n, sum, sumSquares }: MomentSums): boolean =>
  isCount(n) &&
  Number.isFinite(sum) &&
  Number.isFinite(sumSquares) &&
  sumSquares >= 0 &&
  // Cauchy–Schwarz, with room for the rounding of large sums.
  sum * sum <= n * sumSquares * (1 + 1e-9) + 1e-9

/**
 * A mean with Student's t interval, in the unit of the measure. Answers are taken as independent; where they come in
 * batches (waits of one day), use `clusteredMean`.
 * Refuses: sums no sample can have; fewer than two values.
 * Source: Student (1908), doi 10.1093/biomet/6.1.1.
 */
export function meanOf(sums: MomentSums, options: IntervalOptions = {}): Answer<MeanEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  if (!validMoments(sums) || !isConfidence(confidence)) return refuse('invalid_input')
  if (sums.n === 0) return refuse('no_data')
  if (sums.n < 2) return refuse('too_few_answers', { n: sums.n, needed: 2 })
  const { mean, variance } = momentsOf(sums)
  const standardError = Math.sqrt(variance / sums.n)
  const t = studentQuantile((1 + confidence) / 2, sums.n - 1)
  return ok({ n: sums.n, mean, variance, standardError, interval: symmetric(mean, t * standardError, confidence) })
}

/**
 * Difference of two independent means, first minus second: Welch's t test, whose variances need not be equal.
 * Refuses: as `meanOf`; two sides without variation.
 * Source: B. L. Welch (1947), doi 10.1093/biomet/34.1-2.28.
 */
export function meanDifference(first: MomentSums, second: MomentSums, options: TestOptions = {}): Answer<Comparison> {
  const a = meanOf(first, options)
  if (!a.ok) return a
  const b = meanOf(second, options)
  if (!b.ok) return b
  const va = a.value.variance / first.n
  const vb = b.value.variance / second.n
  if (!(va + vb > 0)) return refuse('no_variation')
  const degreesOfFreedom = (va + vb) ** 2 / (va ** 2 / (first.n - 1) + vb ** 2 / (second.n - 1))
  return ok(studentComparison(a.value.mean - b.value.mean, Math.sqrt(va + vb), degreesOfFreedom, options))
}

/** One mean against a target known without error: Student's t test. Refuses as `meanOf`, and values all alike. */
export function meanAgainst(sums: MomentSums, target: number, options: TestOptions = {}): Answer<Comparison> {
  const estimate = meanOf(sums, options)
  if (!estimate.ok) return estimate
  if (!Number.isFinite(target)) return refuse('invalid_input')
  const { mean, standardError } = estimate.value
  if (!(standardError > 0)) return refuse('no_variation')
  return ok(studentComparison(mean - target, standardError, sums.n - 1, options))
}

/** Test and interval of an estimate with a t distribution. */
export function studentComparison(
  difference: number,
  standardError: number,
  degreesOfFreedom: number,
  options: TestOptions = {},
): Comparison {
  const confidence = options.confidence ?? defaultConfidence
  const statistic = difference / standardError
  return {
    difference,
    standardError,
    interval: symmetric(
      difference,
      studentQuantile((1 + confidence) / 2, degreesOfFreedom) * standardError,
      confidence,
    ),
    statistic,
    degreesOfFreedom,
    pValue: pValueOf(statistic, degreesOfFreedom, options.alternative),
  }
}
