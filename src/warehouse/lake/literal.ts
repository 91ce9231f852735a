import type { Bindable } from '../sql.ts'

/** A text as Trino reads it. Characters outside ASCII need no escape: statements are sent as UTF-8. */
export const textLiteral = (text: string): string => {
  // PostgreSQL and Trino hold no NUL; DuckDB would. Nothing bound by the program has one.
  if (text.includes('\0')) throw new Error('a text in SQL has no NUL')
  return `'${text.replaceAll("'", "''")}'`
}

/** A bound value as a literal of its type: what USING gives to a question mark. */
export function literalOf(value: Bindable): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return textLiteral(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Date) {
    const iso = value.toISOString()
    return `timestamp '${iso.slice(0, 10)} ${iso.slice(11, 23)}000'`
  }
  if (!Number.isFinite(value)) throw new Error('a number in SQL is finite')
  if (Number.isSafeInteger(value)) return String(value)
  // With an exponent it is a double; without one a decimal, whose arithmetic rounds.
  const text = String(value)
  return /e/i.test(text) ? text.toUpperCase().replace('E+', 'E') : `${text}E0`
}

/** A statement with its values, each at the place of its question mark: for statements that EXECUTE IMMEDIATE refuses. */
export function withLiterals(text: string, values: readonly Bindable[]): string {
  let at = 0
  const filled = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (piece) =>
    piece === '?' ? literalOf(values[at++] as Bindable) : piece,
  )
  if (at !== values.length) throw new Error(`${values.length} values for ${at} places`)
  return filled
}
