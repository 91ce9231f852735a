/** Quoting for the staging database: names and values come from files, so nothing goes into SQL unquoted. */
export const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

export function literal(value: string | number | boolean | null): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number in SQL is finite')
  return String(value)
}
