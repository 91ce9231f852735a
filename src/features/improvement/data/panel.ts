import type { Scope } from '#access/scope.ts'
import { subtree, type Unit, upwards } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import type { PanelCell } from '#methods/causal/panel.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { type MetricId, metrics } from '#warehouse/metrics.ts'
import { from } from '#warehouse/relations.ts'
import { dailyOf } from '#warehouse/rollups/ofFacts.ts'
import { day, list, nothing, sql } from '#warehouse/sql.ts'
import type { Measure } from '../tables.ts'

/** Sums of one place on one day, on the scale of the metric's own unit: their ratio is the metric's value. */
export interface DayCell {
  unit: string
  day: Day
  n: number
  sum: number
  sumSquares: number
}

interface Row extends Record<string, unknown> {
  unit_id: string
  local_day: Day
  metric: string
  n: number
  total: number | null
  total_squares: number | null
  hits: number | null
  misses: number | null
}

/** Interactions that complaints are counted against. */
export const per = 10_000

/** What a row of the daily rollup adds to a metric's mean: scores and seconds as they are, NPS and rates as points. */
function added(metric: MetricId, row: Row): { n: number; sum: number; sumSquares: number } {
  const { n } = row
  const hits = row.hits ?? 0
  switch (metric) {
    case 'nps':
      return { n, sum: 100 * (hits - (row.misses ?? 0)), sumSquares: 10_000 * (hits + (row.misses ?? 0)) }
    case 'success_rate':
    case 'channel_hops':
      return { n, sum: hits, sumSquares: hits }
    case 'complaint_rate':
      return row.metric === 'volume' ? { n, sum: 0, sumSquares: 0 } : { n: 0, sum: per * n, sumSquares: per * per * n }
    default:
      return { n, sum: row.total ?? 0, sumSquares: row.total_squares ?? 0 }
  }
}

/** Where a metric's facts are; for a segment they are added up. Its episodes are not (`checkMeasure` refuses them). */
const factsOf: Record<MetricId, readonly FactKind[]> = {
  volume: ['interactions'],
  wait: ['interactions', 'tickets'],
  duration: ['interactions', 'tickets'],
  success_rate: ['interactions', 'tickets'],
  nps: ['responses'],
  csat: ['responses'],
  ces: ['responses'],
  complaint_rate: ['interactions', 'complaints'],
  channel_hops: ['interactions'],
}

/** Teams count with their branch; every other unit is a place of its own. */
export function placeOf(units: ReadonlyMap<string, Unit>, unitId: string): string | undefined {
  const unit = units.get(unitId)
  return unit?.level === 'team' && unit.parentId ? unit.parentId : unit?.id
}

/** Sums are not kept by segment, and an episode of a segment's customer reaches beyond what a reader sees. */
export const measuresNoSegment = ({ metric, segment }: Pick<Measure, 'metric' | 'segment'>): boolean =>
  metric === 'channel_hops' && segment !== null

/** A metric at a touchpoint, place by place and day by day; `unitIds` are whole subtrees, 'all' the bank. */
export async function readDays(
  services: Pick<Services, 'warehouse'>,
  scope: Scope,
  units: ReadonlyMap<string, Unit>,
  measure: Pick<Measure, 'metric' | 'touchpointId' | 'segment'> & { unitIds: readonly string[] | 'all' },
  span: { from: Day; to: Day },
): Promise<DayCell[]> {
  const { metric, touchpointId, segment, unitIds } = measure
  const inside = unitIds === 'all' ? undefined : [...new Set(unitIds.flatMap((id) => subtree(units, id)))]
  const { dialect } = services.warehouse
  const where = sql`local_day between ${day(span.from)} and ${day(span.to)} and unit_id is not null
    ${touchpointId === null ? nothing : sql`and touchpoint_id = ${touchpointId}`}
    ${inside ? sql`and unit_id in ${list(inside)}` : nothing}`
  const daily =
    segment === null
      ? sql`(select * from ${from.daily} where ${where})`
      : dailyOf(sql`${where} and segment = ${segment}`, factsOf[metric as MetricId])
  const { rows } = await services.warehouse.read(
    sql`select unit_id, local_day, metric, ${dialect.sumInteger(sql`n`)} as n, sum(total) as total,
          sum(total_squares) as total_squares, ${dialect.sumInteger(sql`hits`)} as hits,
          ${dialect.sumInteger(sql`misses`)} as misses
        from ${daily} d
        where metric in (${metric}, ${metric === 'complaint_rate' ? 'volume' : metric})
        group by 1, 2, 3`,
    scope,
    // Facts are more than their sums.
    { heavy: segment !== null },
  )
  const cells = new Map<string, DayCell>()
  for (const row of rows as unknown as Row[]) {
    const unit = placeOf(units, row.unit_id)
    if (!unit) continue
    const key = `${row.local_day}|${unit}`
    const cell = cells.get(key) ?? { unit, day: row.local_day, n: 0, sum: 0, sumSquares: 0 }
    const more = added(metric as MetricId, row)
    cell.n += more.n
    cell.sum += more.sum
    cell.sumSquares += more.sumSquares
    cells.set(key, cell)
  }
  return [...cells.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.unit < b.unit ? -1 : 1))
}

/** Cells in blocks of so many days that begin on the day of the change: none straddles it. Block 0 is the first after. */
export function inBlocks(cells: readonly DayCell[], start: Day, length: number, last: Day): PanelCell[] {
  const blocks = new Map<string, PanelCell & { sumSquares: number }>()
  const whole = Math.floor((daysBetween(start, last) + 1) / length)
  for (const cell of cells) {
    const period = Math.floor(daysBetween(start, cell.day) / length)
    // A last block cut short by the day of judgement would weigh as a whole one.
    if (period >= whole) continue
    const key = `${period}|${cell.unit}`
    const block = blocks.get(key) ?? { unit: cell.unit, period, n: 0, sum: 0, sumSquares: 0 }
    block.n += cell.n
    block.sum += cell.sum
    block.sumSquares += cell.sumSquares
    blocks.set(key, block)
  }
  return [...blocks.values()]
}

export interface SeriesPoint {
  value: number | null
  n: number
  sum: number
}

/** One series of several places: its value in each block from `from` to `to`, null where fewer than `fewest` were asked. */
export function seriesOf(cells: readonly PanelCell[], span: { from: number; to: number }, fewest = 1): SeriesPoint[] {
  const n = new Float64Array(span.to - span.from)
  const total = new Float64Array(span.to - span.from)
  for (const cell of cells) {
    const i = cell.period - span.from
    if (i < 0 || i >= n.length) continue
    n[i]! += cell.n
    total[i]! += cell.sum
  }
  return Array.from(n, (count, i) => ({
    value: count >= fewest ? total[i]! / count : null,
    n: count,
    sum: total[i]!,
  }))
}

export const blockStart = (start: Day, length: number, period: number): Day => addDays(start, period * length)

export const better = (metric: string): 'higher' | 'lower' =>
  metrics[metric as MetricId].direction === 'down' ? 'lower' : 'higher'

/** Whether a place lies inside one of these units' subtrees. */
export const liesWithin = (units: ReadonlyMap<string, Unit>, place: string, unitIds: readonly string[]): boolean => {
  const parentOf = new Map([...units.values()].map((unit) => [unit.id, unit.parentId]))
  return upwards(parentOf, place).some((id) => unitIds.includes(id))
}
