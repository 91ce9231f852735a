import { lowerGamma, upperGamma } from './gamma.ts'
import { crossingAbove } from './root.ts'

export const chiSquareCdf = (x: number, df: number): number => lowerGamma(df / 2, x / 2)

/** P(χ² > x), exact in the tail. */
export const chiSquareTail = (x: number, df: number): number => upperGamma(df / 2, x / 2)

/** The x with P(χ² ≤ x) = p; works from whichever tail is the smaller. */
export function chiSquareQuantile(p: number, df: number): number {
  if (p <= 0) return 0
  if (p >= 1) return Number.POSITIVE_INFINITY
  const start = df + 1
  return p < 0.5
    ? crossingAbove((x) => chiSquareCdf(x, df) - p, 0, start)
    : crossingAbove((x) => 1 - p - chiSquareTail(x, df), 0, start)
}

/** P(N ≤ count) of a Poisson with the given mean. */
export const poissonCdf = (count: number, mean: number): number => (count < 0 ? 0 : upperGamma(count + 1, mean))

/** P(N ≥ count) of a Poisson with the given mean. */
export const poissonUpperTail = (count: number, mean: number): number => (count <= 0 ? 1 : lowerGamma(count, mean))
