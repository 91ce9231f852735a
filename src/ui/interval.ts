import type { Format, NumberStyle, Style } from './format.ts'

/** A measured value with its interval and n; `hidden` has too few to show, `few` is marked. */
export interface Measured {
  value: number | null
  low: number | null
  high: number | null
  n: number
  shown: 'ok' | 'few' | 'hidden'
}

export interface Difference {
  difference: number
  low: number
  high: number
  verdict: 'better' | 'worse' | null
}

/** How a measure is written. */
export interface Written {
  style: Style
  digits?: number
}

/** "±1.2" where the interval lies evenly about the value, "[1.1, 2.3]" where it does not; empty without one. */
export function writeInterval(measured: Measured, written: Written, format: Format): string {
  const { value, low, high } = measured
  if (value === null || low === null || high === null) return ''
  const options: NumberStyle = written.digits === undefined ? {} : { digits: written.digits }
  const below = value - low
  const above = high - value
  const even = Math.abs(above - below) <= 0.15 * Math.max(above, below)
  if (even) return `±${format.value((above + below) / 2, written.style, options)}`
  return `[${format.value(low, written.style, options)}, ${format.value(high, written.style, options)}]`
}

/** ▲ ▼ or = : told apart by shape, so that colour is never needed. */
export const arrowOf = (difference: number, verdict: Difference['verdict']): string =>
  verdict === null ? '≈' : difference > 0 ? '▲' : difference < 0 ? '▼' : '≈'
