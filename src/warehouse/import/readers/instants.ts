/** Days from 1970-01-01 to a day of the Gregorian calendar (Hinnant, days_from_civil). */
export function epochDay(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

const monthDays = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const leap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const instantForm =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?\s*$/

/**
 * An ISO 8601 or XML Schema date-time as microseconds since 1970 in UTC; undefined when it is none. Without an offset it
 * is taken as local time of `timeZone` (IANA name; UTC when absent). Digits below a microsecond are cut off. From 2255 on
 * a double no longer holds each microsecond: whole seconds stay exact.
 */
export function instantMicros(text: string, timeZone?: string): number | undefined {
  const match = instantForm.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match
  const m = Number(month)
  const d = Number(day)
  const h = Number(hour)
  if (m < 1 || m > 12 || d < 1 || d > monthDays[m]! || h > 24 || Number(minute) > 59 || Number(second) > 60)
    return undefined
  if (m === 2 && d === 29 && !leap(Number(year))) return undefined
  if (h === 24 && (Number(minute) > 0 || Number(second) > 0)) return undefined
  const seconds = epochDay(Number(year), m, d) * 86_400 + h * 3600 + Number(minute) * 60 + Number(second)
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6))
  const shift = offset ? offsetSeconds(offset) : timeZone ? zoneOffsetSeconds(seconds, timeZone) : 0
  const total = shift === undefined ? Number.NaN : (seconds - shift) * 1e6 + micros
  return Number.isNaN(total) ? undefined : total
}

function offsetSeconds(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2))
  if (hours > 14 || minutes > 59) return undefined
  return (offset[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>()

function wallSeconds(utcSeconds: number, timeZone: string): number {
  let format = zoneFormats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    zoneFormats.set(timeZone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(utcSeconds * 1000)) part[type] = Number(value)
  return epochDay(part.year!, part.month!, part.day!) * 86_400 + part.hour! * 3600 + part.minute! * 60 + part.second!
}

/** Offset of a zone at a wall-clock time; an hour that the clocks skip or repeat takes the offset before the change. */
function zoneOffsetSeconds(localSeconds: number, timeZone: string): number {
  const before = wallSeconds(localSeconds - 86_400, timeZone) - (localSeconds - 86_400)
  if (wallSeconds(localSeconds - before, timeZone) === localSeconds) return before
  const after = wallSeconds(localSeconds + 86_400, timeZone) - (localSeconds + 86_400)
  return wallSeconds(localSeconds - after, timeZone) === localSeconds ? after : before
}

const dayMillis = 86_400_000
let lastDay = { day: Number.NaN, text: '' }

/** Microseconds since 1970 as ISO 8601 in UTC, milliseconds unless finer digits are there. */
export function isoOfMicros(micros: number): string {
  const millis = Math.floor(micros / 1000)
  const day = Math.floor(millis / dayMillis)
  // One after the other they are mostly of one day; writing its date is what costs.
  if (day !== lastDay.day) lastDay = { day, text: new Date(day * dayMillis).toISOString().slice(0, -13) }
  const ofDay = millis - day * dayMillis
  const digits = (value: number, length: number) => String(value).padStart(length, '0')
  const seconds = Math.floor(ofDay / 1000)
  const clock = `${digits(Math.floor(seconds / 3600), 2)}:${digits(Math.floor(seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}`
  const rest = micros - millis * 1000
  return `${lastDay.text}${clock}.${digits(ofDay % 1000, 3)}${rest === 0 ? '' : digits(rest, 3)}Z`
}

/**
 * The fast case: `2011-10-01T00:38:44.546+02:00` (fraction optional, up to six digits; Z or ±hh:mm) ending exactly
 * before `end`. NaN for anything else, which `instantMicros` then judges.
 */
export function plainInstantMicros(b: Uint8Array, at: number, end: number): number {
  if (end - at < 20) return Number.NaN
  if (b[at + 4] !== 45 || b[at + 7] !== 45 || b[at + 10] !== 84 || b[at + 13] !== 58 || b[at + 16] !== 58)
    return Number.NaN
  const year = two(b, at) * 100 + two(b, at + 2)
  const month = two(b, at + 5)
  const day = two(b, at + 8)
  const hour = two(b, at + 11)
  const minute = two(b, at + 14)
  const second = two(b, at + 17)
  if ((year | month | day | hour | minute | second) < 0) return Number.NaN
  if (month < 1 || month > 12 || day < 1 || day > monthDays[month]!) return Number.NaN
  if (day === 29 && month === 2 && !leap(year)) return Number.NaN
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN
  let p = at + 19
  let micros = 0
  if (b[p] === 46) {
    let weight = 100_000
    for (p++; p < end; p++) {
      const digit = b[p]! - 48
      if (digit < 0 || digit > 9) break
      if (weight < 1) return Number.NaN
      micros += digit * weight
      weight /= 10
    }
  }
  let shift = 0
  const sign = b[p]!
  if (sign === 90) {
    if (p + 1 !== end) return Number.NaN
  } else if (sign === 43 || sign === 45) {
    if (p + 6 !== end || b[p + 3] !== 58) return Number.NaN
    const hours = two(b, p + 1)
    const minutes = two(b, p + 4)
    if ((hours | minutes) < 0 || hours > 14 || minutes > 59) return Number.NaN
    shift = (sign === 43 ? 1 : -1) * (hours * 3600 + minutes * 60)
  } else return Number.NaN
  return (epochDay(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - shift) * 1e6 + micros
}

/** Two digits as a number; so far below zero that no sum with a good pair is positive when they are none. */
function two(b: Uint8Array, at: number): number {
  const tens = b[at]! - 48
  const ones = b[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1_000_000
}
