import { ok } from '#lib/result.ts'
import { studentQuantile } from '#methods/distributions/student.ts'
import { defaultConfidence, type Interval, isConfidence, pValueOf, symmetric } from '#methods/intervals/interval.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import { fitPanel, type Panel, type PanelCell, panelOf, type Weighting } from './panel.ts'
import { compareChanges, fewestControls, type UnitChange, unitChanges } from './unitChanges.ts'
import { webbDraws, wildBootstrap } from './wildBootstrap.ts'

/**
 * How the error was found: clustered by unit (many units of both kinds), wild cluster bootstrap, or from the changes of
 * the untreated units (fewer than five of either kind, or fewer than fifteen among very many, where the others fail).
 */
export type DidMethod = 'cluster_robust' | 'wild_bootstrap' | 'unit_changes'

export interface DidEffect {
  method: DidMethod
  /** Effect in the unit of the measure. */
  estimate: number
  standardError: number
  degreesOfFreedom: number
  pValue: number
  interval: Interval
}

export type DidWarning =
  | 'few_treated_units'
  | 'few_clusters'
  | 'few_periods_before'
  | 'examined_earlier'
  | 'unbalanced_panel'
  | 'units_left_out'

export interface DidInput {
  cells: readonly PanelCell[]
  /** First period under the change of every treated unit; units not named are the comparison. */
  starts: ReadonlyMap<string, number>
  /**
   * Periods before those of `cells`, in their numbering. They are no part of the effect's baseline; where that has fewer
   * than four periods, whether units moved together is examined on these.
   */
  earlier?: readonly PanelCell[]
  weighting?: Weighting
  confidence?: number
  /** Draws of the wild bootstrap and their seed: the same data give the same answer. */
  draws?: number
  seed?: number
}

export interface DidResult {
  effect: DidEffect
  /** The two-way fixed effects estimate with its clustered error, whatever method judges the effect. */
  twoWay: { estimate: number; standardError: number }
  treatedUnits: number
  untreatedUnits: number
  periodsBefore: number
  periodsAfter: number
  /** Did treated and untreated units already drift apart before? Slope per period; absent with under 3 periods to see. */
  preTrend?: { slope: DidEffect; passed: boolean }
  /** The same analysis of the time before, as if the change had begun in its middle; absent with under 4 periods. */
  placebo?: { start: number; effect: DidEffect; passed: boolean }
  /** Difference of every period, earlier ones too, to the last one before the change: leads should lie around zero. */
  eventStudy: { period: number; estimate: number; interval: Interval }[]
  unitChanges: UnitChange[]
  warnings: DidWarning[]
}

/**
 * Clustered errors need this many units, and this many of either kind: with 10 of 60 treated they found a sham in 9 of
 * 100 cases here, with 5 to 14 of 250 in 12 to 14. Beyond `mostClusters` the bootstrap costs too much; that many untreated
 * units say well enough how much units change anyway.
 */
const enoughClusters = 40
const enoughOfEither = 15
const mostClusters = 200
/** Units of either kind under which neither can be trusted (J. G. MacKinnon & M. D. Webb 2017, doi 10.1002/jae.2508). */
const enoughUnits = 5
/** Periods before a change that a placebo date needs. */
const enoughPeriods = 4

/**
 * Difference-in-differences on a panel of units and periods: unit and period effects, one common start of the change.
 * Inputs: mergeable sums per unit and period; which units are treated and from when. The measure is the mean of a cell.
 * Returns the effect with an interval fit for the number of units, and the checks a reader needs to believe it.
 * Refuses: treated units that began at different periods; no treated or fewer than three untreated units with data on
 * both sides; fewer than two periods before or none after; values that do not vary; broken input.
 * Source: J. D. Angrist & J.-S. Pischke (2009), Mostly Harmless Econometrics, ch. 5 and 8; M. Bertrand, E. Duflo & S.
 * Mullainathan (2004), doi 10.1162/003355304772839588. A passed pre-trend test is weak comfort: J. Roth (2022), doi
 * 10.1257/aeri.20210236.
 */
