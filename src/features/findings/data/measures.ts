import { allocateAlpha, findingsPolicy } from '#methods/sequential/online.ts'
import { type Kind, shares, type WatchedMeasure } from '#methods/surveillance/surveil.ts'
import { npsScale, rateScale, type Scale, scoreScale, shareScale, timeScale } from '#methods/surveillance/scales.ts'
import { type LeafCell, withTogether } from '#methods/surveillance/tree.ts'
import type { MetricId } from '#warehouse/metrics.ts'

/** Closed months a year, among which a year's error is spread. */
export const periodsPerYear = 12
/** The error that all statistical finders together may make in a year. */
export const alphaPerYear = findingsPolicy.kind === 'yearly' ? findingsPolicy.alphaPerYear : findingsPolicy.alpha

/**
 * The error of one kind of test in one closed month. By Bonferroni over months and kinds and Holm within, a year keeps
 * to its budget however the tests depend on each other; falseAlarms.test.ts measures what comes out.
 */
export function alphaOf(kind: Kind): number {
  const allotted = allocateAlpha(0, findingsPolicy, shares.kind[kind])
  if (!allotted.ok) throw new Error('the error policy is not one')
  return allotted.value
}

const watched = (
  id: MetricId,
  scale: Scale,
  justWorse: (reference: number) => number,
  rest: Partial<WatchedMeasure> = {},
) => ({ id, scale, justWorse, fewest: 30, ...rest }) satisfies WatchedMeasure

/** The error at which a place that was raised before counts as still (or again) worse: it is tested alone. */
export const knownAlpha = 0.001

/** What the finders watch, and from which worsening on it matters to a customer. A volume is neither good nor bad. */
export const watchedMeasures: readonly WatchedMeasure[] = [
  watched('nps', npsScale, (r) => r - 4),
  watched('csat', scoreScale(1, 5), (r) => r - 0.08),
  watched('ces', scoreScale(1, 7), (r) => r - 0.12),
  // Those who wait together wait for one reason: a hundred are a few bad hours.
  watched('wait', timeScale, (r) => r * 1.1, { grows: true, fewest: 100 }),
  watched('duration', timeScale, (r) => r * 1.1),
  watched('success_rate', shareScale('misses of hits'), (r) => r - 0.15 * (1 - r) - 0.002, { fewest: 50 }),
  watched('complaint_rate', rateScale(10_000), (r) => r * 1.2, { fewest: 100, fewestEvents: 7 }),
  watched('channel_hops', shareScale('hits'), (r) => r * 1.15 + 0.005, { fewest: 50 }),
]

export const finderOfKind: Record<Kind, string> = {
  target: 'below_target',
  past: 'worse_than_past',
  growth: 'growing_wait',
}

/** Where all touchpoints of a unit are watched together, too: one queue serves them all. */
export const watchedCells = (cells: readonly LeafCell[]): LeafCell[] => withTogether(cells, new Set(['wait']))
