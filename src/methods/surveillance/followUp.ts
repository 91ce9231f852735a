import { familiesOf, remembered } from './families.ts'
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
  type Place,
  surveyFamily,
  testOf,
  type WatchedPlace,
  windows,
} from './surveil.ts'
import { upperP } from './comparisons.ts'

/**
 * The same test with part of the place left out: is what remains still worse? Answers its p, 1 where nothing can be
 * tested any more.
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
  const family = familiesOf([...watched, rest]).find(({ items }) => items.includes(rest))!
  const month = h.outcome.window.to - 1
  const again = surveyFamily(family, h.kind, month, h.windowMonths, remembered()).find((x) => x.place === place)
  return again?.pValue ?? 1
}

/** Windows tried at a place that is known: the two shortest that have enough observations. */
const windowsTried = 2

/**
 * A place that was raised before, looked at again: the months since then against the past from before it was harmed,
 * which its later months no longer are. p is for this one place (Bonferroni over the windows tried).
 * Inputs: `after`: only windows that begin after this month; `cleanUntil`: last month of the unharmed past.
 * Undefined: no window with enough observations, or no such kind of second look (a steady rise).
 */
export function followUp(
  watched: readonly WatchedPlace[],
  key: string,
  kind: Kind,
  month: number,
  { after = -1, cleanUntil }: { after?: number | undefined; cleanUntil?: number | undefined },
): Hypothesis | undefined {
  const item = watched.find(({ place }) => place.key === key)
  if (!item || kind === 'growth') return undefined
  const family = familiesOf(watched).find(({ items }) => items.includes(item))!
  const { measure, prepared: p, place } = item
  const relative = kind === 'past' && place.others !== undefined
  const noises = remembered()
  const margin = marginAt(measure)
  const tried = windows[kind]
    .flatMap((length): Hypothesis[] => {
      const window: Span = { from: month - length + 1, to: month + 1 }
      const to = Math.min(cleanUntil === undefined ? window.from : cleanUntil + 1, window.from)
      const past: Span = { from: Math.max(0, to - longestPast), to }
      if (window.from <= after || past.to - past.from < fewestPastMonths) return []
      if (!enough(measure, p, window) || !enough(measure, p, past)) return []
      const noise = noises(family, past, relative)
      const outcome = testOf(kind, place, p, window, past, relative, noise, margin)
      if (!outcome) return []
      const granted = relative ? 0 : outcome.margin
      outcome.statistic = (outcome.difference - granted) / outcome.standardError
      const h: Hypothesis = { kind, place, level: place.level, outcome, windowMonths: length, pValue: 1 }
      if (outcome.difference > outcome.margin && goesOn(h, past, relative, noise, margin))
        h.pValue = Math.min(1, windowsTried * upperP(outcome.statistic, outcome.degreesOfFreedom, outcome.skewness))
      return [h]
    })
    .slice(0, windowsTried)
  return tried.toSorted((a, b) => a.pValue - b.pValue || b.outcome.statistic - a.outcome.statistic)[0]
}
