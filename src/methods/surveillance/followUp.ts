import { studentQuantile } from '#methods/distributions/student.ts'
import { type Family, familiesOf, type NoiseOf, remembered } from './families.ts'
import { type CellSums, noSums, subtractSums } from './scales.ts'
import { prepare, type Span } from './series.ts'
import {
  enough,
  fewestPastMonths,
  goesOn,
  type Hypothesis,
  type Kind,
  longestPast,
  marginAt,
  pastOf,
  type Place,
  surveyFamily,
  testOf,
  type WatchedPlace,
  windows,
} from './surveil.ts'
import { type Outcome, upperP } from './comparisons.ts'

/**
 * The same test with part of the place left out: is what remains still worse, over any window? Answers its p (Bonferroni
 * over the windows), 1 where nothing can be tested any more.
 */
export function without(watched: readonly WatchedPlace[], h: Hypothesis, leftOut: readonly CellSums[]): number {
  const whole = watched.find(({ place }) => place === h.place)
  if (!whole) return 1
  const place: Place = {
    ...h.place,
    key: `${h.place.key}|rest`,
    months: h.place.months.map((sums, m) => subtractSums(sums, leftOut[m] ?? noSums)),
  }
  const rest: WatchedPlace = { ...whole, place, prepared: prepare(place, whole.measure.scale, whole.pool) }
  const family = familyOf([...watched, rest], rest)
  const { window, reference } = h.outcome
  const month = window.to - 1
  const noises = remembered()
  // A window that is too short to tell of the place is too short to clear what is left of it.
  const lengths = [...new Set([...windows[h.kind], h.windowMonths])]
  const pValues = lengths.flatMap((length) => {
    const past = reference && reference.to <= month - length + 1 ? reference : undefined
    const tested = surveyFamily(family, h.kind, month, length, noises, past)
    return tested.filter((x) => x.place === place).map(({ pValue }) => pValue)
  })
  return Math.min(1, Math.max(1, pValues.length) * Math.min(1, ...pValues))
}

/** Only a place's own measure is grouped: the others say nothing about its noise. */
const familyOf = (watched: readonly WatchedPlace[], item: WatchedPlace): Family =>
  familiesOf(watched.filter(({ place }) => place.measure === item.place.measure)).find(({ items }) =>
    items.includes(item),
  )!

/** Windows tried for a verdict on a known place: the two shortest that have enough observations. */
const windowsTried = 2

/** A known place looked at again. */
export interface LookedAt {
  /** The test of this one place, p by Bonferroni over the windows tried: what a closed finding comes back by. */
  again: Hypothesis
  /**
   * A window since the harm began whose 95 % interval lies wholly beyond the reference, while its last months go on by
   * more than the margin: the harm is not over. Undefined once there is evidence of recovery.
   */
  goingOn: Hypothesis | undefined
}

/**
 * A place that was raised before, looked at again: the months since then against the past from before it was harmed,
 * which its later months no longer are. What grew is looked at for whether it came down again.
 * Inputs: `after`: only windows that begin after this month; `cleanUntil`: last month of the unharmed past; `noises`: what
 * several looks at one month share.
 * Undefined: no window with enough observations.
 */
export function followUp(
  watched: readonly WatchedPlace[],
  key: string,
  raisedBy: Kind,
  month: number,
  { after = -1, cleanUntil }: { after?: number | undefined; cleanUntil?: number | undefined },
  noises: NoiseOf = remembered(),
): LookedAt | undefined {
  const item = watched.find(({ place }) => place.key === key)
  if (!item) return undefined
  const kind = raisedBy === 'growth' ? 'past' : raisedBy
  const family = familyOf(watched, item)
  const { measure, prepared: p, place } = item
  const relative = kind === 'past' && place.others !== undefined
  const margin = marginAt(measure)
  const since = Math.max(after, cleanUntil ?? -1)
  const lengths = new Set(windows[kind])
  if (since >= 0 && since < month) lengths.add(Math.min(longestPast, month - since))
  const looked = [...lengths]
    .sort((a, b) => a - b)
    .flatMap((length): { h: Hypothesis; goesOn: boolean }[] => {
      const window: Span = { from: month - length + 1, to: month + 1 }
      const to = Math.min(cleanUntil === undefined ? window.from : cleanUntil + 1, window.from)
      const before: Span = { from: Math.max(0, to - longestPast), to }
      const past = before.to - before.from >= fewestPastMonths ? before : pastOf(kind, window)
      if (window.from <= after || window.from < 0 || !past) return []
      if (!enough(measure, p, window) || (kind !== 'target' && !enough(measure, p, past))) return []
      const noise = noises(family, past, relative)
      const outcome = testOf(kind, place, p, window, past, relative, noise, margin)
      if (!outcome) return []
      const granted = relative ? 0 : outcome.margin
      outcome.statistic = (outcome.difference - granted) / outcome.standardError
      const h: Hypothesis = { kind, place, level: place.level, outcome, windowMonths: length, pValue: 1 }
      const worse = outcome.difference > outcome.margin && goesOn(h, past, relative, noise, margin)
      if (worse)
        h.pValue = Math.min(1, windowsTried * upperP(outcome.statistic, outcome.degreesOfFreedom, outcome.skewness))
      return [{ h, goesOn: worse }]
    })
  const best = (some: readonly { h: Hypothesis }[]): Hypothesis | undefined =>
    some.map(({ h }) => h).toSorted((a, b) => a.pValue - b.pValue || b.outcome.statistic - a.outcome.statistic)[0]
  const again = best(looked.slice(0, windowsTried))
  if (!again) return undefined
  const sinceThen = looked.filter(({ h }, i) => i < windowsTried || h.outcome.window.from > since)
  return { again, goingOn: best(sinceThen.filter((one) => one.goesOn && surelyWorse(one.h.outcome))) }
}

/** Whether the 95 % interval of the difference lies wholly on the worse side. */
const surelyWorse = ({ difference, degreesOfFreedom, standardError }: Outcome): boolean =>
  difference > studentQuantile(0.975, Math.min(degreesOfFreedom, 1e4)) * standardError
