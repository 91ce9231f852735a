import type { Language } from '#lib/text.ts'

export interface NumberStyle {
  /** Digits behind the point; default 0. */
  digits?: number
  /** Always with its sign; a true minus, not a hyphen. */
  signed?: boolean
}

/** How a number is written: as it is, as a share (0–1) in percent, or as a length of time in seconds. */
export type Style = 'number' | 'percent' | 'seconds'

const nothing = '—'

export function makeFormat(language: Language) {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB'

  function number(value: number | null | undefined, { digits = 0, signed = false }: NumberStyle = {}): string {
    if (value === null || value === undefined || !Number.isFinite(value)) return nothing
    const text = new Intl.NumberFormat(locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: signed ? 'exceptZero' : 'auto',
    }).format(value)
    return text.replace('-', '−')
  }

  /** Seconds as a person says them: 48 s, 6.5 min, 3.2 h, 4.1 d. */
  function seconds(value: number | null | undefined, signed = false): string {
    if (value === null || value === undefined || !Number.isFinite(value)) return nothing
    const size = Math.abs(value)
    const [divisor, zh, en] =
      size < 90
        ? [1, '秒', 's']
        : size < 5400
          ? [60, '分钟', 'min']
          : size < 172800
            ? [3600, '小时', 'h']
            : [86400, '天', 'd']
    const scaled = value / (divisor as number)
    const digits = Math.abs(scaled) < 100 && divisor !== 1 ? 1 : 0
    return `${number(scaled, { digits, signed })} ${language === 'zh' ? zh : en}`
  }

  const percent = (value: number | null | undefined, style: NumberStyle = {}): string =>
    value === null || value === undefined ? nothing : `${number(value * 100, { digits: 1, ...style })}%`

  function value(amount: number | null | undefined, style: Style, options: NumberStyle = {}): string {
    if (style === 'percent') return percent(amount, options)
    if (style === 'seconds') return seconds(amount, options.signed)
    return number(amount, options)
  }

  const day = (iso: string | null | undefined): string =>
    iso
      ? new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
          new Date(`${iso.slice(0, 10)}T00:00:00Z`),
        )
      : nothing

  const instant = (iso: string | null | undefined, timeZone?: string): string =>
    iso
      ? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(iso))
      : nothing

  const bytes = (size: number): string =>
    size < 1024
      ? `${number(size)} B`
      : size < 1024 * 1024
        ? `${number(size / 1024, { digits: 0 })} KB`
        : `${number(size / 1024 / 1024, { digits: 1 })} MB`

  /** "a, b and c" in the reader's language. */
  const list = (items: readonly string[]): string => new Intl.ListFormat(locale, { type: 'conjunction' }).format(items)

  return { number, percent, seconds, value, day, instant, bytes, list }
}

export type Format = ReturnType<typeof makeFormat>
