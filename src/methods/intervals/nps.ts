import { ok } from '#lib/result.ts'
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
  twoSidedZ,
} from './interval.ts'

/** Answers to "how likely are you to recommend us", 0–10: promoters 9–10, passives 7–8, detractors 0–6. */
export interface NpsCounts {
  promoters: number
  passives: number
  detractors: number
}

export interface NpsEstimate {
  n: number
  /** Promoters minus detractors in percentage points, −100…100. */
  nps: number
  promoterShare: number
  detractorShare: number
  /** Plain standard error in points. */
  standardError: number
  /** Adjusted Wald: the interval to show. */
  interval: Interval
  /** Plain Wald, estimate ± z·SE: only to compare with published figures; too narrow for small n. */
  wald: Interval
}

const range = [-100, 100] as const
const pseudoAnswers = 3

/**
 * Net Promoter Score with its intervals.
 * Input: counts of answers; mergeable, so sums over days or units may be passed. Values in points (−100…100).
 * The interval adds three pseudo answers: 3/4 promoter, 3/4 detractor, the rest passive. It is kept inside −100…100
 * and widened to the estimate in the few cases below n = 3 where it would not hold it.
 * Refuses: counts that are negative or broken; no answers.
 * Source: B. Rocks (2016), "Interval estimation for the Net Promoter Score", doi 10.1080/00031305.2016.1165198.
 */
export function nps(counts: NpsCounts, options: IntervalOptions = {}): Answer<NpsEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  const { promoters, passives, detractors } = counts
  if (![promoters, passives, detractors].every(isCount) || !isConfidence(confidence)) return refuse('invalid_input')
  const n = promoters + passives + detractors
  if (n === 0) return refuse('no_data')
  const z = twoSidedZ(confidence)
  const plain = moments(promoters, detractors, n)
  const adjusted = moments(promoters + pseudoAnswers / 4, detractors + pseudoAnswers / 4, n + pseudoAnswers)
  const interval = symmetric(adjusted.nps, z * adjusted.standardError, confidence, range)
  return ok({
    n,
    nps: plain.nps,
    promoterShare: promoters / n,
    detractorShare: detractors / n,
    standardError: plain.standardError,
    interval: { ...interval, low: Math.min(interval.low, plain.nps), high: Math.max(interval.high, plain.nps) },
    wald: symmetric(plain.nps, z * plain.standardError, confidence, range),
  })
}

function moments(promoters: number, detractors: number, n: number): { nps: number; standardError: number } {
  const difference = (promoters - detractors) / n
  const variance = ((promoters + detractors) / n - difference * difference) / n
  return { nps: 100 * difference, standardError: 100 * Math.sqrt(Math.max(0, variance)) }
}

/**
 * Difference of two independent NPS, first minus second, in points: Wald test and interval.
 * Refuses: fewer than 30 answers on either side (a comparison of fewer says nothing); two sides without variation.
 * Source: as `nps`; the z test is the ordinary one for independent means.
 */
export function npsDifference(first: NpsCounts, second: NpsCounts, options: TestOptions = {}): Answer<Comparison> {
  const a = nps(first, options)
  if (!a.ok) return a
  const b = nps(second, options)
  if (!b.ok) return b
  if (Math.min(a.value.n, b.value.n) < 30) return refuse('too_few_answers', { n: [a.value.n, b.value.n], needed: 30 })
  return compared(a.value.nps - b.value.nps, Math.hypot(a.value.standardError, b.value.standardError), options)
}

/**
 * One NPS against a target that is known without error, in points. The standard error is the adjusted one, so that
 * thirty equal answers do not look like certainty. Refuses fewer than 30 answers.
 */
export function npsAgainst(counts: NpsCounts, target: number, options: TestOptions = {}): Answer<Comparison> {
  const estimate = nps(counts, options)
  if (!estimate.ok) return estimate
  const { n, nps: value } = estimate.value
  if (n < 30) return refuse('too_few_answers', { n, needed: 30 })
  const adjusted = moments(counts.promoters + pseudoAnswers / 4, counts.detractors + pseudoAnswers / 4, n + 3)
  return compared(value - target, adjusted.standardError, options)
}

function compared(difference: number, standardError: number, options: TestOptions): Answer<Comparison> {
  if (!(standardError > 0)) return refuse('no_variation')
  const confidence = options.confidence ?? defaultConfidence
  const statistic = difference / standardError
  const degreesOfFreedom = Number.POSITIVE_INFINITY
  return ok({
    difference,
    standardError,
    interval: symmetric(difference, twoSidedZ(confidence) * standardError, confidence),
    statistic,
    degreesOfFreedom,
    pValue: pValueOf(statistic, degreesOfFreedom, options.alternative),
  })
}
