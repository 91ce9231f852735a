/** How many rows there are, and the sum of their hashes modulo 2^64: the same in whichever order they lie. */
export interface Tally {
  rows: number
  /** Sixteen hexadecimal digits. */
  checksum: string
}

export const tallyOf = (rows: unknown, sum: unknown): Tally => ({
  rows: Number(rows),
  checksum: BigInt.asUintN(64, BigInt(String(sum ?? 0)))
    .toString(16)
    .padStart(16, '0'),
})

/** Of a table that was tallied in parts. */
export const sumOf = (parts: readonly Tally[]): Tally =>
  tallyOf(
    parts.reduce((sum, part) => sum + part.rows, 0),
    parts.reduce((sum, part) => sum + BigInt(`0x${part.checksum}`), 0n),
  )

export const sameTally = (a: Tally, b: Tally): boolean => a.rows === b.rows && a.checksum === b.checksum
