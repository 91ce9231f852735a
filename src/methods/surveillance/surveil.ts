import { rejectWithin } from '#methods/sequential/online.ts'
import type { CellSums, Scale } from './scales.ts'
import { addSums, noSums } from './scales.ts'
import { type Family, familiesOf, type NoiseOf, remembered } from './families.ts'
import { type Prepared, prepare, type Series, type Span, sumsOver } from './series.ts'
import { againstPast, againstTarget, growth, type Noise, nullScale, type Outcome, upperP } from './comparisons.ts'

/** A measure under watch: its scale, and the smallest worsening that matters. */
export interface WatchedMeasure {
  id: string
  scale: Scale
  /** The value that would be just worse enough to matter, from a reference in the measure's own unit. */
  justWorse(reference: number): number
  /** Fewest observations of a window (events expected for a rate, see `fewestEvents`). */
  fewest: number
  fewestEvents?: number
  /** Whether a steady rise is looked for. */
  grows?: boolean
}

export type Level = 'leaf' | 'middle' | 'whole'

export interface Place extends Series {
  measure: string
  /** What its variance and skewness are pooled over: the same measure at the same touchpoint. */
  pool: string
  level: Level
  /** In the measure's own unit, by month; null where none was in force the whole month. */
  target?: readonly (number | null)[]
}

export type Kind = 'target' | 'past' | 'growth'

export interface Hypothesis {
  kind: Kind
  place: Place
  level: Level
  outcome: Outcome
  windowMonths: number
  pValue: number
}

export const windows: Record<Kind, readonly number[]> = { target: [3, 6, 12], past: [1, 3, 6, 12], growth: [6, 12] }
export const longestPast = 24
export const fewestPastMonths = 6

export interface Watched {
  measures: readonly WatchedMeasure[]
  places: readonly Place[]
}

/** Prepares every place once; any month can then be surveyed. */
export function watch({ measures, places }: Watched) {
  const byId = new Map(measures.map((measure) => [measure.id, measure]))
  const pools = new Map<string, CellSums>()
  for (const place of places) {
    const key = `${place.measure}\0${place.pool}`
    let sum = pools.get(key) ?? noSums
    for (const month of place.months) sum = addSums(sum, month)
    pools.set(key, sum)
  }
  return places.flatMap((place) => {
    const measure = byId.get(place.measure)
    const pool = pools.get(`${place.measure}\0${place.pool}`)
    if (!measure || !pool || !(measure.scale.size(pool) > 0)) return []
    return [{ place, measure, pool, prepared: prepare(place, measure.scale, pool) }]
  })
}

export type WatchedPlace = ReturnType<typeof watch>[number]

/**
 * Every hypothesis about one closed month, with its p: each place against its target, its own past and a steady rise.
 * A family is one measure at one level of the tree; its noise and the scale of its statistics are pooled.
 */
export function survey(watched: readonly WatchedPlace[], month: number): Hypothesis[] {
  const noises = remembered()
  return familiesOf(watched).flatMap((family) =>
    (['target', 'past', 'growth'] as const).flatMap((kind) =>
      windows[kind].flatMap((length) => surveyFamily(family, kind, month, length, noises)),
    ),
  )
}

/** The months a window is compared with, or whose noise it is judged by. */
export function pastOf(kind: Kind, window: Span): Span | undefined {
  const past: Span = { from: Math.max(0, window.from - longestPast), to: window.from }
  if (past.to - past.from >= fewestPastMonths) return past
  return kind === 'target' ? { from: 0, to: window.to } : undefined
}

export const marginAt =
  (measure: WatchedMeasure) =>
  (referenceY: number): number =>
    measure.scale.toScale(measure.justWorse(measure.scale.fromScale(referenceY))) - referenceY

/** `reference`: the past to compare with, where it is not simply what lies before the window. */
export function surveyFamily(
  family: Family,
  kind: Kind,
  month: number,
  length: number,
  noises: NoiseOf,
  reference?: Span | null,
): Hypothesis[] {
  const window: Span = { from: month - length + 1, to: month + 1 }
  const first = family.items[0]!
  const { measure } = first
  const past = reference ?? pastOf(kind, window)
  if (window.from < 0 || !past || (kind === 'growth' && !measure.grows)) return []
  const relative = kind !== 'target' && first.place.others !== undefined
  const noise = noises(family, past, relative)
  const margin = marginAt(measure)
  const tested: Hypothesis[] = []
  for (const { place, prepared: p } of family.items) {
    if (!enough(measure, p, window) || (kind !== 'target' && !enough(measure, p, past))) continue
    const outcome = testOf(kind, place, p, window, past, relative, noise, margin)
    // A broken cell (sums no sample can have) is left out rather than stopping the others.
    if (!outcome || !Number.isFinite(outcome.statistic)) continue
    tested.push({ kind, place, level: place.level, outcome, windowMonths: length, pValue: 1 })
  }
  const scale = nullScale(tested.map((h) => h.outcome.statistic))
  for (const h of tested) {
    const { outcome } = h
    outcome.standardError *= scale
    // Without peers to take out what is common, the smallest difference that matters is granted; with them it need
    // only be exceeded.
    const granted = h.place.others && kind !== 'target' ? 0 : outcome.margin
    outcome.statistic = (outcome.difference - granted) / outcome.standardError
    if (outcome.difference <= outcome.margin) continue
    // Only what is far out needs an exact p.
    if (outcome.statistic < 2) h.pValue = Math.max(0.02, upperP(outcome.statistic, outcome.degreesOfFreedom, 0))
    else if (
      corroborated(h, window, past, relative, noises(family, past, false), margin) &&
      goesOn(h, past, relative, noise, margin)
    )
      h.pValue = upperP(outcome.statistic, outcome.degreesOfFreedom, outcome.skewness)
  }
  return tested
}

