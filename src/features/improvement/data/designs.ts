import type { Day } from '#lib/time.ts'
import { type DidResult, differenceInDifferences } from '#methods/causal/did.ts'
import type { Check, CheckState, Design } from '#methods/causal/evidence.ts'
import { interruptedTimeSeries } from '#methods/causal/its.ts'
import type { PanelCell } from '#methods/causal/panel.ts'
import { checksOfDid, checksOfIts, effectWarnings } from '#methods/causal/warnings.ts'
import type { Interval } from '#methods/intervals/interval.ts'
import { studentComparison } from '#methods/intervals/mean.ts'
import { fewestShown } from '#warehouse/metrics.ts'
import type { EffectDetail, Reason } from '../tables.ts'
import { type Controlled, controlChart, type MeasureKind } from './controlled.ts'
import { blockStart, type DayCell, inBlocks, per, seriesOf } from './panel.ts'

/** An effect as a design measured it, before it is judged. */
export interface Measured {
  design: Design
  used: 'did' | 'its' | 'xmr' | 'before_after'
  estimate: number
  interval: Interval
  pValue: number
  checks: Partial<Record<Check, CheckState>>
  warnings: Reason[]
  points: EffectDetail['points']
  /** Control charts only: a run rule was broken on the better side. */
  signal?: boolean
  chart?: Controlled['kind']
  /** Comparisons only: each block against the last one before the start. */
  leads?: EffectDetail['leads']
}

export interface DesignInput {
  treated: readonly DayCell[]
  controls: readonly DayCell[]
  start: Day
  /** Last day of facts. */
  last: Day
  baselineDays: number
  /** The baseline begins where a harm set in: what lies before it is another level, but shows whether units move together. */
  picked: boolean
  kind: MeasureKind
  /** Answers that a point on a chart must rest on. */
  fewestOnChart: number
  better: 'higher' | 'lower'
}

export const didBlockDays = 28
const fewestInSeries = 5
/** Blocks before a harm on which it is examined whether units moved together. */
const earlierBlocks = 6

const said = (code: keyof typeof effectWarnings): Reason => ({ code, text: effectWarnings[code] })

/** Treated places against untreated ones, in blocks of four weeks around the start. */
export function byControls(input: DesignInput): Measured | { refused: string } {
  const { start, last } = input
  const before = Math.floor(input.baselineDays / didBlockDays)
  const block = (cells: readonly DayCell[], from: number, to = Number.POSITIVE_INFINITY) =>
    inBlocks(cells, start, didBlockDays, last).filter(({ period }) => period >= from && period < to)
  const treated = block(input.treated, -before)
  const controls = block(input.controls, -before)
  // The block in which the harm set in is neither the one nor the other.
  const quiet = { from: -before - 1 - earlierBlocks, to: -before - 1 }
  const earlier = input.picked ? [input.treated, input.controls].flatMap((c) => block(c, quiet.from, quiet.to)) : []
  const isTreated = new Set(treated.map(({ unit }) => unit))
  const answer = differenceInDifferences({
    cells: [...treated, ...controls],
    starts: new Map(treated.map(({ unit }) => [unit, 0])),
    earlier,
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
    leads: leadsOf(answer.value.eventStudy, [...treated, ...earlier.filter(({ unit }) => isTreated.has(unit))], start),
  }
}

/** The leads that may be shown: with what is untreated beside them they would tell the answers of a few people. */
function leadsOf(leads: DidResult['eventStudy'], treated: readonly PanelCell[], start: Day): EffectDetail['leads'] {
  const asked = (period: number) => treated.reduce((sum, cell) => sum + (cell.period === period ? cell.n : 0), 0)
  const reference = leads.findLast(({ period }) => period < 0)
  if (!reference || asked(reference.period) < fewestShown) return []
  return leads
    .filter(({ period }) => asked(period) >= fewestShown)
    .map(({ period, estimate, interval: { low, high } }) => ({
      from: blockStart(start, didBlockDays, period),
      estimate,
      low,
      high,
    }))
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
  const { series } = weeks
  const counted = input.kind === 'rate'
  const answer = interruptedTimeSeries({
    outcome: counted
      ? {
          kind: 'count',
          events: series.map(({ value, sum }) => (value === null ? null : Math.round(sum / per))),
          exposure: series.map(({ n }) => n),
        }
      : { kind: 'mean', values: series.map(({ value }) => value) },
    start: weeks.before,
  })
  if (!answer.ok) return { refused: answer.reason }
  const { average, warnings } = answer.value
  const scale = counted ? per : 1
  const points = answer.value.points.map(({ value, counterfactual }) => ({
    value: value === null ? null : scale * value,
    counterfactual: scale * counterfactual,
  }))
  // A ratio of rates, written as a change of the rate that was to be expected.
  const after = points.slice(weeks.before).flatMap((point, i) => ({ ...point, n: series[weeks.before + i]!.n }))
  const expected = after.reduce((s, p) => s + p.n * p.counterfactual, 0) / after.reduce((s, p) => s + p.n, 0)
  const written = (term: number) => (counted ? expected * Math.expm1(term) : term)
  return {
    design: 'interrupted_time_series',
    used: 'its',
    estimate: written(average.estimate),
    interval: { ...average.interval, low: written(average.interval.low), high: written(average.interval.high) },
    pValue: average.pValue,
    checks: checksOfIts(answer.value, {}),
    warnings: warnings.map(said),
    points: points.map((point, i) => ({
      from: weeks.dayOf(i),
      treated: point.value,
      control: point.counterfactual,
      n: series[i]!.n,
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
    const weeks = weekly(input, input.fewestOnChart, length)
    const chart = controlChart(input.kind, weeks.series, weeks.before)
    if (!chart.ok) {
      refused = chart.reason
      continue
    }
    const { kind, points, signals, segments, meanOf, shiftError } = chart.value
    const measured = (from: number, to?: number) => weeks.series.slice(from, to).filter(({ value }) => value !== null)
    const baseline = measured(0, weeks.before)
    const after = measured(weeks.before)
    if (after.length < 4) return { refused: 'too_few_points' }
    const centre = segments[0]!.centre
    const r = Math.max(0, lagOne(baseline.map(({ value }) => value!)))
    const standardError = shiftError(baseline, after) * Math.sqrt((1 + r) / (1 - r))
    const shift = meanOf(after) - centre
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
        n: weeks.series[i]!.n,
      })),
      chart: kind,
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
    used: 'before_after',
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
