import type { z } from 'zod'
import { targetsOn } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { addDays } from '#lib/time.ts'
import { weekOf } from '#lib/period.ts'
import { xmrLimits } from '#methods/charts/xmr.ts'
import { quantileOfBins } from '#methods/intervals/quantile.ts'
import { fewestShown, fewestUnmarked, type MetricId, type MetricSums, metrics } from '#warehouse/metrics.ts'
import { binsPerDoubling } from '#warehouse/rollups.ts'
import type { headline } from '../contract.ts'
import { changeOf, type Figure, figureOf, groupSums, nobody, type SpanSums, type SumsRow } from './figures.ts'
import { lineage, type Reading, rowsOf } from './reading.ts'

export type Headline = z.input<typeof headline>

const shown: readonly MetricId[] = ['nps', 'csat', 'ces', 'wait', 'complaint_rate']
const sparkWeeks = 26
const leastBaseline = 20
// The rollup's bins lie on a logarithmic grid of 1 + seconds.
const binGrid = { smallest: 2 ** (1 / binsPerDoubling), growth: 2 ** (1 / binsPerDoubling) }

interface WeekRow extends MetricSums {
  week: string
  metric: string
}
interface BinRow {
  week: string | null
  bin: number
  n: number
}

/**
 * The five numbers at the top: value, change, target, and half a year of weeks with control limits where they hold; and
 * the metric that is looked at, over everything, from the same sums.
 */
export async function headlinesOf(
  services: Services,
  reading: Reading,
  channel: string | undefined,
  metric: MetricId,
): Promise<{ headlines: Headline[]; overall: Figure }> {
  const { period, compared, scope } = reading
  const spans = { from: period.from, to: period.to, comparedFrom: compared.from, comparedTo: compared.to }
  const also = channel ? { channel } : {}
  // Whole weeks only: the last one must have ended with the period.
  const lastWeek = weekOf(addDays(period.to, 1))
  const weeks = { from: addDays(lastWeek.from, -7 * sparkWeeks), to: addDays(lastWeek.from, -1) }
  const wanted = [...shown, 'volume']
  const summed = [...new Set([...wanted, metric])]
  const [sums, weekly, bins, binsBefore, binsWeekly, targets] = await Promise.all([
    rowsOf<SumsRow>(services, 'experience.sums', { ...spans, ...also, by: 'none', metrics: summed }, scope),
    rowsOf<WeekRow>(services, 'experience.weekly', { ...weeks, ...also, metrics: wanted }, scope),
    rowsOf<BinRow>(services, 'experience.wait_bins', { from: period.from, to: period.to, ...also }, scope),
    rowsOf<BinRow>(services, 'experience.wait_bins', { from: compared.from, to: compared.to, ...also }, scope),
    rowsOf<BinRow>(services, 'experience.wait_bins', { ...weeks, ...also, weekly: true }, scope),
    targetsOn(services, period.to),
  ])
  const byMetric = groupSums(sums).get('') ?? new Map<MetricId, SpanSums>()
  const mondays = Array.from({ length: sparkWeeks }, (_, i) => addDays(weeks.from, 7 * i))
  const headlines = shown.map((metric): Headline => {
    const { name, unit, direction, version } = metrics[metric]
    const own = byMetric.get(metric) ?? {}
    const asP90 = metric === 'wait'
    const points = mondays.map((monday) => {
      const figure = asP90
        ? waitP90(binsWeekly.filter((row) => row.week === monday))
        : figureOf(metric, weekSums(weekly, metric, monday))
      return { from: monday, value: figure.value, low: figure.low, high: figure.high, n: figure.n }
    })
    return {
      metric,
      name: asP90 ? { zh: '等候时间 P90', en: 'Wait, 90th percentile' } : name,
      unit,
      direction,
      version,
      figure: asP90 ? waitP90(bins) : figureOf(metric, own.now),
      previous: asP90 ? waitP90(binsBefore) : figureOf(metric, own.before),
      change: asP90 ? p90Change(waitP90(bins), waitP90(binsBefore), changeOf(metric, own)) : changeOf(metric, own),
      target: asP90 ? null : targets(metric, null, lineage(reading.unit)),
      spark: points,
      limits: limitsOf(points),
      evidence: {
        question: 'experience.trend',
        parameters: { metric, grain: 'week', ...weeks, ...(reading.unit ? { unit: reading.unit.id } : {}), ...also },
      },
    }
  })
  return { headlines, overall: figureOf(metric, byMetric.get(metric)?.now) }
}

function weekSums(rows: readonly WeekRow[], metric: MetricId, week: string): MetricSums | undefined {
  const find = (id: string) => rows.find((row) => row.week === week && row.metric === id)
  const own = find(metric)
  if (metric !== 'complaint_rate') return own
  const exposure = find('volume')?.n
  return exposure === undefined ? undefined : { ...(own ?? { n: 0 }), exposure }
}

function waitP90(bins: readonly BinRow[]): Figure {
  const n = bins.reduce((sum, row) => sum + row.n, 0)
  if (n < fewestShown) return { ...nobody, n }
  const answer = quantileOfBins(bins, 0.9, binGrid)
  if (!answer.ok) return { ...nobody, n }
  const { quantile, interval } = answer.value
  return {
    value: quantile - 1,
    low: interval.low - 1,
    high: interval.high - 1,
    n,
    shown: n < fewestUnmarked ? 'few' : 'ok',
  }
}

/**
 * Order statistics take the waits of one afternoon for independent, so a verdict on P90 needs that of the mean wait as
 * well, whose test minds days.
 */
function p90Change(now: Figure, before: Figure, mean: Headline['change']): Headline['change'] {
  if (
    now.value === null ||
    before.value === null ||
    now.low === null ||
    now.high === null ||
    before.low === null ||
    before.high === null ||
    !mean
  )
    return null
  const difference = now.value - before.value
  const half = Math.hypot((now.high - now.low) / 2, (before.high - before.low) / 2)
  const apart = Math.abs(difference) > half
  const agrees = mean.verdict !== null && Math.sign(mean.difference) === Math.sign(difference)
  return { difference, low: difference - half, high: difference + half, verdict: apart && agrees ? mean.verdict : null }
}

/** Limits of individual values over the weeks, where at least twenty of them are measured well enough. */
function limitsOf(points: readonly { value: number | null; n: number }[]): Headline['limits'] {
  const values = points.map((point) => (point.n >= fewestUnmarked ? point.value : null))
  if (values.filter((value) => value !== null).length < leastBaseline) return null
  const answer = xmrLimits(values)
  return answer.ok ? { centre: answer.value.centre, lower: answer.value.lower, upper: answer.value.upper } : null
}
