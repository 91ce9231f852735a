import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, daysBetween, localDay } from '#lib/time.ts'
import { type CellSums, noSums } from '#methods/surveillance/scales.ts'
import { allTouchpoints, type LeafCell } from '#methods/surveillance/tree.ts'
import { from } from '#warehouse/relations.ts'
import { day, sql } from '#warehouse/sql.ts'
import { watchedCells } from './measures.ts'

export interface Unit {
  id: string
  name: string
  nameEn: string | null
  level: 'head_office' | 'province' | 'city' | 'branch' | 'team'
  kind: string
  parentId: string | null
  path: string
}

/** The bank as the finders see it: monthly sums of every measure, touchpoint and lowest unit. */
export interface Bank {
  /** YYYY-MM, without gaps, the last one closed. */
  months: string[]
  cells: LeafCell[]
  units: Map<string, Unit>
  parentOf: Map<string, string | null>
  root: string
  /** Facts that each month rests on: what came later shows as a difference. */
  factsN: number[]
}

/** Days after its end until a month counts as closed: answers to the last day's surveys come in. */
export const settlingDays = 2
/** A month is complete when its facts reach so near its end. */
const completeWithinDays = 3
const longestHistory = 37

export const monthOf = (day: Day): string => day.slice(0, 7)
export const firstDay = (month: string): Day => `${month}-01`
export const lastDay = (month: string): Day => addDays(firstDay(addMonths(month, 1)), -1)

export function addMonths(month: string, count: number): string {
  const total = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + count
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, '0')}`
}

const monthsBetween = (first: string, last: string): string[] => {
  const months: string[] = []
  for (let month = first; month <= last; month = addMonths(month, 1)) months.push(month)
  return months
}

export async function unitsOf(services: Pick<Services, 'store'>): Promise<Map<string, Unit>> {
  const rows = await services.store.query<Unit>(
    `select id, name, name_en as "nameEn", level, kind, parent_id as "parentId", path from units`,
  )
  return new Map(rows.map((unit) => [unit.id, unit]))
}

/** The newest closed month that has its facts; undefined in an empty home. */
function newestClosed(today: Day, newestFact: Day): string | undefined {
  let month = monthOf(today)
  while (addDays(lastDay(month), settlingDays) >= today) month = addMonths(month, -1)
  const ofFacts =
    daysBetween(newestFact, lastDay(monthOf(newestFact))) <= completeWithinDays
      ? monthOf(newestFact)
      : addMonths(monthOf(newestFact), -1)
  return [ofFacts, month].sort()[0]
}

interface SumRow extends Record<string, unknown> {
  month: string
  metric: string
  unit_id: string
  touchpoint_id: string | null
  n: number
  total: number | null
  total_squares: number | null
  hits: number | null
  misses: number | null
}

export async function readBank(services: Services, scope: Scope, signal?: AbortSignal): Promise<Bank | undefined> {
  const { warehouse } = services
  const options = signal ? { signal } : {}
  const [span] = (
    await warehouse.read(sql`select min(local_day) as first, max(local_day) as last from ${from.daily}`, scope, options)
  ).rows as { first: Day | null; last: Day | null }[]
  if (!span?.first || !span.last) return undefined
  const newest = newestClosed(localDay(services.clock(), services.home.timeZone), span.last)
  if (!newest || newest < monthOf(span.first)) return undefined
  const [, first = newest] = [addMonths(newest, 1 - longestHistory), monthOf(span.first)].sort()
  const months = monthsBetween(first, newest)
  const { dialect } = warehouse
  const { rows } = await warehouse.read(
    sql`select cast(date_trunc('month', local_day) as date) as month, metric, unit_id, touchpoint_id,
          ${dialect.sumInteger(sql`n`)} as n, sum(total) as total, sum(total_squares) as total_squares,
          ${dialect.sumInteger(sql`hits`)} as hits, ${dialect.sumInteger(sql`misses`)} as misses
        from ${from.daily}
        where local_day between ${day(firstDay(months[0]!))} and ${day(lastDay(newest))} and unit_id is not null
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4`,
    scope,
    options,
  )
  const units = await unitsOf(services)
  const known = new Set((await services.store.query<{ id: string }>('select id from touchpoints')).map(({ id }) => id))
  const root = [...units.values()].find((unit) => unit.parentId === null)?.id
  if (!root) return undefined
  return {
    ...cellsOf(rows as unknown as SumRow[], months, units, known),
    months,
    units,
    parentOf: new Map([...units.values()].map((unit) => [unit.id, unit.parentId])),
    root,
  }
}

/** Teams are seen with their branch: below it too few customers pass, and a team is few people. */
function cellsOf(
  rows: readonly SumRow[],
  months: readonly string[],
  units: ReadonlyMap<string, Unit>,
  touchpoints: ReadonlySet<string>,
): { cells: LeafCell[]; factsN: number[] } {
  const index = new Map(months.map((month, i) => [month, i]))
  const factsN = months.map(() => 0)
  const cells = new Map<string, { measure: string; touchpoint: string; unit: string; months: CellSums[] }>()
  const cellAt = (measure: string, touchpoint: string, unit: string) => {
    const key = `${measure}|${touchpoint}|${unit}`
    let cell = cells.get(key)
    if (!cell) {
      cell = { measure, touchpoint, unit, months: months.map(() => noSums) }
      cells.set(key, cell)
    }
    return cell
  }
  for (const row of rows) {
    const m = index.get(String(row.month).slice(0, 7))
    const unit = units.get(row.unit_id)
    if (m === undefined || !unit) continue
    factsN[m]! += row.n
    const place = unit.level === 'team' && unit.parentId ? unit.parentId : unit.id
    const touchpoint = row.touchpoint_id && touchpoints.has(row.touchpoint_id) ? row.touchpoint_id : allTouchpoints
    if (row.metric === 'volume') {
      const cell = cellAt('complaint_rate', touchpoint, place)
      const old = cell.months[m]!
      cell.months[m] = { ...old, exposure: old.exposure + row.n }
      continue
    }
    const cell = cellAt(row.metric, touchpoint, place)
    const old = cell.months[m]!
    cell.months[m] = {
      n: old.n + row.n,
      total: old.total + (row.total ?? 0),
      totalSquares: old.totalSquares + (row.total_squares ?? 0),
      hits: old.hits + (row.hits ?? 0),
      misses: old.misses + (row.misses ?? 0),
      exposure: old.exposure,
    }
  }
  return { cells: watchedCells([...cells.values()]), factsN }
}

/** A unit and those above it, upwards. */
export function upwards(parentOf: ReadonlyMap<string, string | null>, unitId: string): string[] {
  const chain: string[] = []
  for (let unit: string | null = unitId; unit !== null; unit = parentOf.get(unit) ?? null) chain.push(unit)
  return chain
}

/** A unit with all units below it. */
export const subtree = (units: ReadonlyMap<string, Unit>, unitId: string): string[] => {
  const parentOf = new Map([...units.values()].map((unit) => [unit.id, unit.parentId]))
  return [...units.keys()].filter((id) => upwards(parentOf, id).includes(unitId))
}
