import type { Day } from '#lib/time.ts'
import { differenceInDifferences } from '#methods/causal/did.ts'
import type { Check, CheckState, Design } from '#methods/causal/evidence.ts'
import { interruptedTimeSeries } from '#methods/causal/its.ts'
import type { PanelCell } from '#methods/causal/panel.ts'
import { checksOfDid, checksOfIts, effectWarnings } from '#methods/causal/warnings.ts'
import { monitoringRules } from '#methods/charts/rules.ts'
import { xmrChart } from '#methods/charts/xmr.ts'
import type { Interval } from '#methods/intervals/interval.ts'
import { studentComparison } from '#methods/intervals/mean.ts'
import type { EffectDetail, Reason } from '../tables.ts'
import { blockStart, type DayCell, inBlocks, seriesOf } from './panel.ts'

/** An effect as a design measured it, before it is judged. */
export interface Measured {
  design: Design
  used: 'did' | 'its' | 'xmr'
  estimate: number
  interval: Interval
  pValue: number
  checks: Partial<Record<Check, CheckState>>
  warnings: Reason[]
  points: EffectDetail['points']
  /** Control charts only: a run rule was broken on the better side. */
  signal?: boolean
}

export interface DesignInput {
  treated: readonly DayCell[]
  controls: readonly DayCell[]
  start: Day
  /** Last day of facts. */
  last: Day
  baselineDays: number
  /** Survey answers need thirty a point on a chart. */
  sampled: boolean
  better: 'higher' | 'lower'
}

export const didBlockDays = 28
const fewestInSeries = 5

const said = (code: keyof typeof effectWarnings): Reason => ({ code, text: effectWarnings[code] })

/** Treated places against untreated ones, in blocks of four weeks around the start. */
export function byControls(input: DesignInput): Measured | { refused: string } {
  const { start, last } = input
  const before = Math.floor(input.baselineDays / didBlockDays)
  const block = (cells: readonly DayCell[]) =>
    inBlocks(cells, start, didBlockDays, last).filter(({ period }) => period >= -before)
  const treated = block(input.treated)
  const controls = block(input.controls)
  const answer = differenceInDifferences({
    cells: [...treated, ...controls],
    starts: new Map(treated.map(({ unit }) => [unit, 0])),
    draws: 1999,
  })
  if (!answer.ok) return { refused: answer.reason }
  const { effect, warnings } = answer.value
  return {
    design: 'difference_in_differences',
    used: 'did',
    estimate: effect.estimate,
    interval: effect.interval,
    pValue: effect.pValue,
    checks: checksOfDid(answer.value),
    // Few treated units are judged by the untreated ones' changes, not by resampling.
    warnings: warnings.filter((w) => w !== 'few_clusters' || effect.method === 'wild_bootstrap').map(said),
    points: pointsOf(treated, controls, start, didBlockDays),
  }
}

function pointsOf(treated: readonly PanelCell[], controls: readonly PanelCell[], start: Day, length: number) {
  const periods = treated.map(({ period }) => period)
  const span = { from: Math.min(...periods), to: Math.max(...periods) + 1 }
  const rest = seriesOf(controls, span)
  return seriesOf(treated, span).map(({ value, n }, i) => ({
    from: blockStart(start, length, span.from + i),
    treated: value,
    control: rest[i]!.value,
    n,
  }))
}

/** The treated series alone, week by week: what its own past lets expect against what came. */
export function byInterruption(input: DesignInput): Measured | { refused: string } {
  const weeks = weekly(input, fewestInSeries)
  const answer = interruptedTimeSeries({
    outcome: { kind: 'mean', values: weeks.series.map(({ value }) => value) },
    start: weeks.before,
  })
  if (!answer.ok) return { refused: answer.reason }
  const { average, warnings, points } = answer.value
  return {
    design: 'interrupted_time_series',
    used: 'its',
    estimate: average.estimate,
    interval: average.interval,
    pValue: average.pValue,
    checks: checksOfIts(answer.value, {}),
    warnings: warnings.map(said),
    points: points.map((point, i) => ({
      from: weeks.dayOf(i),
      treated: point.value,
      control: point.counterfactual,
      n: weeks.series[i]!.n,
    })),
  }
}

