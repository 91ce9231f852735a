import { ok } from '#lib/result.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import type { Comparison, TestOptions } from './interval.ts'
import { type MomentSums, momentsOf, studentComparison } from './mean.ts'
import type { NpsCounts } from './nps.ts'
import type { EventCounts } from './rate.ts'
import type { HitCounts } from './wilson.ts'

/** The value of one closed period, its variance if every answer were independent, and how many answers it rests on. */
export interface PeriodEstimate {
  value: number
  samplingVariance: number
  n: number
}

export interface HistoryComparison extends Comparison {
  /** What the past lets one expect of this period. */
  expected: number
  /** Variance between past periods beyond sampling, in squared units: season, mix and everything unmeasured. */
  betweenVariance: number
  pastPeriods: number
}

/** Variance between periods beyond sampling, and what it rests on. */
export interface BetweenVariance {
  variance: number
  degreesOfFreedom: number
}

const fewestPeriods = 5

/**
 * One period against the unit's own past: is it further off than the past periods are among themselves? The past's
 * scatter beyond sampling (τ², by Paule and Mandel) enters the error, so that ordinary restlessness raises nothing.
 * Inputs: the closed period, and past ones that are comparable (same season, same definition). Values in any unit.
 * `between`: τ² known from comparable series (`pooledBetween`), which enters by its degrees of freedom; without it a
 * short past makes for a cautious test, since its scatter is hardly known.
 * Returns current minus expected, with t on the degrees of freedom of τ². Satterthwaite's larger ones were tried and
 * gave up to thirty times the false alarms asked for at p = 0.0001.
 * Refuses: fewer than five past periods; broken numbers; no variation at all.
 * Source: R. C. Paule & J. Mandel (1982), doi 10.6028/jres.087.022; prediction interval: J. P. T. Higgins, S. G.
 * Thompson & D. J. Spiegelhalter (2009), doi 10.1111/j.1467-985X.2008.00552.x.
 */
export function againstHistory(
  current: PeriodEstimate,
  past: readonly PeriodEstimate[],
  options: TestOptions & { between?: BetweenVariance } = {},
): Answer<HistoryComparison> {
  const valid = (p: PeriodEstimate) =>
    Number.isFinite(p.value) && Number.isFinite(p.samplingVariance) && p.samplingVariance >= 0 && isCount(p.n)
  if (![current, ...past].every(valid)) return refuse('invalid_input')
  if (past.length < fewestPeriods) return refuse('too_few_points', { periods: past.length, needed: fewestPeriods })
  if (current.n === 0) return refuse('no_data')
  // A period without scatter of its own must not weigh infinitely: it takes the smallest variance above zero.
  const floor = Math.min(...past.map((p) => p.samplingVariance).filter((v) => v > 0))
  const sampled = past.map((p) => ({
    value: p.value,
    variance: p.samplingVariance > 0 || !Number.isFinite(floor) ? p.samplingVariance : floor,
  }))
  const known = options.between ?? { variance: 0, degreesOfFreedom: 0 }
  if (!(known.variance >= 0 && known.degreesOfFreedom >= 0)) return refuse('invalid_input')
  const degreesOfFreedom = known.degreesOfFreedom + past.length - 1
  const own = pauleMandel(sampled)
  const betweenVariance = (known.degreesOfFreedom * known.variance + (past.length - 1) * own) / degreesOfFreedom
  const weights = sampled.map((p) => 1 / (betweenVariance + p.variance))
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (!Number.isFinite(total)) return refuse('no_variation')
  const expected = sampled.reduce((sum, p, i) => sum + weights[i]! * p.value, 0) / total
  const variance = betweenVariance + current.samplingVariance + 1 / total
  return ok({
    ...studentComparison(current.value - expected, Math.sqrt(variance), degreesOfFreedom, options),
    expected,
    betweenVariance,
    pastPeriods: past.length,
  })
}

/**
 * τ² over the past of several comparable series (the same touchpoint in other units): the mean of their own τ²,
 * weighted by their periods. Its degrees of freedom are halved, since series differ in their restlessness.
 * Refuses: no series of five periods.
 */
export function pooledBetween(series: readonly (readonly PeriodEstimate[])[]): Answer<BetweenVariance> {
  const long = series.filter((periods) => periods.length >= fewestPeriods)
  if (long.length === 0) return refuse('too_few_points', { needed: fewestPeriods })
  const degrees = long.reduce((sum, periods) => sum + periods.length - 1, 0)
  const variance = long.reduce(
    (sum, periods) =>
      sum + (periods.length - 1) * pauleMandel(periods.map((p) => ({ value: p.value, variance: p.samplingVariance }))),
    0,
  )
  return ok({ variance: variance / degrees, degreesOfFreedom: degrees / 2 })
}

/**
 * τ²: the variance between values beyond their sampling variances, for which the weighted squares around the weighted
 * mean equal their expectation; 0 where sampling explains all. Source: as `againstHistory`.
 */
export function pauleMandel(periods: readonly { value: number; variance: number }[]): number {
  const excess = (tau: number) => {
    const weights = periods.map((p) => 1 / (tau + p.variance))
    const total = weights.reduce((sum, w) => sum + w, 0)
    const mean = periods.reduce((sum, p, i) => sum + weights[i]! * p.value, 0) / total
    return periods.reduce((sum, p, i) => sum + weights[i]! * (p.value - mean) ** 2, 0) - (periods.length - 1)
  }
  const values = periods.map((p) => p.value)
  let high = (Math.max(...values) - Math.min(...values)) ** 2
  if (high === 0 || (periods.every((p) => p.variance > 0) && excess(0) <= 0)) return 0
  let low = 0
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (excess(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** A period's mean. Where all answers are alike its variance is taken from `typicalVariance`, if given. */
export function meanPeriod(sums: MomentSums, typicalVariance = 0): PeriodEstimate {
  const { mean, variance } = momentsOf(sums)
  return {
    value: mean,
    samplingVariance: Math.max(Number.isNaN(variance) ? 0 : variance, typicalVariance) / sums.n,
    n: sums.n,
  }
}

/** A period's share; two pseudo answers keep the variance off zero (Agresti & Caffo 2000, doi 10.1080/00031305.2000.10474560). */
export function sharePeriod({ hits, n }: HitCounts): PeriodEstimate {
  const share = (hits + 1) / (n + 2)
  return { value: hits / n, samplingVariance: (share * (1 - share)) / n, n }
}

/** A period's NPS in points, with the pseudo answers of `nps` in its variance. */
export function npsPeriod({ promoters, passives, detractors }: NpsCounts): PeriodEstimate {
  const n = promoters + passives + detractors
  const up = (promoters + 0.75) / (n + 3)
  const down = (detractors + 0.75) / (n + 3)
  return {
    value: (100 * (promoters - detractors)) / n,
    samplingVariance: (10_000 * (up + down - (up - down) ** 2)) / n,
    n,
  }
}

/** A period's rate per unit of exposure, with the variance of a Poisson count (half an event is added to it). */
export function ratePeriod({ events, exposure }: EventCounts): PeriodEstimate {
  return {
    value: events / exposure,
    samplingVariance: (events + 0.5) / exposure ** 2,
    n: Math.max(2, events),
  }
}
