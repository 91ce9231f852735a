/** The offset of a time zone from UTC, in minutes, at an instant. */
function offsetMinutes(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const { year, month, day, hour, minute, second } = parts as Record<string, number>
  const local = Date.UTC(year!, month! - 1, day, hour, minute, second)
  return Math.round((local - Math.floor(atMs / 1000) * 1000) / 60_000)
}

const dayMs = 86_400_000

/** Before the one no zone has rules, beyond the other nobody knows them: one stray year must not cost half a million steps. */
const earliest = Date.UTC(1900)
const latest = Date.UTC(2100)

/**
 * When a zone's clock changes between two instants: the first entry holds from the start, each further one from its
 * `fromMs`. Found by halving, to the minute.
 */
export function offsetChanges(timeZone: string, startMs: number, endMs: number): { fromMs: number; minutes: number }[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  // Date.UTC reads years below 100 as of the twentieth century.
  const at = (ms: number) => offsetMinutes(format, Math.max(ms, earliest))
  const last = Math.min(endMs, latest)
  const changes = [{ fromMs: startMs, minutes: at(startMs) }]
  // Clocks change a few times a year at most; a step of a week sees each change.
  for (let from = Math.max(startMs, earliest); from < last; from += 7 * dayMs) {
    let low = from
    let high = Math.min(from + 7 * dayMs, last)
    const minutes = at(high)
    if (minutes === changes.at(-1)!.minutes) continue
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000
      if (middle <= low) break
      if (at(middle) === minutes) high = middle
      else low = middle
    }
    changes.push({ fromMs: high, minutes })
  }
  return changes
}

const literal = (ms: number) => `timestamp '${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}'`

/** A UTC timestamp column by the offset that holds at each instant between two. */
function byOffset(
  column: string,
  timeZone: string,
  [startMs, endMs]: readonly [number, number],
  shifted: (minutes: number) => string,
): string {
  const changes = offsetChanges(timeZone, startMs, endMs)
  if (changes.length === 1) return `(${shifted(changes[0]!.minutes)})`
  const cases = changes
    .slice(1)
    .map(({ fromMs }, i) => `when ${column} < ${literal(fromMs)} then ${shifted(changes[i]!.minutes)}`)
  return `(case ${cases.join(' ')} else ${shifted(changes.at(-1)!.minutes)} end)`
}

/**
 * SQL for the local day of a UTC timestamp column whose values lie between two instants. Plain arithmetic, the same on
 * both engines, and far faster than their zone tables.
 */
export const localDaySql = (column: string, timeZone: string, startMs: number, endMs: number): string =>
  `cast(${byOffset(column, timeZone, [startMs, endMs], (minutes) => `${column} + interval '${minutes}' minute`)} as date)`

/** The same as microseconds of local time since 1970: for arithmetic on each event of a log. */
export const localMicrosSql = (column: string, timeZone: string, startMs: number, endMs: number): string =>
  byOffset(column, timeZone, [startMs, endMs], (minutes) => `epoch_us(${column}) + ${minutes * 60_000_000}`)
