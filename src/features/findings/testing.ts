import type { Services } from '#features/services.ts'
import type { Store } from '#store/store.ts'
import { simulatedBank, type SimulatedBankOptions } from '#methods/surveillance/simulatedBank.ts'
import { dailyColumns } from '#warehouse/rollups/sums.ts'
import type { Cell } from '#warehouse/warehouse.ts'
import { sql } from '#warehouse/sql.ts'
import { addMonths, lastDay } from './data/bank.ts'

export interface DailyRow {
  day: string
  metric: string
  unit: string
  touchpoint: string
  n: number
  total?: number
  totalSquares?: number
  hits?: number
  misses?: number
}

/** Only for tests: rows straight into the daily rollup. */
export async function writeDaily(services: Pick<Services, 'warehouse'>, rows: readonly DailyRow[]): Promise<void> {
  const columns: Cell[][] = [
    rows.map((row) => row.metric),
    rows.map((row) => row.day),
    rows.map((row) => row.unit),
    rows.map((row) => row.touchpoint),
    rows.map(() => 'branch'),
    rows.map((row) => row.n),
    rows.map((row) => row.total ?? 0),
    rows.map((row) => row.totalSquares ?? 0),
    rows.map((row) => row.hits ?? 0),
    rows.map((row) => row.misses ?? 0),
  ]
  await services.warehouse.write((writer) => writer.append('daily', dailyColumns, columns))
}

/** Only for tests: units by their parents, and touchpoints in one journey. */
export async function writeModel(
  store: Store,
  parentOf: ReadonlyMap<string, string | null>,
  touchpoints: readonly string[],
  levelOf: (unit: string) => string,
): Promise<void> {
  const pathOf = (unit: string): string => `${parentOf.get(unit) ? pathOf(parentOf.get(unit)!) : '/'}${unit}/`
  const depth = (unit: string) => pathOf(unit).split('/').length
  for (const unit of [...parentOf.keys()].sort((a, b) => depth(a) - depth(b)))
    await store.query(
      `insert into units (id, code, name, name_en, level, kind, parent_id, path) values ($1, $1, $1, $1, $2, 'branch', $3, $4)`,
      [unit, levelOf(unit), parentOf.get(unit) ?? null, pathOf(unit)],
    )
  await store.query("insert into journeys (id, name, name_en, position) values ('j', '旅程', 'journey', 1)")
  await store.query(
    "insert into stages (id, journey_id, name, name_en, phase, position) values ('s', 'j', '办理', 'during', 'during', 1)",
  )
  for (const [i, id] of touchpoints.entries())
    await store.query(
      `insert into touchpoints (id, stage_id, name, name_en, facet, channel, position) values ($1, 's', $1, $1, 'service', 'branch', $2)`,
      [id, i],
    )
}

export interface SimulatedHome {
  firstMonth: string
  lastMonth: string
}

const levelOf = (unit: string): string =>
  unit === 'hq'
    ? 'head_office'
    : unit.startsWith('province')
      ? 'province'
      : /^(city|dg$)/.test(unit)
        ? 'city'
        : 'branch'

/** Only for tests: a simulated bank as the daily rollup of a home; each month's sums stand on its last day. */
export async function writeSimulatedBank(
  home: { services: Services; store: Store },
  options: SimulatedBankOptions & { lastMonth: string },
): Promise<SimulatedHome> {
  const months = options.months ?? 24
  const { cells, parentOf } = simulatedBank({ ...options, months })
  await writeModel(home.store, parentOf, [...new Set(cells.map((cell) => cell.touchpoint))], levelOf)
  const firstMonth = addMonths(options.lastMonth, 1 - months)
  await writeDaily(home.services, rowsOf(cells, firstMonth))
  return { firstMonth, lastMonth: options.lastMonth }
}

/** The months of simulated cells as rows of the rollup; a rate's exposure becomes volume. */
export function rowsOf(
  cells: ReturnType<typeof simulatedBank>['cells'],
  firstMonth: string,
  only?: number,
): DailyRow[] {
  return cells.flatMap((cell) =>
    cell.months.flatMap((s, m): DailyRow[] => {
      if (only !== undefined && m !== only) return []
      const place = { day: lastDay(addMonths(firstMonth, m)), unit: cell.unit, touchpoint: cell.touchpoint }
      const own = { ...place, metric: cell.measure, n: s.n, total: s.total, totalSquares: s.totalSquares }
      const rows: DailyRow[] = s.n > 0 ? [{ ...own, hits: s.hits, misses: s.misses }] : []
      if (s.exposure > 0) rows.push({ ...place, metric: 'volume', n: s.exposure })
      return rows
    }),
  )
}

export const clearDaily = (services: Pick<Services, 'warehouse'>): Promise<unknown> =>
  services.warehouse.write((writer) => writer.run(sql`delete from daily`))
