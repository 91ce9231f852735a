import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'
import { auditVerdict, backups, freshness, listAudit } from './data.ts'
import { makeBackup, recordExport } from './mutations.ts'

export const routes = [
  bind(contract.live, async () => ok({ live: true as const })),
  bind(contract.ready, async ({ services }) => {
    const found = await services.upkeep.readiness()
    return found.ok ? ok({ ready: true as const, ...found.value }) : found
  }),
  bind(contract.freshness, async ({ services, scope }) => ok(await freshness(services, scope))),
  bind(contract.listAudit, ({ services, scope, query }) => listAudit(services, scope, query)),
  bind(contract.verifyAudit, ({ services, scope }) => auditVerdict(services, scope)),
  bind(contract.listBackups, ({ services, scope }) => backups(services, scope)),
  bind(contract.makeBackup, ({ services, scope, correlation }) =>
    makeBackup(services, scope, { reason: 'manual', correlation }),
  ),
  bind(contract.recordExport, ({ services, scope, body, correlation }) =>
    recordExport(services, scope, body, correlation),
  ),
]
