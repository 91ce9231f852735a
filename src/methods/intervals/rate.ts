import { ok } from '#lib/result.ts'
import { betaQuantile, binomialCdf, binomialUpperTail } from '#methods/distributions/beta.ts'
import { chiSquareQuantile, poissonCdf, poissonUpperTail } from '#methods/distributions/chiSquare.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import {
  type Alternative,
  defaultConfidence,
  type Interval,
  type IntervalOptions,
  isConfidence,
  pValueOf,
  type TestOptions,
  twoSidedZ,
} from './interval.ts'

/** Events against what they could have happened to: complaints and interactions, failures and attempts, calls and hours. */
export interface EventCounts {
  events: number
  exposure: number
}

export interface RateEstimate {
  events: number
  exposure: number
  /** Events per unit of exposure. */
  rate: number
  interval: Interval
}

export interface RateRatio {
  /** First rate over second; Infinity where the second has no event. */
  ratio: number
  interval: Interval
  pValue: number
}

const validEvents = ({ events, exposure }: EventCounts): boolean =>
  isCount(events) && Number.isFinite(exposure) && exposure >= 0

/**
 * A rate with its exact Poisson interval.
 * Refuses: broken counts; no exposure.
 * Source: F. Garwood (1936), "Fiducial limits for the Poisson distribution", doi 10.1093/biomet/28.3-4.437.
 */
export function rate(counts: EventCounts, options: IntervalOptions = {}): Answer<RateEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  if (!validEvents(counts) || !isConfidence(confidence)) return refuse('invalid_input')
  const { events, exposure } = counts
  if (exposure === 0) return refuse('no_data')
  const tail = (1 - confidence) / 2
  return ok({
    events,
    exposure,
    rate: events / exposure,
    interval: {
      low: events === 0 ? 0 : chiSquareQuantile(tail, 2 * events) / 2 / exposure,
      high: chiSquareQuantile(1 - tail, 2 * events + 2) / 2 / exposure,
      confidence,
    },
  })
}

const exactP = (less: number, greater: number, alternative: Alternative = 'two-sided'): number =>
  alternative === 'less' ? less : alternative === 'greater' ? greater : Math.min(1, 2 * Math.min(less, greater))

/** A rate against a target rate known without error (> 0): exact Poisson test. Refuses as `rate`. */
export function rateAgainst(counts: EventCounts, target: number, options: TestOptions = {}): Answer<RateRatio> {
  const estimate = rate(counts, options)
  if (!estimate.ok) return estimate
  if (!(target > 0 && Number.isFinite(target))) return refuse('invalid_input')
  const expected = target * counts.exposure
  const { rate: value, interval } = estimate.value
  return ok({
    ratio: value / target,
    interval: { low: interval.low / target, high: interval.high / target, confidence: interval.confidence },
    pValue: exactP(poissonCdf(counts.events, expected), poissonUpperTail(counts.events, expected), options.alternative),
  })
}

/**
 * Ratio of two independent rates, first over second. Given their total, the first count is binomial, so test and
 * interval are exact. With a `dispersion` above 1 (variance over mean of the daily counts, see `dispersionOf`) events
 * come in bursts, and a log-normal interval widened by √dispersion takes its place.
 * Refuses: broken counts; no exposure; no event at all; with a dispersion, a side without events.
 * Source: J. Przyborowski & H. Wilenski (1940), doi 10.1093/biomet/31.3-4.313; quasi-Poisson: P. McCullagh & J. A.
 * Nelder (1989), Generalized Linear Models, 6.2.
 */
export function rateRatio(
  first: EventCounts,
  second: EventCounts,
  options: TestOptions & { dispersion?: number } = {},
): Answer<RateRatio> {
  const confidence = options.confidence ?? defaultConfidence
  const dispersion = options.dispersion ?? 1
  if (!validEvents(first) || !validEvents(second) || !isConfidence(confidence) || !(dispersion > 0)) {
    return refuse('invalid_input')
  }
  const total = first.events + second.events
  if (first.exposure === 0 || second.exposure === 0 || total === 0) return refuse('no_data')
  const ratio = first.events / first.exposure / (second.events / second.exposure)
  if (dispersion > 1) return dispersedRatio(first, second, ratio, dispersion, confidence, options.alternative)
  const odds = (share: number) => ((share / (1 - share)) * second.exposure) / first.exposure
  const tail = (1 - confidence) / 2
  const equal = first.exposure / (first.exposure + second.exposure)
  return ok({
    ratio,
    interval: {
      low: first.events === 0 ? 0 : odds(betaQuantile(first.events, second.events + 1, tail)),
      high:
        second.events === 0 ? Number.POSITIVE_INFINITY : odds(betaQuantile(first.events + 1, second.events, 1 - tail)),
      confidence,
    },
    pValue: exactP(
      binomialCdf(first.events, total, equal),
      binomialUpperTail(first.events, total, equal),
      options.alternative,
    ),
  })
}

function dispersedRatio(
  first: EventCounts,
  second: EventCounts,
  ratio: number,
  dispersion: number,
  confidence: number,
  alternative?: Alternative,
): Answer<RateRatio> {
  if (first.events === 0 || second.events === 0) return refuse('no_data')
  const error = Math.sqrt(dispersion * (1 / first.events + 1 / second.events))
  const factor = Math.exp(twoSidedZ(confidence) * error)
  return ok({
    ratio,
    interval: { low: ratio / factor, high: ratio * factor, confidence },
    pValue: pValueOf(Math.log(ratio) / error, Number.POSITIVE_INFINITY, alternative),
  })
}

/**
 * How much more counts of several periods vary than Poisson: Pearson's χ² over its degrees of freedom, 1 where events
 * are independent. Refuses fewer than five periods with exposure, or no event.
 */
export function dispersionOf(periods: readonly EventCounts[]): Answer<number> {
  if (!periods.every(validEvents)) return refuse('invalid_input')
  const filled = periods.filter((p) => p.exposure > 0)
  if (filled.length < 5) return refuse('too_few_points', { periods: filled.length, needed: 5 })
  const mean = filled.reduce((sum, p) => sum + p.events, 0) / filled.reduce((sum, p) => sum + p.exposure, 0)
  if (mean === 0) return refuse('no_data')
  const chiSquare = filled.reduce((sum, p) => sum + (p.events - mean * p.exposure) ** 2 / (mean * p.exposure), 0)
  return ok(chiSquare / (filled.length - 1))
}
