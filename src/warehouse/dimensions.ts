import { type ColumnTypeOf, tables } from './facts.ts'
import { readMeta, writeMeta } from './migrations.ts'
import type { Cell, Writer } from './warehouse.ts'

type DimensionRow<T extends keyof typeof tables> = {
  [C in keyof (typeof tables)[T]]?: ColumnTypeOf<(typeof tables)[T][C]>
}

export type DimensionName = 'units' | 'touchpoints' | 'customers'

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
    await writer.remove(table)
    await writeMeta(writer, { [markOf(table)]: '' })
    await writer.append(
      table,
      columns,
      columns.map((column) => rows.map((row) => row[column] ?? null)),
    )
  }
  const meta = await readMeta(writer)
  await writeMeta(writer, { dimensions_version: String(Number(meta.dimensions_version ?? 0) + 1) })
}

const markOf = (name: DimensionName) => `dimension_of_${name}`

/** Which state of the Store each dimension is known to be a copy of; '' since it was written without saying so. */
export type DimensionMarks = Record<DimensionName, string>

/** The marks in a warehouse's meta. */
export function marksIn(lookUp: (key: string) => string | undefined): DimensionMarks {
  const mark = (name: DimensionName) => lookUp(markOf(name)) ?? ''
  return { units: mark('units'), touchpoints: mark('touchpoints'), customers: mark('customers') }
}

export const markDimensions = (writer: Writer, marks: Partial<DimensionMarks>): Promise<void> =>
  writeMeta(
    writer,
    Object.fromEntries(Object.entries(marks).map(([name, mark]) => [markOf(name as DimensionName), mark])),
  )
