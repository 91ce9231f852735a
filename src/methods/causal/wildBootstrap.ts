import { seededRandom } from '#lib/random.ts'
import { clusterScores, type PanelFit, withoutEffects } from './panel.ts'

/** One row per draw: the factor that each cluster's residuals are multiplied with. */
export type Draws = readonly Float64Array[]

/**
 * Webb's six weights, ±√(1/2), ±1, ±√(3/2): enough different samples from few clusters.
 * Source: M. D. Webb (2023), "Reworking wild bootstrap-based inference for clustered errors", doi 10.1111/caje.12661.
 */
export function webbDraws(clusters: number, count: number, seed: number): Draws {
  const weights = [0.5, 1, 1.5].flatMap((square) => [Math.sqrt(square), -Math.sqrt(square)])
  const random = seededRandom(seed)
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: clusters }, () => weights[Math.floor(6 * random())]!),
  )
}

export interface WildBootstrap {
  /** Symmetric p value of "the effect is `hypothesis`". */
  pValue: (hypothesis: number) => number
  /** All effects that the data do not contradict. */
  interval: (confidence: number) => { low: number; high: number }
}

/**
 * Wild cluster bootstrap-t with the null imposed, for fewer clusters than cluster-robust errors need (under about 40).
 * The residuals under every null are linear in it, so that one pass over the draws serves all hypotheses and the
 * interval. Ties count against the effect.
 * Returns undefined where the projections do not settle.
 * Source: A. C. Cameron, J. B. Gelbach & D. L. Miller (2008), doi 10.1162/rest.90.3.414; computation after D. Roodman et
 * al. (2019), doi 10.1177/1536867X19830877.
 */
export function wildBootstrap(fit: PanelFit, draws: Draws): WildBootstrap | undefined {
  const ofOutcome = influence(fit, fit.outcome)
  const ofRegressor = influence(fit, fit.regressor)
  if (!ofOutcome || !ofRegressor) return undefined
  const { clusters, information, estimate } = fit
  const own = clusterScores(fit.panel, fit.regressor, (i) => fit.regressor[i]!)
  // Scores of one draw under null b are a − b·c; the shift of its estimate is (u − b·v)/information.
  const prepared = draws.map((weights) => {
    const a = times(ofOutcome, weights, clusters)
    const c = times(ofRegressor, weights, clusters)
    return { a, c, u: total(a), v: total(c) }
  })
  const identity = new Float64Array(clusters).fill(1)
  const observed = { a: times(ofOutcome, identity, clusters), c: times(ofRegressor, identity, clusters) }
  const statistic = ({ a, c }: { a: Float64Array; c: Float64Array }, shift: number, b: number): number => {
    let squares = 0
    for (let g = 0; g < clusters; g++) squares += (a[g]! - b * c[g]! - shift * own[g]!) ** 2
    return Math.abs(shift * information) / Math.sqrt(squares)
  }
  const pValue = (b: number): number => {
    const actual = statistic(observed, estimate - b, b)
    if (Number.isNaN(actual)) return 1
    const beyond = prepared.filter((draw) => {
      const value = statistic(draw, (draw.u - b * draw.v) / information, b)
      return value >= actual * (1 - 1e-9)
    })
    return beyond.length / draws.length
  }
  return { pValue, interval: (confidence) => invert(pValue, fit, 1 - confidence) }
}

/**
 * Row-major matrix whose entry (g, h) is the score in cluster g of column z restricted to cluster h: the effects must be
 * taken out again after each cluster's residuals were reweighted, since period means then no longer vanish.
 */
function influence(fit: PanelFit, z: Float64Array): Float64Array | undefined {
  const { panel, clusters } = fit
  const matrix = new Float64Array(clusters * clusters)
  for (let h = 0; h < clusters; h++) {
    const restricted = z.map((value, i) => (panel.unitOf[i] === h ? value : 0))
    const projected = withoutEffects(panel, restricted)
    if (!projected) return undefined
    const scores = clusterScores(panel, fit.regressor, (i) => projected[i]!)
    for (let g = 0; g < clusters; g++) matrix[g * clusters + h] = scores[g]!
  }
  return matrix
}

function times(matrix: Float64Array, vector: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size)
  for (let g = 0; g < size; g++) {
    let sum = 0
    for (let h = 0; h < size; h++) sum += matrix[g * size + h]! * vector[h]!
    result[g] = sum
  }
  return result
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

/** Walks out from the estimate until the p value falls to alpha, then halves the last step. */
function invert(pValue: (b: number) => number, fit: PanelFit, alpha: number): { low: number; high: number } {
  const { estimate } = fit
  const step = fit.standardError > 0 ? fit.standardError : Math.abs(estimate) || 1
  const bound = (direction: number): number => {
    let inside = estimate
    let outside = estimate + direction * 2 * step
    let doublings = 0
    while (pValue(outside) > alpha) {
      inside = outside
      outside = estimate + (outside - estimate) * 2
      // Few clusters may contradict nothing at all; the interval then has no end.
      if (++doublings > 20) return direction * Number.POSITIVE_INFINITY
    }
    for (let i = 0; i < 24; i++) {
      const middle = (inside + outside) / 2
      if (pValue(middle) > alpha) inside = middle
      else outside = middle
    }
    return outside
  }
  return { low: bound(-1), high: bound(1) }
}