export function differenceInDifferences(input: DidInput): Answer<DidResult> {
  const { starts, weighting = 'answers', confidence = defaultConfidence } = input
  const { earlier = [] } = input
  const valid = (c: PanelCell) => isCount(c.n) && Number.isFinite(c.sum) && Number.isInteger(c.period)
  if (![...input.cells, ...earlier].every(valid) || !isConfidence(confidence)) return refuse('invalid_input')
  const [start, ...others] = new Set(starts.values())
  if (start === undefined) return refuse('too_few_units', { treated: 0 })
  if (others.length > 0) return refuse('staggered_start', { starts: [start, ...others].sort((a, b) => a - b) })
  const seen = (unit: string, after: boolean) => sides.get(unit)?.[after ? 1 : 0] === true
  const sides = sidesOf(input.cells, start)
  const cells = input.cells.filter((cell) => seen(cell.unit, false) && seen(cell.unit, true))
  const panel = panelOf(cells, weighting)
  const treated = new Set(panel.units.filter((unit) => starts.has(unit)))
  const untreatedUnits = panel.units.length - treated.size
  if (treated.size === 0 || untreatedUnits < fewestControls) {
    return refuse('too_few_units', { treated: treated.size, untreated: untreatedUnits, needed: fewestControls })
  }
  const before = panel.periods.filter((period) => period < start)
  const after = panel.periods.filter((period) => period >= start)
  if (before.length < 2) return refuse('too_few_points', { before: before.length, needed: 2 })
  const known = new Set(panel.units)
  const past = earlier.filter((cell) => known.has(cell.unit) && cell.n > 0 && cell.period < before[0]!)
  const all = [...cells, ...past]
  const judge = (shape: Shape, among: readonly number[], bootstrap: boolean) =>
    judgeShape(restrict(all, among), { treated, shape, weighting, confidence, bootstrap, ...input })
  const since = (first: number) => (period: number) => (period >= first ? 1 : 0)
  const effect = judge(since(start), panel.periods, true)
  if (!effect) return refuse('no_variation')
  const pastPeriods = [...new Set(past.map(({ period }) => period))].sort((a, b) => a - b)
  const examinesPast = before.length < enoughPeriods && pastPeriods.length > before.length
  const examined = examinesPast ? pastPeriods : before
  const trend = examined.length >= 3 ? judge((period) => period, examined, true) : undefined
  const middle = examined[Math.floor(examined.length / 2)]!
  const placebo = examined.length >= enoughPeriods ? judge(since(middle), examined, true) : undefined
  const reference = before.at(-1)!
  const eventStudy = [...pastPeriods, ...panel.periods].flatMap((period) => {
    if (period === reference) return [{ period, estimate: 0, interval: { low: 0, high: 0, confidence } }]
    const lead = judge((p) => (p === period ? 1 : 0), [period, reference], false)
    return lead ? [{ period, estimate: lead.effect.estimate, interval: lead.effect.interval }] : []
  })
  const harmless = (judged: DidEffect) => judged.interval.low <= 0 && judged.interval.high >= 0
  return ok({
    effect: effect.effect,
    twoWay: effect.twoWay,
    treatedUnits: treated.size,
    untreatedUnits,
    periodsBefore: before.length,
    periodsAfter: after.length,
    ...(trend && { preTrend: { slope: trend.effect, passed: harmless(trend.effect) } }),
    ...(placebo && { placebo: { start: middle, effect: placebo.effect, passed: harmless(placebo.effect) } }),
    eventStudy,
    unitChanges: unitChanges(panel, treated, since(start)),
    warnings: [
      ...warningsOf(panel, treated.size, examined.length, sides.size),
      ...(examinesPast ? ['examined_earlier' as const] : []),
    ],
  })
}

type Shape = (period: number) => number

