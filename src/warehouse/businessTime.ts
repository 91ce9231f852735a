import { localMicrosSql } from './localDay.ts'

/** Opening hours in which business time runs, on working days of the calendar. */
export const businessDay = { openHour: 9, closeHour: 17 } as const

const micros = 1_000_000
const hourMicros = 3_600 * micros
const dayMicros = 24 * hourMicros
const openMicros = (businessDay.closeHour - businessDay.openHour) * hourMicros

/**
 * SQL that makes the temporary table business_days for instants between two: business time that had run before each day,
 * and whether it runs on it.
 */
export const businessDaysSql = (startMs: number, endMs: number): string => {
  // A local day is at most one away from that of UTC.
  const dayNo = (ms: number, away: number) => Math.floor(ms / (dayMicros / 1000)) + away
  return `create or replace temp table business_days as
  select day_no, case when working then ${openMicros} else 0 end as open_micros,
    coalesce(sum(case when working then ${openMicros} else 0 end)
      over (order by day_no rows between unbounded preceding and 1 preceding), 0)::bigint as before_micros
  from (select cast(day - date '1970-01-01' as bigint) as day_no, working from calendar)
  where day_no between ${dayNo(startMs, -1)} and ${dayNo(endMs, 1)}`
}

/**
 * An instant as business time since the first of business_days; the difference of two is the business time between them. `join`
 * brings in the row of business_days of the instant's local day under the name `days`.
 */
export function businessMicrosSql(
  column: string,
  days: string,
  timeZone: string,
  startMs: number,
  endMs: number,
): { join: string; micros: string } {
  // Whole numbers instead of date functions: it runs for each event of a log.
  const local = localMicrosSql(column, timeZone, startMs, endMs)
  const beforeEpoch = startMs < dayMicros / 1000
  const ofDay = beforeEpoch ? `((${local} % ${dayMicros}) + ${dayMicros}) % ${dayMicros}` : `${local} % ${dayMicros}`
  const dayNo = beforeEpoch ? `(${local} - ${ofDay}) // ${dayMicros}` : `${local} // ${dayMicros}`
  return {
    join: `left join business_days ${days} on ${days}.day_no = ${dayNo}`,
    micros: `(${days}.before_micros + least(greatest(${ofDay} - ${businessDay.openHour * hourMicros}, 0), ${days}.open_micros))`,
  }
}
