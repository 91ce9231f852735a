import { logGamma } from './gamma.ts'
import { crossing } from './root.ts'

const tiny = 1e-300

const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)

/** Continued fraction of the incomplete beta function (modified Lentz). */
function fraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const delta = d * c
    h *= delta
    if (Math.abs(delta - 1) < 1e-16) break
  }
  return h
}

/**
 * Regularised incomplete beta function I_x(a, b), a, b > 0, 0 ≤ x ≤ 1. `complement` is 1 − x, for callers who know it
 * more exactly than a subtraction would give it.
 * Source: Abramowitz & Stegun (1964), 26.5.8.
 */
export function incompleteBeta(a: number, b: number, x: number, complement = 1 - x): number {
  if (x <= 0) return 0
  if (complement <= 0) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(complement))
  if (x < (a + 1) / (a + b + 2)) return (front * fraction(a, b, x)) / a
  return 1 - (front * fraction(b, a, complement)) / b
}

/** The x with I_x(a, b) = p. */
export function betaQuantile(a: number, b: number, p: number): number {
  if (p <= 0) return 0
  if (p >= 1) return 1
  return crossing((x) => incompleteBeta(a, b, x) - p, 0, 1)
}

/** P(X ≥ hits) of a binomial with n trials and probability p. */
export function binomialUpperTail(hits: number, n: number, p: number): number {
  if (hits <= 0) return 1
  return hits > n ? 0 : incompleteBeta(hits, n - hits + 1, p)
}

/** P(X ≤ hits) of a binomial with n trials and probability p. */
export function binomialCdf(hits: number, n: number, p: number): number {
  if (hits < 0) return 0
  return hits >= n ? 1 : incompleteBeta(n - hits, hits + 1, 1 - p, p)
}
