import { incompleteBeta } from './beta.ts'
import { normalQuantile, normalTail } from './normal.ts'
import { crossingAbove } from './root.ts'

/**
 * P(T > t) of Student's t with `df` degrees of freedom (any positive number, Infinity is the normal).
 * Source: Abramowitz & Stegun (1964), 26.7.1.
 */
export function studentTail(t: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalTail(t)
  const square = t * t
  const half = incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square)) / 2
  return t >= 0 ? half : 1 - half
}

export const studentCdf = (t: number, df: number): number => studentTail(-t, df)

export const studentTwoSided = (t: number, df: number): number => Math.min(1, 2 * studentTail(Math.abs(t), df))

/** The t with P(T ≤ t) = p. */
export function studentQuantile(p: number, df: number): number {
  if (p === 0.5) return 0
  if (p < 0.5) return -studentQuantile(1 - p, df)
  if (df === Number.POSITIVE_INFINITY) return normalQuantile(p)
  return crossingAbove((t) => 1 - p - studentTail(t, df), 0, normalQuantile(p) + 1)
}

/** P(F > f) of Fisher's F with `df1` and `df2` degrees of freedom. */
export function fisherTail(f: number, df1: number, df2: number): number {
  if (f <= 0) return 1
  const total = df2 + df1 * f
  return incompleteBeta(df2 / 2, df1 / 2, df2 / total, (df1 * f) / total)
}
