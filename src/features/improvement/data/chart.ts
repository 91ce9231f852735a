import type { Scope } from '#access/scope.ts'
import { unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { addDays } from '#lib/time.ts'
import { monitoringRules } from '#methods/charts/rules.ts'
import { xmrChart } from '#methods/charts/xmr.ts'
import { fewestShown } from '#warehouse/metrics.ts'
import { measureUnit } from '#features/findings/data.ts'
import { todayOf, visibleActions } from '../data.ts'
import { actions } from '../tables.ts'
import { cellsFor } from './comparison.ts'
import { blockStart, inBlocks, seriesOf } from './panel.ts'

const weeksBefore = 26

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
  const { treated, controls } = await cellsFor(
    { services, scope, units, start, last, others, baselineDays: weeksBefore * 7 },
    action.measure,
  )
  const blocks = inBlocks(treated, start, 7, last)
  const span = { from: -weeksBefore, to: Math.max(0, ...blocks.map(({ period }) => period + 1)) }
  const series = seriesOf(blocks, span, fewestShown)
  const values = series.map(({ value }) => value)
  const chart = xmrChart(values, { baselinePoints: weeksBefore, rules: monitoringRules })
  const from = (i: number) => blockStart(start, 7, span.from + i)
  const limits = chart.ok ? chart.value.points[0] : undefined
  return ok({
    metric: action.measure.metric,
    metricUnit: measureUnit(action.measure.metric),
    points: series.map(({ value, n }, i) => ({
      from: from(i),
      value,
      n: Math.round(n),
      after: i >= weeksBefore,
      signals: chart.ok && i >= weeksBefore ? [...chart.value.points[i]!.rules] : [],
    })),
    limits: limits ? { centre: limits.centre, lower: limits.lower, upper: limits.upper } : null,
    controls: seriesOf(inBlocks(controls, start, 7, last), span, fewestShown).map(({ value, n }, i) => ({
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
