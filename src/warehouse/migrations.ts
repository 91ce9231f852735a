import type { Dialect, StoredType } from './dialect.ts'
import { facts, internals, tables } from './facts.ts'
import { WarehouseRefusal } from './refusal.ts'
import { join, list, raw, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

const everything: Record<string, Record<string, StoredType>> = { ...internals, ...facts, ...tables }

/**
 * The steps from an empty warehouse to today's shape, in order; a step that is released is never changed. The first makes
 * the tables of facts.ts as they are now, so later steps must find their work done there (`add column if not exists`).
 * On a lake only tables that are missing are made (lake.ts): the first step that changes one brings its way there with it.
 */
const steps: readonly ((dialect: Dialect) => string[])[] = [
  (dialect) => Object.entries(everything).map(([table, columns]) => createTable(dialect, table, columns)),
  (dialect) => [createTable(dialect, 'stale_episode_days', internals.stale_episode_days)],
]

export const schemaVersion = steps.length

export function createTable(dialect: Dialect, table: string, columns: Record<string, StoredType>): string {
  const list = Object.entries(columns).map(([name, type]) => `${name} ${dialect.type(type)}`)
  return `create table if not exists ${table} (${list.join(', ')})`
}

/** Brings the warehouse to today's shape; returns the steps taken. Refuses one made by a newer program. */
export async function migrateWarehouse(writer: Writer, dialect: Dialect): Promise<number> {
  await writer.script(createTable(dialect, 'warehouse_meta', internals.warehouse_meta))
  const found = Number((await readMeta(writer)).schema_version ?? 0)
  if (found > schemaVersion) throw new WarehouseRefusal('warehouse_newer', { found, known: schemaVersion })
  for (const step of steps.slice(found)) for (const statement of step(dialect)) await writer.script(statement)
  if (found < schemaVersion) await writeMeta(writer, { schema_version: String(schemaVersion) })
  return schemaVersion - found
}

export async function readMeta(writer: Writer): Promise<Record<string, string>> {
  const { rows } = await writer.run(sql`select key, value from warehouse_meta`)
  return Object.fromEntries(rows.map((row) => [String(row.key), String(row.value)]))
}

export async function writeMeta(writer: Writer, values: Record<string, string>): Promise<void> {
  const entries = Object.entries(values)
  if (entries.length === 0) return
  await writer.run(sql`delete from warehouse_meta where key in ${list(entries.map(([key]) => key))}`)
  const rows = entries.map(([key, value]) => sql`(${key}, ${value})`)
  await writer.run(sql`insert into warehouse_meta (key, value) values ${join(rows, ', ')}`)
}

/** Where the tables differ from facts.ts; empty when the steps above are complete. */
export async function shapeDifferences(writer: Writer): Promise<string[]> {
  const differences: string[] = []
  for (const [table, columns] of Object.entries(everything)) {
    const { rows } = await writer.run(sql`select name from pragma_table_info(${raw(`'${table}'`)})`)
    const found = new Set(rows.map((row) => String(row.name)))
    for (const column of Object.keys(columns))
      if (!found.delete(column)) differences.push(`${table}.${column} is missing`)
    for (const column of found) differences.push(`${table}.${column} is unknown`)
  }
  return differences
}
