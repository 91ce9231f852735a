import { pauleMandel } from '#methods/intervals/history.ts'
import type { Panel } from './panel.ts'

/** How one unit changed relative to the untreated units of the same periods. */
export interface UnitChange {
  unit: string
  treated: boolean
  change: number
  /** Variance of the change from sampling alone; 0 where it is not known. */
  samplingVariance: number
}

export interface ChangeComparison {
  estimate: number
  standardError: number
  degreesOfFreedom: number
  /** Variance of changes between untreated units beyond sampling. */
  betweenVariance: number
}

/**
 * The change of every unit along `shape` (0/1 for before and after, or the period itself for a slope): its weighted
 * regression on the shape, after the untreated units' mean of each period is taken out. Cells in periods without any
 * untreated unit, and units whose shape does not vary, are left out.
 */
export function unitChanges(
  panel: Panel,
  treated: ReadonlySet<string>,
  shape: (period: number) => number,
): UnitChange[] {
  const isTreated = panel.units.map((unit) => treated.has(unit))
  const sums = new Float64Array(panel.periods.length)
  const totals = new Float64Array(panel.periods.length)
  for (let i = 0; i < panel.value.length; i++) {
    if (isTreated[panel.unitOf[i]!]) continue
    sums[panel.periodOf[i]!]! += panel.weight[i]! * panel.value[i]!
    totals[panel.periodOf[i]!]! += panel.weight[i]!
  }
  const rows: number[][] = panel.units.map(() => [])
  for (let i = 0; i < panel.value.length; i++) if (totals[panel.periodOf[i]!]! > 0) rows[panel.unitOf[i]!]!.push(i)
  const x = (i: number) => shape(panel.periods[panel.periodOf[i]!]!)
  const y = (i: number) => panel.value[i]! - sums[panel.periodOf[i]!]! / totals[panel.periodOf[i]!]!
  const sampled = Number.isFinite(panel.withinVariance)
  return panel.units.flatMap((unit, code) => {
    const own = rows[code]!
    const weight = own.reduce((sum, i) => sum + panel.weight[i]!, 0)
    const centre = own.reduce((sum, i) => sum + panel.weight[i]! * x(i), 0) / weight
    const spread = own.reduce((sum, i) => sum + panel.weight[i]! * (x(i) - centre) ** 2, 0)
    if (!(spread > 0)) return []
    const lever = (i: number) => (panel.weight[i]! * (x(i) - centre)) / spread
    return {
      unit,
      treated: isTreated[code]!,
      change: own.reduce((sum, i) => sum + lever(i) * y(i), 0),
      samplingVariance: sampled
        ? own.reduce((sum, i) => sum + (lever(i) ** 2 * panel.withinVariance) / panel.answers[i]!, 0)
        : 0,
    }
  })
}

/**
 * Treated changes against untreated ones when very few units are treated, where clustered errors see almost nothing of
 * the treated units' own luck: t with (untreated − 1) degrees of freedom, the scatter between untreated units standing
 * for that of the treated. With sampling variances, small units scatter more than large ones.
 * Returns undefined with fewer than three untreated units, no treated one, or changes that do not vary.
 * Source: S. G. Donald & K. Lang (2007), doi 10.1162/rest.89.2.221; T. G. Conley & C. R. Taber (2011), doi
 * 10.1162/REST_a_00049; unequal sizes: B. Ferman & C. Pinto (2019), doi 10.1162/rest_a_00759.
 */
export function compareChanges(changes: readonly UnitChange[]): ChangeComparison | undefined {
  const controls = changes.filter((change) => !change.treated)
  const treated = changes.filter((change) => change.treated)
  if (controls.length < fewestControls || treated.length === 0) return undefined
  const betweenVariance = pauleMandel(controls.map((c) => ({ value: c.change, variance: c.samplingVariance })))
  if (changes.some((c) => !(betweenVariance + c.samplingVariance > 0))) return undefined
  const pooled = (group: readonly UnitChange[]) => {
    const weights = group.map((c) => 1 / (betweenVariance + c.samplingVariance))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return { mean: group.reduce((sum, c, i) => sum + weights[i]! * c.change, 0) / total, variance: 1 / total }
  }
  const [a, b] = [pooled(treated), pooled(controls)]
  return {
    estimate: a.mean - b.mean,
    standardError: Math.sqrt(a.variance + b.variance),
    degreesOfFreedom: controls.length - 1,
    betweenVariance,
  }
}

export const fewestControls = 3
