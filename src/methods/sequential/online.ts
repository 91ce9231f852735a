import { ok } from '#lib/result.ts'
import { type Answer, refuse } from '#methods/refusals.ts'

/**
 * How the error budget of a bank is spread over the closed periods it tests.
 * `yearly`: every year has the same budget, in equal parts per period. Any year is then as quiet as any other.
 * `lifetime`: one budget for ever, period j (from 1) getting a share ∝ 1/(j + 1)^exponent, whose sum converges. Quieter
 * over a lifetime, but each year hears less than the one before.
 */
export type AlphaPolicy =
  | { kind: 'yearly'; alphaPerYear: number; periodsPerYear: number }
  | { kind: 'lifetime'; alpha: number; exponent: number }

/**
 * At most 2 of 100 years with any false finding. The product promises 5 in 100 banks; with 3 % each, chance alone would
 * exceed five in 8 of 100 trials of it, with 2 % in 2 of 100.
 */
export const findingsPolicy: AlphaPolicy = { kind: 'yearly', alphaPerYear: 0.02, periodsPerYear: 12 }

/**
 * The error that one closed period may spend, over all the hypotheses tested when it closes. `share` is a finder's part
 * (0…1) where several families are tested per period; the shares of all families must not exceed 1 together. With
 * `rejectWithin` in each period, the probability of any false finding in a year (or ever) stays at the budget, however
 * the tests depend on each other and on the past, because each period's data are tested once.
 * Inputs: index of the period, from 0. Refuses: impossible policies, indices and shares.
 * Source: D. P. Foster & R. A. Stine (2008), "α-investing", doi 10.1111/j.1467-9868.2007.00643.x (alpha spending); J.
 * Tian & A. Ramdas (2021), "Online control of the familywise error rate", doi 10.1177/0962280220983381.
 */
export function allocateAlpha(periodIndex: number, policy: AlphaPolicy, share = 1): Answer<number> {
  const validBudget = (alpha: number) => alpha > 0 && alpha < 1
  if (!Number.isInteger(periodIndex) || periodIndex < 0 || !(share > 0 && share <= 1)) return refuse('invalid_input')
  if (policy.kind === 'yearly') {
    const { alphaPerYear, periodsPerYear } = policy
    if (!validBudget(alphaPerYear) || !(Number.isInteger(periodsPerYear) && periodsPerYear > 0)) {
      return refuse('invalid_input')
    }
    return ok((share * alphaPerYear) / periodsPerYear)
  }
  if (!validBudget(policy.alpha) || !(policy.exponent > 1)) return refuse('invalid_input')
  return ok((share * policy.alpha * (periodIndex + 2) ** -policy.exponent) / (zeta(policy.exponent) - 1))
}

/** Riemann's zeta function for s > 1 by Euler–Maclaurin after twenty terms. */
function zeta(s: number): number {
  const terms = 20
  let sum = 0
  for (let k = 1; k < terms; k++) sum += k ** -s
  return (
    sum +
    terms ** (1 - s) / (s - 1) +
    terms ** -s / 2 +
    (s * terms ** (-s - 1)) / 12 -
    (s * (s + 1) * (s + 2) * terms ** (-s - 3)) / 720
  )
}

export interface Hypothesis {
  pValue: number
  /** How much of the budget it deserves beside the others, 1 unless told otherwise (a whole bank before a counter). */
  weight?: number
}

export interface Judged {
  /** Smallest budget at which this hypothesis is rejected: comparable with the period's alpha. */
  adjustedP: number
  rejected: boolean
}

/**
 * Holm's step-down within one period, weighted: the probability of any false rejection is at most `alpha`, whatever the
 * dependence. Returns one judgement for each hypothesis, in their order. Of equal p values none is preferred.
 * Refuses: p values outside 0…1, weights that are not positive, an alpha outside 0…1.
 * Source: S. Holm (1979), "A simple sequentially rejective multiple test procedure", jstor 4615733; weights: Y. Benjamini
 * & Y. Hochberg (1997), doi 10.1111/1467-9469.00072.
 */
export function rejectWithin<T extends Hypothesis>(hypotheses: readonly T[], alpha: number): Answer<(T & Judged)[]> {
  const valid = ({ pValue, weight = 1 }: Hypothesis) =>
    pValue >= 0 && pValue <= 1 && weight > 0 && Number.isFinite(weight)
  if (!hypotheses.every(valid) || !(alpha >= 0 && alpha < 1)) return refuse('invalid_input')
  const weightOf = (i: number) => hypotheses[i]!.weight ?? 1
  const ratio = (i: number) => hypotheses[i]!.pValue / weightOf(i)
  const order = hypotheses.map((_, i) => i).sort((a, b) => ratio(a) - ratio(b))
  const adjusted = new Array<number>(hypotheses.length)
  let remaining = hypotheses.reduce((sum, _, i) => sum + weightOf(i), 0)
  let highest = 0
  for (const i of order) {
    highest = Math.max(highest, Math.min(1, ratio(i) * remaining))
    adjusted[i] = highest
    remaining -= weightOf(i)
  }
  return ok(hypotheses.map((h, i) => ({ ...h, adjustedP: adjusted[i]!, rejected: adjusted[i]! <= alpha })))
}
