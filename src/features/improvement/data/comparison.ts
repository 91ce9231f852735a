import type { Scope } from '#access/scope.ts'
import { subtree, type Unit } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day } from '#lib/time.ts'
import type { CheckState } from '#methods/causal/evidence.ts'
import { regressionWarning, reliabilityOfUnits } from '#methods/causal/regressionToMean.ts'
import { from } from '#warehouse/relations.ts'
import { day, list, sql } from '#warehouse/sql.ts'
import type { actions, Measure } from '../tables.ts'
import { didBlockDays } from './designs.ts'
import { type DayCell, liesWithin, readDays } from './panel.ts'

type Action = typeof actions.$inferSelect

/** Days before the start that make the baseline: half a year, whole blocks. */
export const baselineDays = 6 * didBlockDays
export const chartDays = 52 * 7

/** What an effect is measured in: the bank, the other actions, and the time. */
export interface Context {
  services: Services
  scope: Scope
  units: Map<string, Unit>
  others: readonly Action[]
  start: Day
  last: Day
  baselineDays: number
  /** A control chart needs more points than a comparison: up to a year, but no further back than the harm. */
  chartDays: number
  /** The place was picked for being bad. */
  picked: boolean
}

export const overlaps = (other: Action, start: Day, last: Day): boolean =>
  !['planned', 'locked', 'cancelled'].includes(other.state) &&
  (other.startedOn ?? other.startOn) <= last &&
  (other.startedOn ?? other.startOn) >= addDays(start, -baselineDays)

/** An action on all touchpoints is at work at each of them. */
const sameTouchpoint = (a: string | null, b: string | null): boolean => a === null || b === null || a === b

/** Whether another action was at work at the same touchpoint in (part of) the same units. */
export const touches = ({ units }: Pick<Context, 'units'>, other: Action, measured: Measure): boolean =>
  sameTouchpoint(other.measure.touchpointId, measured.touchpointId) &&
  other.measure.unitIds.some((id) =>
    measured.unitIds.some((mine) => liesWithin(units, id, [mine]) || liesWithin(units, mine, [id])),
  )

export interface Cells {
  treated: DayCell[]
  controls: DayCell[]
}

/** Treated places, and comparable ones: the same kind of unit and touchpoint, no action of their own. */
export async function cellsFor(
  context: Pick<Context, 'services' | 'scope' | 'units' | 'start' | 'last' | 'others' | 'baselineDays'>,
  measured: Measure,
): Promise<Cells> {
  const { services, scope, units, start, last, others } = context
  const span = { from: addDays(start, -Math.max(chartDays, context.baselineDays)), to: last }
  const all = await readDays(services, scope, units, { ...measured, unitIds: 'all' }, span)
  const inside = new Map<string, boolean>()
  const isTreated = (unit: string) => {
    if (!inside.has(unit)) inside.set(unit, liesWithin(units, unit, measured.unitIds))
    return inside.get(unit)!
  }
  const treated = all.filter(({ unit }) => isTreated(unit))
  const kinds = new Set(treated.map(({ unit }) => units.get(unit)?.kind))
  const busy = others
    .filter((other) => sameTouchpoint(other.measure.touchpointId, measured.touchpointId))
    .flatMap((other) => other.measure.unitIds.flatMap((id) => subtree(units, id)))
  const controls = all.filter(
    ({ unit }) => !isTreated(unit) && kinds.has(units.get(unit)?.kind) && !busy.includes(unit),
  )
  return { treated, controls }
}

export const regressionState = (regression: { warn: boolean } | undefined): CheckState =>
  regression === undefined ? 'unknown' : regression.warn ? 'failed' : 'passed'

/** How much of the change was to be expected of places that were picked for being bad; undefined where too few compare. */
export function regressionOf(context: Context, { treated, controls }: Cells) {
  const { start } = context
  const first = addDays(start, -context.baselineDays)
  const sums = (cells: readonly DayCell[], after: boolean) => {
    const inside = cells.filter((cell) => (after ? cell.day >= start : cell.day >= first && cell.day < start))
    return [...Map.groupBy(inside, ({ unit }) => unit).values()].map((own) =>
      own.reduce(
        (total, cell) => ({
          n: total.n + cell.n,
          sum: total.sum + cell.sum,
          sumSquares: total.sumSquares + cell.sumSquares,
        }),
        { n: 0, sum: 0, sumSquares: 0 },
      ),
    )
  }
  const value = (list: { n: number; sum: number }[]) =>
    list.reduce((s, u) => s + u.sum, 0) / list.reduce((s, u) => s + u.n, 0)
  const before = { treated: sums(treated, false), controls: sums(controls, false) }
  const reliability = reliabilityOfUnits([...before.treated, ...before.controls])
  if (!reliability.ok || before.treated.length === 0) return undefined
  const common = before.controls.length > 0 ? value(sums(controls, true)) - value(before.controls) : 0
  const n = before.treated.reduce((sum, unit) => sum + unit.n, 0)
  const warning = regressionWarning({
    mean: reliability.value.mean,
    selected: value(before.treated),
    followUp: value(sums(treated, true)) - (Number.isFinite(common) ? common : 0),
    correlation: reliability.value.correlationFor(n),
    picked: true,
  })
  return warning.ok ? warning.value : undefined
}

/** Shares of the segments before and after: half the sum of their differences above a tenth is another mix. */
export async function mixState(context: Context, measured: Measure): Promise<CheckState> {
  const { services, scope, units, start, last } = context
  const inside = [...new Set(measured.unitIds.flatMap((id) => subtree(units, id)))]
  const { rows } = await services.warehouse.read(
    sql`select coalesce(segment, '') as segment, local_day >= ${day(start)} as after,
          count(*) as n
        from ${from.interactions}
        where unit_id in ${list(inside)}
          and ${measured.touchpointId === null ? sql`true` : sql`touchpoint_id = ${measured.touchpointId}`}
          and local_day between ${day(addDays(start, -context.baselineDays))} and ${day(last)}
        group by 1, 2`,
    scope,
    { heavy: true },
  )
  const side = (after: boolean) => rows.filter((row) => row.after === after)
  const total = (after: boolean) => side(after).reduce((sum, row) => sum + Number(row.n), 0)
  if (total(false) < 100 || total(true) < 100) return 'unknown'
  const share = (after: boolean, segment: unknown) =>
    Number(side(after).find((row) => row.segment === segment)?.n ?? 0) / total(after)
  const segments = new Set(rows.map((row) => row.segment))
  const distance = [...segments].reduce<number>((sum, s) => sum + Math.abs(share(true, s) - share(false, s)), 0) / 2
  return distance > 0.1 ? 'failed' : 'passed'
}
