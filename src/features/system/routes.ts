import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'

export const routes = [bind(contract.verifyAudit, async ({ services }) => ok(await services.upkeep.verifyAudit()))]
