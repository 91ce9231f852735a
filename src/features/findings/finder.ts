import type { Scope } from '#access/scope.ts'
import { coverage } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import type { Text } from '#lib/text.ts'
import { addDays, type Day } from '#lib/time.ts'
import type { CellSums } from '#methods/surveillance/scales.ts'
import { remembered } from '#methods/surveillance/families.ts'
import { followUp } from '#methods/surveillance/followUp.ts'
import { type Span, sumsOver } from '#methods/surveillance/series.ts'
import {
  type Hypothesis,
  type Kind,
  rejected,
  survey,
  type Watched,
  type WatchedPlace,
  watch,
} from '#methods/surveillance/surveil.ts'
import { upperP } from '#methods/surveillance/comparisons.ts'
import { placesOf, type TreePlace } from '#methods/surveillance/tree.ts'
import { studentQuantile } from '#methods/distributions/student.ts'
import { type MetricId, metrics, metricValue } from '#warehouse/metrics.ts'
import { type Bank, firstDay, lastDay, upwards } from './data/bank.ts'
import { alphaOf, finderOfKind, knownAlpha, watchedMeasures } from './data/measures.ts'

/** What a finder saw at one place in one closed period; `significant` at the error allotted to the period. */
export interface Sighting {
  metric: string
  touchpointId: string | null
  unitId: string
  direction: 'worse' | 'missing'
  significant: boolean
  /** At a known place: there is no evidence yet that it has recovered. */
  goesOn: boolean
  value: number | null
  reference: number | null
  difference: number | null
  low: number | null
  high: number | null
  n: number
  pValue: number | null
  /** The difference in steps of the smallest one that matters. */
  loss: number
  /** The share of the loss that is sure: the lower bound over the estimate. */
  confidence: number
  windowMonths: number
  window: { from: Day; to: Day }
  comparedWith: { kind: 'target' | 'own_past' | 'trend' | 'coverage'; from: Day | null; to: Day | null }
  /** The change of comparable places, in the metric's unit. */
  othersChange: number | null
  margin: number
  definitionVersion: number
  hypothesis?: Hypothesis
}

export interface PeriodTest {
  alpha: number
  hypotheses: number
  sightings: Sighting[]
  /** What the finder sees now at a place it once raised, whether significant or not. */
  seenAt(key: PlaceKey): Sighting | undefined
  /**
   * A known place looked at again: months after `after` against the past up to `cleanUntil`, from before it was harmed.
   * Being the only one tested, it needs less than a new one. Undefined where there is no such second look.
   */
  seenAgain(key: PlaceKey, span: { after: string | null; cleanUntil: string | null }): Sighting | undefined
}

export interface PlaceKey {
  metric: string
  touchpointId: string | null
  unitId: string
}

/** One closed month as the statistical finders see it; a simulated bank goes through them as a real one does. */
export interface SurveyedMonth {
  months: readonly string[]
  watched: readonly WatchedPlace[]
  /** Index of the closed month in `months`. */
  month: number
  /** All hypotheses about the month, made once for all statistical finders. */
  hypotheses(): readonly Hypothesis[]
}

export interface FinderContext extends SurveyedMonth {
  services: Services
  scope: Scope
  bank: Bank
}

export function surveyedMonth(
  { months }: Pick<Bank, 'months'>,
  watched: readonly WatchedPlace[],
  month: number,
): SurveyedMonth {
  let hypotheses: readonly Hypothesis[] | undefined
  return {
    months,
    watched,
    month,
    hypotheses: () => {
      hypotheses ??= survey(watched, month)
      return hypotheses
    },
  }
}

/** Looks at one closed period, once. */
export interface Finder {
  id: string
  name: Text
  /** Raised whenever the same facts would be judged otherwise. */
  version: number
  kind: 'statistical' | 'deterministic'
  test(context: FinderContext): Promise<PeriodTest>
}

interface StatisticalFinder extends Finder {
  test(month: SurveyedMonth): Promise<PeriodTest>
}

export type TargetOf = (month: number, metric: string, touchpoint: string, unitIds: readonly string[]) => number | null

