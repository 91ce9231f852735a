import { normalQuantile, normalTail } from '#methods/distributions/normal.ts'
import { studentTail } from '#methods/distributions/student.ts'

export interface Interval {
  low: number
  high: number
  /** Coverage aimed at, for instance 0.95. */
  confidence: number
}

/** Which deviation counts as evidence: either, only a smaller value, only a larger one. */
export type Alternative = 'two-sided' | 'less' | 'greater'

/** A difference or a deviation from a target, with its test. */
export interface Comparison {
  difference: number
  standardError: number
  interval: Interval
  /** z, or t where `degreesOfFreedom` is finite. */
  statistic: number
  degreesOfFreedom: number
  pValue: number
}

export interface IntervalOptions {
  /** Coverage, 0.95 unless told otherwise. */
  confidence?: number
}

export interface TestOptions extends IntervalOptions {
  alternative?: Alternative
}

export const defaultConfidence = 0.95

export const isConfidence = (confidence: number): boolean => confidence > 0 && confidence < 1

/** The z that leaves (1 − confidence)/2 in each tail: 1.96 for 95 %. */
export const twoSidedZ = (confidence: number): number => normalQuantile((1 + confidence) / 2)

/** The p value of a t statistic (z with infinite degrees of freedom) against the alternative. */
export function pValueOf(statistic: number, degreesOfFreedom: number, alternative: Alternative = 'two-sided'): number {
  const tail = (t: number) =>
    degreesOfFreedom === Number.POSITIVE_INFINITY ? normalTail(t) : studentTail(t, degreesOfFreedom)
  if (alternative === 'greater') return tail(statistic)
  if (alternative === 'less') return tail(-statistic)
  return Math.min(1, 2 * tail(Math.abs(statistic)))
}

/** estimate ± critical · standardError, kept inside the possible range. */
export function symmetric(
  estimate: number,
  halfWidth: number,
  confidence: number,
  range: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Interval {
  return { low: Math.max(range[0], estimate - halfWidth), high: Math.min(range[1], estimate + halfWidth), confidence }
}

/** Whether the whole interval lies on one side of `value`. */
export const excludes = (interval: Interval, value: number): boolean => interval.low > value || interval.high < value

/**
 * Interval for a − b from the intervals of a and b, where theirs are not symmetric.
 * Source: G. Y. Zou & A. Donner (2008), "Construction of confidence limits about effect measures", doi 10.1002/sim.3095.
 */
export function differenceOfIntervals(a: number, ofA: Interval, b: number, ofB: Interval): Interval {
  return {
    low: a - b - Math.hypot(a - ofA.low, ofB.high - b),
    high: a - b + Math.hypot(ofA.high - a, b - ofB.low),
    confidence: ofA.confidence,
  }
}
