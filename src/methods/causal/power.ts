import { ok } from '#lib/result.ts'
import { normalQuantile } from '#methods/distributions/normal.ts'
import { studentQuantile, studentTail } from '#methods/distributions/student.ts'
import { type Answer, refuse } from '#methods/refusals.ts'
import { fewestPeriodsEachSide } from './its.ts'
import { designRow } from './itsDesign.ts'
import { averageEffectVariance } from './timeSeriesErrors.ts'

export interface PowerOptions {
  /** Two-sided error of the first kind, 0.05. */
  alpha?: number
  /** Chance of seeing the effect if it is there, 0.8. */
  power?: number
  /** Variance against independent answers: 1 + (answers per cluster − 1)·ρ; 1 unless told otherwise. */
  designEffect?: number
}

const quantiles = ({ alpha = 0.05, power = 0.8 }: PowerOptions): number =>
  normalQuantile(1 - alpha / 2) + normalQuantile(power)

const validOptions = ({ alpha = 0.05, power = 0.8, designEffect = 1 }: PowerOptions): boolean =>
  alpha > 0 && alpha < 1 && power > 0 && power < 1 && designEffect >= 1

/**
 * Answers per arm to tell two shares apart: (z_{α/2} + z_β)²·(p₁q₁ + p₂q₂)/Δ², times the design effect.
 * Refuses: shares outside 0…1, equal ones, impossible options.
 * Source: J. L. Fleiss, B. Levin & M. C. Paik (2003), Statistical Methods for Rates and Proportions, ch. 4, doi
 * 10.1002/0471445428.
 */
export function answersForShares(from: number, to: number, options: PowerOptions = {}): Answer<number> {
  const share = (p: number) => p >= 0 && p <= 1
  if (!share(from) || !share(to) || from === to || !validOptions(options)) return refuse('invalid_input')
  const variance = from * (1 - from) + to * (1 - to)
  return ok(Math.ceil(((quantiles(options) ** 2 * variance) / (to - from) ** 2) * (options.designEffect ?? 1)))
}

/** Answers per arm to tell two means apart that differ by `difference`, at standard deviation `sd` of single answers. */
export function answersForMeans(difference: number, sd: number, options: PowerOptions = {}): Answer<number> {
  if (!(sd > 0) || !Number.isFinite(difference) || difference === 0 || !validOptions(options)) {
    return refuse('invalid_input')
  }
  return ok(Math.ceil(((quantiles(options) ** 2 * 2 * sd ** 2) / difference ** 2) * (options.designEffect ?? 1)))
}

/** Chance that a true effect shows itself, given the error its estimate will have. */
export function powerOf(
  effect: number,
  standardError: number,
  alpha = 0.05,
  degreesOfFreedom = Number.POSITIVE_INFINITY,
): number {
  const critical = studentQuantile(1 - alpha / 2, degreesOfFreedom)
  const shift = Math.abs(effect) / standardError
  return studentTail(critical - shift, degreesOfFreedom) + studentTail(critical + shift, degreesOfFreedom)
}

/** The smallest effect that shows itself with this power. */
export const smallestVisibleEffect = (standardError: number, options: PowerOptions = {}): number =>
  quantiles(options) * standardError

/** What is known of the measure before the change, per period (week, month). */
export interface Visibility {
  /** Expected mean effect in the unit of the measure. */
  effect: number
  periodsBefore: number
  /** Standard deviation of one period's value around its trend; for units, of one unit's period. */
  periodSd: number
  /** Correlation of neighbouring periods, 0…1. */
  autocorrelation?: number
  /** Longest time one is ready to wait, in periods: 104. */
  atMost?: number
  design: { kind: 'its' } | { kind: 'did'; treatedUnits: number; untreatedUnits: number }
}

/**
 * How many periods under the change until the expected effect can be seen, for the note that is locked before the start.
 * Interrupted series: the error of the mean effect in a segmented regression with AR(1) errors. It need not fall with
 * time: the further the old trend is drawn out, the less is known of it; what helps is a longer past. Difference-in-
 * differences: the changes of units, each with AR(1) errors.
 * Refuses: impossible input; an effect that cannot be seen within `atMost` periods (with the best power on the way).
 * Source: F. Zhang, A. K. Wagner & D. Ross-Degnan (2011), doi 10.1016/j.jclinepi.2010.12.007; B. Burlig, L. Preonas & M.
 * Woerman (2020), doi 10.1016/j.jdeveco.2020.102458.
 */
export function periodsUntilVisible(
  input: Visibility,
  options: PowerOptions = {},
): Answer<{ periods: number; power: number; smallestVisibleEffect: number }> {
  const { effect, periodsBefore, periodSd, autocorrelation = 0, atMost = 104, design } = input
  const possible =
    Number.isFinite(effect) && effect !== 0 && periodSd > 0 && autocorrelation >= 0 && autocorrelation < 1
  if (!possible || !Number.isInteger(periodsBefore) || periodsBefore < 2 || !validOptions(options)) {
    return refuse('invalid_input')
  }
  if (design.kind === 'did' && !(design.treatedUnits >= 1 && design.untreatedUnits >= 3)) return refuse('too_few_units')
  if (design.kind === 'its' && periodsBefore < fewestPeriodsEachSide) {
    return refuse('too_few_points', { before: periodsBefore, needed: fewestPeriodsEachSide })
  }
  const wanted = options.power ?? 0.8
  let best = 0
  for (let periods = design.kind === 'its' ? fewestPeriodsEachSide : 1; periods <= atMost; periods++) {
    const { variance, degreesOfFreedom } =
      design.kind === 'its'
        ? seriesError(periodsBefore, periods, autocorrelation)
        : unitsError(periodsBefore, periods, autocorrelation, design)
    const standardError = periodSd * Math.sqrt(variance)
    const power = powerOf(effect, standardError, options.alpha, degreesOfFreedom)
    best = Math.max(best, power)
    if (power >= wanted)
      return ok({ periods, power, smallestVisibleEffect: smallestVisibleEffect(standardError, options) })
  }
  return refuse('not_visible', { atMost, power: best })
}

function seriesError(before: number, after: number, rho: number): { variance: number; degreesOfFreedom: number } {
  const times = Array.from({ length: before + after }, (_, t) => t)
  const design = times.map((t) => designRow({ start: before }, t, t >= before))
  const variance = averageEffectVariance(design, times, rho, [0, 0, 1, (after - 1) / 2])
  return { variance, degreesOfFreedom: Math.max(3, ((before + after - 4) * (1 - rho)) / (1 + rho)) }
}

function unitsError(
  before: number,
  after: number,
  rho: number,
  { treatedUnits, untreatedUnits }: { treatedUnits: number; untreatedUnits: number },
): { variance: number; degreesOfFreedom: number } {
  const times = Array.from({ length: before + after }, (_, t) => t)
  const design = times.map((t) => [1, t >= before ? 1 : 0])
  const change = averageEffectVariance(design, times, rho, [0, 1])
  return {
    variance: change * (1 / treatedUnits + 1 / untreatedUnits),
    degreesOfFreedom:
      Math.min(treatedUnits, untreatedUnits) < 5 ? untreatedUnits - 1 : treatedUnits + untreatedUnits - 1,
  }
}
