import { and, eq } from 'drizzle-orm'
import { type Scope, seesUnit } from '#access/scope.ts'
import { addMonths, findingById, type FindingRow, firstDay, observationsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { addDays, type Day } from '#lib/time.ts'
import { recordAudit } from '#store/audit.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'
import {
  type EffectAnswer,
  effectAnswer,
  isIntact,
  namesFor,
  registeredVersion,
  type StoredAction,
  type StoredEffect,
  todayOf,
  visibleActions,
} from '../data.ts'
import { type Estimated, estimate } from '../data/estimate.ts'
import { settledThrough, waitingForFacts } from '../data/facts.ts'
import { actions, effects } from '../tables.ts'
import { write } from '../mutations.ts'

const answerFor = async (
  services: Services,
  scope: Scope,
  action: StoredAction,
  id: string,
): Promise<Result<EffectAnswer>> => {
  const [row] = await services.store.db.select().from(effects).where(eq(effects.id, id))
  return row ? ok(effectAnswer(scope, row, action, await namesFor(services, []))) : fail('not_found')
}

const judgeable: readonly StoredAction['state'][] = ['running', 'finished']

/**
 * Estimates the effect of an action on the day that was registered for it, once. Needs the whole bank in sight: the
 * units to compare with are other people's.
 */
export async function estimateEffect(
  services: Services,
  scope: Scope,
  actionId: string,
): Promise<Result<EffectAnswer>> {
  const action = (await visibleActions(services, scope)).find(({ id }) => id === actionId)
  if (!action) return fail('not_found')
  if (!judgeable.includes(action.state)) return fail('action_state', { state: action.state, allowed: judgeable })
  const today = todayOf(services)
  if (today < action.analysisOn) return fail('effect_not_due', { on: action.analysisOn })
  if (scope.units !== 'all') return fail('effect_not_due', { by: 'job' })
  const there = await services.store.query('select 1 from effects where action_id = $1', [actionId])
  if (there.length > 0) return fail('effect_exists')
  const missing = (await waitingForFacts(services, scope, [action])).get(actionId)
  if (missing) return fail('effect_facts_missing', { ...missing })
  // Judged on the facts up to its day, however late the judging.
  return store(services, scope, action, 'primary', addDays(action.analysisOn, -1))
}

/** Looks again, on the facts that have settled: does it last? */
export async function recheckEffect(services: Services, scope: Scope, effectId: string): Promise<Result<EffectAnswer>> {
  const found = await effectInScope(services, scope, effectId)
  if (!found) return fail('not_found')
  if (scope.units !== 'all' || addDays(todayOf(services), -1) <= found.effect.through) return fail('effect_not_due')
  const through = await settledThrough(services, scope, found.action)
  if (through === null || through <= found.effect.through)
    return fail('effect_facts_missing', { have: through, need: addDays(found.effect.through, 1) })
  return store(services, scope, found.action, 'recheck', through)
}

async function store(
  services: Services,
  scope: Scope,
  action: StoredAction,
  kind: StoredEffect['kind'],
  through: Day,
): Promise<Result<EffectAnswer>> {
  const finding = action.findingId ? await findingById(services, scope, action.findingId) : undefined
  const estimated = await estimate(services, scope, action, {
    last: through,
    // A broken lock is no registration.
    due: isIntact(action) === true,
    definitionVersion: registeredVersion(action),
    harmSince: finding?.direction === 'worse' ? await harmSince(services, finding) : null,
  })
  const id = newId('eff')
  const outcome = await services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const { detail, ...summary } = estimated
    const written = await tx.db
      .insert(effects)
      .values({
        id,
        actionId: action.id,
        kind,
        estimatedAt: services.clock().toISOString(),
        through,
        designRegistered: action.design,
        ...summary,
        detail,
      })
      .onConflictDoNothing()
      .returning({ id: effects.id })
    if (written.length === 0) return fail('effect_exists')
    await recordAudit(tx, scope.actor, {
      action: `effect.${kind === 'primary' ? 'estimate' : 'recheck'}`,
      objectKind: 'effect',
      objectId: id,
      detail: auditOf(action, estimated, through),
    })
    return ok(undefined)
  })
  return outcome.ok ? answerFor(services, scope, action, id) : outcome
}

/** Where a harm set in: with the first month of the window in which it was first found. */
async function harmSince(services: Services, finding: FindingRow): Promise<Day> {
  const [found] = await observationsOf(services, finding.id)
  return firstDay(addMonths(finding.firstPeriod, 1 - (found?.windowMonths ?? 1)))
}

