import { sql as statement } from 'drizzle-orm'
import type { Scope } from '#access/scope.ts'
import { customersAt, subtree, unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, daysBetween, localDay } from '#lib/time.ts'
import { doubts, gradeEvidence, type Guard as GuardTest, proof } from '#methods/causal/evidence.ts'
import type { Interval } from '#methods/intervals/interval.ts'
import { type MetricId, metrics } from '#warehouse/metrics.ts'
import { mostDaysOff } from '../contract.ts'
import { actions, type EffectDetail, type GuardOutcome, type Measure, type Reason } from '../tables.ts'
import {
  baselineDays,
  type Cells,
  cellsFor,
  chartDays,
  type Context,
  mixState,
  overlaps,
  regressionOf,
  regressionState,
  touches,
} from './comparison.ts'
import {
  byBeforeAfter,
  byChart,
  byControls,
  byInterruption,
  type DesignInput,
  didBlockDays,
  type Measured,
} from './designs.ts'
import { fewestOnChart, kindOf } from './controlled.ts'
import { better } from './panel.ts'
import { type ReasonCode, reasonTexts } from './sentences.ts'

export type Action = typeof actions.$inferSelect

export interface Estimated {
  designUsed: 'did' | 'its' | 'xmr' | 'before_after'
  estimate: number | null
  low: number | null
  high: number | null
  pValue: number | null
  n: number
  grade: 'A' | 'B' | 'C' | 'D' | 'E'
  verdict: 'proved' | 'not_proved' | 'worse' | 'not_measurable'
  reasons: Reason[]
  warnings: Reason[]
  guards: GuardOutcome[]
  detail: EffectDetail
  customersHelped: number
  definitionVersion: number
}

const fewestBaselineBlocks = 3

const because = (code: ReasonCode, detail?: Reason['detail']): Reason => ({
  code,
  text: reasonTexts[code],
  ...(detail ? { detail } : {}),
})

/** Estimates and judges the effect of an action on facts up to `last`. */
export async function estimate(
  services: Services,
  scope: Scope,
  action: Action,
  options: { last: Day; due: boolean; definitionVersion: number; harmSince: Day | null },
): Promise<Estimated> {
  const units = await unitsOf(services)
  const start = action.startedOn ?? action.startOn
  const others = (
    await services.store.db.select().from(actions).where(statement`${actions.id} <> ${action.id}`)
  ).filter((other) => overlaps(other, start, options.last))
  const context: Context = {
    services,
    scope,
    units,
    others,
    start,
    last: options.last,
    baselineDays: baselineOf(start, options.harmSince),
    chartDays: chartBaselineOf(start, options.harmSince),
    picked: options.harmSince !== null,
  }
  const { metric } = action.measure
  const { version } = metrics[metric as MetricId]
  const cells = await cellsFor(context, action.measure)
  const measured = measure(context, action.design, metric, cells)
  if (!measured.found) return unmeasured(action.design, version, measured.reasons)

  const { found } = measured
  const { picked } = context
  const regression = picked ? regressionOf(context, cells) : undefined
  const mix = await mixState(context, action.measure)
  const otherAction = others.some((other) => touches(context, other, action.measure))
  const startMoved = Math.abs(daysBetween(action.startOn, start)) > mostDaysOff
  const states = {
    ...found.checks,
    started_as_registered: startMoved ? ('failed' as const) : ('passed' as const),
    no_other_change: otherAction ? ('failed' as const) : ('passed' as const),
    definition_unchanged: version === options.definitionVersion ? ('passed' as const) : ('failed' as const),
    mix_unchanged: mix,
    regression_to_mean_excluded: !picked ? ('passed' as const) : regressionState(regression),
  }
  const evidence = gradeEvidence(found.design, states)
  const guards = await measureGuards(context, action)
  const preRegistered = action.lockedAt !== null && localDay(new Date(action.lockedAt), services.home.timeZone) <= start
  const judged = proof({
    preRegistered,
    due: options.due,
    better: better(metric),
    primary: found.interval,
    guards: guards.tests,
    grade: evidence.grade,
  })
  const covered = regression?.warn === true && includesZero(shifted(found.interval, -regression.expectedChange))
  const noSignal = found.used === 'xmr' && found.signal === false
  // What is missing at the end of a window was not measured, and no later load says that it will be.
  const lastFact = cells.treated.reduce((newest, cell) => (cell.n > 0 && cell.day > newest ? cell.day : newest), '')
  const endsEarly = lastFact < addDays(options.last, -didBlockDays)
  const proved = judged.proved && !covered && !noSignal && !startMoved && !endsEarly
  // To call an action harmful needs what it needs to call it good: the same grade, and facts to the end.
  const worse = judged.doubts.includes('wrong_direction') && evidence.grade <= 'C' && !endsEarly
  const n = cells.treated.reduce((sum, cell) => sum + cell.n, 0)
  return {
    designUsed: found.used,
    estimate: found.estimate,
    low: found.interval.low,
    high: found.interval.high,
    pValue: found.pValue,
    n: Math.round(n),
    grade: evidence.grade,
    verdict: proved ? 'proved' : worse ? 'worse' : 'not_proved',
    reasons: [
      ...(proved ? [because('proved')] : []),
      { code: 'grade', text: evidence.sentence },
      ...judged.doubts.map((code) => ({ code, text: doubts[code] })),
      ...(covered ? [because('regression_covers_effect')] : []),
      ...(noSignal ? [because('no_signal')] : []),
      ...(preRegistered ? [] : [because('locked_late')]),
      ...(startMoved ? [because('start_moved', { registered: action.startOn, started: start })] : []),
      ...(endsEarly ? [because('facts_end_early', { lastFact })] : []),
      ...measured.reasons,
    ],
    warnings: [
      ...found.warnings,
      ...(regression?.warn
        ? [
            because('regression_to_mean', {
              expectedChange: regression.expectedChange,
              share: regression.explainedShare,
            }),
          ]
        : []),
      ...(picked && !regression ? [because('regression_unknown')] : []),
      ...(otherAction ? [because('other_action')] : []),
      ...(states.definition_unchanged === 'failed' ? [because('definition_changed')] : []),
      ...(mix === 'failed' ? [because('mix_changed')] : []),
    ],
    guards: guards.outcomes,
    detail: {
      points: found.points,
      controlUnits: [...new Set(cells.controls.map(({ unit }) => unit))].sort(),
      ...(found.leads ? { leads: found.leads } : {}),
      ...(found.chart ? { chart: found.chart } : {}),
    },
    customersHelped: proved ? await helped(context, action.measure) : 0,
    definitionVersion: version,
  }
}

