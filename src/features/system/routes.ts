import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'
import { backups, listAudit } from './data.ts'
import { makeBackup } from './mutations.ts'

export const routes = [
  bind(contract.listAudit, ({ services, scope, query }) => listAudit(services, scope, query)),
  bind(contract.verifyAudit, async ({ services }) => ok(await services.upkeep.verifyAudit())),
  bind(contract.listBackups, async ({ services }) => ok({ backups: await backups(services) })),
  bind(contract.makeBackup, ({ services, scope, correlation }) =>
    makeBackup(services, scope, { reason: 'manual', correlation }),
  ),
]
