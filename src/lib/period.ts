import { addDays, type Day, daysBetween } from './time.ts'

/** Days from `from` up to and including `to`. */
export interface Period {
  from: Day
  to: Day
}

export type Comparison = 'previous' | 'last_year'

const dayOf = (year: number, month: number): Day => new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)

/** The calendar quarter that holds this day, whole. */
export function quarterOf(day: Day): Period {
  const year = Number(day.slice(0, 4))
  const first = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3
  return { from: dayOf(year, first), to: addDays(dayOf(year, first + 3), -1) }
}

/** The calendar month that holds this day, whole. */
export function monthOf(day: Day): Period {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(5, 7)) - 1
  return { from: dayOf(year, month), to: addDays(dayOf(year, month + 1), -1) }
}

/** Monday to Sunday. */
export function weekOf(day: Day): Period {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  return { from: addDays(day, -weekday), to: addDays(day, 6 - weekday) }
}

/** What the overview opens with: this quarter so far, or the last whole one while this is younger than 28 days. */
export function defaultPeriod(today: Day): Period {
  const quarter = quarterOf(today)
  if (daysBetween(quarter.from, today) < 28) return quarterOf(addDays(quarter.from, -1))
  return { from: quarter.from, to: today }
}

/** Where a reader begins: today's standard period, or, where all facts are older, the quarter of the newest one. */
export function openingPeriod(today: Day, newestDay: Day | null): Period {
  const standard = defaultPeriod(today)
  return newestDay === null || newestDay >= standard.from ? standard : quarterOf(newestDay)
}

const isWhole = (period: Period, of: (day: Day) => Period) => {
  const whole = of(period.from)
  return whole.from === period.from && (whole.to === period.to || period.to < whole.to)
}

/** The period to compare with: the calendar quarter or month before, else as many days before; or the same days a year earlier. */
export function comparedPeriod(period: Period, comparison: Comparison): Period {
  if (comparison === 'last_year') return { from: yearBefore(period.from), to: yearBefore(period.to) }
  const days = daysBetween(period.from, period.to) + 1
  if (days > 31 && isWhole(period, quarterOf)) return quarterOf(addDays(period.from, -1))
  if (days > 7 && isWhole(period, monthOf)) return monthOf(addDays(period.from, -1))
  return { from: addDays(period.from, -days), to: addDays(period.from, -1) }
}

// 29 February has no day a year earlier: the 28th stands for it.
const yearBefore = (day: Day): Day => {
  const moved = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`
  return day.endsWith('-02-29') ? `${moved.slice(0, 8)}28` : moved
}
