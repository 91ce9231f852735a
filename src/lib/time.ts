/** An instant as ISO 8601 in UTC with milliseconds, the form every API answers in. */
export type Instant = string
/** A local calendar day, YYYY-MM-DD, in the home's time zone. */
export type Day = string

export const now = (): Instant => new Date().toISOString()

const dayFormats = new Map<string, Intl.DateTimeFormat>()

/** The local day of an instant in a time zone. */
export function localDay(instant: Date | Instant, timeZone: string): Day {
  let format = dayFormats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    dayFormats.set(timeZone, format)
  }
  return format.format(typeof instant === 'string' ? new Date(instant) : instant)
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}
