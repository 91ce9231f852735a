/**
 * Refuses what is no key: relative, with parts that are empty, hidden or lead upwards, or with characters that a file
 * system or a log would not bear. A wrong key is a mistake of the program, not a fault of the storage.
 */
export function checkKey(key: string): string {
  const parts = key.split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that are refused
  const wrong = /[\u0000-\u001f\u007f\\]/.test(key) || !key.isWellFormed() || Buffer.byteLength(key) > 800
  if (wrong || parts.some((part) => part === '' || part.startsWith('.') || Buffer.byteLength(part) > 200))
    throw new TypeError(`not a key of a file: ${JSON.stringify(key)}`)
  return key
}

/** A prefix is everything ('') or a folder with its slash: `load-1/` must never take `load-10/` along. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return prefix
  if (!prefix.endsWith('/')) throw new TypeError(`not a prefix of keys, it lacks its slash: ${JSON.stringify(prefix)}`)
  checkKey(prefix.slice(0, -1))
  return prefix
}
