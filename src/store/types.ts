/** How PostgreSQL's wire types become JavaScript, the same on both engines. Keys are type OIDs. */
export const typeParsers: Record<number, (text: string) => unknown> = {
  20: (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new Error(`a bigint beyond 2^53 came from the store: ${text}`)
    return value
  },
  // Instants leave as ISO 8601 in UTC, days as they are; the session's time zone is UTC.
  1114: (text) => `${text.replace(' ', 'T')}Z`,
  1184: (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
  1082: (text) => text,
  1700: (text) => text,
}
