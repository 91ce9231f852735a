import { ok } from '#lib/result.ts'
import { defaultConfidence, type Interval, isConfidence } from '#methods/intervals/interval.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import { designRow, type Season, validSeason } from './itsDesign.ts'
import { dot, leastSquares } from './leastSquares.ts'
import { durbinWatson, neweyWestLag } from './neweyWest.ts'
import { poissonRegression } from './poisson.ts'
import { type Term, type TimeFit, timeSeriesErrors } from './timeSeriesErrors.ts'

export type ItsOutcome =
  /** One number per period (null where nothing was measured): a mean, a share, a score. */
  | { kind: 'mean'; values: readonly (number | null)[] }
  /** Events and what they could have happened to, per period; compared as rates, effects are ratios. */
  | { kind: 'count'; events: readonly (number | null)[]; exposure: readonly number[] }

export interface ItsInput {
  outcome: ItsOutcome
  /** Index of the first period under the change. */
  start: number
  /** Periods from `start` on that are left out while the change settles. */
  washout?: number
  season?: Season
  /** Whether the slope may change too; true unless told otherwise. */
  slopeChange?: boolean
  confidence?: number
}

export interface ItsPoint {
  index: number
  /** Value, or rate for counts; null where not measured or left out. */
  value: number | null
  fitted: number
  /** What the model expects without the change. */
  counterfactual: number
  counterfactualInterval: Interval
}

export type ItsWarning = 'autocorrelated' | 'short_series' | 'overdispersed'

export interface ItsResult {
  /** `log`: estimates are differences of logarithms; exp() of estimate and interval is a ratio of rates. */
  scale: 'identity' | 'log'
  /** Change per period before the change began. */
  trend: Term
  /** Immediate change at `start`. */
  level: Term
  /** Change of the trend per period. */
  slope?: Term
  /** Mean effect over the measured periods under the change: the natural primary measure. */
  average: Term
  /** Effect at the last measured period. */
  last: Term
  periodsBefore: number
  periodsAfter: number
  lag: number
  autocorrelation: number
  durbinWatson: number
  /** Counts only: Pearson χ² over degrees of freedom, with its share of autocorrelation; 1 is Poisson. */
  dispersion?: number
  degreesOfFreedom: number
  points: ItsPoint[]
  warnings: ItsWarning[]
}

/** Periods each side must have. */
export const fewestPeriodsEachSide = 8

/**
 * Interrupted time series: Yₜ = b₀ + b₁t + b₂Dₜ + b₃(t − T₀)Dₜ + season + e, for one treated series without a control.
 * Counts use a quasi-Poisson model with ln(exposure) as offset. Errors: the larger of Newey–West and AR(1), see
 * timeSeriesErrors.
 * Returns the effects with intervals, the series with its counterfactual, and what speaks against trusting it.
 * Refuses: fewer than 8 measured periods on a side; a season with fewer than two cycles of data; broken input; terms
 * that cannot be told apart.
 * Source: A. K. Wagner, S. B. Soumerai, F. Zhang & D. Ross-Degnan (2002), doi 10.1046/j.1365-2710.2002.00430.x; J. L.
 * Bernal, S. Cummins & A. Gasparrini (2017), doi 10.1093/ije/dyw098.
 */
