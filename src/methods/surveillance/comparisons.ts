import { studentTail } from '#methods/distributions/student.ts'
import { moderate, type VariancePrior, variancePrior } from './moderated.ts'
import { monthWeight, othersOver, type Prepared, pooledTau2, type Span, scatter, sumsOver } from './series.ts'

/** A measure's noise within its family: what months differ by when nothing happens. */
export interface Noise {
  of(p: Prepared): PlaceNoise
  /** How alike the places of the family are; for families that are too small to tell. */
  prior: VariancePrior
}

export interface PlaceNoise {
  tau2: number
  /** By how much the variance is larger than sampling and τ² make it, and what that is worth. */
  factor: number
  degreesOfFreedom: number
}

/** One test: is a place worse than its reference by more than the margin? */
export interface Outcome {
  series: Prepared
  window: Span
  /** On the test's scale, larger is worse; a margin granted is taken off the statistic, not off the difference. */
  difference: number
  margin: number
  standardError: number
  statistic: number
  degreesOfFreedom: number
  /** Skewness of the window's mean, towards the worse side. */
  skewness: number
  /** Values at which the difference was taken, on the scale. */
  y: number
  referenceY: number
  reference: Span | null
  n: number
  /** The change of comparable places that was taken out. */
  othersChange: number | null
}

const fewestMonths = 6

/** With fewer places, a touchpoint borrows its noise from the others of its measure. */
const fewestInPool = 12

/**
 * The noise of a family of series over the months before a window: τ² and dispersion by touchpoint, each place's own
 * scatter drawn towards them. Places without peers share their months' shocks, so that many of them know no more of the
 * noise than the months there are: their prior is worth no more than that. `borrowed`: the prior of a larger family.
 */
export function noiseOf(family: readonly Prepared[], past: Span, relative: boolean, borrowed?: VariancePrior): Noise {
  const pools = Map.groupBy(family, (p) => p.pool)
  const small = [...pools.values()].filter((group) => group.length < fewestInPool).flat()
  const groups = [...[...pools.values()].filter((group) => group.length >= fewestInPool), small]
  const scattered = groups.flatMap((group) => {
    const tau2 = pooledTau2(group.map((p) => scatter(p, past, relative, 0)))
    const own = group.map((p) => ({ p, tau2, ...varianceOf(p, past, relative, tau2) }))
    const freedom = own.reduce((sum, o) => sum + o.degreesOfFreedom, 0)
    const common = freedom > 0 ? own.reduce((sum, o) => sum + o.degreesOfFreedom * o.variance, 0) / freedom : 1
    return own.map((o) => ({ ...o, common: Math.max(1, common), variance: o.variance / Math.max(1, common) }))
  })
  const most = relative ? Number.POSITIVE_INFINITY : Math.max(1, past.to - past.from - 1)
  const found = variancePrior(scattered)
  const { degreesOfFreedom } =
    borrowed && borrowed.degreesOfFreedom > found.degreesOfFreedom && relative ? borrowed : found
  const prior = { variance: found.variance, degreesOfFreedom: Math.min(degreesOfFreedom, most) }
  const noises = new Map(
    scattered.map(({ p, tau2, common, ...own }) => {
      const moderated = moderate(own, prior)
      return [p, { tau2, factor: common * moderated.variance, degreesOfFreedom: moderated.degreesOfFreedom }]
    }),
  )
  return { of: (p) => noises.get(p)!, prior }
}

function varianceOf(p: Prepared, past: Span, relative: boolean, tau2: number) {
  const { chiSquare, degreesOfFreedom } = scatter(p, past, relative, tau2)
  return { variance: degreesOfFreedom > 0 ? chiSquare / degreesOfFreedom : 1, degreesOfFreedom }
}

/**
 * A window of months against the place's own earlier months, the change of comparable places taken out where `relative`.
 * Undefined: no data on either side or fewer than six earlier months.
 */
export function againstPast(
  p: Prepared,
  window: Span,
  past: Span,
  relative: boolean,
  noise: Noise,
  marginAt: (referenceY: number) => number,
): Outcome | undefined {
  const now = sumsOver(p, window)
  const before = sumsOver(p, past)
  const size = p.scale.size(now)
  const pastSize = p.scale.size(before)
  if (!(size > 0) || !(pastSize > 0)) return undefined
  const own = noise.of(p)
  if (own.degreesOfFreedom < fewestMonths - 1) return undefined
  const y = p.scale.y(now)
  let referenceY = p.scale.y(before)
  let othersVariance = 0
  let othersChange: number | null = null
  if (relative) {
    const othersNow = othersOver(p, window)
    const othersBefore = othersOver(p, past)
    if (!othersNow || !othersBefore) return undefined
    othersChange = othersNow.y - othersBefore.y
    othersVariance = p.unitVariance * (othersNow.squaredWeights + othersBefore.squaredWeights)
    referenceY += othersChange
  }
  const variance =
    p.unitVariance / size +
    p.unitVariance / pastSize +
    othersVariance +
    own.tau2 * (monthWeight(p, window) + monthWeight(p, past))
  return outcome(
    p,
    window,
    past,
    y,
    referenceY,
    marginAt(referenceY),
    variance * own.factor,
    own.degreesOfFreedom,
    size,
    othersChange,
    own.factor * (p.unitVariance / size + own.tau2 * monthWeight(p, window)),
  )
}

