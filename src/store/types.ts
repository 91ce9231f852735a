import { types as builtin } from 'pg'

const instant = (text: string) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString()
const integer = (text: string) => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`a bigint beyond 2^53 came from the store: ${text}`)
  return value
}
const asIs = (text: string) => text
const bytes = (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))

/** How PostgreSQL's wire types become JavaScript, the same on both engines. Keys are type OIDs. */
export const typeParsers: Record<number, (text: string) => unknown> = {
  17: bytes,
  20: integer,
  // Instants leave as ISO 8601 in UTC, days as they are; the session's time zone is UTC.
  1114: (text) => `${text.replace(' ', 'T')}Z`,
  1184: instant,
  1082: asIs,
  1700: asIs,
}

const elements = (parse: (text: string) => unknown) => (text: string) =>
  (builtin as unknown as { arrayParser: ArrayParser }).arrayParser.create(text, parse).parse()
interface ArrayParser {
  create(text: string, parse: (text: string) => unknown): { parse(): unknown[] }
}

/** Arrays of the above, which PGlite derives by itself and `pg` does not. */
export const arrayParsers: Record<number, (text: string) => unknown> = {
  1001: elements(bytes),
  1016: elements(integer),
  1182: elements(asIs),
  1185: elements(instant),
  1231: elements(asIs),
}