/** The last months of a long window must be worse by themselves, too: what has mended is not raised. */
export const recentMonths = 3

export function goesOn(
  h: Hypothesis,
  past: Span,
  relative: boolean,
  noise: Noise,
  margin: (referenceY: number) => number,
): boolean {
  if (h.kind === 'growth' || h.windowMonths <= recentMonths) return true
  const recent: Span = { from: h.outcome.window.to - recentMonths, to: h.outcome.window.to }
  const again = testOf(h.kind, h.place, h.outcome.series, recent, past, relative, noise, margin)
  return again !== undefined && again.difference > again.margin && again.statistic > 1
}

export function testOf(
  kind: Kind,
  place: Place,
  p: Prepared,
  window: Span,
  past: Span,
  relative: boolean,
  noise: Noise,
  marginAt: (y: number) => number,
): Outcome | undefined {
  if (kind === 'past') return againstPast(p, window, past, relative, noise, marginAt)
  if (kind === 'growth') return growth(p, window, past, relative, noise, marginAt)
  const target = targetOver(place, window)
  if (target === null) return undefined
  const y = p.scale.toScale(target)
  return againstTarget(p, window, noise, y, marginAt(y))
}

/** The target that was in force all through the window: nobody is judged by one that was not yet set. */
function targetOver({ target }: Place, { from, to }: Span): number | null {
  const last = target?.[to - 1] ?? null
  for (let m = from; m < to; m++) if (target?.[m] !== last) return null
  return last
}

/**
 * A second, independent look which a true worsening passes easily: a place worse than its peers must be worse than its
 * own past as it stands, too (the peers may have got better); a place without peers must be worse than the same months
 * of last year, where there are any (it may be the season).
 */
function corroborated(
  h: Hypothesis,
  window: Span,
  past: Span,
  relative: boolean,
  plain: Noise,
  marginAt: (y: number) => number,
): boolean {
  if (h.kind === 'target') return true
  const p = h.outcome.series
  const recent: Span =
    h.kind === 'growth' ? { from: window.to - Math.min(3, window.to - window.from), to: window.to } : window
  const lastYear: Span = { from: recent.from - 12, to: recent.to - 12 }
  const reference = relative ? past : lastYear
  if (reference.from < 0 || !(p.scale.size(sumsOver(p, reference)) > 0)) return false
  const noiseSpan: Span = relative ? past : { from: Math.max(0, window.from - longestPast), to: window.from }
  const second = againstSpan(p, recent, reference, noiseSpan, plain, marginAt)
  return second === undefined || (second.difference > second.margin && second.difference / second.standardError > 1.64)
}

function againstSpan(
  p: Prepared,
  window: Span,
  reference: Span,
  noiseSpan: Span,
  noise: Noise,
  marginAt: (y: number) => number,
): Outcome | undefined {
  // Last year's few months cannot tell their own noise: it comes from the whole past.
  const full = againstPast(p, window, noiseSpan, false, noise, marginAt)
  if (!full) return undefined
  const y = p.scale.y(sumsOver(p, window))
  const referenceY = p.scale.y(sumsOver(p, reference))
  return { ...full, y, referenceY, difference: y - referenceY, margin: marginAt(referenceY) }
}

export function enough(measure: WatchedMeasure, p: Prepared, span: Span): boolean {
  const sums = sumsOver(p, span)
  if (measure.scale.size(sums) < measure.fewest) return false
  if (measure.fewestEvents === undefined) return true
  const all = p.cumulated.at(-1)!
  const size = measure.scale.size(all)
  return size > 0 && (all.n / size) * measure.scale.size(sums) >= measure.fewestEvents
}

/** Which share of a period's error each kind of test, and within it each level of the tree, may spend. */
export const shares = {
  kind: { target: 0.35, past: 0.45, growth: 0.2 },
  level: { leaf: 0.55, middle: 0.2, whole: 0.25 },
} as const

/**
 * The hypotheses of one kind that are rejected at their error: Holm's step-down, in which a level's share is divided
 * among its hypotheses, so that few of a whole bank weigh more than thousands of single counters.
 */
export function rejected(hypotheses: readonly Hypothesis[], alpha: number): Hypothesis[] {
  const counts = new Map<Level, number>()
  for (const { level } of hypotheses) counts.set(level, (counts.get(level) ?? 0) + 1)
  const weighted = hypotheses.map((hypothesis) => ({
    hypothesis,
    pValue: hypothesis.pValue,
    weight: shares.level[hypothesis.level] / counts.get(hypothesis.level)!,
  }))
  const judged = rejectWithin(weighted, alpha)
  if (!judged.ok) throw new Error(`a p value was not one: ${judged.reason}`)
  return judged.value.filter((judgement) => judgement.rejected).map(({ hypothesis }) => hypothesis)
}
