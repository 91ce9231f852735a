import type { DemoDay } from '../calendar.ts'

const opens = 9 * 3600
const daily = 8.5 * 3600

/** Time as offices count it: nine to half past five on working days, make-up workdays included. Seconds. */
export interface BusinessClock {
  /** The instant when so much working time has passed since `from`; Infinity beyond the history. */
  after(from: number, workingSeconds: number): number
  /** Index of the local day of an instant; -1 before, the number of days after the history. */
  dayOf(instant: number): number
  readonly end: number
}

export function businessClock(days: readonly DemoDay[]): BusinessClock {
  const working = days.filter((day) => day.working)
  const before = new Int32Array(days.length + 1)
  for (const day of days) before[day.index + 1] = (before[day.index] as number) + (day.working ? 1 : 0)
  const first = days[0]?.midnight ?? 0
  const end = (days.at(-1)?.midnight ?? 0) + 86_400
  const dayOf = (instant: number): number => {
    if (instant < first) return -1
    if (instant >= end) return days.length
    // Days of 23 or 25 hours move the estimate by one at most.
    let index = Math.min(days.length - 1, Math.floor((instant - first) / 86_400))
    while (index > 0 && (days[index]?.midnight ?? 0) > instant) index--
    while (index + 1 < days.length && (days[index + 1]?.midnight ?? 0) <= instant) index++
    return index
  }
  return {
    end,
    dayOf,
    after(from, workingSeconds) {
      const index = dayOf(from)
      if (index >= days.length) return Number.POSITIVE_INFINITY
      const day = days[Math.max(0, index)] as DemoDay
      const today = day.working ? Math.max(0, Math.min(daily, from - day.midnight - opens)) : 0
      const total = (before[Math.max(0, index)] as number) * daily + today + workingSeconds
      const target = working[Math.floor(total / daily)]
      return target ? target.midnight + opens + (total % daily) : Number.POSITIVE_INFINITY
    },
  }
}
