import { ok } from '#lib/result.ts'
import { pauleMandel } from '#methods/intervals/history.ts'
import { defaultConfidence, type Interval, twoSidedZ } from '#methods/intervals/interval.ts'
import { type MomentSums, momentsOf } from '#methods/intervals/mean.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'

export interface RegressionToMean {
  /** Where a unit picked for its value is to be expected next, with nothing done: mean + r·(selected − mean). */
  expectedFollowUp: number
  /** Expected minus selected: the change that proves nothing. */
  expectedChange: number
}

/**
 * The follow-up to expect of a unit that was picked for being extreme, with no effect at all.
 * Inputs: mean of all comparable units, the selected unit's value (both in the unit of the measure), and the correlation
 * of two periods' values over units (0…1).
 * Refuses: a correlation outside 0…1 (a negative one is noise: take 0); what is no number.
 * Source: F. Galton (1886), doi 10.2307/2841583; A. G. Barnett, J. C. van der Pols & A. J. Dobson (2005), doi
 * 10.1093/ije/dyh299.
 */
export function regressionToMean(input: {
  mean: number
  selected: number
  correlation: number
}): Answer<RegressionToMean> {
  const { mean, selected, correlation } = input
  if (!Number.isFinite(mean) || !Number.isFinite(selected) || !(correlation >= 0 && correlation <= 1)) {
    return refuse('invalid_input')
  }
  const expectedFollowUp = mean + correlation * (selected - mean)
  return ok({ expectedFollowUp, expectedChange: expectedFollowUp - selected })
}

export interface RegressionWarning extends RegressionToMean {
  observedChange: number
  /** Observed beyond expected: what is left to be explained by an effect. */
  beyond: number
  /** Share of the observed change that was to be expected anyway, 0…1 (1 where all of it was). */
  explainedShare: number
  warn: boolean
}

/** Above this share of the observed change, a before–after comparison of a picked unit is not to be believed. */
const worrying = 0.2

/**
 * Warns where a unit was picked for being extreme and a good part of its change was to be expected anyway. `picked` is
 * what the reader knows: the unit was chosen because of the value that is now the starting point.
 */
export function regressionWarning(input: {
  mean: number
  selected: number
  followUp: number
  correlation: number
  picked: boolean
}): Answer<RegressionWarning> {
  const expected = regressionToMean(input)
  if (!expected.ok) return expected
  if (!Number.isFinite(input.followUp)) return refuse('invalid_input')
  const { expectedChange } = expected.value
  const observedChange = input.followUp - input.selected
  const along = expectedChange * observedChange > 0
  const explainedShare = along ? Math.min(1, expectedChange / observedChange) : 0
  return ok({
    ...expected.value,
    observedChange,
    beyond: observedChange - expectedChange,
    explainedShare,
    warn: input.picked && explainedShare >= worrying,
  })
}

/**
 * Correlation r of two periods over units, with Fisher's interval; what `regressionToMean` needs.
 * Inputs: each unit's value in both periods, before anything was done. Refuses: fewer than five units; no variation.
 * Source: R. A. Fisher (1915), doi 10.1093/biomet/10.4.507.
 */
export function correlationOfPeriods(
  pairs: readonly { first: number; second: number }[],
  confidence = defaultConfidence,
): Answer<{ correlation: number; interval: Interval; units: number }> {
  const units = pairs.length
  if (!pairs.every((p) => Number.isFinite(p.first) && Number.isFinite(p.second))) return refuse('invalid_input')
  if (units < 5) return refuse('too_few_units', { units, needed: 5 })
  const mean = (pick: (p: { first: number; second: number }) => number) =>
    pairs.reduce((s, p) => s + pick(p), 0) / units
  const [m1, m2] = [mean((p) => p.first), mean((p) => p.second)]
  const product = pairs.reduce((sum, p) => sum + (p.first - m1) * (p.second - m2), 0)
  const scale = Math.sqrt(
    pairs.reduce((sum, p) => sum + (p.first - m1) ** 2, 0) * pairs.reduce((sum, p) => sum + (p.second - m2) ** 2, 0),
  )
  if (!(scale > 0)) return refuse('no_variation')
  const correlation = Math.max(-1, Math.min(1, product / scale))
  const half = twoSidedZ(confidence) / Math.sqrt(units - 3)
  const centre = Math.atanh(correlation)
  return ok({
    correlation,
    interval: { low: Math.tanh(centre - half), high: Math.tanh(centre + half), confidence },
    units,
  })
}

export interface Reliability {
  mean: number
  /** Variance of the units' true values. */
  betweenVariance: number
  /** Variance of single answers within a unit. */
  withinVariance: number
  /** The r to expect of a unit with n answers: between / (between + within/n). */
  correlationFor: (n: number) => number
}

/**
 * r without a second period: from how much units differ beyond their sampling error. An upper bound, since it takes the
 * true values as still. Inputs: sums of every unit over the same period.
 * Refuses: fewer than five units with two answers; broken sums.
 * Source: B. Efron & C. Morris (1975), doi 10.1080/01621459.1975.10479864; τ² by Paule & Mandel (1982).
 */
export function reliabilityOfUnits(units: readonly MomentSums[]): Answer<Reliability> {
  if (!units.every((u) => isCount(u.n) && Number.isFinite(u.sum) && Number.isFinite(u.sumSquares))) {
    return refuse('invalid_input')
  }
  const usable = units.filter((unit) => unit.n > 1)
  if (usable.length < 5) return refuse('too_few_units', { units: usable.length, needed: 5 })
  const answers = usable.reduce((sum, unit) => sum + unit.n, 0)
  const squares = usable.reduce((sum, unit) => sum + momentsOf(unit).variance * (unit.n - 1), 0)
  const withinVariance = squares / (answers - usable.length)
  const values = usable.map((unit) => ({ value: unit.sum / unit.n, variance: withinVariance / unit.n }))
  const betweenVariance = pauleMandel(values)
  if (!(betweenVariance + withinVariance > 0)) return refuse('no_variation')
  const weights = values.map(({ variance }) => 1 / (betweenVariance + variance))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return ok({
    mean: values.reduce((sum, { value }, i) => sum + weights[i]! * value, 0) / total,
    betweenVariance,
    withinVariance,
    correlationFor: (n) => betweenVariance / (betweenVariance + withinVariance / n),
  })
}