/** The baseline begins where the harm had set in, so that it is one stretch; three blocks at least. */
function baselineOf(start: Day, harmSince: Day | null): number {
  if (harmSince === null || harmSince >= start) return baselineDays
  const blocks = Math.floor(daysBetween(harmSince, start) / didBlockDays)
  return Math.min(6, Math.max(fewestBaselineBlocks, blocks)) * didBlockDays
}

/** A chart of a place that was picked for being bad begins with the harm as well: the time before it is another level. */
function chartBaselineOf(start: Day, harmSince: Day | null): number {
  if (harmSince === null || harmSince >= start) return chartDays
  return Math.min(chartDays, Math.max(baselineOf(start, harmSince), 7 * Math.floor(daysBetween(harmSince, start) / 7)))
}

const unmeasured = (design: Action['design'], definitionVersion: number, reasons: Reason[]): Estimated => ({
  designUsed: design,
  estimate: null,
  low: null,
  high: null,
  pValue: null,
  n: 0,
  grade: 'E',
  verdict: 'not_measurable',
  reasons: [because('not_measurable'), ...reasons],
  warnings: [],
  guards: [],
  detail: { points: [], controlUnits: [] },
  customersHelped: 0,
  definitionVersion,
})

function inputOf(context: Context, metric: string, cells: Cells): DesignInput {
  const { start, last } = context
  return {
    ...cells,
    start,
    last,
    baselineDays: context.baselineDays,
    picked: context.picked,
    kind: kindOf(metric),
    fewestOnChart: fewestOnChart(metric),
    better: better(metric),
  }
}

/** The registered design, or the strongest below it that the data allow. */
function measure(
  context: Context,
  design: Action['design'],
  metric: string,
  cells: Cells,
): { found: Measured | undefined; reasons: Reason[] } {
  const input = inputOf(context, metric, cells)
  const ways = {
    did: () => byControls(input),
    its: () => byInterruption(input),
    xmr: () => byChart({ ...input, baselineDays: context.chartDays }),
    last: () => byBeforeAfter(input),
  }
  const order = { did: ['did', 'its', 'xmr', 'last'], its: ['its', 'xmr', 'last'], xmr: ['xmr', 'last'] } as const
  const reasons: Reason[] = []
  for (const way of order[design]) {
    const outcome = ways[way]()
    if (!('refused' in outcome)) return { found: outcome, reasons }
    if (way === 'did' && outcome.refused === 'too_few_units') reasons.push(because('few_controls'))
    if (way === design) reasons.push(because('design_fell_back', { refused: outcome.refused }))
  }
  return { found: undefined, reasons }
}

async function measureGuards(context: Context, action: Action) {
  const outcomes: GuardOutcome[] = []
  const tests: GuardTest[] = []
  for (const guard of action.guards) {
    const { found } = measure(context, action.design, guard.metric, await cellsFor(context, guard))
    // Without a stated margin only a certain worsening breaks it; a margin of 0 is one.
    const margin = guard.tolerance === null ? {} : { margin: guard.tolerance }
    // A guard that cannot be measured is not known to hold.
    const interval = found?.interval ?? {
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      confidence: 0.95,
    }
    const test: GuardTest = {
      measure: guard.metric,
      better: better(guard.metric),
      interval,
      ...(found ? margin : { margin: guard.tolerance ?? 0 }),
    }
    tests.push(test)
    outcomes.push({
      metric: guard.metric,
      tolerance: guard.tolerance,
      estimate: found?.estimate ?? null,
      low: found?.interval.low ?? null,
      high: found?.interval.high ?? null,
      holds: found ? guardHolds(test) : null,
    })
  }
  return { outcomes, tests }
}

const guardHolds = (test: GuardTest): boolean =>
  proof({ preRegistered: true, due: true, better: test.better, primary: test.interval, guards: [test], grade: 'A' })
    .guards[0]!.verdict === 'holds'

const shifted = (interval: Interval, by: number): Interval => ({
  ...interval,
  low: interval.low + by,
  high: interval.high + by,
})
const includesZero = ({ low, high }: Interval): boolean => low <= 0 && high >= 0

const helped = ({ services, scope, units, start, last }: Context, measured: Measure): Promise<number> =>
  customersAt(services, scope, {
    touchpointId: measured.touchpointId,
    unitIds: [...new Set(measured.unitIds.flatMap((id) => subtree(units, id)))],
    from: start,
    to: last,
  })
