import { ok } from '#lib/result.ts'
import { type Answer, refuse } from '#methods/refusals.ts'
import { findSignals, monitoringRules, type RulePoint, type RunRule, type Signal } from './rules.ts'

export interface ChartPoint {
  /** null where nothing was measured. */
  value: number | null
  centre: number
  lower: number
  upper: number
  /** Distance from the centre in σ of this point. */
  z: number | null
  phase: 'baseline' | 'monitoring'
  /** Rules that this point completes. */
  rules: RunRule[]
}

export interface Segment {
  /** First point of the segment and the note of who re-set the limits and why; the first segment has none. */
  from: number
  note?: string
  centre: number
}

export interface ChartOptions {
  /** How many points at the start set the limits, which then stay frozen; the least number of points by default. */
  baselinePoints?: number
  /** The least number of points that may set limits: 20. */
  minimumBaseline?: number
  rules?: readonly RunRule[]
  /** Later points from which limits are set anew, after a verified shift; each needs a full baseline again. */
  rebaselines?: readonly { from: number; note: string }[]
}

export const defaultMinimumBaseline = 20

/** What a kind of chart does with one baseline: the limits at each point from then on. */
export interface Limits {
  centre: number
  at: (index: number) => { lower: number; upper: number; sigma: number }
}

interface Assembled {
  points: ChartPoint[]
  signals: Signal[]
  segments: Segment[]
}

/**
 * Cuts a series into segments, lets `limitsOf` compute limits from each segment's baseline (a range of points) and
 * applies the rules within each segment, so that no run straddles two sets of limits.
 */
export function assemble(
  values: readonly (number | null)[],
  options: ChartOptions,
  limitsOf: (from: number, to: number) => Answer<Limits>,
): Answer<Assembled> {
  const minimum = options.minimumBaseline ?? defaultMinimumBaseline
  const length = options.baselinePoints ?? minimum
  const starts: { from: number; note?: string }[] = [{ from: 0 }, ...(options.rebaselines ?? [])]
  const assembled: Assembled = { points: [], signals: [], segments: [] }
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1]?.from ?? values.length
    if (!Number.isInteger(start.from) || start.from >= end || end > values.length) return refuse('invalid_input')
    const baselineEnd = Math.min(start.from + length, end)
    const measured = values.slice(start.from, baselineEnd).filter((value) => value !== null).length
    if (measured < minimum) return refuse('too_few_points', { from: start.from, points: measured, needed: minimum })
    const limits = limitsOf(start.from, baselineEnd)
    if (!limits.ok) return limits
    assembled.segments.push({ ...start, centre: limits.value.centre })
    addSegment(assembled, values.slice(start.from, end), baselineEnd, limits.value, options.rules ?? monitoringRules)
  }
  return ok(assembled)
}

function addSegment(
  assembled: Assembled,
  values: readonly (number | null)[],
  baselineEnd: number,
  limits: Limits,
  rules: readonly RunRule[],
): void {
  const first = assembled.points.length
  const seen: (RulePoint | null)[] = []
  values.forEach((value, i) => {
    const { lower, upper, sigma } = limits.at(first + i)
    const z = value === null ? null : (value - limits.centre) / sigma
    seen.push(value === null || z === null ? null : { value, z })
    const phase = first + i < baselineEnd ? 'baseline' : 'monitoring'
    assembled.points.push({ value, centre: limits.centre, lower, upper, z, phase, rules: [] })
  })
  for (const { rule, from, to } of findSignals(seen, rules)) {
    assembled.signals.push({ rule, from: first + from, to: first + to })
    assembled.points[first + to]!.rules.push(rule)
  }
}

/** Mean distance of neighbours; a missing point between two leaves no range. Undefined without any range. */
export function meanMovingRange(values: readonly (number | null)[]): number | undefined {
  const ranges = movingRanges(values).filter((range) => range !== null)
  return ranges.length === 0 ? undefined : ranges.reduce((sum, range) => sum + range, 0) / ranges.length
}

export const movingRanges = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value, i) => {
    const before = i === 0 ? null : values[i - 1]!
    return value === null || before === null ? null : Math.abs(value - before)
  })

/** d2 of two neighbours: their mean distance is 1.128 σ. */
export const rangePerSigma = 1.128
