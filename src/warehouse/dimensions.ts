import { type ColumnTypeOf, tables } from './facts.ts'
import { readMeta, writeMeta } from './migrations.ts'
import { raw, sql } from './sql.ts'
import type { Cell, Writer } from './warehouse.ts'

type DimensionRow<T extends keyof typeof tables> = {
  [C in keyof (typeof tables)[T]]?: ColumnTypeOf<(typeof tables)[T][C]>
}

/** Dimensions as the Store has them now; each one named is written anew, the others stay. */
export interface Dimensions {
  units?: readonly DimensionRow<'units'>[]
  touchpoints?: readonly DimensionRow<'touchpoints'>[]
  customers?: readonly DimensionRow<'customers'>[]
}

/** Replaces the warehouse's copies of dimensions and advances their version, which is part of each cache key. */
export async function refreshDimensions(writer: Writer, dimensions: Dimensions): Promise<void> {
  for (const table of ['units', 'touchpoints', 'customers'] as const) {
    const rows = dimensions[table] as readonly Record<string, Cell>[] | undefined
    if (!rows) continue
    const columns = Object.keys(tables[table])
    await writer.run(sql`delete from ${raw(table)}`)
    await writer.append(
      table,
      columns,
      columns.map((column) => rows.map((row) => row[column] ?? null)),
    )
  }
  const meta = await readMeta(writer)
  await writeMeta(writer, { dimensions_version: String(Number(meta.dimensions_version ?? 0) + 1) })
}
