import type { FactKind } from '../facts.ts'
import { rolledUp } from '../loading.ts'
import { from } from '../relations.ts'
import { join, raw, type Sql, sql } from '../sql.ts'
import { measures } from './sums.ts'

/**
 * Rows as those of `daily`, added up for one question from the facts that its reader sees: for a segment, which the sums do
 * not keep. Without channel hopping: a customer's episodes reach beyond what one reader sees.
 */
export function dailyOf(where: Sql, kinds: readonly FactKind[] = [...rolledUp]): Sql {
  const seen = kinds.map((kind) => sql`${raw(heldIn(kind))} as (select * from ${from[kind]} where ${where})`)
  return sql`(with ${join(seen, ', ')} ${raw(measures('true', kinds, heldIn))})`
}

const heldIn = (kind: FactKind): string => `seen_${kind}`
