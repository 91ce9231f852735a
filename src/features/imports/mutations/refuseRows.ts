import type { Services } from '#features/services.ts'
import type { ImportFault } from '#warehouse/import/fieldSql.ts'
import { isFactKind } from '#warehouse/import/kinds.ts'
import { columnLabel, faultsTable, mappedTable } from '#warehouse/import/mapRows.ts'
import type { Mapping } from '#warehouse/import/mapping.ts'
import type { RejectReason } from '#warehouse/import/readers/rejects.ts'
import { literal, name } from '#warehouse/import/sqlText.ts'
import type { OwnStaging } from './readFile.ts'
import { strayUnits } from './units.ts'

interface Refusal {
  column: string
  reason: ImportFault | RejectReason
  /** What makes a mapped row a bad one. */
  when: string
}

/**
 * Takes rows that the Store could not hold, or that would stand nowhere, out of `mapped`; each leaves its reason among
 * the faults. Answers how many rows of the file went.
 */
export async function refuseRows(services: Services, staging: OwnStaging, given: Mapping): Promise<number> {
  const columns = await staging.rows(`select column_name, column_type from (describe ${mappedTable})`)
  const types = new Map(columns.map((row) => [String(row.column_name), String(row.column_type)]))
  const refusals: Refusal[] = []
  const refuse = (column: string, reason: Refusal['reason'], when: string) => {
    if (types.has(column)) refusals.push({ column, reason, when })
  }
  if (isFactKind(given.kind)) {
    // A case number is one of its process: alone it could be told from no other.
    if (given.kind !== 'events' && !given.process)
      refuse(
        'case_key',
        'case_without_process',
        types.has('process') ? 'case_key is not null and process is null' : 'case_key is not null',
      )
    for (const column of ['process', 'case_key', 'text']) refuse(column, 'control_character', hasNul(column))
  } else {
    for (const [column, type] of types)
      if (type === 'VARCHAR' && column !== 'attributes') refuse(column, 'control_character', hasNul(column))
  }
  let refused = await take(staging, given, refusals)
  if (given.kind === 'units') {
    for (const stray of await strayUnits(services, staging))
      refused += await take(staging, given, [{ ...stray, when: `row_number in (${stray.rows.join(', ')})` }])
  }
  return refused
}

const hasNul = (column: string) => `contains(${name(column)}, chr(0))`

async function take(staging: OwnStaging, given: Mapping, refusals: readonly Refusal[]): Promise<number> {
  if (refusals.length === 0) return 0
  const any = refusals.map(({ when }) => `coalesce(${when}, false)`).join(' or ')
  const [found] = await staging.rows(`select count(distinct row_number) as n from ${mappedTable} where ${any}`)
  const rows = Number(found?.n)
  if (rows === 0) return 0
  for (const { column, reason, when } of refusals)
    await staging.script(
      `insert into ${faultsTable} (row_number, column_name, reason, excerpt, field) select distinct row_number, ${literal(columnLabel(column, given.columns[column] ?? column))}, ${literal(reason)}, left(cast(${name(column)} as varchar), 200), ${literal(column)} from ${mappedTable} where coalesce(${when}, false)`,
    )
  await staging.script(`delete from ${mappedTable} where ${any}`)
  return rows
}
