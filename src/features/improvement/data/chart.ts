import type { Scope } from '#access/scope.ts'
import { unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { addDays, type Day } from '#lib/time.ts'
import type { ChartPoint } from '#methods/charts/chart.ts'
import { fewestShown } from '#warehouse/metrics.ts'
import { measureUnit } from '#features/findings/data.ts'
import { todayOf, visibleActions } from '../data.ts'
import { actions } from '../tables.ts'
import { cellsFor } from './comparison.ts'
import { controlChart, fewestOnChart, kindOf } from './controlled.ts'
import { blockStart, type DayCell, inBlocks, seriesOf } from './panel.ts'

const baselinePoints = 26
/** Weeks, or fortnights where weeks hold too few answers to set limits by. */
const widths = [7, 14]
const widest = 14

/** The running chart of an action, week by week: what is to be seen, and no verdict. */
export async function chartOf(services: Services, scope: Scope, id: string) {
  const action = (await visibleActions(services, scope)).find((row) => row.id === id)
  if (!action) return fail('not_found')
  const start = action.startedOn ?? action.startOn
  const today = todayOf(services)
  const last = [addDays(today, -1), addDays(action.analysisOn, 180)].sort()[0]!
  const units = await unitsOf(services)
  const others = (await services.store.db.select().from(actions)).filter(
    (other) => other.id !== id && ['running', 'finished', 'decided'].includes(other.state),
  )
  const { metric } = action.measure
  const { treated, controls } = await cellsFor(
    { services, scope, units, start, last, others, baselineDays: baselinePoints * widest },
    action.measure,
  )
  const drawn = widths
    .map((days) => drawnIn(treated, metric, start, last, days))
    .reduce((narrow, wide) => (narrow.chart || !wide.chart ? narrow : wide))
  const { days, span, series, chart, clear } = drawn
  const from = (i: number) => blockStart(start, days, span.from + i)
  const limits = chart && limitsOf(chart.points)
  return ok({
    metric,
    metricUnit: measureUnit(metric),
    points: series.map(({ value, n }, i) => ({
      from: from(i),
      value,
      n: Math.round(n),
      after: i >= baselinePoints,
      signals: chart && i >= baselinePoints ? [...chart.points[i]!.rules] : [],
      lower: chart && clear[i]!.value !== null ? chart.points[i]!.lower : null,
      upper: chart && clear[i]!.value !== null ? chart.points[i]!.upper : null,
    })),
    pointDays: days,
    fewestOnChart: fewestOnChart(metric),
    chart: chart?.kind ?? null,
    limits: limits ?? null,
    controls: seriesOf(inBlocks(controls, start, days, last), span, fewestShown).map(({ value, n }, i) => ({
      from: from(i),
      value,
      n: Math.round(n),
    })),
    controlUnits: [...new Set(controls.map(({ unit }) => unit))].sort(),
    startOn: start,
    judgedFrom: action.analysisOn,
    mayBeJudged: today >= action.analysisOn,
    evidence: {
      question: 'findings.cell',
      parameters: {
        metric: action.measure.metric,
        touchpoint: action.measure.touchpointId,
        unit: action.measure.unitIds[0]!,
        from: from(0),
        to: last,
      },
    },
  })
}

/** The treated places in points of so many days; without a chart where fewer than twenty before the start can carry one. */
function drawnIn(treated: readonly DayCell[], metric: string, start: Day, last: Day, days: number) {
  const blocks = inBlocks(treated, start, days, last)
  const span = { from: -baselinePoints, to: Math.max(0, ...blocks.map(({ period }) => period + 1)) }
  // A mean of a few answers is drawn, but says nothing of control.
  const clear = seriesOf(blocks, span, Math.max(fewestShown, fewestOnChart(metric)))
  const chart = controlChart(kindOf(metric), clear, baselinePoints)
  return {
    days,
    span,
    series: seriesOf(blocks, span, fewestShown),
    clear,
    chart: chart.ok ? chart.value : undefined,
  }
}

function limitsOf(points: readonly ChartPoint[]) {
  const measured = points.filter(({ value }) => value !== null)
  const lower = Math.min(...measured.map((point) => point.lower))
  const upper = Math.max(...measured.map((point) => point.upper))
  const vary = measured.some((point) => point.lower !== lower || point.upper !== upper)
  return { centre: points[0]!.centre, lower, upper, vary }
}
