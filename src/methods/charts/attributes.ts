import { ok } from '#lib/result.ts'
import { chiSquareTail } from '#methods/distributions/chiSquare.ts'
import type { EventCounts } from '#methods/intervals/rate.ts'
import { type HitCounts, validHits } from '#methods/intervals/wilson.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'
import {
  assemble,
  type ChartOptions,
  type ChartPoint,
  type Limits,
  meanMovingRange,
  rangePerSigma,
  type Segment,
} from './chart.ts'
import { type Signal, zoneRules } from './rules.ts'

/** Shares (p) and rates (u), plain or after Laney (p′, u′) where counts scatter more than chance. */
export type AttributeKind = 'p' | 'u' | 'p_laney' | 'u_laney'

export interface AttributeChart {
  kind: AttributeKind
  points: ChartPoint[]
  signals: Signal[]
  segments: Segment[]
  /** Laney's σz of each segment's baseline: 1 where the counts scatter like chance; the plain charts take 1. */
  sigmaZ: number[]
}

interface AttributeOptions extends ChartOptions {
  /** `plain` or `laney`; by default Laney's where the baseline's counts scatter more than chance (χ², p < 0.05). */
  limits?: 'plain' | 'laney' | 'auto'
}

/**
 * p chart of a share per period, limits p̄ ± 3√(p̄(1 − p̄)/nᵢ) within 0…1, varying with n; p′ widens them by σz.
 * (An np chart is this one times n.) Periods without trials are gaps.
 * Refuses: broken counts; a baseline under 20 points; zone rules, which assume a normal shape; a share that is 0 or 1
 * throughout the baseline.
 * Source: W. A. Shewhart (1931); p′: D. B. Laney (2002), "Improved control charts for attributes", doi
 * 10.1081/QEN-120006555.
 */
export function pChart(series: readonly HitCounts[], options: AttributeOptions = {}): Answer<AttributeChart> {
  if (!series.every(validHits)) return refuse('invalid_input')
  return attributeChart(
    'p',
    series.map(({ hits, n }) => ({ count: hits, size: n })),
    (centre) => centre * (1 - centre),
    1,
    options,
  )
}

/**
 * u chart of a rate per period, limits ū ± 3√(ū/exposureᵢ), not below 0; u′ widens them by σz. (A c chart is this one
 * with exposure 1.) Refuses and source: as `pChart`.
 */
export function uChart(series: readonly EventCounts[], options: AttributeOptions = {}): Answer<AttributeChart> {
  const valid = series.every((s) => isCount(s.events) && Number.isFinite(s.exposure) && s.exposure >= 0)
  if (!valid) return refuse('invalid_input')
  return attributeChart(
    'u',
    series.map(({ events, exposure }) => ({ count: events, size: exposure })),
    (centre) => centre,
    Number.POSITIVE_INFINITY,
    options,
  )
}

interface Sized {
  count: number
  size: number
}

function attributeChart(
  kind: 'p' | 'u',
  series: readonly Sized[],
  varianceOf: (centre: number) => number,
  cap: number,
  options: AttributeOptions,
): Answer<AttributeChart> {
  const zone = (options.rules ?? []).filter((rule) => zoneRules.has(rule))
  if (zone.length > 0) return refuse('rule_not_for_chart', { rules: zone })
  const wanted = options.limits ?? 'auto'
  const sigmaZ: number[] = []
  const limitsOf =
    (laney: boolean) =>
    (from: number, to: number): Answer<Limits> => {
      const baseline = series.slice(from, to)
      const centre = centreOf(baseline)
      const variance = varianceOf(centre)
      if (!(variance > 0)) return refuse('no_variation')
      const widening = laney ? scatterOf(baseline, centre, variance).sigmaZ : 1
      if (!(widening > 0)) return refuse('no_variation')
      sigmaZ.push(widening)
      return ok({
        centre,
        at: (index) => {
          const sigma = widening * Math.sqrt(variance / series[index]!.size)
          return { lower: Math.max(0, centre - 3 * sigma), upper: Math.min(cap, centre + 3 * sigma), sigma }
        },
      })
    }
  // The choice is made once, on the first baseline: a chart does not change its kind halfway.
  const first = series.slice(0, options.baselinePoints ?? options.minimumBaseline ?? 20)
  const laney = wanted === 'laney' || (wanted === 'auto' && overdispersed(first, varianceOf))
  const values = series.map(({ count, size }) => (size > 0 ? count / size : null))
  const assembled = assemble(values, options, limitsOf(laney))
  return assembled.ok ? ok({ kind: laney ? `${kind}_laney` : kind, ...assembled.value, sigmaZ }) : assembled
}

const centreOf = (series: readonly Sized[]): number =>
  series.reduce((sum, s) => sum + s.count, 0) / series.reduce((sum, s) => sum + s.size, 0)

/** How the baseline scatters in units of chance: σz from neighbours (Laney), χ² from the centre. */
function scatterOf(series: readonly Sized[], centre: number, variance: number): { sigmaZ: number; chiSquare: number } {
  const z = series.map(({ count, size }) => (size > 0 ? (count / size - centre) / Math.sqrt(variance / size) : null))
  return {
    sigmaZ: (meanMovingRange(z) ?? Number.NaN) / rangePerSigma,
    chiSquare: z.reduce<number>((sum, value) => sum + (value ?? 0) ** 2, 0),
  }
}

function overdispersed(series: readonly Sized[], varianceOf: (centre: number) => number): boolean {
  const centre = centreOf(series)
  const variance = varianceOf(centre)
  const measured = series.filter(({ size }) => size > 0).length
  if (!(variance > 0) || measured < 2) return false
  const { sigmaZ, chiSquare } = scatterOf(series, centre, variance)
  return sigmaZ > 1 && chiSquareTail(chiSquare, measured - 1) < 0.05
}
