import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { ok, type Result } from '#lib/result.ts'
import { faultsTable, mappedTable } from '#warehouse/import/mapRows.ts'
import type { Mapping } from '#warehouse/import/mapping.ts'
import type { checkUpload } from '../contract.ts'
import { readFile } from '../mutations/readFile.ts'
import { stagingOn } from '../mutations/references.ts'
import { faultText } from '../parse/faultTexts.ts'
import { withCopy } from './copies.ts'
import { type KeptFile, recordView } from './uploads.ts'

export type Check = z.input<typeof checkUpload.answer>

const previewRows = 20
const examples = 3

/** Reads a whole file through a mapping and says what is wrong with it; nothing is loaded. */
export function checkFile(
  services: Services,
  scope: Scope,
  kept: KeptFile,
  given: Mapping,
  signal: AbortSignal,
): Promise<Result<Check>> {
  const check = (path: string) =>
    services.warehouse.session(async ({ connection }): Promise<Result<Check>> => {
      const read = await readFile(services, connection, path, given, { signal })
      if (!read.ok) return read
      const staging = stagingOn(connection)
      const faults = await staging.rows(`select column_name, field, reason, count(distinct row_number) as n,
        list(struct_pack("row" := row_number, excerpt := coalesce(excerpt, '')) order by row_number)[1:${examples}] as examples
      from ${faultsTable} group by column_name, field, reason order by n desc, column_name, reason`)
      const preview = await staging.rows(`select * from ${mappedTable} order by row_number limit ${previewRows}`)
      const { read: rows, good, rejected, skipped, leftOut } = read.value
      await recordView(services, scope, kept, { check: true })
      return ok({
        rows,
        good,
        rejected,
        skipped,
        leftOut,
        faults: faults.map((fault) => ({
          column: String(fault.column_name),
          field: fault.field == null ? null : String(fault.field),
          reason: String(fault.reason),
          ...faultText(String(fault.reason)),
          rows: Number(fault.n),
          examples: (fault.examples as { row: string; excerpt: string }[]).map((example) => ({
            row: Number(example.row),
            excerpt: example.excerpt,
          })),
        })),
        preview,
      })
    })
  return withCopy(services, kept, check, signal)
}
