import { narrow } from '#access/narrow.ts'
import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import * as contract from './contract.ts'
import { ledgerOf, listFindings, readFinding } from './data.ts'
import { alphaPerYear } from './data/measures.ts'
import { finders } from './finder.ts'
import { decide, setWatched, undo } from './mutations.ts'

export const routes = [
  bind(contract.listFindings, async ({ services, scope, query }) =>
    listFindings(services, query.unit ? await narrow(services.store, scope, query.unit) : scope, {
      ...query,
      watched: query.watched === 'yes',
      folded: query.folded === 'yes',
      current: query.current === 'yes',
    }),
  ),
  bind(contract.readFinding, ({ services, scope, params }) => readFinding(services, scope, params.id)),
  bind(contract.acceptFinding, ({ services, scope, params, body }) =>
    decide(services, scope, params.id, 'accept', body),
  ),
  bind(contract.dismissFinding, ({ services, scope, params, body }) =>
    decide(services, scope, params.id, 'dismiss', body),
  ),
  bind(contract.resolveFinding, ({ services, scope, params, body }) =>
    decide(services, scope, params.id, 'resolve', body),
  ),
  bind(contract.mergeFinding, ({ services, scope, params, body }) => decide(services, scope, params.id, 'merge', body)),
  bind(contract.undoDecision, ({ services, scope, params }) => undo(services, scope, params.id)),
  bind(contract.watchFinding, ({ services, scope, params }) => setWatched(services, scope, params.id, true)),
  bind(contract.unwatchFinding, ({ services, scope, params }) => setWatched(services, scope, params.id, false)),
  bind(contract.readLedger, async ({ services, scope }) => {
    const names = new Map(finders.map(({ id, name }) => [id, name]))
    const periods = await ledgerOf(services, scope)
    return ok({
      alphaPerYear,
      periods: periods.map((line) => ({
        ...line,
        finderName: names.get(line.finder) ?? { zh: line.finder, en: line.finder },
      })),
    })
  }),
]
