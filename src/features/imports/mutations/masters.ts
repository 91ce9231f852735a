import type { Scope } from '#access/scope.ts'
import { copyOrNote } from '#features/copies.ts'
import type { Services } from '#features/services.ts'
import { ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import { tables } from '#warehouse/facts.ts'
import { mappedTable } from '#warehouse/import/mapRows.ts'
import type { Cell } from '#warehouse/warehouse.ts'
import type { MasterKind } from './masterTables.ts'
import { writePeople } from './people.ts'
import type { OwnStaging } from './readFile.ts'
import { writeUnits } from './units.ts'

export interface MasterCounts {
  new: number
  same: number
  corrected: number
}

/** Writes the mapped customers, units or staff, each change with its audit record in one transaction. */
export async function writeMasters(
  services: Services,
  scope: Scope,
  staging: OwnStaging,
  kind: MasterKind,
  loadId: number,
  identities: string,
  signal: AbortSignal,
): Promise<Result<MasterCounts>> {
  // A bank has thousands of units and millions of customers: the ones are one tree, the others come in pieces.
  const outcome =
    kind === 'units'
      ? await writeTree(services, scope, await staging.rows(`select * from ${mappedTable} order by row_number`), loadId)
      : ok(await writePeople(services, scope, staging, kind, loadId, identities, signal))
  if (outcome.ok) await copyOrNote(services, () => refreshMasters(services, kind))
  return outcome
}

const writeTree = (services: Services, scope: Scope, rows: readonly Record<string, unknown>[], loadId: number) =>
  services.store.transaction(async (tx): Promise<Result<MasterCounts>> => {
    const counts = await writeUnits(tx, loadId, rows)
    if (!counts.ok) return counts
    await recordAudit(tx, scope.actor, {
      action: 'units.load',
      objectKind: 'load',
      objectId: String(loadId),
      detail: { ...counts.value },
    })
    return counts
  })

const customersAtOnce = 20_000

/** The warehouse's copies follow; read in the writer's turn, so that of two at once the later one has what both left. */
export async function refreshMasters(services: Pick<Services, 'store' | 'warehouse'>, kind: MasterKind): Promise<void> {
  if (kind === 'units') {
    const read = () =>
      services.store.query<{
        unit_id: string
        name: string
        level: string
        kind: string
        parent_id: string | null
        path: string
      }>('select id as unit_id, name, level, kind, parent_id, path from units order by path')
    await services.warehouse.write(async (writer) => refreshDimensions(writer, { units: await read() }), {
      publish: true,
    })
  }
  if (kind === 'customers') {
    const columns = Object.keys(tables.customers)
    await services.warehouse.write(
      async (writer) => {
        await refreshDimensions(writer, { customers: [] })
        for (let after = -1; ; ) {
          const page = await services.store.query<Record<string, Cell>>(
            `select key as customer_key, unit_id, segment, birth_year, opened_on from customers where key > $1 order by key limit ${customersAtOnce}`,
            [after],
          )
          if (page.length === 0) return
          after = Number(page.at(-1)?.customer_key)
          await writer.append(
            'customers',
            columns,
            columns.map((column) => page.map((row) => row[column] ?? null)),
          )
        }
      },
      { publish: true },
    )
  }
}