interface Judging {
  treated: ReadonlySet<string>
  shape: Shape
  weighting: Weighting
  confidence: number
  bootstrap: boolean
  draws?: number
  seed?: number
}

/** The effect of "treated × shape(period)": 0/1 for an effect, the period itself for a trend. */
function judgeShape(
  cells: readonly PanelCell[],
  { treated, shape, weighting, confidence, bootstrap, draws = 4999, seed = 1 }: Judging,
): { effect: DidEffect; twoWay: DidResult['twoWay'] } | undefined {
  const panel = panelOf(cells, weighting)
  const x = Float64Array.from(panel.unitOf, (unit, i) =>
    treated.has(panel.units[unit]!) ? shape(panel.periods[panel.periodOf[i]!]!) : 0,
  )
  const fit = fitPanel(panel, x)
  if (!fit) return undefined
  const twoWay = { estimate: fit.estimate, standardError: fit.standardError }
  const treatedUnits = panel.units.filter((unit) => treated.has(unit)).length
  const fewer = Math.min(treatedUnits, panel.units.length - treatedUnits)
  const enough = panel.units.length >= enoughClusters && fewer >= enoughOfEither
  // A lead among few units is not worth a bootstrap of its own, and clustered errors would make too much of it.
  if (fewer < enoughUnits || (!enough && (!bootstrap || panel.units.length > mostClusters))) {
    const compared = compareChanges(unitChanges(panel, treated, shape))
    return compared && { effect: studentEffect('unit_changes', compared, confidence), twoWay }
  }
  if (!(fit.standardError > 1e-12 * Math.max(...panel.value.map(Math.abs)))) return undefined
  const clustered = studentEffect('cluster_robust', { ...twoWay, degreesOfFreedom: fit.clusters - 1 }, confidence)
  if (enough) return { effect: clustered, twoWay }
  const wild = wildBootstrap(fit, webbDraws(fit.clusters, draws, seed))
  if (!wild) return undefined
  const interval = { ...wild.interval(confidence), confidence }
  return { effect: { ...clustered, method: 'wild_bootstrap', pValue: wild.pValue(0), interval }, twoWay }
}

function studentEffect(
  method: DidMethod,
  { estimate, standardError, degreesOfFreedom }: { estimate: number; standardError: number; degreesOfFreedom: number },
  confidence: number,
): DidEffect {
  const critical = studentQuantile((1 + confidence) / 2, degreesOfFreedom)
  return {
    method,
    estimate,
    standardError,
    degreesOfFreedom,
    pValue: pValueOf(estimate / standardError, degreesOfFreedom),
    interval: symmetric(estimate, critical * standardError, confidence),
  }
}

/** Whether each unit has answers before and after. */
function sidesOf(cells: readonly PanelCell[], start: number): Map<string, [boolean, boolean]> {
  const sides = new Map<string, [boolean, boolean]>()
  for (const cell of cells) {
    const side = sides.get(cell.unit) ?? [false, false]
    if (cell.n > 0) side[cell.period >= start ? 1 : 0] = true
    sides.set(cell.unit, side)
  }
  return sides
}

const restrict = (cells: readonly PanelCell[], periods: readonly number[]): PanelCell[] => {
  const kept = new Set(periods)
  return cells.filter((cell) => kept.has(cell.period))
}

function warningsOf(panel: Panel, treated: number, periodsExamined: number, unitsGiven: number): DidWarning[] {
  const warnings: DidWarning[] = []
  if (Math.min(treated, panel.units.length - treated) < enoughUnits) warnings.push('few_treated_units')
  if (panel.units.length < enoughClusters) warnings.push('few_clusters')
  if (periodsExamined < enoughPeriods) warnings.push('few_periods_before')
  if (panel.value.length < panel.units.length * panel.periods.length) warnings.push('unbalanced_panel')
  if (unitsGiven > panel.units.length) warnings.push('units_left_out')
  return warnings
}
