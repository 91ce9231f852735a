import type { Scope } from '#access/scope.ts'
import { type FactKind, factKinds, facts, tables } from './facts.ts'
import { list, raw, relation, type Sql, sql } from './sql.ts'

export type TableName = keyof typeof tables

/** The handles a question may name: facts, dimensions, rollups, and the prepared log of a process. */
export const from = {
  ...(Object.fromEntries(factKinds.map((kind) => [kind, relation(kind)])) as Record<FactKind, Sql>),
  units: relation('units'),
  touchpoints: relation('touchpoints'),
  customers: relation('customers'),
  calendar: relation('calendar'),
  daily: relation('daily'),
  dailyBins: relation('daily_bins'),
  /** A view of a prepared log; `log` is the number under which the process was prepared. */
  log: (log: number, view: 'events' | 'complete' | 'work_items' | 'cases' | 'activities' | 'variants'): Sql => {
    if (!Number.isSafeInteger(log)) throw new Error('a log has a number')
    return relation(`log_${log}_${view}`)
  },
}

const unscoped = new Set(['touchpoints', 'calendar'])

/** What a handle means for this reader: current versions only, inside his units. */
export function expandRelation(name: string, scope: Scope): Sql {
  const inside = scope.units === 'all' ? undefined : sql`unit_id in ${list(scope.units)}`
  if (name in facts) {
    const where = inside ? sql`superseded_by = 0 and ${inside}` : sql`superseded_by = 0`
    return sql`(select * from ${raw(name)} where ${where})`
  }
  if (unscoped.has(name)) return raw(name)
  if (name in tables) return inside ? sql`(select * from ${raw(name)} where ${inside})` : raw(name)
  const log = /^log_(\d+)_(events|complete|work_items|cases|activities|variants)$/.exec(name)
  if (log) {
    // Scope on processes is by case: a stored next activity never shows another unit's.
    if (!inside || log[2] === 'activities' || log[2] === 'variants') return raw(name)
    if (log[2] === 'cases') return sql`(select * from ${raw(name)} where ${inside})`
    return sql`(select * from ${raw(name)} where case_no in (select case_no from ${raw(`log_${log[1]}_cases`)} where ${inside}))`
  }
  throw new Error(`a question names an unknown relation: ${name}`)
}
