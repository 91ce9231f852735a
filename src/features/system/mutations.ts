import type { Scope } from '#access/scope.ts'
import type { BodyOf } from '#contract/route.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { BackupReason } from '#store/backup.ts'
import type { recordExport as recordExportRoute } from './contract.ts'

interface Wanted {
  reason: BackupReason
  correlation?: string
}

/** Makes a backup and says so in the audit: it holds everything there is, though encrypted where it names a person. */
export async function makeBackup(services: Services, scope: Scope, { reason, correlation }: Wanted) {
  // It holds the whole bank.
  if (scope.units !== 'all') return fail('not_allowed')
  const made = await services.upkeep.backUp(reason)
  if (!made.ok) return made
  const { folder, manifest } = made.value
  const { name, madeAt } = manifest
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0)
  await services.store.transaction((tx) =>
    recordAudit(tx, scope.actor, {
      action: 'backup.make',
      objectKind: 'backup',
      objectId: name,
      detail: { reason, bytes },
      ...(correlation ? { correlation } : {}),
    }),
  )
  return ok({ name, madeAt, reason, bytes, folder })
}

/** A table that a reader saves: what he sees already, but from then on it is a file. */
export const recordExport = (
  services: Services,
  scope: Scope,
  { table, ...detail }: BodyOf<typeof recordExportRoute>,
  correlation: string,
): Promise<Result<{ recorded: true }>> =>
  services.store.transaction(async (tx) => {
    await recordAudit(tx, scope.actor, {
      action: 'table.export',
      objectKind: 'table',
      objectId: table,
      detail,
      correlation,
    })
    return ok({ recorded: true })
  })
