import { bind } from '#features/bind.ts'
import { fail, ok } from '#lib/result.ts'
import { narrow } from '#access/narrow.ts'
import * as contract from './contract.ts'
import { coverage, experienceModel, listTargets } from './data.ts'
import { addNode, addTarget, changeNode, endTarget, setArchived } from './mutations.ts'

export const routes = [
  bind(contract.readModel, async ({ services, scope }) => ok({ journeys: await experienceModel(services, scope) })),
  bind(contract.addNode, ({ services, scope, params, body }) => addNode(services, scope, params.kind, body)),
  bind(contract.changeNode, ({ services, scope, params, body }) =>
    changeNode(services, scope, params.kind, params.id, body),
  ),
  bind(contract.archiveNode, ({ services, scope, params }) =>
    setArchived(services, scope, params.kind, params.id, true),
  ),
  bind(contract.restoreNode, ({ services, scope, params }) =>
    setArchived(services, scope, params.kind, params.id, false),
  ),
  bind(contract.readCoverage, async ({ services, scope, query }) => {
    const within = query.from && query.to ? { from: query.from, to: query.to } : undefined
    const inside = query.unit ? await narrow(services.store, scope, query.unit) : scope
    if (inside.units.length === 0) return fail('not_found')
    return ok(await coverage(services, inside, within))
  }),
  bind(contract.readTargets, async ({ services, scope }) => ok({ targets: await listTargets(services, scope) })),
  bind(contract.setTarget, ({ services, scope, body }) => addTarget(services, scope, body)),
  bind(contract.endTarget, ({ services, scope, params, body }) => endTarget(services, scope, params.id, body.on)),
]
