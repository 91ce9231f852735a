import { sql as statement } from 'drizzle-orm'
import type { Scope } from '#access/scope.ts'
import { customersAt, subtree, type Unit, unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import { type CheckState, doubts, gradeEvidence, type Guard as GuardTest, proof } from '#methods/causal/evidence.ts'
import { regressionWarning, reliabilityOfUnits } from '#methods/causal/regressionToMean.ts'
import type { Interval } from '#methods/intervals/interval.ts'
import { type MetricId, metrics } from '#warehouse/metrics.ts'
import { from } from '#warehouse/relations.ts'
import { day, list, sql } from '#warehouse/sql.ts'
import { actions, type EffectDetail, type GuardOutcome, type Measure, type Reason } from '../tables.ts'
import {
  byBeforeAfter,
  byChart,
  byControls,
  byInterruption,
  type DesignInput,
  didBlockDays,
  type Measured,
} from './designs.ts'
import { better, type DayCell, liesWithin, readDays } from './panel.ts'
import { type ReasonCode, reasonTexts } from './sentences.ts'

export type Action = typeof actions.$inferSelect

export interface Estimated {
  designUsed: 'did' | 'its' | 'xmr'
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

/** Days before the start that make the baseline: half a year, whole blocks. */
export const baselineDays = 6 * didBlockDays
const chartDays = 52 * 7
const fewestBaselineBlocks = 3

const because = (code: ReasonCode, detail?: Reason['detail']): Reason => ({
  code,
  text: reasonTexts[code],
  ...(detail ? { detail } : {}),
})

/** What was registered, as it was locked; the action's own fields say the same or the lock is broken. */
export interface Registered {
  measure: Measure
  design: 'did' | 'its' | 'xmr'
  startOn: Day
  definitionVersion: number
}

interface Context {
  services: Services
  scope: Scope
  units: Map<string, Unit>
  others: readonly Action[]
  start: Day
  last: Day
  baselineDays: number
}

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
  }
  const { metric } = action.measure
  const { version } = metrics[metric as MetricId]
  const cells = await cellsFor(context, action.measure)
  const measured = measure(context, action.design, metric, cells)
  if (!measured.found) return unmeasured(action.design, version, measured.reasons)

  const { found } = measured
  const picked = options.harmSince !== null
  const regression = picked ? regressionOf(context, cells) : undefined
  const mix = await mixState(context, action.measure)
  const otherAction = others.some((other) => touches(context, other, action.measure))
  const states = {
    ...found.checks,
    no_other_change: otherAction ? ('failed' as const) : ('passed' as const),
    definition_unchanged: version === options.definitionVersion ? ('passed' as const) : ('failed' as const),
    mix_unchanged: mix,
    regression_to_mean_excluded: !picked ? ('passed' as const) : regressionState(regression),
  }
  const evidence = gradeEvidence(found.design, states)
  const guards = await measureGuards(context, action)
  const preRegistered = action.lockedAt !== null && action.lockedAt.slice(0, 10) <= start
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
  const proved = judged.proved && !covered && !noSignal
  const wrongWay = judged.doubts.includes('wrong_direction')
  const n = cells.treated.reduce((sum, cell) => sum + cell.n, 0)
  return {
    designUsed: found.used,
    estimate: found.estimate,
    low: found.interval.low,
    high: found.interval.high,
    pValue: found.pValue,
    n: Math.round(n),
    grade: evidence.grade,
    verdict: proved ? 'proved' : wrongWay ? 'worse' : 'not_proved',
    reasons: [
      ...(proved ? [because('proved')] : []),
      { code: 'grade', text: evidence.sentence },
      ...judged.doubts.map((code) => ({ code, text: doubts[code] })),
      ...(covered ? [because('regression_covers_effect')] : []),
      ...(noSignal ? [because('no_signal')] : []),
      ...(preRegistered ? [] : [because('locked_late')]),
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
    detail: { points: found.points, controlUnits: [...new Set(cells.controls.map(({ unit }) => unit))].sort() },
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

const overlaps = (other: Action, start: Day, last: Day): boolean =>
  !['planned', 'locked', 'cancelled'].includes(other.state) &&
  (other.startedOn ?? other.startOn) <= last &&
  (other.startedOn ?? other.startOn) >= addDays(start, -baselineDays)

/** Whether another action was at work at the same touchpoint in (part of) the same units. */
const touches = ({ units }: Context, other: Action, measured: Measure): boolean =>
  other.measure.touchpointId === measured.touchpointId &&
  other.measure.unitIds.some((id) =>
    measured.unitIds.some((mine) => liesWithin(units, id, [mine]) || liesWithin(units, mine, [id])),
  )

interface Cells {
  treated: DayCell[]
  controls: DayCell[]
}

/** Treated places, and comparable ones: the same kind of unit and touchpoint, no action of their own. */
export async function cellsFor(
  context: Pick<Context, 'services' | 'scope' | 'units' | 'start' | 'last' | 'others' | 'baselineDays'>,
  measured: Measure,
): Promise<Cells> {
  const { services, scope, units, start, last, others } = context
  const span = { from: addDays(start, -Math.max(chartDays, context.baselineDays)), to: last }
  const all = await readDays(services, scope, units, { ...measured, unitIds: 'all' }, span)
  const inside = new Map<string, boolean>()
  const isTreated = (unit: string) => {
    if (!inside.has(unit)) inside.set(unit, liesWithin(units, unit, measured.unitIds))
    return inside.get(unit)!
  }
  const treated = all.filter(({ unit }) => isTreated(unit))
  const kinds = new Set(treated.map(({ unit }) => units.get(unit)?.kind))
  const busy = others
    .filter((other) => other.measure.touchpointId === measured.touchpointId)
    .flatMap((other) => other.measure.unitIds.flatMap((id) => subtree(units, id)))
  const controls = all.filter(
    ({ unit }) => !isTreated(unit) && kinds.has(units.get(unit)?.kind) && !busy.includes(unit),
  )
  return { treated, controls }
}

const surveyed = new Set(['nps', 'csat', 'ces'])

function inputOf(context: Context, metric: string, cells: Cells): DesignInput {
  const { start, last } = context
  return {
    ...cells,
    start,
    last,
    baselineDays: context.baselineDays,
    sampled: surveyed.has(metric),
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
    xmr: () => byChart({ ...input, baselineDays: chartDays }),
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
    const margin = guard.tolerance > 0 ? { margin: guard.tolerance } : {}
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
      ...(found ? margin : { margin: guard.tolerance }),
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

const regressionState = (regression: { warn: boolean } | undefined): CheckState =>
  regression === undefined ? 'unknown' : regression.warn ? 'failed' : 'passed'

/** How much of the change was to be expected of places that were picked for being bad; undefined where too few compare. */
function regressionOf(context: Context, { treated, controls }: Cells) {
  const { start } = context
  const first = addDays(start, -context.baselineDays)
  const sums = (cells: readonly DayCell[], after: boolean) => {
    const inside = cells.filter((cell) => (after ? cell.day >= start : cell.day >= first && cell.day < start))
    return [...Map.groupBy(inside, ({ unit }) => unit).values()].map((own) =>
      own.reduce(
        (total, cell) => ({
          n: total.n + cell.n,
          sum: total.sum + cell.sum,
          sumSquares: total.sumSquares + cell.sumSquares,
        }),
        { n: 0, sum: 0, sumSquares: 0 },
      ),
    )
  }
  const value = (list: { n: number; sum: number }[]) =>
    list.reduce((s, u) => s + u.sum, 0) / list.reduce((s, u) => s + u.n, 0)
  const before = { treated: sums(treated, false), controls: sums(controls, false) }
  const reliability = reliabilityOfUnits([...before.treated, ...before.controls])
  if (!reliability.ok || before.treated.length === 0) return undefined
  const common = before.controls.length > 0 ? value(sums(controls, true)) - value(before.controls) : 0
  const n = before.treated.reduce((sum, unit) => sum + unit.n, 0)
  const warning = regressionWarning({
    mean: reliability.value.mean,
    selected: value(before.treated),
    followUp: value(sums(treated, true)) - (Number.isFinite(common) ? common : 0),
    correlation: reliability.value.correlationFor(n),
    picked: true,
  })
  return warning.ok ? warning.value : undefined
}

/** Shares of the segments before and after: half the sum of their differences above a tenth is another mix. */
async function mixState(context: Context, measured: Measure): Promise<CheckState> {
  const { services, scope, units, start, last } = context
  const inside = [...new Set(measured.unitIds.flatMap((id) => subtree(units, id)))]
  const { rows } = await services.warehouse.read(
    sql`select coalesce(segment, '') as segment, local_day >= ${day(start)} as after,
          ${services.warehouse.dialect.sumInteger(sql`n`)} as n
        from ${from.daily}
        where metric = 'volume' and unit_id in ${list(inside)}
          and ${measured.touchpointId === null ? sql`true` : sql`touchpoint_id = ${measured.touchpointId}`}
          and local_day between ${day(addDays(start, -context.baselineDays))} and ${day(last)}
        group by 1, 2`,
    scope,
  )
  const side = (after: boolean) => rows.filter((row) => row.after === after)
  const total = (after: boolean) => side(after).reduce((sum, row) => sum + Number(row.n), 0)
  if (total(false) < 100 || total(true) < 100) return 'unknown'
  const share = (after: boolean, segment: unknown) =>
    Number(side(after).find((row) => row.segment === segment)?.n ?? 0) / total(after)
  const segments = new Set(rows.map((row) => row.segment))
  const distance = [...segments].reduce<number>((sum, s) => sum + Math.abs(share(true, s) - share(false, s)), 0) / 2
  return distance > 0.1 ? 'failed' : 'passed'
}

const helped = ({ services, scope, units, start, last }: Context, measured: Measure): Promise<number> =>
  customersAt(services, scope, {
    touchpointId: measured.touchpointId,
    unitIds: [...new Set(measured.unitIds.flatMap((id) => subtree(units, id)))],
    from: start,
    to: last,
  })
