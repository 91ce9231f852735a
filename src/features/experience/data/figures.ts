import type { z } from 'zod'
import type { Period } from '#lib/period.ts'
import type { Text } from '#lib/text.ts'
import {
  type MetricChange,
  type MetricDefinition,
  type MetricId,
  type MetricSums,
  isMetric,
  metricChange,
  metrics,
  metricValue,
} from '#warehouse/metrics.ts'
import type { cell, change, figure } from '../contract.ts'
import type { experienceDays } from '../questions/days.ts'
import type { experienceSums, SumsGroup } from '../questions/sums.ts'

export type Figure = z.output<typeof figure>
export type Change = z.output<typeof change>
export type CellState = z.output<typeof cell>['state']
export type SumsRow = z.output<typeof experienceSums.row>
export type DayRow = z.output<typeof experienceDays.row>

export const nobody: Figure = { value: null, low: null, high: null, n: 0, shown: 'hidden' }

/** A group's sums of one metric in both spans. */
export interface SpanSums {
  now?: MetricSums
  before?: MetricSums
}

/** group -> metric -> sums; the complaint rate is given the volume of the same group and span as its exposure. */
export type SumsByGroup = Map<string, Map<MetricId, SpanSums>>

export function groupSums(rows: readonly SumsRow[], groupedBy: SumsGroup): SumsByGroup {
  const groups: SumsByGroup = new Map()
  for (const row of rows) {
    if (row.grouped_by !== groupedBy || !isMetric(row.metric)) continue
    const group = row.group_id ?? ''
    const byMetric = groups.get(group) ?? new Map<MetricId, SpanSums>()
    groups.set(group, byMetric)
    const spans = byMetric.get(row.metric) ?? {}
    byMetric.set(row.metric, spans)
    spans[row.span] = {
      n: row.n,
      total: row.total,
      total_squares: row.total_squares,
      hits: row.hits,
      misses: row.misses,
      days: { days: row.days, n_n: row.n_n ?? 0, n_total: row.n_total ?? 0, total_total: row.total_total ?? 0 },
    }
  }
  for (const byMetric of groups.values()) giveExposure(byMetric)
  return groups
}

/** Sums of days over two spans, by metric: as `groupSums` of no groups. */
export function sumDays(rows: readonly DayRow[], now: Period, before: Period): Map<MetricId, SpanSums> {
  const byMetric = new Map<MetricId, SpanSums>()
  for (const row of rows) {
    if (!isMetric(row.metric)) continue
    const spans = byMetric.get(row.metric) ?? {}
    byMetric.set(row.metric, spans)
    for (const [span, { from, to }] of [['now', now] as const, ['before', before] as const]) {
      if (row.local_day < from || to < row.local_day) continue
      const sums = spans[span] ?? emptySums()
      spans[span] = sums
      addDay(sums, row)
    }
  }
  giveExposure(byMetric)
  return byMetric
}

const emptySums = () => ({
  n: 0,
  total: 0,
  total_squares: 0,
  hits: 0,
  misses: 0,
  days: { days: 0, n_n: 0, n_total: 0, total_total: 0 },
})

export function addDay(sums: MetricSums, row: DayRow): void {
  const total = row.total ?? 0
  sums.n += row.n
  sums.total = (sums.total ?? 0) + total
  sums.total_squares = (sums.total_squares ?? 0) + (row.total_squares ?? 0)
  sums.hits = (sums.hits ?? 0) + (row.hits ?? 0)
  sums.misses = (sums.misses ?? 0) + (row.misses ?? 0)
  if (!sums.days) return
  sums.days.days += 1
  sums.days.n_n += row.n * row.n
  sums.days.n_total += row.n * total
  sums.days.total_total += total * total
}

/** Complaints are counted against the volume of the same group and span. */
function giveExposure(byMetric: Map<MetricId, SpanSums>): void {
  const volume = byMetric.get('volume')
  if (!volume) return
  const complaints = byMetric.get('complaint_rate') ?? {}
  byMetric.set('complaint_rate', complaints)
  for (const span of ['now', 'before'] as const) {
    const exposure = volume[span]?.n
    // Nobody complained is a rate of zero, as long as somebody was served.
    if (exposure !== undefined) complaints[span] = { ...(complaints[span] ?? { n: 0 }), exposure }
  }
}

export function figureOf(metric: MetricId, sums: MetricSums | undefined): Figure {
  if (!sums) return nobody
  const { value, low, high, n, shown } = metricValue(metric, sums)
  return { value, low, high, n, shown }
}

export function changeOf(metric: MetricId, { now, before }: SpanSums): Change | null {
  const found: MetricChange | undefined = now && before ? metricChange(metric, now, before) : undefined
  if (!found) return null
  const { difference, low, high, verdict } = found
  return { difference, low, high, verdict: verdict === 'same' ? null : verdict }
}

/** Against the target with the interval: worse only where the whole interval lies on the wrong side. */
export function stateOf(metric: MetricId, shown: Figure | null, target: number | null): CellState {
  // Answers can be asked for anywhere; a wait, a handling or a complaint leaves a record only where there is one.
  if (!shown || shown.n === 0) return ['points', 'score'].includes(metrics[metric].unit) ? 'unmeasured' : 'no_record'
  if (shown.value === null || shown.shown === 'hidden') return 'too_few'
  if (target === null) return 'no_target'
  const { direction } = metrics[metric]
  if (direction === 'none') return 'no_target'
  const low = shown.low ?? shown.value
  const high = shown.high ?? shown.value
  const [worse, better] = direction === 'up' ? [high < target, low > target] : [low > target, high < target]
  return worse ? 'worse' : better ? 'better' : 'on_target'
}

/** How a person writes a value of the metric, in a sentence. */
export function written(definition: MetricDefinition, value: number, signed = false): Text {
  const same = (words: string): Text => ({ zh: words, en: words })
  const sign = signed && value > 0 ? '+' : ''
  // A true minus sign, as the screen writes it.
  const text = (digits: number, factor = 1) => `${sign}${(value * factor).toFixed(digits)}`.replace('-', '−')
  switch (definition.unit) {
    case 'points':
      return same(text(1))
    case 'score':
      return same(text(2))
    case 'seconds':
      return { zh: `${text(1, 1 / 60)} 分钟`, en: `${text(1, 1 / 60)} min` }
    case 'share':
      return same(`${text(1, 100)}%`)
    default:
      return same(text(1))
  }
}

export const pick = (texts: { name: string; name_en: string | null }): Text => ({
  zh: texts.name,
  en: texts.name_en || texts.name,
})
