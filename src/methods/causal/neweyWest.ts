import { type Matrix, sandwich } from './leastSquares.ts'

/**
 * How many neighbouring periods may be correlated: ⌊4·(T/100)^(2/9)⌋, two for 24 points, four for 104.
 * Source: W. K. Newey & K. D. West (1994), doi 10.2307/2297912.
 */
export const neweyWestLag = (points: number): number => Math.floor(4 * (points / 100) ** (2 / 9))

/**
 * Covariance of coefficients that stays valid under heteroscedasticity and autocorrelation up to `lag`, Bartlett
 * weights, times n/(n − k) for small samples.
 * Inputs: (X′X)⁻¹ (or its weighted form); the score of each observation (its row times its residual) at its place in
 * time. A missing period is a gap in `times`: its score counts as zero (E. Parzen 1963).
 * Source: W. K. Newey & K. D. West (1987), doi 10.2307/1913610.
 */
export function neweyWest(bread: Matrix, scores: Matrix, times: readonly number[], lag: number): number[][] {
  const k = bread.length
  const n = scores.length
  const meat = Array.from({ length: k }, () => new Array<number>(k).fill(0))
  for (let i = 0; i < n; i++) {
    for (let h = i; h < n && times[h]! - times[i]! <= lag; h++) {
      const weight = 1 - (times[h]! - times[i]!) / (lag + 1)
      addOuter(meat, scores[i]!, scores[h]!, h === i ? weight / 2 : weight)
    }
  }
  const correction = n / (n - k)
  return sandwich(
    bread,
    meat.map((row) => row.map((value) => value * correction)),
  )
}

/** Adds weight · (a b′ + b a′). */
function addOuter(meat: number[][], a: readonly number[], b: readonly number[], weight: number): void {
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < a.length; j++) meat[i]![j]! += weight * (a[i]! * b[j]! + b[i]! * a[j]!)
  }
}

/**
 * Durbin–Watson statistic of residuals at their times: 2 without autocorrelation, towards 0 when neighbours are alike.
 * Source: J. Durbin & G. S. Watson (1950), doi 10.1093/biomet/37.3-4.409.
 */
export function durbinWatson(residuals: readonly number[], times: readonly number[]): number {
  let steps = 0
  for (let i = 1; i < residuals.length; i++) {
    if (times[i]! === times[i - 1]! + 1) steps += (residuals[i]! - residuals[i - 1]!) ** 2
  }
  return steps / residuals.reduce((sum, r) => sum + r * r, 0)
}