/** A window of months against a target known without error. */
export function againstTarget(
  p: Prepared,
  window: Span,
  noise: Noise,
  targetY: number,
  margin: number,
): Outcome | undefined {
  const now = sumsOver(p, window)
  const size = p.scale.size(now)
  if (!(size > 0)) return undefined
  const own = noise.of(p)
  if (own.degreesOfFreedom < fewestMonths - 1) return undefined
  const variance = p.unitVariance / size + own.tau2 * monthWeight(p, window)
  return outcome(
    p,
    window,
    null,
    p.scale.y(now),
    targetY,
    margin,
    variance * own.factor,
    own.degreesOfFreedom,
    size,
    null,
  )
}

/**
 * Growth over a window of months: the slope of the monthly values, as the rise from its first to its last month.
 * Undefined: a month without data.
 */
export function growth(
  p: Prepared,
  window: Span,
  past: Span,
  relative: boolean,
  noise: Noise,
  marginAt: (referenceY: number) => number,
): Outcome | undefined {
  const own = noise.of(p)
  if (own.degreesOfFreedom < fewestMonths - 1) return undefined
  const length = window.to - window.from
  const middle = (length - 1) / 2
  const squares = (length * (length * length - 1)) / 12
  let rise = 0
  let level = 0
  let variance = 0
  for (let i = 0; i < length; i++) {
    const m = window.from + i
    const size = p.size[m]!
    const rest = relative ? (p.othersSize?.[m] ?? 0) : 0
    if (size === 0 || (relative && rest === 0)) return undefined
    const c = ((i - middle) / squares) * (length - 1)
    rise += c * (relative ? p.y[m]! - p.othersY![m]! : p.y[m]!)
    level += p.y[m]! / length
    variance += c * c * (p.unitVariance / size + (relative ? p.unitVariance / rest : 0) + own.tau2)
  }
  const start = level - rise / 2
  const n = p.scale.size(sumsOver(p, window))
  return outcome(
    p,
    window,
    past,
    start + rise,
    start,
    marginAt(start),
    variance * own.factor,
    own.degreesOfFreedom,
    n,
    null,
  )
}

function outcome(
  series: Prepared,
  window: Span,
  reference: Span | null,
  y: number,
  referenceY: number,
  margin: number,
  variance: number,
  degreesOfFreedom: number,
  size: number,
  othersChange: number | null,
  /** The part of the variance that is the window's own; the rest is its reference's. */
  windowVariance = variance,
): Outcome {
  const standardError = Math.sqrt(variance)
  const difference = y - referenceY
  return {
    series,
    window,
    difference,
    margin,
    standardError,
    statistic: difference / standardError,
    degreesOfFreedom: series.scale.clustered ? Math.min(degreesOfFreedom, clusteredFreedom) : degreesOfFreedom,
    skewness: skewnessOf(series, size, windowVariance, variance),
    y,
    referenceY,
    reference,
    n: size,
    othersChange,
  }
}

/**
 * A t with so many degrees of freedom has the kurtosis that monthly waits were measured to have: in a queue one bad day
 * makes a month.
 */
const clusteredFreedom = 30

/**
 * Skewness of the difference towards the worse side. Where months differ by more than sampling, that more is a drift
 * without a side to it; but in a queue it means that customers come in clusters, each as skewed as one customer, so that
 * there are fewer independent pieces, not more symmetric ones.
 */
function skewnessOf({ scale, unitSkewness, unitVariance }: Prepared, size: number, own: number, whole: number): number {
  const one = Math.max(0, unitSkewness)
  const skewed = scale.clustered ? Math.max(own, unitVariance / size) : unitVariance / size
  return one * Math.sqrt(skewed / unitVariance) * Math.min(1, skewed / whole) ** 1.5
}

/**
 * Scale of a family's statistics when nothing happens, from their middle half; never below 1. What the model of the
 * noise left out (drift, clustering) shows here, since most places are unharmed.
 * Source: B. Efron (2004), doi 10.1198/016214504000000089. 1 where the family is too small to tell.
 */
export function nullScale(statistics: readonly number[]): number {
  if (statistics.length < 40) return 1
  const sorted = Float64Array.from(statistics).sort()
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))]!
  return Math.max(1, (at(0.75) - at(0.25)) / 1.349)
}

/** One-sided p of a statistic whose estimate is skewed like a gamma variable (Wilson & Hilferty 1931, doi 10.1073/pnas.17.12.684). */
export function upperP(statistic: number, degreesOfFreedom: number, skewness: number): number {
  const g = skewness
  const z =
    g > 1e-6 && statistic > 0
      ? Math.min(statistic, (6 / g) * (Math.cbrt(1 + (g * statistic) / 2) - 1) + g / 6)
      : statistic
  return studentTail(z, degreesOfFreedom > 5000 ? Number.POSITIVE_INFINITY : degreesOfFreedom)
}