export function interruptedTimeSeries(input: ItsInput): Answer<ItsResult> {
  const { outcome, start, washout = 0, season, confidence = defaultConfidence } = input
  const series = outcome.kind === 'mean' ? outcome.values : outcome.events
  if (!validOutcome(outcome) || !validShape(input, series.length) || !isConfidence(confidence)) {
    return refuse('invalid_input')
  }
  const times = series.flatMap((value, t) =>
    measured(value, outcome, t) && (t < start || t >= start + washout) ? [t] : [],
  )
  const after = times.filter((t) => t >= start)
  const periodsBefore = times.length - after.length
  if (Math.min(periodsBefore, after.length) < fewestPeriodsEachSide) {
    return refuse('too_few_points', { before: periodsBefore, after: after.length, needed: fewestPeriodsEachSide })
  }
  if (season && times.length < 2 * season.length) return refuse('too_few_points', { needed: 2 * season.length })
  const rowAt = (t: number, changed: boolean) => designRow(input, t, changed)
  const model = fitModel(outcome, times, (t) => rowAt(t, t >= start))
  if (!model) return refuse('collinear')
  // What is left of a straight line is rounding, not an error to judge an effect by.
  if (Math.hypot(...model.fit.residuals) <= 1e-10 * Math.hypot(...model.response)) return refuse('no_variation')
  // Counts cannot honestly scatter less than Poisson; a dispersion below 1 is luck.
  const leastVariance = outcome.kind === 'count' ? 1 : 0
  const errors = timeSeriesErrors(model.fit, { lag: neweyWestLag(times.length), confidence, leastVariance })
  const unit = (column: number) => model.fit.coefficients.map((_, j): number => (j === column ? 1 : 0))
  const effectAt = (since: number) => {
    const weights = unit(2)
    if (input.slopeChange !== false) weights[3] = since
    return errors.term(weights)
  }
  const average = effectAt(after.reduce((sum, t) => sum + t - start, 0) / after.length)
  const scaled = outcome.kind === 'count' ? Math.exp : (value: number) => value
  const points = series.map((value, index): ItsPoint => {
    const without = errors.term(rowAt(index, false))
    return {
      index,
      value: times.includes(index) ? (outcome.kind === 'count' ? value! / outcome.exposure[index]! : value) : null,
      fitted: scaled(dot(rowAt(index, index >= start), model.fit.coefficients)),
      counterfactual: scaled(without.estimate),
      counterfactualInterval: { low: scaled(without.interval.low), high: scaled(without.interval.high), confidence },
    }
  })
  const statistic = durbinWatson(model.fit.residuals, times)
  const warnings: ItsWarning[] = []
  if (statistic < 1.4 || errors.autocorrelation > 0.3) warnings.push('autocorrelated')
  if (Math.min(periodsBefore, after.length) < 12) warnings.push('short_series')
  if (outcome.kind === 'count' && errors.variance > 2) warnings.push('overdispersed')
  return ok({
    scale: outcome.kind === 'count' ? 'log' : 'identity',
    trend: errors.term(unit(1)),
    level: errors.term(unit(2)),
    ...(input.slopeChange !== false && { slope: errors.term(unit(3)) }),
    average,
    last: effectAt(after.at(-1)! - start),
    periodsBefore,
    periodsAfter: after.length,
    lag: errors.lag,
    autocorrelation: errors.autocorrelation,
    durbinWatson: statistic,
    ...(outcome.kind === 'count' && { dispersion: errors.variance }),
    degreesOfFreedom: errors.degreesOfFreedom,
    points,
    warnings,
  })
}

const measured = (value: number | null, outcome: ItsOutcome, t: number): boolean =>
  value !== null && (outcome.kind === 'mean' || outcome.exposure[t]! > 0)

function validOutcome(outcome: ItsOutcome): boolean {
  if (outcome.kind === 'mean') return outcome.values.every((value) => value === null || Number.isFinite(value))
  const { events, exposure } = outcome
  return (
    events.length === exposure.length &&
    events.every((count) => count === null || isCount(count)) &&
    exposure.every((size) => Number.isFinite(size) && size >= 0)
  )
}

function validShape({ start, washout = 0, season }: ItsInput, length: number): boolean {
  return Number.isInteger(start) && start > 0 && start < length && isCount(washout) && (!season || validSeason(season))
}

function fitModel(
  outcome: ItsOutcome,
  times: number[],
  rowAt: (t: number) => number[],
): { fit: TimeFit; response: number[] } | undefined {
  const design = times.map(rowAt)
  if (outcome.kind === 'mean') {
    const response = times.map((t) => outcome.values[t]!)
    const fit = leastSquares(design, response)
    return fit && { fit: { ...fit, design, times }, response }
  }
  const counts = times.map((t) => outcome.events[t]!)
  const fit = poissonRegression(
    design,
    counts,
    times.map((t) => outcome.exposure[t]!),
  )
  return fit && { fit: { ...fit, design: fit.workingDesign, residuals: fit.pearson, times }, response: counts }
}
