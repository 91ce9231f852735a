/**
 * Where a monotone function crosses zero between two bounds of opposite sign, by bisection that takes the secant's
 * step while it stays inside (Dekker 1969). Quantiles need certainty more than speed.
 */
export function crossing(f: (x: number) => number, low: number, high: number): number {
  let a = low
  let b = high
  let fa = f(a)
  let fb = f(b)
  if (fa === 0) return a
  if (fb === 0) return b
  for (let i = 0; i < 400; i++) {
    const middle = (a + b) / 2
    if (middle === a || middle === b) return middle
    // Every third step is a plain bisection, so that a flat side cannot stall the secant.
    const secant = b - (fb * (b - a)) / (fb - fa)
    const x = i % 3 < 2 && secant > Math.min(a, b) && secant < Math.max(a, b) ? secant : middle
    const fx = f(x)
    if (fx === 0) return x
    if (Math.sign(fx) === Math.sign(fa)) {
      a = x
      fa = fx
    } else {
      b = x
      fb = fx
    }
    if (Math.abs(b - a) <= 4e-16 * Math.max(Math.abs(a), Math.abs(b))) break
  }
  return Math.abs(fa) < Math.abs(fb) ? a : b
}

/** Widens `high` until f changes its sign, then finds the crossing; for distributions without an upper end. */
export function crossingAbove(f: (x: number) => number, low: number, firstHigh: number): number {
  let high = firstHigh
  const start = Math.sign(f(low))
  for (let i = 0; i < 1000 && Math.sign(f(high)) === start; i++) high *= 2
  return crossing(f, low, high)
}
