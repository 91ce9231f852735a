import chineseDays from 'chinese-days'
import { addDays, type Day } from '#lib/time.ts'

/** One local day of the demo's history and how busy it is. */
export interface DemoDay {
  index: number
  day: Day
  /** Days since 1970-01-01, as the warehouse stores dates. */
  epochDay: number
  /** The instant of local midnight, seconds since 1970 in UTC. */
  midnight: number
  /** 1 Monday … 7 Sunday. */
  dayOfWeek: number
  working: boolean
  /** Saturday or Sunday worked in exchange for a holiday. */
  makeUp: boolean
  payday: boolean
  monthEnd: boolean
  /** Arrivals in branches and on the telephone, and in digital channels, relative to an ordinary Wednesday. 0: closed. */
  branch: number
  phone: number
  digital: number
}

const branchByWeekday = [0, 1.15, 1.02, 0.97, 0.97, 1.06, 0.52, 0.45]
const phoneByWeekday = [0, 1.15, 1.05, 1, 1, 1, 0.7, 0.62]
const secondsPerDay = 86_400

export const isWorkingDay = (day: Day): boolean => chineseDays.isWorkday(day)

/** The days of the history, `count` of them, ending with `until`. */
export function demoDays(until: Day, count: number, timeZone: string): DemoDay[] {
  const first = addDays(until, 1 - count)
  return Array.from({ length: count }, (_, index) => demoDay(addDays(first, index), index, timeZone))
}

function demoDay(day: Day, index: number, timeZone: string): DemoDay {
  const epochDay = Date.parse(`${day}T00:00:00Z`) / 1000 / secondsPerDay
  const dayOfWeek = ((epochDay + 3) % 7) + 1
  const working = isWorkingDay(day)
  const makeUp = working && dayOfWeek > 5
  const date = Number(day.slice(8))
  const payday = date === 15 || date === 16
  const monthEnd = Number(addDays(day, 2).slice(8)) <= 2
  const holiday = !working && dayOfWeek <= 5
  const rush =
    (payday ? 1.3 : 1) *
    (monthEnd ? 1.15 : 1) *
    (working && breakBefore(day) >= 3 ? 1.3 : 1) *
    (working && breakAfter(day) >= 3 ? 1.1 : 1)
  const usual = (weekdays: number[], onHoliday: number) =>
    holiday ? onHoliday : makeUp ? 1 : (weekdays[dayOfWeek] as number)
  return {
    index,
    day,
    epochDay,
    midnight: epochDay * secondsPerDay - offsetSeconds(day, timeZone),
    dayOfWeek,
    working,
    makeUp,
    payday,
    monthEnd,
    branch: springFestivalClosing(day) ? 0 : usual(branchByWeekday, 0.42) * rush,
    phone: usual(phoneByWeekday, 0.6) * (1 + (rush - 1) * 0.6),
    digital: (holiday ? 0.85 : dayOfWeek > 5 && !makeUp ? 0.92 : 1) * (payday ? 1.4 : 1) * (monthEnd ? 1.15 : 1),
  }
}

/** How many days without work lie directly before (or after) a working day. */
function breakBefore(day: Day): number {
  let length = 0
  while (length < 12 && !isWorkingDay(addDays(day, -length - 1))) length++
  return length
}
function breakAfter(day: Day): number {
  let length = 0
  while (length < 12 && !isWorkingDay(addDays(day, length + 1))) length++
  return length
}

/** Branches close on the first three days of the lunar year, and only then. */
function springFestivalClosing(day: Day): boolean {
  for (let back = 0; back < 3; back++) {
    const lunar = chineseDays.getLunarDate(addDays(day, -back))
    if (lunar.lunarMon === 1 && lunar.lunarDay === 1 && !lunar.isLeap) return true
  }
  return false
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far local time is ahead of UTC at local midnight. */
function offsetSeconds(day: Day, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  const offsetAt = (instant: number): number => {
    const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
    const match = /GMT([+-])(\d\d):(\d\d)/.exec(name)
    if (!match) return 0
    return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60)
  }
  const asUtc = Date.parse(`${day}T00:00:00Z`)
  return offsetAt(asUtc - offsetAt(asUtc) * 1000)
}