const auditOf = (action: StoredAction, e: Estimated, through: Day) => ({
  action: action.id,
  registration: action.registrationHash,
  through,
  design: e.designUsed,
  estimate: e.estimate,
  low: e.low,
  high: e.high,
  grade: e.grade,
  verdict: e.verdict,
})

/** An effect with its action; undefined outside the scope. */
export async function effectInScope(services: Services, scope: Scope, id: string) {
  const [effect] = await services.store.db.select().from(effects).where(eq(effects.id, id))
  if (!effect) return undefined
  const [action] = await services.store.db.select().from(actions).where(eq(actions.id, effect.actionId))
  return action && seesUnit(scope, action.unitId) ? { effect, action } : undefined
}

export async function decideEffect(
  services: Services,
  scope: Scope,
  id: string,
  wanted: { decision: NonNullable<StoredEffect['decision']>; note?: string | undefined; revision?: number | undefined },
): Promise<Result<EffectAnswer>> {
  const found = await effectInScope(services, scope, id)
  if (!found) return fail('not_found')
  const { effect, action } = found
  if (wanted.revision !== undefined && wanted.revision !== effect.revision) return fail('changed_meanwhile')
  if (effect.decision !== null) return fail('effect_decided')
  // To make standard what is not proved, or to roll back what is, needs a word of why.
  const against =
    (wanted.decision === 'standardise' && effect.verdict !== 'proved') ||
    (wanted.decision === 'roll_back' && effect.verdict === 'proved')
  if (against && !wanted.note) return fail('note_needed')
  const outcome = await change(services, scope, found, 'decide', {
    decision: wanted.decision,
    decisionNote: wanted.note ?? null,
    decidedBy: scope.actor.id,
    decidedAt: services.clock().toISOString(),
  })
  return outcome.ok ? answerFor(services, scope, action, id) : outcome
}

export async function undoDecision(services: Services, scope: Scope, id: string): Promise<Result<EffectAnswer>> {
  const found = await effectInScope(services, scope, id)
  if (!found) return fail('not_found')
  if (found.effect.decision === null) return fail('nothing_to_undo')
  const outcome = await change(services, scope, found, 'undo', {
    decision: null,
    decisionNote: null,
    decidedBy: null,
    decidedAt: null,
  })
  return outcome.ok ? answerFor(services, scope, found.action, id) : outcome
}

/** Writes a decision and moves the action with it: decided, or back to where it can be decided. */
async function change(
  services: Services,
  scope: Scope,
  { effect, action }: { effect: StoredEffect; action: StoredAction },
  event: 'decide' | 'undo',
  columns: Partial<StoredEffect>,
): Promise<Result<undefined>> {
  return services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const changed = await tx.db
      .update(effects)
      .set({ ...columns, revision: effect.revision + 1 })
      .where(and(eq(effects.id, effect.id), eq(effects.revision, effect.revision)))
      .returning({ id: effects.id })
    if (changed.length === 0) return fail('changed_meanwhile')
    const state = event === 'decide' ? 'decided' : action.finishedOn ? 'finished' : 'running'
    if (effect.kind === 'primary' && action.state !== state && action.state !== 'cancelled') {
      const moved = await write(services, tx, scope, action, event === 'decide' ? 'decide' : 'undo', { state })
      if (!moved) throw new Error('the action was changed while its effect was decided')
    }
    await recordAudit(tx, scope.actor, {
      action: `effect.${event}`,
      objectKind: 'effect',
      objectId: effect.id,
      detail: { before: { decision: effect.decision, note: effect.decisionNote }, after: columns },
    })
    return ok(undefined)
  })
}

const asksTooMuch = (error: unknown): boolean =>
  ['question_too_long', 'question_too_large'].includes(warehouseCodeOf(error) ?? '')

/** Estimates every effect whose day has come; what waits for its facts is looked at again the next time. */
export async function estimateDue(services: Services, scope: Scope, signal?: AbortSignal): Promise<string[]> {
  const today = todayOf(services)
  const due = (await visibleActions(services, scope)).filter(
    ({ state, analysisOn }) => judgeable.includes(state) && analysisOn <= today,
  )
  const done: string[] = []
  for (const { id } of due) {
    signal?.throwIfAborted()
    const outcome = await estimateEffect(services, scope, id).catch((error: unknown) => {
      // One that asks too much of the warehouse keeps no other waiting.
      if (!asksTooMuch(error)) throw error
      log('warn', 'an effect asks too much of the warehouse and is not estimated', { action: id })
      return undefined
    })
    if (outcome?.ok) done.push(outcome.value.id)
  }
  return done
}
