import type { Comparison, Interval } from '#methods/intervals/interval.ts'
import { meanDifference, meanOf, studentComparison } from '#methods/intervals/mean.ts'
import { nps, npsDifference } from '#methods/intervals/nps.ts'
import { proportionDifference } from '#methods/intervals/proportion.ts'
import { rate, rateRatio } from '#methods/intervals/rate.ts'
import { wilson } from '#methods/intervals/wilson.ts'
import { type MetricId, metrics } from './metricDefinitions.ts'

export { isMetric, type MetricDefinition, type MetricId, metricIds, metrics } from './metricDefinitions.ts'

/** Below the first nothing is shown of a sampled measure, below the second it is marked (requirements, part C, survey.*). */
export const fewestShown = 10
export const fewestUnmarked = 30

/** Mergeable sums of the daily rollup, added up over any days, units, touchpoints and channels. */
export interface MetricSums {
  n: number
  total?: number | null
  total_squares?: number | null
  hits?: number | null
  misses?: number | null
  /** Interactions of the same cells: what complaints are counted against. */
  exposure?: number | null
  /** Sums over days of products of each day's n and total: waits of one afternoon are long together. */
  days?: DaySums
}

export interface DaySums {
  days: number
  n_n: number
  n_total: number
  total_total: number
}

export interface MetricValue {
  metric: MetricId
  /** Null where too few to be shown. */
  value: number | null
  low: number | null
  high: number | null
  /** What the value rests on: answers, waits, outcomes; interactions for the complaint rate. */
  n: number
  shown: 'ok' | 'few' | 'hidden'
  /** Top-2 of CSAT, 5–7 of CES, within ten minutes: with its Wilson interval, 0…1. */
  share: { value: number; low: number; high: number } | null
}

export interface MetricChange {
  difference: number
  low: number
  high: number
  pValue: number
  significant: boolean
  /** Better or worse only when significant and the metric has a direction. */
  verdict: 'better' | 'worse' | 'same'
}

const perInteractions = 10_000

const shownFor = (n: number): MetricValue['shown'] => (n < fewestShown ? 'hidden' : n < fewestUnmarked ? 'few' : 'ok')

const exposureOf = (sums: MetricSums): number => sums.exposure ?? 0
const hitsOf = (sums: MetricSums) => ({ hits: sums.hits ?? 0, n: sums.n })
const momentsOf = (sums: MetricSums) => ({ n: sums.n, sum: sums.total ?? 0, sumSquares: sums.total_squares ?? 0 })
const answersOf = (sums: MetricSums) => {
  const promoters = sums.hits ?? 0
  const detractors = sums.misses ?? 0
  return { promoters, detractors, passives: sums.n - promoters - detractors }
}

/** A metric's value and 95 % interval from its sums; nothing is shown below ten, below thirty it is marked. */
export function metricValue(metric: MetricId, sums: MetricSums): MetricValue {
  if (metric === 'volume') {
    return { metric, value: sums.n, low: null, high: null, n: sums.n, shown: 'ok', share: null }
  }
  const n = metric === 'complaint_rate' ? exposureOf(sums) : sums.n
  const shown = shownFor(n)
  const estimate = shown === 'hidden' ? undefined : estimateOf(metric, sums)
  // A measure without an estimate (all values alike, broken sums) is not shown rather than shown without its interval.
  if (!estimate) return { metric, value: null, low: null, high: null, n, shown: 'hidden', share: null }
  const { value, interval } = estimate
  return { metric, value, low: interval.low, high: interval.high, n, shown, share: shareOf(metric, sums) }
}

function estimateOf(metric: MetricId, sums: MetricSums): { value: number; interval: Interval } | undefined {
  switch (metric) {
    case 'nps': {
      const answer = nps(answersOf(sums))
      return answer.ok ? { value: answer.value.nps, interval: answer.value.interval } : undefined
    }
    case 'success_rate':
    case 'channel_hops': {
      const answer = wilson(hitsOf(sums))
      return answer.ok ? { value: answer.value.share, interval: answer.value.interval } : undefined
    }
    case 'complaint_rate': {
      const answer = rate({ events: sums.n, exposure: exposureOf(sums) })
      if (!answer.ok) return undefined
      const { rate: value, interval } = answer.value
      return { value: value * perInteractions, interval: scaled(interval, perInteractions) }
    }
    default: {
      const clustered = clusteredByDay(sums)
      if (clustered) {
        const { mean, standardError, days } = clustered
        const { interval } = studentComparison(mean, standardError, days - 1)
        return { value: mean, interval: { ...interval, low: Math.max(floorOf(metric), interval.low) } }
      }
      const answer = meanOf(momentsOf(sums))
      if (!answer.ok) return undefined
      const { mean, interval } = answer.value
      return { value: mean, interval: { ...interval, low: Math.max(floorOf(metric), interval.low) } }
    }
  }
}

