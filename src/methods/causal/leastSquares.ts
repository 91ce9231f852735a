/** Rows of numbers; every row is one observation, every column one term. */
export type Matrix = readonly (readonly number[])[]

export interface Fit {
  coefficients: number[]
  /** (X′X)⁻¹: the bread of every covariance of the coefficients. */
  inverse: number[][]
  fitted: number[]
  residuals: number[]
}

const collinearity = 1e-10

/**
 * Ordinary least squares by Householder reflections, after scaling every column to length 1.
 * Inputs: design rows and as many responses. Returns undefined where columns are collinear (or rows too few).
 * Source: G. H. Golub (1965), "Numerical methods for solving linear least squares problems", doi 10.1007/BF01436075.
 */
export function leastSquares(design: Matrix, response: readonly number[]): Fit | undefined {
  const rows = design.length
  const columns = design[0]?.length ?? 0
  if (rows < columns || columns === 0) return undefined
  const scales = Array.from({ length: columns }, (_, j) => Math.hypot(...design.map((row) => row[j]!)))
  if (scales.some((scale) => !(scale > 0 && Number.isFinite(scale)))) return undefined
  const a = design.map((row) => Float64Array.from(row, (value, j) => value / scales[j]!))
  const y = Float64Array.from(response)
  const diagonal = new Float64Array(columns)
  for (let j = 0; j < columns; j++) {
    const norm = reflect(a, y, j)
    if (Math.abs(norm) < collinearity) return undefined
    diagonal[j] = norm
  }
  const entry = (i: number, j: number) => (i === j ? diagonal[i]! : a[i]![j]!)
  const solved = backSubstitute(entry, y, columns)
  const inverseR = Array.from({ length: columns }, (_, j) =>
    backSubstitute(
      entry,
      Float64Array.from({ length: columns }, (_, i) => (i === j ? 1 : 0)),
      columns,
    ),
  )
  const coefficients = Array.from(solved, (value, j) => value / scales[j]!)
  const inverse = scales.map((si, i) =>
    scales.map((sj, j) => inverseR.reduce((sum, column) => sum + column[i]! * column[j]!, 0) / (si * sj)),
  )
  const fitted = design.map((row) => dot(row, coefficients))
  return { coefficients, inverse, fitted, residuals: fitted.map((value, i) => response[i]! - value) }
}

/** Zeroes column j below its diagonal in place, carries the right side along, and returns the new diagonal. */
function reflect(a: readonly Float64Array[], y: Float64Array, j: number): number {
  let norm = 0
  for (let i = j; i < a.length; i++) norm = Math.hypot(norm, a[i]![j]!)
  if (norm === 0) return 0
  if (a[j]![j]! > 0) norm = -norm
  for (let i = j; i < a.length; i++) a[i]![j]! /= norm
  a[j]![j]! -= 1
  const pivot = a[j]![j]!
  const columns = a[0]!.length
  for (let k = j + 1; k <= columns; k++) {
    let sum = 0
    for (let i = j; i < a.length; i++) sum += a[i]![j]! * (k === columns ? y[i]! : a[i]![k]!)
    const factor = sum / pivot
    for (let i = j; i < a.length; i++) {
      if (k === columns) y[i]! += factor * a[i]![j]!
      else a[i]![k]! += factor * a[i]![j]!
    }
  }
  return norm
}

function backSubstitute(
  entry: (i: number, j: number) => number,
  right: ArrayLike<number>,
  columns: number,
): Float64Array {
  const solution = new Float64Array(columns)
  for (let i = columns - 1; i >= 0; i--) {
    let rest = right[i]!
    for (let k = i + 1; k < columns; k++) rest -= entry(i, k) * solution[k]!
    solution[i] = rest / entry(i, i)
  }
  return solution
}

export const dot = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** bread · meat · bread: the covariance of the coefficients from that of their scores. */
export function sandwich(bread: Matrix, meat: Matrix): number[][] {
  const half = bread.map((row) => meat.map((_, j) => row.reduce((sum, value, k) => sum + value * meat[k]![j]!, 0)))
  return half.map((row) => bread.map((_, j) => row.reduce((sum, value, k) => sum + value * bread[k]![j]!, 0)))
}

/** Variance of a weighted sum of coefficients. */
export const quadraticForm = (weights: readonly number[], covariance: Matrix): number =>
  dot(
    weights,
    covariance.map((row) => dot(row, weights)),
  )
