import { ok } from '#lib/result.ts'
import { binomialCdf } from '#methods/distributions/beta.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import { defaultConfidence, type Interval, type IntervalOptions, isConfidence } from './interval.ts'

export interface QuantileEstimate {
  n: number
  quantile: number
  interval: Interval
}

/**
 * Log-spaced bins, which add up over days and units. Bin 0 holds values up to `smallest`; bin k holds values above
 * smallest·growth^(k−1) up to smallest·growth^k: k = ceil(ln(value/smallest)/ln(growth)). A quantile from them is
 * wrong by less than a factor of `growth`.
 */
export interface LogGrid {
  smallest: number
  growth: number
}

/** Bins of waits and durations in seconds: one second to a year in 873 bins, 2 % apart. */
export const secondsGrid: LogGrid = { smallest: 1, growth: 1.02 }

export const binOf = (value: number, { smallest, growth }: LogGrid): number =>
  value <= smallest ? 0 : Math.ceil(Math.log(value / smallest) / Math.log(growth) - 1e-9)

export interface Bin {
  bin: number
  n: number
}

/**
 * A quantile (0 < probability < 1) of a sample sorted in ascending order, by linear interpolation (type 7 of Hyndman
 * & Fan), with the order-statistic interval, which holds for any distribution.
 * Refuses: an empty sample; a probability outside (0, 1). Where the sample is too small for the confidence asked, the
 * interval runs to the sample's end and says so by the `confidence` that it attains.
 * Source: R. J. Hyndman & Y. Fan (1996), doi 10.1080/00031305.1996.10473566; interval: H. A. David & H. N. Nagaraja
 * (2003), Order Statistics, 7.1, doi 10.1002/0471722162.
 */
export function quantileOfSorted(
  sorted: ArrayLike<number>,
  probability: number,
  options: IntervalOptions = {},
): Answer<QuantileEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  if (!(probability > 0 && probability < 1) || !isConfidence(confidence)) return refuse('invalid_input')
  const n = sorted.length
  if (n === 0) return refuse('no_data')
  const position = (n - 1) * probability
  const below = Math.floor(position)
  const value = sorted[below]!
  const next = sorted[Math.min(below + 1, n - 1)]!
  const ranks = quantileRanks(n, probability, confidence)
  return ok({
    n,
    quantile: value + (position - below) * (next - value),
    interval: { low: sorted[ranks.low - 1]!, high: sorted[ranks.high - 1]!, confidence: ranks.confidence },
  })
}

/**
 * The ranks (1…n) between which the quantile lies: the widest lower and the narrowest upper rank that each leave at
 * most (1 − confidence)/2 outside, and the coverage they attain.
 */
export function quantileRanks(
  n: number,
  probability: number,
  confidence: number,
): { low: number; high: number; confidence: number } {
  const tail = (1 - confidence) / 2
  const cdf = (hits: number) => binomialCdf(hits, n, probability)
  // Start near the normal approximation and walk: a few steps instead of a search over n.
  const spread = Math.sqrt(n * probability * (1 - probability))
  let low = clamp(Math.floor(n * probability - 2 * spread), 1, n)
  while (low < n && cdf(low) <= tail) low++
  while (low > 1 && cdf(low - 1) > tail) low--
  let high = clamp(Math.ceil(n * probability + 2 * spread), 1, n)
  while (high > 1 && 1 - cdf(high - 2) <= tail) high--
  while (high < n && 1 - cdf(high - 1) > tail) high++
  const attained = cdf(high - 1) - cdf(low - 1)
  return { low, high, confidence: Math.min(confidence, attained) }
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/**
 * A quantile from log-spaced bins, geometric inside a bin, with the order-statistic interval read off the same bins.
 * Inputs: bins in any order, repeated bins add up; the grid they were counted on.
 * Refuses: broken bins or grid; no values.
 * Source: C. Masson, J. E. Rim & H. K. Lee (2019), "DDSketch", doi 10.14778/3352063.3352135.
 */
export function quantileOfBins(
  bins: readonly Bin[],
  probability: number,
  grid: LogGrid,
  options: IntervalOptions = {},
): Answer<QuantileEstimate> {
  const confidence = options.confidence ?? defaultConfidence
  const validBins = bins.every((b) => isCount(b.n) && isCount(b.bin))
  if (!validBins || !(grid.smallest > 0 && grid.growth > 1) || !isConfidence(confidence)) return refuse('invalid_input')
  if (!(probability > 0 && probability < 1)) return refuse('invalid_input')
  const sorted = bins.filter((b) => b.n > 0).sort((a, b) => a.bin - b.bin)
  const n = sorted.reduce((sum, b) => sum + b.n, 0)
  if (n === 0) return refuse('no_data')
  const ranks = quantileRanks(n, probability, confidence)
  const at = (rank: number) => valueAtRank(sorted, rank, grid)
  return ok({
    n,
    quantile: at((n - 1) * probability + 1),
    interval: { low: at(ranks.low), high: at(ranks.high), confidence: ranks.confidence },
  })
}

/** The value of a (broken) rank: ranks are spread evenly over their bin on the logarithmic scale. */
function valueAtRank(sorted: readonly Bin[], rank: number, { smallest, growth }: LogGrid): number {
  let before = 0
  for (const { bin, n } of sorted) {
    if (rank <= before + n || bin === sorted.at(-1)!.bin) {
      const inside = clamp((rank - before - 0.5) / n, 0, 1)
      // Bin 0 starts at zero, where a logarithm has no bottom: linear there.
      return bin === 0 ? smallest * inside : smallest * growth ** (bin - 1 + inside)
    }
    before += n
  }
  return Number.NaN
}

/** Share of binned values at or below a limit, for service levels; whole bins below the limit's own, linear inside it. */
export function shareWithin(bins: readonly Bin[], limit: number, grid: LogGrid): Answer<{ n: number; share: number }> {
  const n = bins.reduce((sum, b) => sum + b.n, 0)
  if (n === 0) return refuse('no_data')
  const own = binOf(limit, grid)
  const bottom = own === 0 ? 0 : grid.smallest * grid.growth ** (own - 1)
  const inside = clamp((limit - bottom) / (grid.smallest * grid.growth ** own - bottom), 0, 1)
  const within = bins.reduce((sum, b) => sum + (b.bin < own ? b.n : b.bin === own ? b.n * inside : 0), 0)
  return ok({ n, share: within / n })
}

/**
 * Sample size below which a quantile's interval has no end inside the sample at this confidence: 36 values for the
 * 90th percentile at 95 %.
 */
export function smallestSampleForQuantile(probability: number, confidence = defaultConfidence): number {
  const tail = (1 - confidence) / 2
  const upper = Math.max(probability, 1 - probability)
  return Math.ceil(Math.log(tail) / Math.log(upper))
}
