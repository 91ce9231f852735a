/** Sums of doubles depend on the order of their terms in the last digits. A hair more, or quarters would lie on an edge. */
const rounded = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number((value * (1 + 3e-11)).toPrecision(9)) : value

/** Rows as texts that are equal where two engines say the same. */
export const comparable = (rows: readonly Record<string, unknown>[]): string[] =>
  rows.map((row) => JSON.stringify(row, (_, value) => rounded(value)))
