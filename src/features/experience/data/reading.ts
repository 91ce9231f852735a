import { narrow } from '#access/narrow.ts'
import { type Scope, seesUnit } from '#access/scope.ts'
import { newestDayOf } from '#features/newestDay.ts'
import type { Services } from '#features/services.ts'
import { type Comparison, comparedPeriod, openingPeriod, type Period } from '#lib/period.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { addDays, type Day, daysBetween, localDay } from '#lib/time.ts'
import type { MetricId } from '#warehouse/metrics.ts'
import { episodeDays } from '#warehouse/rollups/sums.ts'
import { pick } from './figures.ts'

/** What a reader asked for on any page of numbers. */
export interface Wanted {
  unit?: string | undefined
  channel?: string | undefined
  from?: Day | undefined
  to?: Day | undefined
  compare: Comparison
}

export interface UnitRow {
  id: string
  name: string
  name_en: string | null
  level: string
  path: string
}

/** The request made concrete: whose units, which days, compared with which. */
export interface Reading {
  scope: Scope
  unit: UnitRow | null
  /** Every unit inside, by id. */
  units: ReadonlyMap<string, UnitRow>
  /** Which part of a path names the units one level below, counted from one as SQL does. */
  childLevel: number
  period: Period
  compared: Period
  /** Asked beside the numbers, where it is needed: only what is complete later than its facts waits for it. */
  newestDay(): Promise<Day | null>
  today: Day
}

const longest = 1_100

/** Checks the unit against the scope and the period against the calendar; an old extract opens at the quarter of its newest day. */
export async function readingOf(
  services: Services,
  scope: Scope,
  wanted: Wanted,
): Promise<Result<Reading, 'not_found' | 'period_wrong'>> {
  const today = localDay(services.clock(), services.home.timeZone)
  const rows = await services.store.query<UnitRow>('select id, name, name_en, level, path from units order by path')
  const visible = rows.filter((row) => seesUnit(scope, row.id))
  const unit = wanted.unit ? visible.find((row) => row.id === wanted.unit) : shared(visible)
  if (wanted.unit && !unit) return fail('not_found')
  const own = wanted.unit ? await narrow(services.store, scope, wanted.unit) : scope
  if ((wanted.from === undefined) !== (wanted.to === undefined)) return fail('period_wrong')
  const newestDay = () => newestOf(services, own)
  const period =
    wanted.from && wanted.to ? { from: wanted.from, to: wanted.to } : openingPeriod(today, await newestDay())
  const days = daysBetween(period.from, period.to)
  if (days < 0 || days > longest || period.from < '1900-01-01' || period.to > '2200-01-01') return fail('period_wrong')
  const inside = unit ? visible.filter((row) => row.path.startsWith(unit.path)) : visible
  return ok({
    scope: own,
    unit: unit ?? null,
    units: new Map(inside.map((row) => [row.id, row])),
    childLevel: unit ? depth(unit) + 2 : Math.min(8, Math.max(3, ...visible.slice(0, 1).map((row) => depth(row) + 1))),
    period,
    compared: comparedPeriod(period, wanted.compare),
    newestDay,
    today,
  })
}

async function newestOf(services: Services, scope: Scope): Promise<Day | null> {
  const newest = await newestDayOf(services, scope)
  if (!newest.ok) throw new Error(`experience.newest failed: ${newest.reason}`)
  return newest.value
}

/**
 * The last day on which a metric is complete. Whether a customer came back through another channel is known a week
 * later: the newest days would look better than they are.
 */
export async function completeTo(
  { period, newestDay }: Pick<Reading, 'period' | 'newestDay'>,
  metric: MetricId,
): Promise<Day> {
  if (metric !== 'channel_hops') return period.to
  const newest = await newestDay()
  if (newest === null) return period.to
  // The middle one: no day outside the period.
  return [period.from, addDays(newest, -episodeDays), period.to].sort()[1] as Day
}

const depth = (row: UnitRow): number => row.path.split('/').filter(Boolean).length

/** The unit that holds all the others, where there is one: a reader of one branch reads that branch. */
const shared = (visible: readonly UnitRow[]): UnitRow | undefined => {
  const top = visible.reduce<UnitRow | undefined>(
    (best, row) => (!best || row.path.length < best.path.length ? row : best),
    undefined,
  )
  return top && visible.every((row) => row.path.startsWith(top.path)) ? top : undefined
}

/** How a sentence names the place: the head office stands for the whole bank. */
export const unitName = (unit: UnitRow | null): Text =>
  unit && unit.level !== 'head_office' ? pick(unit) : { zh: '全行', en: 'the whole bank' }

/** A unit and its ancestors, nearest first: where a target may have been set. */
export const lineage = (unit: UnitRow | null): string[] => (unit ? unit.path.split('/').filter(Boolean).reverse() : [])

/** Asks a question that belongs to this feature: a refusal is a fault of ours, not of the caller. */
export async function rowsOf<Row>(
  services: Services,
  question: string,
  parameters: unknown,
  scope: Scope,
): Promise<Row[]> {
  const answer = await services.ask(question, parameters, scope)
  if (!answer.ok) throw new Error(`${question} failed: ${answer.reason} ${JSON.stringify(answer.detail ?? {})}`)
  return answer.value.rows as Row[]
}
