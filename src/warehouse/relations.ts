import type { Scope } from '#access/scope.ts'
import { type FactKind, factKinds, facts, tables } from './facts.ts'
import { type LogPart, logParts, logTable } from './logTables.ts'
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
  log: (log: number, part: LogPart): Sql => relation(logTable(log, part)),
}

const unscoped = new Set(['touchpoints', 'calendar'])

/** What a handle means for this reader: current versions only, inside his units. `held` says where a table's rows are. */
export function expandRelation(name: string, scope: Scope, held: (table: string) => string = (table) => table): Sql {
  const inside = scope.units === 'all' ? undefined : sql`unit_id in ${list(scope.units)}`
  if (Object.hasOwn(facts, name)) {
    const where = inside ? sql`superseded_by = 0 and ${inside}` : sql`superseded_by = 0`
    return sql`(select * from ${raw(held(name))} where ${where})`
  }
  if (unscoped.has(name)) return whole(name, held)
  if (Object.hasOwn(tables, name))
    return inside ? sql`(select * from ${raw(held(name))} where ${inside})` : whole(name, held)
  const log = logHandle.exec(name)
  if (log) return scopedLog(Number(log[1]), log[2] as LogPart, name, inside, held)
  throw new Error(`a question names an unknown relation: ${name}`)
}

const logHandle = new RegExp(`^log_(\\d{1,15})_(${logParts.join('|')})$`)

/** A table with its own name in sight, also where it is a snapshot of it. */
function whole(name: string, held: (table: string) => string): Sql {
  const at = held(name)
  return raw(at === name ? name : `(select * from ${at})`)
}

// Scope on processes is by case: a stored next activity never shows another unit's.
function scopedLog(
  log: number,
  part: LogPart,
  name: string,
  inside: Sql | undefined,
  held: (table: string) => string,
): Sql {
  if (!inside || part === 'activities' || part === 'resources' || part === 'lifecycles') return whole(name, held)
  const rows = raw(held(name))
  if (part === 'cases') return sql`(select * from ${rows} where ${inside})`
  const cases = raw(held(logTable(log, 'cases')))
  return sql`(select * from ${rows} where case_no in (select case_no from ${cases} where ${inside}))`
}
