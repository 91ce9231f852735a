import type { Scope } from '#access/scope.ts'
import { settlingDays } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, localDay } from '#lib/time.ts'
import { from } from '#warehouse/relations.ts'
import { day, list, sql } from '#warehouse/sql.ts'
import type { actions } from '../tables.ts'

type Measured = Pick<typeof actions.$inferSelect, 'measure' | 'guards' | 'analysisOn'>

/** How far the facts reach, and how far they must before a verdict. */
export interface FactsMissing {
  have: Day | null
  need: Day
}

/** The rows a metric is made of: a rate of complaints needs those who did not complain. */
const sourcesOf = ({ measure, guards }: Measured): string[] => [
  ...new Set(
    [measure, ...guards].flatMap(({ metric }) =>
      metric === 'complaint_rate' ? ['complaint_rate', 'volume'] : [metric],
    ),
  ),
]

/** The newest day with facts of each metric, up to today: a date in the future is a slip, not a fact. */
async function newestDays(
  services: Pick<Services, 'warehouse' | 'clock' | 'home'>,
  scope: Scope,
  metrics: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Day>> {
  const { rows } = await services.warehouse.read(
    sql`select metric, max(local_day) as newest from ${from.daily}
        where metric in ${list([...metrics])} and local_day <= ${day(localDay(services.clock(), services.home.timeZone))}
        group by 1`,
    scope,
    signal ? { signal } : {},
  )
  return new Map(rows.map((row) => [String(row.metric), String(row.newest)]))
}

const reachOf = (action: Measured, newest: ReadonlyMap<string, Day>): Day | null => {
  const days = sourcesOf(action).map((metric) => newest.get(metric) ?? null)
  return days.includes(null) ? null : days.sort()[0]!
}

/** The last day on which the facts of an action's measure and guards have come in and settled; null before there are any. */
export async function settledThrough(
  services: Pick<Services, 'warehouse' | 'clock' | 'home'>,
  scope: Scope,
  action: Measured,
): Promise<Day | null> {
  const have = reachOf(action, await newestDays(services, scope, sourcesOf(action)))
  return have === null ? null : addDays(have, -settlingDays)
}

/** Which of these actions wait for facts, though their day has come. */
export async function waitingForFacts<A extends Measured & { id: string }>(
  services: Pick<Services, 'warehouse' | 'clock' | 'home'>,
  scope: Scope,
  due: readonly A[],
  signal?: AbortSignal,
): Promise<Map<string, FactsMissing>> {
  if (due.length === 0) return new Map()
  const newest = await newestDays(services, scope, [...new Set(due.flatMap(sourcesOf))], signal)
  return new Map(
    due.flatMap((action): [string, FactsMissing][] => {
      const have = reachOf(action, newest)
      // Judged on the days before the day of analysis, once these have settled.
      const need = addDays(action.analysisOn, settlingDays - 1)
      return have !== null && have >= need ? [] : [[action.id, { have, need }]]
    }),
  )
}