/** Prepares the bank for surveys; targets are those in force all through a month. */
export function watchBank(
  bank: Pick<Bank, 'cells' | 'months' | 'parentOf'>,
  targetOf: TargetOf,
): readonly WatchedPlace[] {
  const places = placesOf(bank.cells, bank.parentOf, bank.months.length, (metric, touchpoint, unit) => {
    const chain = upwards(bank.parentOf, unit)
    return bank.months.map((_, month) => targetOf(month, metric, touchpoint, chain))
  })
  return watch({ measures: watchedMeasures, places } satisfies Watched)
}

/** A metric's own value from a cell's sums. */
const metricValueOf = (metric: string, sums: CellSums): number | null =>
  metricValue(metric as MetricId, { ...sums, total_squares: sums.totalSquares }).value

export function sightingOf(h: Hypothesis, months: readonly string[], significant: boolean): Sighting {
  const { outcome, place } = h
  const { scale } = outcome.series
  const tree = place as TreePlace
  const observed = (over: Span) => metricValueOf(place.measure, sumsOver(outcome.series, over))
  const { from: first, to: last } = outcome.window
  const fitted = scale.fromScale(outcome.y)
  const reference = scale.fromScale(outcome.referenceY)
  const reach = studentQuantile(0.975, Math.min(outcome.degreesOfFreedom, 1e4)) * outcome.standardError
  const ends = [outcome.y - reach, outcome.y + reach].map((y) => scale.fromScale(y) - reference).sort((a, b) => a - b)
  const margin = Math.max(outcome.margin, 1e-9)
  const surely = outcome.difference - 1.645 * outcome.standardError
  const span = (s: Span) => ({ from: firstDay(months[s.from]!), to: lastDay(months[s.to - 1]!) })
  // A steady rise is told by its first and last month as they were; the difference is the trend's.
  const firstMonth = { from: first, to: first + 1 }
  const grew = h.kind === 'growth'
  const past = grew ? span(firstMonth) : outcome.reference ? span(outcome.reference) : { from: null, to: null }
  const value = observed(grew ? { from: last - 1, to: last } : outcome.window) ?? fitted
  return {
    metric: place.measure,
    touchpointId: tree.touchpoint || null,
    unitId: tree.unit,
    direction: 'worse',
    significant,
    goesOn: significant,
    value,
    reference: grew ? (observed(firstMonth) ?? reference) : reference,
    difference: (grew ? fitted : value) - reference,
    low: ends[0]!,
    high: ends[1]!,
    n: Math.round(outcome.n),
    pValue: upperP(outcome.statistic, outcome.degreesOfFreedom, outcome.skewness),
    loss: Math.max(0, outcome.difference / margin),
    confidence: outcome.difference > 0 ? Math.min(1, Math.max(0, surely / outcome.difference)) : 0,
    windowMonths: h.windowMonths,
    window: span(outcome.window),
    comparedWith: { kind: ({ target: 'target', past: 'own_past', growth: 'trend' } as const)[h.kind], ...past },
    othersChange:
      outcome.othersChange === null ? null : reference - scale.fromScale(outcome.referenceY - outcome.othersChange),
    margin: Math.abs(scale.fromScale(outcome.referenceY + outcome.margin) - reference),
    definitionVersion: metrics[place.measure as MetricId].version,
    hypothesis: h,
  }
}

/** Of several windows the one that is least likely to be chance. */
const strongest = (hypotheses: readonly Hypothesis[]): Hypothesis | undefined =>
  hypotheses.toSorted((a, b) => a.pValue - b.pValue || b.outcome.statistic - a.outcome.statistic)[0]

const placeKey = ({ metric, touchpointId, unitId }: PlaceKey) => `${metric}|${touchpointId ?? ''}|${unitId}`

