import type { z } from 'zod'
import type { targetsOn } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { addDays } from '#lib/time.ts'
import { weekOf } from '#lib/period.ts'
import { xmrLimits } from '#methods/charts/xmr.ts'
import { quantileOfBins } from '#methods/intervals/quantile.ts'
import { fewestShown, fewestUnmarked, type MetricId, type MetricSums, metrics } from '#warehouse/metrics.ts'
import { binsPerDoubling } from '#warehouse/rollups/sums.ts'
import type { headline } from '../contract.ts'
import type { experienceWaitBins } from '../questions/waitBins.ts'
import { addDay, changeOf, type DayRow, type Figure, figureOf, nobody, sumDays } from './figures.ts'
import { completeTo, lineage, type Reading, rowsOf } from './reading.ts'

export type Headline = z.input<typeof headline>

const shown: readonly MetricId[] = ['nps', 'csat', 'ces', 'wait', 'complaint_rate']
const sparkWeeks = 26
const leastBaseline = 20
// The rollup's bins lie on a logarithmic grid of 1 + seconds.
const binGrid = { smallest: 2 ** (1 / binsPerDoubling), growth: 2 ** (1 / binsPerDoubling) }

type BinRow = z.output<typeof experienceWaitBins.row>

/**
 * The five numbers at the top: value, change, target, and half a year of weeks with control limits where they hold; and
 * the metric that is looked at, over everything, from the same sums.
 */
export async function headlinesOf(
  services: Services,
  reading: Reading,
  channel: string | undefined,
  metric: MetricId,
  targetsAsked: ReturnType<typeof targetsOn>,
): Promise<{ headlines: Headline[]; overall: Figure }> {
  const { period, compared, scope } = reading
  const also = channel ? { channel } : {}
  // Whole weeks only: the last one must have ended with the period.
  const lastWeek = weekOf(addDays(period.to, 1))
  const weeks = { from: addDays(lastWeek.from, -7 * sparkWeeks), to: addDays(lastWeek.from, -1) }
  const summed = [...new Set<MetricId>([...shown, 'volume', metric])]
  const ranges = {
    from: period.from,
    to: period.to,
    comparedFrom: compared.from,
    comparedTo: compared.to,
    weeksFrom: weeks.from,
    weeksTo: weeks.to,
    ...also,
  }
  const [days, bins, targets] = await Promise.all([
    rowsOf<DayRow>(services, 'experience.days', { ...ranges, metrics: summed }, scope),
    rowsOf<BinRow>(services, 'experience.wait_bins', ranges, scope),
    targetsAsked,
  ])
  const byMetric = sumDays(days, period, compared)
  const weekly = sumWeeks(days)
  const [binsNow, binsBefore] = [bins.filter((row) => row.now), bins.filter((row) => row.before)]
  const mondays = Array.from({ length: sparkWeeks }, (_, i) => addDays(weeks.from, 7 * i))
  const headlines = shown.map((metric): Headline => {
    const { name, unit, direction, version } = metrics[metric]
    const own = byMetric.get(metric) ?? {}
    const asP90 = metric === 'wait'
    const points = mondays.map((monday) => {
      const figure = asP90
        ? waitP90(bins.filter((row) => row.week === monday))
        : figureOf(metric, weekSums(weekly, metric, monday))
      return { from: monday, value: figure.value, low: figure.low, high: figure.high, n: figure.n }
    })
    return {
      metric,
      name: asP90 ? { zh: '等候时间 P90', en: 'Wait, 90th percentile' } : name,
      unit,
      direction,
      version,
      figure: asP90 ? waitP90(binsNow) : figureOf(metric, own.now),
      previous: asP90 ? waitP90(binsBefore) : figureOf(metric, own.before),
      change: asP90 ? p90Change(waitP90(binsNow), waitP90(binsBefore), changeOf(metric, own)) : changeOf(metric, own),
      target: asP90 ? null : targets(metric, null, lineage(reading.unit)),
      spark: points,
      limits: limitsOf(points),
      evidence: {
        question: 'experience.trend',
        parameters: { metric, grain: 'week', ...weeks, ...(reading.unit ? { unit: reading.unit.id } : {}), ...also },
      },
    }
  })
  // A metric that is complete earlier than the period ends is summed up to there.
  const whole = sumDays(days, { from: period.from, to: await completeTo(reading, metric) }, compared)
  return { headlines, overall: figureOf(metric, whole.get(metric)?.now) }
}

/** metric -> Monday -> sums. */
function sumWeeks(rows: readonly DayRow[]): Map<string, Map<string, MetricSums>> {
  const weekly = new Map<string, Map<string, MetricSums>>()
  // Each day comes once for each metric.
  const mondays = new Map<string, string>()
  for (const row of rows) {
    const monday = mondays.getOrInsertComputed(row.local_day, (day) => weekOf(day).from)
    const byWeek = weekly.getOrInsertComputed(row.metric, () => new Map())
    addDay(
      byWeek.getOrInsertComputed(monday, () => ({ n: 0 })),
      row,
    )
  }
  return weekly
}

function weekSums(
  weekly: Map<string, Map<string, MetricSums>>,
  metric: MetricId,
  week: string,
): MetricSums | undefined {
  const own = weekly.get(metric)?.get(week)
  if (metric !== 'complaint_rate') return own
  const exposure = weekly.get('volume')?.get(week)?.n
  return exposure === undefined ? undefined : { ...(own ?? { n: 0 }), exposure }
}

function waitP90(rows: readonly BinRow[]): Figure {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(row.bin, (counts.get(row.bin) ?? 0) + row.n)
  const bins = [...counts].sort(([a], [b]) => a - b).map(([bin, n]) => ({ bin, n }))
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
