import { ok } from '#lib/result.ts'
import { normalQuantile, normalTail } from '#methods/distributions/normal.ts'
import { type Answer, refuse } from '#methods/refusals.ts'

/** How the error of the first kind is spent while an experiment is looked at more than once. */
export type Spending = 'obrien_fleming' | 'pocock'

/**
 * Error spent up to an information fraction t (answers so far over answers planned, 0 < t ≤ 1), two-sided alpha:
 * O'Brien–Fleming type 2{1 − Φ(z_{α/2}/√t)} spends late, Pocock type α·ln(1 + (e − 1)t) evenly.
 * Refuses: a fraction or an alpha outside its range.
 * Source: K. K. G. Lan & D. L. DeMets (1983), "Discrete sequential boundaries for clinical trials", doi
 * 10.1093/biomet/70.3.659.
 */
export function spent(fraction: number, spending: Spending, alpha = 0.05): Answer<number> {
  if (!(fraction > 0 && fraction <= 1) || !(alpha > 0 && alpha < 1)) return refuse('invalid_input')
  return ok(
    spending === 'obrien_fleming'
      ? 2 * normalTail(normalQuantile(1 - alpha / 2) / Math.sqrt(fraction))
      : alpha * Math.log(1 + (Math.E - 1) * fraction),
  )
}

/**
 * Always-valid evidence that may be looked at any time: the mixture sequential probability ratio of a difference Δ with
 * variance V per pair after n pairs, mixed over effects of variance τ²; p = 1/max Λ over all looks.
 * Refuses: V, τ² or n that are not positive.
 * Source: R. Johari, P. Koomen, L. Pekelis & D. Walsh (2022), "Always valid inference", doi 10.1287/opre.2021.2135.
 */
export function mixtureRatio(input: {
  difference: number
  variance: number
  n: number
  tauSquared: number
}): Answer<number> {
  const { difference, variance, n, tauSquared } = input
  if (!(variance > 0 && n > 0 && tauSquared > 0) || !Number.isFinite(difference)) return refuse('invalid_input')
  const total = variance + n * tauSquared
  return ok(Math.sqrt(variance / total) * Math.exp((n * n * tauSquared * difference ** 2) / (2 * variance * total)))
}

/** The always-valid p value of the looks so far. */
export const alwaysValidP = (ratios: readonly number[]): number => Math.min(1, 1 / Math.max(1, ...ratios))
