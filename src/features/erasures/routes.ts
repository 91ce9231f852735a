import { bind } from '#features/bind.ts'
import * as contract from './contract.ts'
import { listErasures, previewErasure, readErasure } from './data.ts'
import { approveErasure, refuseErasure, requestErasure, withdrawErasure } from './mutations.ts'

export const routes = [
  bind(contract.listErasures, ({ services, scope, query }) => listErasures(services, scope, query)),
  bind(contract.readErasure, ({ services, scope, params }) => readErasure(services, scope, params.id)),
  bind(contract.previewErasure, ({ services, scope, body }) => previewErasure(services, scope, body.customers)),
  bind(contract.requestErasure, ({ services, scope, body }) => requestErasure(services, scope, body)),
  bind(contract.approveErasure, ({ services, scope, params }) => approveErasure(services, scope, params.id)),
  bind(contract.refuseErasure, ({ services, scope, params, body }) => refuseErasure(services, scope, params.id, body)),
  bind(contract.withdrawErasure, ({ services, scope, params }) => withdrawErasure(services, scope, params.id)),
]
