import { type ArrayElement, arrayText } from '#store/arrayText.ts'
import type { Tx } from '#store/store.ts'

/** A column of a bulk insert: its PostgreSQL type and its values. */
export interface BulkColumn {
  type: 'text' | 'bigint' | 'integer' | 'date' | 'bytea' | 'boolean' | 'double precision' | 'timestamptz'
  values: readonly ArrayElement[]
}

const chunk = 4000

/** Inserts rows column by column: one statement for thousands of rows on either engine. */
export async function bulkInsert(tx: Tx, table: string, columns: Record<string, BulkColumn>): Promise<void> {
  const names = Object.keys(columns)
  const length = columns[names[0] ?? '']?.values.length ?? 0
  const parameters = names.map((name, i) => `$${i + 1}::${columns[name]?.type}[]`)
  const text = `insert into ${table} (${names.join(', ')}) select * from unnest(${parameters.join(', ')})`
  for (let from = 0; from < length; from += chunk)
    await tx.query(
      text,
      names.map((name) => arrayText(columns[name]?.values.slice(from, from + chunk) ?? [])),
    )
}

/** What an undo must know of rows that a load made: that they were not there before. */
export const made = (loadId: number, kind: 'customers' | 'staff' | 'units', keys: BulkColumn['values']) =>
  ({
    load_id: { type: 'bigint', values: keys.map(() => loadId) },
    kind: { type: 'text', values: keys.map(() => kind) },
    key: { type: 'text', values: keys.map(String) },
  }) satisfies Record<string, BulkColumn>
