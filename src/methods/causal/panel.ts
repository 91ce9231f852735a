/** Sums of one unit (branch, team, customer group) in one period, as daily rollups add them up. */
export interface PanelCell {
  unit: string
  /** Number of the period: consecutive periods differ by 1. */
  period: number
  n: number
  sum: number
  /** Sum of squares; where every cell has it, few treated units are judged with their sampling error. */
  sumSquares?: number
}

/** What a cell weighs: as many as its answers (effect per customer) or one (effect per unit). */
export type Weighting = 'answers' | 'equal'

/** Cells in columns, ready for arithmetic. */
export interface Panel {
  units: string[]
  periods: number[]
  unitOf: Int32Array
  periodOf: Int32Array
  value: Float64Array
  weight: Float64Array
  answers: Float64Array
  /** Variance of single answers within cells, pooled; NaN where squares are missing. */
  withinVariance: number
}

/** Merges cells of the same unit and period, drops empty ones, and codes units and periods. */
export function panelOf(cells: readonly PanelCell[], weighting: Weighting): Panel {
  const merged = new Map<string, PanelCell>()
  for (const cell of cells) {
    const key = `${cell.period} ${cell.unit}`
    const known = merged.get(key)
    if (cell.n === 0) continue
    merged.set(
      key,
      known
        ? {
            ...known,
            n: known.n + cell.n,
            sum: known.sum + cell.sum,
            sumSquares: (known.sumSquares ?? Number.NaN) + (cell.sumSquares ?? Number.NaN),
          }
        : cell,
    )
  }
  const rows = [...merged.values()]
  const units = [...new Set(rows.map((row) => row.unit))].sort()
  const periods = [...new Set(rows.map((row) => row.period))].sort((a, b) => a - b)
  const codes = new Map(units.map((unit, code) => [unit, code]))
  const periodCodes = new Map(periods.map((period, code) => [period, code]))
  const squares = rows.reduce((sum, c) => sum + (c.sumSquares ?? Number.NaN) - (c.sum * c.sum) / c.n, 0)
  return {
    units,
    periods,
    unitOf: Int32Array.from(rows, (row) => codes.get(row.unit)!),
    periodOf: Int32Array.from(rows, (row) => periodCodes.get(row.period)!),
    value: Float64Array.from(rows, (row) => row.sum / row.n),
    weight: Float64Array.from(rows, (row) => (weighting === 'equal' ? 1 : row.n)),
    answers: Float64Array.from(rows, (row) => row.n),
    withinVariance: Math.max(0, squares) / (rows.reduce((sum, row) => sum + row.n, 0) - rows.length),
  }
}

/**
 * What is left of a column after unit and period effects, weighted: alternating projections, exact after one round in
 * a balanced panel. Returns undefined where it does not settle.
 * Source: S. Gaure (2013), "OLS with multiple high dimensional category variables", doi 10.1016/j.csda.2013.03.024.
 */
export function withoutEffects(panel: Panel, column: ArrayLike<number>): Float64Array | undefined {
  const rest = Float64Array.from(column)
  const scale = rest.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (let round = 0; round < 10_000; round++) {
    const byUnit = takeOut(rest, panel.unitOf, panel.weight, panel.units.length)
    const byPeriod = takeOut(rest, panel.periodOf, panel.weight, panel.periods.length)
    if (Math.max(byUnit, byPeriod) <= 1e-13 * scale || (round > 0 && byPeriod <= 1e-14 * scale)) return rest
  }
  return undefined
}

/** Subtracts each group's weighted mean in place and returns the largest mean that was still there. */
function takeOut(values: Float64Array, groups: Int32Array, weights: Float64Array, count: number): number {
  const sums = new Float64Array(count)
  const totals = new Float64Array(count)
  for (let i = 0; i < values.length; i++) {
    sums[groups[i]!]! += weights[i]! * values[i]!
    totals[groups[i]!]! += weights[i]!
  }
  let largest = 0
  for (let g = 0; g < count; g++) {
    sums[g]! /= totals[g]!
    largest = Math.max(largest, Math.abs(sums[g]!))
  }
  for (let i = 0; i < values.length; i++) values[i]! -= sums[groups[i]!]!
  return largest
}

/** One regressor in a two-way panel: estimate, the pieces its errors are made of, and the cluster-robust error. */
export interface PanelFit {
  panel: Panel
  /** Outcome and regressor without unit and period effects. */
  outcome: Float64Array
  regressor: Float64Array
  information: number
  estimate: number
  clusters: number
  /** CR1: clustered by unit, with G/(G − 1) · (N − 1)/(N − K); K counts regressor and periods, units are nested. */
  standardError: number
}

/**
 * Y = unit + period + β·x + e by weighted least squares, errors clustered by unit.
 * Returns undefined where x has nothing left after the effects.
 * Source: A. C. Cameron & D. L. Miller (2015), "A practitioner's guide to cluster-robust inference", doi
 * 10.3368/jhr.50.2.317.
 */
export function fitPanel(panel: Panel, x: ArrayLike<number>): PanelFit | undefined {
  const outcome = withoutEffects(panel, panel.value)
  const regressor = withoutEffects(panel, x)
  if (!outcome || !regressor) return undefined
  let information = 0
  let product = 0
  let original = 0
  for (let i = 0; i < regressor.length; i++) {
    information += panel.weight[i]! * regressor[i]! ** 2
    product += panel.weight[i]! * regressor[i]! * outcome[i]!
    original += panel.weight[i]! * x[i]! ** 2
  }
  if (!(information > 1e-10 * original)) return undefined
  const estimate = product / information
  const clusters = panel.units.length
  const scores = clusterScores(panel, regressor, (i) => outcome[i]! - estimate * regressor[i]!)
  const n = outcome.length
  const correction = (clusters / (clusters - 1)) * ((n - 1) / (n - 1 - panel.periods.length))
  const squares = scores.reduce((sum, score) => sum + score * score, 0)
  return {
    panel,
    outcome,
    regressor,
    information,
    estimate,
    clusters,
    standardError: Math.sqrt(correction * squares) / information,
  }
}

/** Σ weight · regressor · residual of each unit. */
export function clusterScores(panel: Panel, regressor: Float64Array, residual: (i: number) => number): Float64Array {
  const scores = new Float64Array(panel.units.length)
  for (let i = 0; i < regressor.length; i++) scores[panel.unitOf[i]!]! += panel.weight[i]! * regressor[i]! * residual(i)
  return scores
}
