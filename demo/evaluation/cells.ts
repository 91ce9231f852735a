import type { CellSums } from '#methods/surveillance/scales.ts'
import type { LeafCell } from '#methods/surveillance/tree.ts'
import { type MetricId, metricIds } from '#warehouse/metricDefinitions.ts'
import type { ScoreMetric } from '../plants/schema.ts'
import { outcomeCode, surveyMetrics } from '../facts/recorder.ts'
import type { History } from '../generate.ts'
import type { World } from '../world.ts'

const withinSeconds = 600
const episodeSeconds = 7 * 86_400

/** The months of a history, YYYY-MM, and the month of each of its days. */
export function monthsOf(world: World): { months: string[]; ofDay: Int32Array } {
  const months: string[] = []
  const ofDay = Int32Array.from(world.days, ({ day }) => {
    const month = day.slice(0, 7)
    if (months.at(-1) !== month) months.push(month)
    return months.length - 1
  })
  return { months, ofDay }
}

/**
 * The monthly sums that the daily rollups of a bank would give, straight from its history: many banks can be judged
 * without loading any. A test holds them against the rollups of a bank that was loaded.
 */
export function monthlyCells(world: World, { out }: History): LeafCell[] {
  const { months, ofDay } = monthsOf(world)
  const cells = new Map<number, LeafCell & { months: CellSums[] }>()
  const sumsAt = (measure: MetricId, touchpoint: number, unit: number, day: number): CellSums => {
    const key = (metricIds.indexOf(measure) * 256 + touchpoint + 1) * 4096 + unit
    let cell = cells.get(key)
    if (!cell) {
      cell = {
        measure,
        touchpoint: world.touchpoints[touchpoint]?.id ?? '',
        unit: world.units[unit]?.id ?? '',
        months: months.map(() => ({ n: 0, total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: 0 })),
      }
      cells.set(key, cell)
    }
    return cell.months[ofDay[day] as number] as CellSums
  }
  const seconds = (sums: CellSums, value: number) => {
    sums.n++
    sums.total += value
    sums.totalSquares += value * value
    if (value <= withinSeconds) sums.hits++
  }
  const share = (sums: CellSums, hit: boolean) => {
    sums.n++
    if (hit) sums.hits++
  }
  const cell = (of: Record<string, Int32Array | Float64Array>, name: string, row: number) => of[name]?.[row] as number

  const contacts = out.interactions
  for (let row = 0; row < contacts.length; row++) {
    const at = (name: string) => cell(contacts.of, name, row)
    const [t, unit, day] = [at('touchpoint'), at('unit'), at('day')]
    sumsAt('complaint_rate', t, unit, day).exposure++
    if (at('duration') >= 0) seconds(sumsAt('duration', t, unit, day), at('duration'))
    if (at('outcome') >= 0) share(sumsAt('success_rate', t, unit, day), at('outcome') === outcomeCode.success)
  }
  const { tickets } = out
  for (let row = 0; row < tickets.length; row++) {
    const at = (name: string) => cell(tickets.of, name, row)
    const [t, unit, day] = [at('touchpoint'), at('unit'), at('day')]
    if (at('queued') === 1 || at('wait') > 0) seconds(sumsAt('wait', t, unit, day), at('wait'))
    if (at('service_seconds') >= 0) seconds(sumsAt('duration', t, unit, day), at('service_seconds'))
    share(sumsAt('success_rate', t, unit, day), at('outcome') === outcomeCode.served)
  }
  const { responses } = out
  for (let row = 0; row < responses.length; row++) {
    const at = (name: string) => cell(responses.of, name, row)
    const metric = surveyMetrics[at('metric')] as ScoreMetric
    const score = at('score')
    const sums = sumsAt(metric, at('touchpoint'), at('unit'), at('day'))
    sums.n++
    sums.total += score
    sums.totalSquares += score * score
    if (score >= (metric === 'nps' ? 9 : metric === 'csat' ? 4 : 5)) sums.hits++
    if (metric === 'nps' && score <= 6) sums.misses++
  }
  const { complaints } = out
  for (let row = 0; row < complaints.length; row++) {
    const at = (name: string) => cell(complaints.of, name, row)
    share(sumsAt('complaint_rate', at('touchpoint'), at('unit'), at('day')), true)
  }
  countEpisodes(world, out, (t, unit, day, hops) => share(sumsAt('channel_hops', t, unit, day), hops))
  return [...cells.values()]
}

/** Episodes of one customer and intent: a contact after seven quiet days begins one; a second channel within seven days is a hop. */
function countEpisodes(
  world: World,
  { interactions }: History['out'],
  begin: (touchpoint: number, unit: number, day: number, hops: boolean) => void,
): void {
  const { customer, intent, start, touchpoint, unit, day } = interactions.of
  const rows: number[] = []
  for (let row = 0; row < interactions.length; row++)
    if ((customer[row] as number) >= 0 && (intent[row] as number) >= 0) rows.push(row)
  const channel = (row: number) => world.touchpoints[touchpoint[row] as number]?.channel ?? ''
  rows.sort(
    (a, b) =>
      (customer[a] as number) - (customer[b] as number) ||
      (intent[a] as number) - (intent[b] as number) ||
      (start[a] as number) - (start[b] as number) ||
      channel(a).localeCompare(channel(b)),
  )
  rows.forEach((row, i) => {
    const before = rows[i - 1]
    const same = (other: number | undefined) =>
      other !== undefined && customer[other] === customer[row] && intent[other] === intent[row]
    if (same(before) && (start[row] as number) - (start[before as number] as number) <= episodeSeconds) return
    let hops = false
    for (let j = i + 1; same(rows[j]) && !hops; j++) {
      const later = rows[j] as number
      if ((start[later] as number) - (start[row] as number) > episodeSeconds) break
      hops = channel(later) !== channel(row)
    }
    begin(touchpoint[row] as number, unit[row] as number, day[row] as number, hops)
  })
}
