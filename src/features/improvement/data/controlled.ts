import type { Answer } from '#methods/refusals.ts'
import { pChart, uChart } from '#methods/charts/attributes.ts'
import type { ChartPoint, Segment } from '#methods/charts/chart.ts'
import { monitoringRules, type Signal } from '#methods/charts/rules.ts'
import { leastAnswersPerPoint, xmrChart } from '#methods/charts/xmr.ts'
import { ok } from '#lib/result.ts'
import type { chartKinds } from '../contract.ts'
import { per, type SeriesPoint } from './panel.ts'

/** What a measure is made of: answers or seconds, hits among trials, or complaints per interaction. */
export type MeasureKind = 'mean' | 'share' | 'rate'

export const kindOf = (metric: string): MeasureKind =>
  metric === 'complaint_rate' ? 'rate' : metric === 'success_rate' || metric === 'channel_hops' ? 'share' : 'mean'

const surveyed = new Set(['nps', 'csat', 'ces'])

/** Answers that a point of a control chart must rest on: thirty where people were asked. */
export const fewestOnChart = (metric: string): number => (surveyed.has(metric) ? leastAnswersPerPoint : 1)

/** A control chart on the metric's own scale. */
export interface Controlled {
  kind: (typeof chartKinds)[number]
  points: ChartPoint[]
  signals: Signal[]
  segments: Segment[]
  /** Error of the difference between the mean of the baseline and that of the points after it, if points are independent. */
  shiftError(before: readonly SeriesPoint[], after: readonly SeriesPoint[]): number
  /** Mean of points: each alike on an XmR chart, by what they rest on where they are counts. */
  meanOf(points: readonly SeriesPoint[]): number
}

const sumOf = (points: readonly SeriesPoint[], key: 'n' | 'sum'): number =>
  points.reduce((total, point) => total + point[key], 0)

/**
 * The control chart that the measure calls for: p for shares, u for complaints (both after Laney where they scatter more
 * than chance), individual values for all else. Limits are frozen after the baseline; no zone rules.
 */
export function controlChart(
  kind: MeasureKind,
  series: readonly SeriesPoint[],
  baselinePoints: number,
): Answer<Controlled> {
  const options = { baselinePoints, rules: monitoringRules }
  if (kind === 'mean') {
    const chart = xmrChart(
      series.map(({ value }) => value),
      options,
    )
    if (!chart.ok) return chart
    const { points, signals, segments } = chart.value
    const sigma = (points[0]!.upper - segments[0]!.centre) / 3
    return ok({
      kind: 'xmr',
      points,
      signals,
      segments,
      shiftError: (before, after) => sigma * Math.sqrt(1 / before.length + 1 / after.length),
      meanOf: (some) => some.reduce((total, { value }) => total + value!, 0) / some.length,
    })
  }
  const scale = kind === 'rate' ? per : 1
  const counts = series.map(({ value, n, sum }) => (value === null ? { n: 0, sum: 0 } : { n, sum: sum / scale }))
  const chart =
    kind === 'share'
      ? pChart(
          counts.map(({ n, sum }) => ({ hits: Math.round(sum), n: Math.round(n) })),
          options,
        )
      : uChart(
          counts.map(({ n, sum }) => ({ events: Math.round(sum), exposure: n })),
          options,
        )
  if (!chart.ok) return chart
  const { points, signals, segments, sigmaZ } = chart.value
  const centre = segments[0]!.centre
  const deviation = scale * (sigmaZ[0] ?? 1) * Math.sqrt(kind === 'share' ? centre * (1 - centre) : centre)
  return ok({
    kind: chart.value.kind,
    points: points.map((point) => ({
      ...point,
      value: point.value === null ? null : scale * point.value,
      centre: scale * point.centre,
      lower: scale * point.lower,
      upper: scale * point.upper,
    })),
    signals,
    segments: segments.map((segment) => ({ ...segment, centre: scale * segment.centre })),
    shiftError: (before, after) => deviation * Math.sqrt(1 / sumOf(before, 'n') + 1 / sumOf(after, 'n')),
    meanOf: (some) => sumOf(some, 'sum') / sumOf(some, 'n'),
  })
}
