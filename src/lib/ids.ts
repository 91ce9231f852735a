import { randomBytes } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const randomDigits = 11

/** When the last id was made, and its random part as digits. */
let last = { ms: 0, random: [] as number[] }

/**
 * A sortable id: `prefix_` + 9 characters of milliseconds + 11 random ones (55 bits), Crockford base 32. Ids of one
 * process sort as they were made, also within a millisecond or where its clock was set back: then the random part of the
 * one before is counted on. The audit is chained in this order.
 */
export function newId(prefix: string): string {
  const now = Date.now()
  const counted = now > last.ms ? undefined : following(last.random)
  last = counted
    ? { ms: last.ms, random: counted }
    : { ms: Math.max(now, last.ms + 1), random: Array.from(randomBytes(randomDigits), (byte) => byte & 31) }
  let time = ''
  for (let rest = last.ms, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time
  return `${prefix}_${time}${last.random.map((digit) => alphabet[digit]).join('')}`
}

/** The next number in base 32; undefined where there is none of as many digits. */
function following(digits: readonly number[]): number[] | undefined {
  const place = digits.findLastIndex((digit) => digit < 31)
  return place < 0 ? undefined : digits.map((digit, i) => (i < place ? digit : i === place ? digit + 1 : 0))
}

/** A random surrogate for a customer, a member of staff or a case: a positive integer below 2^52, safe in a double. */
export function newSurrogate(): number {
  const bytes = randomBytes(8)
  return (bytes.readUInt32LE(0) & 0xfffff) * 2 ** 32 + bytes.readUInt32LE(4) || newSurrogate()
}
