import { narrow } from '#access/narrow.ts'
import type { Scope } from '#access/scope.ts'
import { bind } from '#features/bind.ts'
import { findingById } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import { isMetric } from '#warehouse/metrics.ts'
import * as contract from './contract.ts'
import { actionHistoryOf, chainOf, listActions, listEffects, undoableStep, wholeAction } from './data.ts'
import { chartOf } from './data/chart.ts'
import { askPower } from './data/power.ts'
import { measuresNoSegment } from './data/panel.ts'
import { proposalsFor } from './data/proposals.ts'
import { myWork, ownersIn } from './data/work.ts'
import { cancelAction, finishAction, lockAction, planAction, reviseAction, startAction, undoStep } from './mutations.ts'
import { decideEffect, effectInScope, estimateEffect, recheckEffect, undoDecision } from './mutations/effects.ts'
import { settleReminder } from './mutations/reminders.ts'

const within = async (services: Services, scope: Scope, unit: string | undefined) =>
  unit ? narrow(services.store, scope, unit) : scope

export const routes = [
  bind(contract.listActions, async ({ services, scope, query }) =>
    listActions(services, await within(services, scope, query.unit), query),
  ),
  bind(contract.createAction, ({ services, scope, body }) => planAction(services, scope, body)),
  bind(contract.readAction, async ({ services, scope, params }) => {
    const whole = await wholeAction(services, scope, params.id)
    if (!whole) return fail('not_found')
    const history = await actionHistoryOf(services, params.id)
    const undoable = whole.effects.length === 0 && undoableStep(history) !== undefined
    return ok({ ...whole, history, undoable })
  }),
  bind(contract.changeAction, ({ services, scope, params, body }) => reviseAction(services, scope, params.id, body)),
  bind(contract.lockAction, ({ services, scope, params, body }) =>
    lockAction(services, scope, params.id, body.revision),
  ),
  bind(contract.startAction, ({ services, scope, params, body }) => startAction(services, scope, params.id, body.on)),
  bind(contract.finishAction, ({ services, scope, params, body }) =>
    finishAction(services, scope, params.id, body.on, body.note),
  ),
  bind(contract.cancelAction, ({ services, scope, params, body }) =>
    cancelAction(services, scope, params.id, body.reason),
  ),
  bind(contract.undoAction, ({ services, scope, params }) => undoStep(services, scope, params.id)),
  bind(contract.readChart, ({ services, scope, params }) => chartOf(services, scope, params.id)),
  bind(contract.estimateEffect, ({ services, scope, params }) => estimateEffect(services, scope, params.id)),
  bind(contract.askPower, async ({ services, scope, body }) => {
    if (!isMetric(body.measure.metric)) return fail('metric_unknown')
    if (measuresNoSegment(body.measure)) return fail('segment_episodes')
    const inside = scope.units === 'all' || body.measure.unitIds.every((id) => scope.units.includes(id))
    return inside ? ok(await askPower(services, scope, body)) : fail('target_place_unknown')
  }),
  bind(contract.listEffects, async ({ services, scope, query }) =>
    listEffects(services, await within(services, scope, query.unit), {
      ...query,
      undecided: query.undecided === 'yes',
    }),
  ),
  bind(contract.readEffect, async ({ services, scope, params }) => {
    const found = await effectInScope(services, scope, params.id)
    const whole = found && (await wholeAction(services, scope, found.action.id))
    const effect = whole?.effects.find(({ id }) => id === params.id)
    if (!whole || !effect) return fail('not_found')
    const finding = whole.action.findingId ? await findingById(services, scope, whole.action.findingId) : undefined
    return ok({ effect, action: whole.action, finding: finding ?? null })
  }),
  bind(contract.decideEffect, ({ services, scope, params, body }) => decideEffect(services, scope, params.id, body)),
  bind(contract.undoEffect, ({ services, scope, params }) => undoDecision(services, scope, params.id)),
  bind(contract.recheckEffect, ({ services, scope, params }) => recheckEffect(services, scope, params.id)),
  bind(contract.readChain, ({ services, scope, params }) => chainOf(services, scope, params.id)),
  bind(contract.readProposals, ({ services, scope, params }) => proposalsFor(services, scope, params.id)),
  bind(contract.readMyWork, async ({ services, scope }) => ok(await myWork(services, scope))),
  bind(contract.markDone, ({ services, scope, params }) => settleReminder(services, scope, params.id, { done: true })),
  bind(contract.snooze, ({ services, scope, params, body }) =>
    settleReminder(services, scope, params.id, { until: body.until }),
  ),
  bind(contract.listOwners, async ({ services, scope, query }) =>
    ok({ owners: await ownersIn(services, scope, query.unit) }),
  ),
]
