/** ψ(x), x > 0: recurrence up to 6, then the asymptotic series (Abramowitz & Stegun 6.3.18). */
export function digamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 6; at++) shift -= 1 / at
  const i = 1 / (at * at)
  return shift + Math.log(at) - 0.5 / at - i * (1 / 12 - i * (1 / 120 - i * (1 / 252 - i / 240)))
}

/** ψ′(x), x > 0 (Abramowitz & Stegun 6.4.12). */
export function trigamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 6; at++) shift += 1 / (at * at)
  const i = 1 / (at * at)
  return shift + 1 / at + i / 2 + (i / at) * (1 / 6 - i * (1 / 30 - i * (1 / 42 - i / 30)))
}

/** The x with ψ′(x) = y, y > 0. */
function trigammaInverse(y: number): number {
  let low = 1e-8
  let high = 1e8
  for (let i = 0; i < 200; i++) {
    const middle = Math.sqrt(low * high)
    if (trigamma(middle) > y) low = middle
    else high = middle
  }
  return Math.sqrt(low * high)
}

export interface VariancePrior {
  /** How many degrees of freedom the family's common variance is worth; Infinity where the cells do not differ. */
  degreesOfFreedom: number
  variance: number
}

const commonPrior: VariancePrior = { degreesOfFreedom: Number.POSITIVE_INFINITY, variance: 1 }

/**
 * The prior of a family of variances (each over its expectation, with its degrees of freedom), from their scatter.
 * Returns no prior (0 degrees of freedom) below three variances.
 * Source: G. K. Smyth (2004), doi 10.2202/1544-6115.1027, section 6.2.
 */
export function variancePrior(variances: readonly { variance: number; degreesOfFreedom: number }[]): VariancePrior {
  const usable = variances.filter((v) => v.degreesOfFreedom >= 2)
  if (usable.length < 3) return { degreesOfFreedom: 0, variance: 1 }
  let sum = 0
  let expected = 0
  const logs = usable.map(({ variance, degreesOfFreedom: d }) => {
    const e = Math.log(Math.max(variance, 1e-6)) - digamma(d / 2) + Math.log(d / 2)
    sum += e
    expected += trigamma(d / 2)
    return e
  })
  const mean = sum / logs.length
  const scatter = logs.reduce((s, e) => s + (e - mean) ** 2, 0) / (logs.length - 1) - expected / logs.length
  if (scatter <= 0) return { ...commonPrior, variance: Math.exp(mean) }
  const half = trigammaInverse(scatter)
  return { degreesOfFreedom: 2 * half, variance: Math.exp(mean + digamma(half) - Math.log(half)) }
}

/** A cell's variance drawn towards its family's; never below what sampling alone explains (1). */
export function moderate(own: { variance: number; degreesOfFreedom: number }, prior: VariancePrior) {
  const { degreesOfFreedom: d0 } = prior
  const degreesOfFreedom = d0 + own.degreesOfFreedom
  const variance = Number.isFinite(d0)
    ? degreesOfFreedom > 0
      ? (d0 * prior.variance + own.degreesOfFreedom * own.variance) / degreesOfFreedom
      : 1
    : prior.variance
  return { variance: Math.max(1, variance), degreesOfFreedom }
}
