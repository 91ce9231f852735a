import { ok } from '#lib/result.ts'
import { type Answer, refuse } from '#methods/refusals.ts'
import { assemble, type ChartOptions, type ChartPoint, meanMovingRange, movingRanges, type Segment } from './chart.ts'
import type { Signal } from './rules.ts'

export interface XmrPoint extends ChartPoint {
  /** Distance from the point before; null at the start, beside a missing point and across a re-baseline. */
  movingRange: number | null
  upperMovingRange: number
}

export interface XmrChart {
  kind: 'xmr'
  points: XmrPoint[]
  signals: Signal[]
  /** Points whose moving range is beyond its limit: a jump, whatever the level. */
  rangeSignals: number[]
  segments: Segment[]
}

export interface XmrLimits {
  centre: number
  meanMovingRange: number
  lower: number
  upper: number
  upperMovingRange: number
}

/** Answers behind each point of a survey mean, below which a chart of it shows sampling noise only. */
export const leastAnswersPerPoint = 30

/** The limits of individual values: mean ± 2.66 mean moving ranges, and 3.267 mean moving ranges for the ranges. */
export function xmrLimits(baseline: readonly (number | null)[]): Answer<XmrLimits> {
  const measured = baseline.filter((value) => value !== null)
  if (!measured.every(Number.isFinite)) return refuse('invalid_input')
  const range = meanMovingRange(baseline)
  if (range === undefined) return refuse('too_few_points')
  if (range === 0) return refuse('no_variation')
  const centre = measured.reduce((sum, value) => sum + value, 0) / measured.length
  return ok({
    centre,
    meanMovingRange: range,
    lower: centre - 2.66 * range,
    upper: centre + 2.66 * range,
    upperMovingRange: 3.267 * range,
  })
}

/**
 * Chart of individual values (XmR) for one number per period: waits, durations, or a survey mean with enough answers.
 * Inputs: values in time order, null where nothing was measured; `answers`, how many answers each point rests on, where
 * the values are survey means. Limits come from the baseline and are frozen; see ChartOptions.
 * Refuses: a baseline under 20 points; survey means with fewer than 30 answers at a point; values that never change.
 * Source: W. A. Shewhart (1931), Economic Control of Quality; constants: D. J. Wheeler & D. S. Chambers (1992),
 * Understanding Statistical Process Control, 2nd ed.
 */
export function xmrChart(
  values: readonly (number | null)[],
  options: ChartOptions & { answers?: readonly number[] } = {},
): Answer<XmrChart> {
  if (!values.every((value) => value === null || Number.isFinite(value))) return refuse('invalid_input')
  const thin = (options.answers ?? []).flatMap((n, i) => (values[i] !== null && n < leastAnswersPerPoint ? [i] : []))
  if (thin.length > 0) return refuse('too_few_answers', { points: thin, needed: leastAnswersPerPoint })
  const rangeLimits: { from: number; upper: number }[] = []
  const assembled = assemble(values, options, (from, to) => {
    const limits = xmrLimits(values.slice(from, to))
    if (!limits.ok) return limits
    const { centre, lower, upper, meanMovingRange: range, upperMovingRange } = limits.value
    rangeLimits.push({ from, upper: upperMovingRange })
    return ok({ centre, at: () => ({ lower, upper, sigma: (2.66 * range) / 3 }) })
  })
  if (!assembled.ok) return assembled
  const ranges = movingRanges(values)
  const points = assembled.value.points.map((point, i): XmrPoint => {
    const { from, upper } = rangeLimits.findLast((limit) => limit.from <= i)!
    return { ...point, movingRange: i === from ? null : ranges[i]!, upperMovingRange: upper }
  })
  const rangeSignals = points.flatMap((p, i) =>
    p.movingRange !== null && p.movingRange > p.upperMovingRange ? [i] : [],
  )
  return ok({ kind: 'xmr', ...assembled.value, points, rangeSignals })
}
