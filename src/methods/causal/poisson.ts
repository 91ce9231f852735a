import { dot, type Fit, leastSquares, type Matrix } from './leastSquares.ts'

export interface PoissonFit extends Fit {
  /** Design and Pearson residuals of the last weighted step: what errors are computed from. */
  workingDesign: number[][]
  pearson: number[]
}

/**
 * Poisson regression with a log link and an offset ln(exposure), by iteratively reweighted least squares. Over-dispersed
 * counts (quasi-Poisson) have the same coefficients; only their errors differ.
 * Inputs: design rows, counts, exposure > 0. Returns undefined where terms are collinear or it does not converge.
 * Source: J. A. Nelder & R. W. M. Wedderburn (1972), doi 10.2307/2344614; R. W. M. Wedderburn (1974), doi
 * 10.1093/biomet/61.3.439.
 */
export function poissonRegression(
  design: Matrix,
  counts: readonly number[],
  exposure: readonly number[],
): PoissonFit | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(total > 0)) return undefined
  const rate = total / exposure.reduce((sum, size) => sum + size, 0)
  // Half of each count and half of the common rate: a start with no logarithm of zero.
  let means = counts.map((count, i) => (count + rate * exposure[i]!) / 2)
  let deviance = Number.POSITIVE_INFINITY
  for (let step = 0; step < 100; step++) {
    const roots = means.map(Math.sqrt)
    const workingDesign = design.map((row, i) => row.map((value) => value * roots[i]!))
    const response = means.map((mean, i) => (Math.log(mean / exposure[i]!) + (counts[i]! - mean) / mean) * roots[i]!)
    const fit = leastSquares(workingDesign, response)
    if (!fit) return undefined
    means = design.map((row, i) => exposure[i]! * Math.exp(Math.max(-700, Math.min(700, dot(row, fit.coefficients)))))
    const next = poissonDeviance(counts, means)
    if (!Number.isFinite(next)) return undefined
    if (Math.abs(next - deviance) <= 1e-13 * (Math.abs(next) + 0.1)) return finished(fit, design, counts, means)
    deviance = next
  }
  return undefined
}

function finished(fit: Fit, design: Matrix, counts: readonly number[], means: number[]): PoissonFit | undefined {
  const roots = means.map(Math.sqrt)
  const workingDesign = design.map((row, i) => row.map((value) => value * roots[i]!))
  const pearson = counts.map((count, i) => (count - means[i]!) / roots[i]!)
  const last = leastSquares(workingDesign, pearson)
  if (!last) return undefined
  const residuals = counts.map((count, i) => count - means[i]!)
  return { coefficients: fit.coefficients, inverse: last.inverse, fitted: means, residuals, workingDesign, pearson }
}

const poissonDeviance = (counts: readonly number[], means: readonly number[]): number =>
  2 * counts.reduce((sum, y, i) => sum + (y > 0 ? y * Math.log(y / means[i]!) : 0) - (y - means[i]!), 0)
