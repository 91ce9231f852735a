import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'
import { listProcesses } from './data.ts'

export const routes = [
  bind(contract.listProcesses, async ({ services, scope }) => ok({ processes: await listProcesses(services, scope) })),
]