function statistical(kind: Kind, name: Text): StatisticalFinder {
  return {
    id: finderOfKind[kind],
    name,
    version: 2,
    kind: 'statistical',
    async test({ months, watched, month, hypotheses }) {
      const mine = hypotheses().filter((h) => h.kind === kind)
      const hit = rejected(mine, alphaOf(kind))
      const byKey = Map.groupBy(mine, (h) => h.place.key)
      const noises = remembered()
      const hitKeys = Map.groupBy(hit, (h) => h.place.key)
      return {
        alpha: alphaOf(kind),
        hypotheses: mine.length,
        sightings: [...hitKeys.values()].map((hs) => sightingOf(strongest(hs)!, months, true)),
        seenAt: (key) => {
          const h = strongest(byKey.get(placeKey(key)) ?? [])
          return h && sightingOf(h, months, false)
        },
        seenAgain: (key, { after, cleanUntil }) => {
          const index = (at: string | null) => (at === null ? undefined : months.findLastIndex((m) => m <= at))
          const span = { after: index(after), cleanUntil: index(cleanUntil) }
          const looked = followUp(watched, placeKey(key), kind, month, span, noises)
          if (!looked) return undefined
          const { again, goingOn } = looked
          if (again.pValue <= knownAlpha) return sightingOf(again, months, true)
          return { ...sightingOf(goingOn ?? again, months, false), goesOn: goingOn !== undefined }
        },
      }
    },
  }
}

const belowTarget = statistical('target', { zh: '低于目标', en: 'Worse than target' })
const worseThanPast = statistical('past', { zh: '差于自身以往', en: 'Worse than its own past' })
const growingWait = statistical('growth', { zh: '等候持续变长', en: 'Waits keep growing' })

const coverageDays = 90

/** Touchpoints where nobody asks a customer anything; no chance in it, so no error is spent. */
const unmeasured: Finder = {
  id: 'unmeasured',
  name: { zh: '无人测量的触点', en: 'Unmeasured touchpoint' },
  version: 1,
  kind: 'deterministic',
  async test({ services, scope, bank, month }) {
    const to = lastDay(bank.months[month]!)
    const from = addDays(to, 1 - coverageDays)
    const { rows } = await coverage(services, scope, { from, to })
    const sighting = (row: (typeof rows)[number]): Sighting => {
      const missing = row.state === 'unmeasured' || row.state === 'operational_only'
      return {
        metric: 'coverage',
        touchpointId: row.touchpointId,
        unitId: row.ownerUnitId ?? bank.root,
        direction: 'missing',
        significant: missing,
        goesOn: missing,
        value: null,
        reference: null,
        difference: null,
        low: null,
        high: null,
        n: row.volume,
        pValue: null,
        loss: missing ? 1 : 0,
        confidence: missing ? 1 : 0,
        windowMonths: 3,
        window: { from, to },
        comparedWith: { kind: 'coverage', from: null, to: null },
        othersChange: null,
        margin: 0,
        definitionVersion: 1,
      }
    }
    return {
      alpha: 0,
      hypotheses: rows.length,
      sightings: rows.map(sighting).filter(({ significant }) => significant),
      seenAt: (key) => {
        const row = rows.find(({ touchpointId }) => touchpointId === key.touchpointId)
        return row && { ...sighting(row), unitId: key.unitId }
      },
      seenAgain: (key, { after }) => {
        const row = rows.find(({ touchpointId }) => touchpointId === key.touchpointId)
        return row && (after === null || from.slice(0, 7) > after)
          ? { ...sighting(row), unitId: key.unitId }
          : undefined
      },
    }
  },
}

export const statisticalFinders: readonly StatisticalFinder[] = [worseThanPast, belowTarget, growingWait]

/** In the order in which one place's findings fold: the first explains the others. */
export const finders: readonly Finder[] = [...statisticalFinders, unmeasured]

export interface Raised extends Sighting {
  finder: string
  /** Index of the closed month. */
  month: number
}

/**
 * What the statistical finders raise in the last closed months of a bank, at the error allotted to each: their own
 * tests, with no home around them, so that many banks can be tried.
 */
export async function raisedIn(
  bank: Pick<Bank, 'cells' | 'months' | 'parentOf'>,
  targetOf: TargetOf,
  lastMonths: number,
): Promise<{ raised: Raised[]; watched: readonly WatchedPlace[] }> {
  const watched = watchBank(bank, targetOf)
  const raised: Raised[] = []
  for (let month = bank.months.length - lastMonths; month < bank.months.length; month++) {
    const context = surveyedMonth(bank, watched, month)
    for (const { id, test } of statisticalFinders)
      for (const sighting of (await test(context)).sightings) raised.push({ ...sighting, finder: id, month })
  }
  return { raised, watched }
}
