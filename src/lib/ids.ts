import { randomBytes } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A sortable id: `prefix_` + 9 characters of milliseconds + 11 random ones (55 bits), Crockford base 32. */
export function newId(prefix: string, now = Date.now()): string {
  let time = ''
  for (let rest = now, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time
  let random = ''
  for (const byte of randomBytes(11)) random += alphabet[byte & 31]
  return `${prefix}_${time}${random}`
}

/** A random surrogate for a customer, a member of staff or a case: a positive integer below 2^52, safe in a double. */
export function newSurrogate(): number {
  const bytes = randomBytes(8)
  return (bytes.readUInt32LE(0) & 0xfffff) * 2 ** 32 + bytes.readUInt32LE(4) || newSurrogate()
}
