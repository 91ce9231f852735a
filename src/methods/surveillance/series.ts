import { addSums, type CellSums, noSums, type Scale, subtractSums } from './scales.ts'

/** One measure at one place, month by month, with what comparable places did in the same months. */
export interface Series {
  key: string
  /** Places whose noise is alike: the same measure at the same touchpoint. */
  pool: string
  months: readonly CellSums[]
  /** The rest of the bank at the same touchpoint, for what is common to all; absent where there is none. */
  others?: readonly CellSums[]
}

/** A series on its scale, ready to be cut into spans. */
export interface Prepared {
  key: string
  pool: string
  scale: Scale
  /** Monthly values and sizes; sizes are 0 in months without data. */
  y: Float64Array
  size: Float64Array
  othersY: Float64Array | undefined
  othersSize: Float64Array | undefined
  cumulated: CellSums[]
  unitVariance: number
  unitSkewness: number
}

export function prepare(series: Series, scale: Scale, pool: CellSums): Prepared {
  const { months, others } = series
  const on = (sums: readonly CellSums[]) => {
    const y = new Float64Array(sums.length)
    const size = new Float64Array(sums.length)
    sums.forEach((s, m) => {
      size[m] = scale.size(s)
      if (size[m]! > 0) y[m] = scale.y(s)
    })
    return { y, size }
  }
  const own = on(months)
  const rest = others ? on(others) : undefined
  const cumulated = [noSums]
  for (const month of months) cumulated.push(addSums(cumulated.at(-1)!, month))
  return {
    key: series.key,
    pool: series.pool,
    scale,
    ...own,
    othersY: rest?.y,
    othersSize: rest?.size,
    cumulated,
    unitVariance: scale.unitVariance(pool),
    unitSkewness: scale.unitSkewness(pool),
  }
}

/** Months `from` up to and without `to`. */
export interface Span {
  from: number
  to: number
}

export const sumsOver = (p: Prepared, { from, to }: Span): CellSums =>
  subtractSums(p.cumulated[to]!, p.cumulated[from]!)

/** What comparable places did over the same months, each month weighing as much as in the place itself. */
export function othersOver(p: Prepared, { from, to }: Span): { y: number; squaredWeights: number } | undefined {
  if (!p.othersY || !p.othersSize) return undefined
  let total = 0
  let y = 0
  let squared = 0
  for (let m = from; m < to; m++) {
    const size = p.size[m]!
    if (size === 0 || p.othersSize[m] === 0) continue
    total += size
    y += size * p.othersY[m]!
    squared += (size * size) / p.othersSize[m]!
  }
  return total > 0 ? { y: y / total, squaredWeights: squared / (total * total) } : undefined
}

/** Σ wₘ² of the months' shares: how much of the variance between months a span keeps. */
export function monthWeight(p: Prepared, { from, to }: Span): number {
  let total = 0
  let squares = 0
  for (let m = from; m < to; m++) {
    total += p.size[m]!
    squares += p.size[m]! ** 2
  }
  return total > 0 ? squares / (total * total) : 1
}

/** A month's value, less what was common to all places when `relative`. */
const residualBase = (p: Prepared, m: number, relative: boolean): number =>
  relative && p.othersY ? p.y[m]! - p.othersY[m]! : p.y[m]!

/** Scatter of the months of a span around their mean, given a variance between months. */
export interface Scatter {
  /** Σ squared deviations over their expected variances. */
  chiSquare: number
  degreesOfFreedom: number
  /** Cochran's Q without variance between months, and the factor of τ² in its expectation. */
  q: number
  tauFactor: number
}

export function scatter(p: Prepared, span: Span, relative: boolean, tau2: number): Scatter {
  let weights = 0
  let mean = 0
  let months = 0
  for (let m = span.from; m < span.to; m++) {
    const size = p.size[m]!
    if (size === 0) continue
    months++
    weights += size
    mean += size * residualBase(p, m, relative)
  }
  if (months < 2) return { chiSquare: 0, degreesOfFreedom: 0, q: 0, tauFactor: 0 }
  mean /= weights
  let q = 0
  let squares = 0
  let chiSquare = 0
  for (let m = span.from; m < span.to; m++) {
    const size = p.size[m]!
    if (size === 0) continue
    const deviation = (residualBase(p, m, relative) - mean) ** 2
    const rest = relative && p.othersSize && p.othersSize[m]! > 0 ? p.unitVariance / p.othersSize[m]! : 0
    const sampling = p.unitVariance / size + rest
    q += deviation / sampling
    squares += size * size
    chiSquare += deviation / (sampling + tau2)
  }
  return {
    chiSquare,
    degreesOfFreedom: months - 1,
    q,
    tauFactor: (weights - squares / weights) / p.unitVariance,
  }
}

/** τ², the variance between months beyond sampling, pooled over a family (DerSimonian & Laird 1986, doi 10.1016/0197-2456(86)90046-2). */
export function pooledTau2(scatters: readonly Scatter[]): number {
  let excess = 0
  let factor = 0
  for (const s of scatters) {
    excess += s.q - s.degreesOfFreedom
    factor += s.tauFactor
  }
  return factor > 0 ? Math.max(0, excess / factor) : 0
}
