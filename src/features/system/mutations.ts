import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { BackupReason } from '#store/backup.ts'

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
