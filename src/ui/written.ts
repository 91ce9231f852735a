import type { Format } from './format.ts'
import type { Written } from './interval.ts'

const byUnit: Record<string, Written> = {
  points: { style: 'number', digits: 1 },
  score: { style: 'number', digits: 2 },
  seconds: { style: 'seconds' },
  share: { style: 'percent', digits: 1 },
  per_10000: { style: 'number', digits: 1 },
  count: { style: 'number', digits: 0 },
}

/** How a number in this unit is written. */
export const writtenIn = (unit: string): Written => byUnit[unit] ?? { style: 'number', digits: 2 }

/** Times and counts begin at zero on an axis; scores need not. */
export const zeroBased = (unit: string): boolean => ['seconds', 'per_10000', 'count'].includes(unit)

/** A number in its unit; `signed` for a change. Shares change by percentage points, not by percent. */
export function writeIn(unit: string, value: number | null, format: Format, signed = false): string {
  const { style, digits } = writtenIn(unit)
  if (value === null) return format.number(null)
  if (signed && style === 'percent') return `${format.number(value * 100, { digits: 1, signed })} pp`
  return format.value(value, style, { signed, ...(digits === undefined ? {} : { digits }) })
}

/** "[−0.42, −0.18]"; empty where there is no interval. */
export const writeSpan = (unit: string, low: number | null, high: number | null, format: Format, signed = true) =>
  low === null || high === null ? '' : `[${writeIn(unit, low, format, signed)}, ${writeIn(unit, high, format, signed)}]`

/** How far at most, without a direction: a tolerance, the smallest change that is seen. */
export const writeSize = (unit: string, size: number, format: Format): string =>
  writeIn(unit, Math.abs(size), format, true).replace('+', '')
