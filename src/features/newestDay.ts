import type { Scope } from '#access/scope.ts'
import { addDays, type Day, localDay } from '#lib/time.ts'
import { ok, type Result } from '#lib/result.ts'
import type { Services } from './services.ts'

/** A bank that works has facts of the last weeks: looking there first, a lake reads two months instead of all. */
const recentDays = 40

/** The newest day that has facts inside a scope; null where there are none. */
export async function newestDayOf(services: Services, scope: Scope, signal?: AbortSignal): Promise<Result<Day | null>> {
  const since = addDays(localDay(services.clock(), services.home.timeZone), -recentDays)
  for (const parameters of [{ since }, {}]) {
    const answer = await services.ask('experience.newest', parameters, scope, signal)
    if (!answer.ok) return answer
    const [row] = answer.value.rows
    if (row) return ok(row.newest_day as Day)
  }
  return ok(null)
}