const floorOf = (metric: MetricId): number => metrics[metric].range[0]

const scaled = (interval: Interval, by: number): Interval => ({
  ...interval,
  low: interval.low * by,
  high: interval.high * by,
})

function shareOf(metric: MetricId, sums: MetricSums): MetricValue['share'] {
  if (!metrics[metric].share) return null
  const answer = wilson(hitsOf(sums))
  if (!answer.ok) return null
  const { share, interval } = answer.value
  return { value: share, low: interval.low, high: interval.high }
}

/** Ratio of sums over days, linearised (Cochran 1977, eq. 6.13), from sums that SQL can make; undefined below five days. */
function clusteredByDay(sums: MetricSums): { mean: number; standardError: number; days: number } | undefined {
  const by = sums.days
  if (!by || by.days < 5 || !(sums.n > 0)) return undefined
  const mean = (sums.total ?? 0) / sums.n
  const squares = by.total_total - 2 * mean * by.n_total + mean * mean * by.n_n
  // Cancellation leaves a rounding error of this size; below it the days do not differ at all.
  if (!(squares > 1e-9 * Math.max(1, by.total_total))) return undefined
  return { mean, standardError: Math.sqrt((squares * by.days) / (by.days - 1)) / sums.n, days: by.days }
}

/**
 * The change of a metric from `before` to `now` with its 95 % interval and two-sided test; undefined where either side
 * has fewer than thirty or no test can be made. Complaint rates: difference per 10,000 with the exact test of their ratio.
 */
export function metricChange(metric: MetricId, now: MetricSums, before: MetricSums): MetricChange | undefined {
  if (metric === 'volume') return undefined
  const nOf = (sums: MetricSums) => (metric === 'complaint_rate' ? exposureOf(sums) : sums.n)
  if (Math.min(nOf(now), nOf(before)) < fewestUnmarked) return undefined
  const change = comparisonOf(metric, now, before)
  if (!change) return undefined
  const significant = change.pValue < 0.05
  const { direction } = metrics[metric]
  const better = direction === 'up' ? change.difference > 0 : change.difference < 0
  return {
    difference: change.difference,
    low: change.interval.low,
    high: change.interval.high,
    pValue: change.pValue,
    significant,
    verdict: !significant ? 'same' : better ? 'better' : 'worse',
  }
}

function comparisonOf(
  metric: MetricId,
  now: MetricSums,
  before: MetricSums,
): Pick<Comparison, 'difference' | 'interval' | 'pValue'> | undefined {
  switch (metric) {
    case 'nps': {
      const answer = npsDifference(answersOf(now), answersOf(before))
      return answer.ok ? answer.value : undefined
    }
    case 'success_rate':
    case 'channel_hops': {
      const answer = proportionDifference(hitsOf(now), hitsOf(before))
      return answer.ok ? answer.value : undefined
    }
    case 'complaint_rate': {
      const a = { events: now.n, exposure: exposureOf(now) }
      const b = { events: before.n, exposure: exposureOf(before) }
      const ratio = rateRatio(a, b)
      if (!ratio.ok) return undefined
      const was = (perInteractions * b.events) / b.exposure
      const { low, high } = ratio.value.interval
      return {
        difference: (perInteractions * a.events) / a.exposure - was,
        // The ratio's limits on the scale of the metric, at the earlier rate.
        interval: { low: was * (low - 1), high: was * (high - 1), confidence: ratio.value.interval.confidence },
        pValue: ratio.value.pValue,
      }
    }
    default: {
      const a = clusteredByDay(now)
      const b = clusteredByDay(before)
      if (a && b) {
        const va = a.standardError ** 2
        const vb = b.standardError ** 2
        const freedom = (va + vb) ** 2 / (va ** 2 / (a.days - 1) + vb ** 2 / (b.days - 1))
        return studentComparison(a.mean - b.mean, Math.sqrt(va + vb), freedom)
      }
      const answer = meanDifference(momentsOf(now), momentsOf(before))
      return answer.ok ? answer.value : undefined
    }
  }
}