function weekly({ treated, start, last, baselineDays }: DesignInput, fewest: number, length = 7) {
  const cells = inBlocks(treated, start, length, last)
  const before = Math.floor(baselineDays / length)
  const after = Math.max(0, ...cells.map(({ period }) => period + 1))
  const series = seriesOf(cells, { from: -before, to: after }, fewest)
  // Weeks before the first fact are no baseline.
  const first = Math.max(
    0,
    series.findIndex(({ value }) => value !== null),
  )
  return {
    series: series.slice(first),
    before: before - first,
    dayOf: (i: number) => blockStart(start, length, first - before + i),
  }
}

/** The treated series on a control chart with limits frozen at the start; effect as the shift of its level. */
export function byChart(input: DesignInput): Measured | { refused: string } {
  let refused = 'too_few_points'
  for (const length of [7, 14, 28]) {
    const weeks = weekly(input, 1, length)
    const values = weeks.series.map(({ value }) => value)
    const answers = weeks.series.map(({ n }) => n)
    const chart = xmrChart(values, {
      baselinePoints: weeks.before,
      rules: monitoringRules,
      ...(input.sampled ? { answers } : {}),
    })
    if (!chart.ok) {
      refused = chart.reason
      continue
    }
    const { points, signals, segments } = chart.value
    const after = points.slice(weeks.before).flatMap(({ value }) => value ?? [])
    const baseline = points.slice(0, weeks.before).flatMap(({ value }) => value ?? [])
    if (after.length < 4) return { refused: 'too_few_points' }
    const centre = segments[0]!.centre
    const sigma = (points[0]!.upper - centre) / 3
    const r = Math.max(0, lagOne(baseline))
    const standardError = sigma * Math.sqrt((1 / baseline.length + 1 / after.length) * ((1 + r) / (1 - r)))
    const shift = after.reduce((sum, value) => sum + value, 0) / after.length - centre
    const compared = studentComparison(shift, standardError, baseline.length - 1)
    const good = (z: number | null) => z !== null && (input.better === 'higher' ? z > 0 : z < 0)
    return {
      design: 'control_chart',
      used: 'xmr',
      estimate: shift,
      interval: compared.interval,
      pValue: compared.pValue,
      checks: { baseline_long_enough: baseline.length >= 20 ? 'passed' : 'failed' },
      warnings: r > 0.3 ? [said('autocorrelated')] : [],
      points: points.map((point, i) => ({
        from: weeks.dayOf(i),
        treated: point.value,
        control: point.centre,
        n: answers[i]!,
      })),
      signal: signals.some(({ to }) => to >= weeks.before && good(points[to]!.z)),
    }
  }
  return { refused }
}

function lagOne(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let product = 0
  let square = 0
  values.forEach((value, i) => {
    square += (value - mean) ** 2
    if (i > 0) product += (value - mean) * (values[i - 1]! - mean)
  })
  return square > 0 ? Math.min(0.9, product / square) : 0
}

/** Before and after in blocks, without anything to compare with: the last resort, graded D. */
export function byBeforeAfter(input: DesignInput): Measured | { refused: string } {
  const weeks = weekly(input, 1)
  const split = (from: number, to: number) => weeks.series.slice(from, to).flatMap(({ value }) => value ?? [])
  const before = split(0, weeks.before)
  const after = split(weeks.before, weeks.series.length)
  if (before.length < 4 || after.length < 4) return { refused: 'too_few_points' }
  const moments = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { mean, error: values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1) / values.length }
  }
  const [b, a] = [moments(before), moments(after)]
  if (!(a.error + b.error > 0)) return { refused: 'no_variation' }
  const freedom = (a.error + b.error) ** 2 / (a.error ** 2 / (after.length - 1) + b.error ** 2 / (before.length - 1))
  const compared = studentComparison(a.mean - b.mean, Math.sqrt(a.error + b.error), freedom)
  return {
    design: 'before_after',
    used: 'xmr',
    estimate: compared.difference,
    interval: compared.interval,
    pValue: compared.pValue,
    checks: {},
    warnings: [],
    points: weeks.series.map(({ value, n }, i) => ({
      from: weeks.dayOf(i),
      treated: value,
      control: i < weeks.before ? null : b.mean,
      n,
    })),
  }
}
