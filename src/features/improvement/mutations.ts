import { and, desc, eq, isNull } from 'drizzle-orm'
import { type Scope, seesUnit } from '#access/scope.ts'
import { findingById, measureVersion } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { type Day, daysBetween } from '#lib/time.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { isMetric, metrics } from '#warehouse/metrics.ts'
import type { BodyOf } from '#contract/route.ts'
import { type changeAction, type createAction, minEffectWindowDays } from './contract.ts'
import {
  type ActionAnswer,
  hashOf,
  registrationOf,
  type StoredAction,
  todayOf,
  undoableStep,
  wholeAction,
} from './data.ts'
import { measuresNoSegment } from './data/panel.ts'
import { actionHistory, actions, type Measure } from './tables.ts'

type Plan = BodyOf<typeof createAction>
type Change = BodyOf<typeof changeAction>

/** A start is recorded on its day or a few days late; further back it could be chosen by what came of it. */
const mostBackdatedDays = 3

const answer = async (services: Services, scope: Scope, id: string): Promise<Result<ActionAnswer>> => {
  const whole = await wholeAction(services, scope, id)
  return whole ? ok(whole.action) : fail('not_found')
}

async function visible(tx: Tx, scope: Scope, id: string): Promise<StoredAction | undefined> {
  const [found] = await tx.db.select().from(actions).where(eq(actions.id, id))
  return found && seesUnit(scope, found.unitId) ? found : undefined
}

async function checkPlan(
  tx: Tx,
  scope: Scope,
  plan: Pick<Plan, 'measure' | 'guards' | 'expectedEffect' | 'startOn' | 'analysisOn' | 'ownerUserId'>,
): Promise<Result<undefined>> {
  for (const measure of [plan.measure, ...plan.guards]) {
    const place = await checkMeasure(tx, scope, measure)
    if (!place.ok) return place
  }
  const { metric } = plan.measure
  const up = isMetric(metric) && metrics[metric].direction === 'up'
  if (plan.expectedEffect === 0 || plan.expectedEffect > 0 !== up) return fail('effect_direction')
  if (daysBetween(plan.startOn, plan.analysisOn) < minEffectWindowDays) return fail('action_dates')
  if (
    plan.ownerUserId &&
    (await tx.query('select 1 from users where id = $1 and not disabled', [plan.ownerUserId])).length === 0
  )
    return fail('owner_unknown')
  return ok(undefined)
}

async function checkMeasure(tx: Tx, scope: Scope, measure: Measure): Promise<Result<undefined>> {
  if (!isMetric(measure.metric) || metrics[measure.metric].direction === 'none') return fail('metric_unknown')
  if (measuresNoSegment(measure)) return fail('segment_episodes')
  if (!measure.unitIds.every((id) => seesUnit(scope, id))) return fail('target_place_unknown')
  const units = await tx.query('select id from units where id = any($1::text[])', [measure.unitIds])
  if (units.length !== new Set(measure.unitIds).size) return fail('target_place_unknown')
  if (measure.touchpointId !== null) {
    const found = await tx.query('select 1 from touchpoints where id = $1', [measure.touchpointId])
    if (found.length === 0) return fail('target_place_unknown')
  }
  return ok(undefined)
}

export async function planAction(services: Services, scope: Scope, plan: Plan): Promise<Result<ActionAnswer>> {
  if (!seesUnit(scope, plan.unitId)) return fail('target_place_unknown')
  // Outside the scope a finding is not there.
  if (plan.findingId && !(await findingById(services, scope, plan.findingId))) return fail('not_found')
  const id = newId('act')
  const outcome = await services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const checked = await checkPlan(tx, scope, plan)
    if (!checked.ok) return checked
    if ((await tx.query('select 1 from units where id = $1', [plan.unitId])).length === 0)
      return fail('target_place_unknown')
    const at = services.clock().toISOString()
    await tx.db.insert(actions).values({ id, ...plan, createdBy: scope.actor.id, createdAt: at, updatedAt: at })
    await note(tx, scope, id, 'create', {}, at)
    await recordAudit(tx, scope.actor, {
      action: 'action.create',
      objectKind: 'action',
      objectId: id,
      detail: { after: plan },
    })
    return ok(undefined)
  })
  return outcome.ok ? answer(services, scope, id) : outcome
}

async function note(
  tx: Tx,
  scope: Scope,
  actionId: string,
  event: string,
  before: Record<string, unknown>,
  at: string,
  text: string | null = null,
): Promise<void> {
  await tx.db.insert(actionHistory).values({
    id: newId('ahi'),
    actionId,
    at,
    actor: scope.actor.id,
    actorKind: scope.actor.kind,
    event,
    note: text,
    before,
  })
}

type Columns = Partial<Omit<StoredAction, 'id'>>

/** Changes an action under its revision, with history and audit; false for the loser of two simultaneous changes. */
export async function write(
  services: Services,
  tx: Tx,
  scope: Scope,
  found: StoredAction,
  event: string,
  change: Columns,
  text: string | null = null,
): Promise<boolean> {
  const at = services.clock().toISOString()
  const changed = await tx.db
    .update(actions)
    .set({ ...change, revision: found.revision + 1, updatedAt: at })
    .where(and(eq(actions.id, found.id), eq(actions.revision, found.revision)))
    .returning({ id: actions.id })
  if (changed.length === 0) return false
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, found[key as keyof StoredAction] ?? null]))
  await note(tx, scope, found.id, event, before, at, text)
  await recordAudit(tx, scope.actor, {
    action: `action.${event}`,
    objectKind: 'action',
    objectId: found.id,
    detail: { before, after: change, ...(text ? { note: text } : {}) },
  })
  return true
}

/** What the lock freezes: all of it is in the registered text. */
const registered = ['title', 'measure', 'guards', 'design', 'expectedEffect', 'startOn', 'analysisOn'] as const

export async function reviseAction(
  services: Services,
  scope: Scope,
  id: string,
  { revision, ...wanted }: Change,
): Promise<Result<ActionAnswer>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const found = await visible(tx, scope, id)
    if (!found) return fail('not_found')
    if (found.revision !== revision) return fail('changed_meanwhile')
    if (found.state === 'decided' || found.state === 'cancelled') return fail('action_state', { state: found.state })
    const change = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as Columns
    if (found.lockedAt !== null && registered.some((key) => key in change)) return fail('registration_locked')
    if (found.lockedAt !== null && change.ownerUserId === null) return fail('owner_needed')
    const checked = await checkPlan(tx, scope, { ...found, ...change } as StoredAction)
    if (!checked.ok) return checked
    return (await write(services, tx, scope, found, 'change', change)) ? ok(undefined) : fail('changed_meanwhile')
  })
  return outcome.ok ? answer(services, scope, id) : outcome
}

type Step = (found: StoredAction, today: Day, at: string) => Result<{ change: Columns; note?: string | null }>

async function take(
  services: Services,
  scope: Scope,
  id: string,
  event: string,
  step: Step,
  revision?: number | undefined,
): Promise<Result<ActionAnswer>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const found = await visible(tx, scope, id)
    if (!found) return fail('not_found')
    if (revision !== undefined && revision !== found.revision) return fail('changed_meanwhile')
    const taken = step(found, todayOf(services), services.clock().toISOString())
    if (!taken.ok) return taken
    const { change, note: text = null } = taken.value
    return (await write(services, tx, scope, found, event, change, text)) ? ok(undefined) : fail('changed_meanwhile')
  })
  return outcome.ok ? answer(services, scope, id) : outcome
}

const inState = (found: StoredAction, ...states: StoredAction['state'][]): Result<undefined> =>
  states.includes(found.state) ? ok(undefined) : fail('action_state', { state: found.state, allowed: states })

/** Pre-registers the action: from now on nothing of what is measured, how and when can change. */
export const lockAction = (services: Services, scope: Scope, id: string, revision?: number) =>
  take(
    services,
    scope,
    id,
    'lock',
    (found, today, at) => {
      const allowed = inState(found, 'planned')
      if (!allowed.ok) return allowed
      if (found.ownerUserId === null) return fail('owner_needed')
      if (found.analysisOn <= today) return fail('action_dates')
      const registration = registrationOf(found, measureVersion(found.measure.metric))
      return ok({
        change: {
          state: 'locked',
          lockedAt: at,
          lockedBy: scope.actor.id,
          registration,
          registrationHash: hashOf(registration),
        },
      })
    },
    revision,
  )

export const startAction = (services: Services, scope: Scope, id: string, on?: Day) =>
  take(services, scope, id, 'start', (found, today) => {
    const allowed = inState(found, 'locked')
    if (!allowed.ok) return allowed
    const day = on ?? today
    if (day > today || daysBetween(day, found.analysisOn) < minEffectWindowDays) return fail('action_dates')
    if (daysBetween(day, today) > mostBackdatedDays) return fail('start_backdated', { days: mostBackdatedDays })
    return ok({ change: { state: 'running', startedOn: day } })
  })

export const finishAction = (services: Services, scope: Scope, id: string, on?: Day, text?: string) =>
  take(services, scope, id, 'finish', (found, today) => {
    const allowed = inState(found, 'running')
    if (!allowed.ok) return allowed
    const day = on ?? today
    if (day > today || day < (found.startedOn ?? found.startOn)) return fail('action_dates')
    return ok({ change: { state: 'finished', finishedOn: day }, note: text ?? null })
  })

export const cancelAction = (services: Services, scope: Scope, id: string, reason: string) =>
  take(services, scope, id, 'cancel', (found) => {
    const allowed = inState(found, 'planned', 'locked', 'running', 'finished')
    return allowed.ok ? ok({ change: { state: 'cancelled', cancelledReason: reason }, note: reason }) : allowed
  })

/** Takes the newest step back; a lock never is, and a judged effect ends it. */
export async function undoStep(services: Services, scope: Scope, id: string): Promise<Result<ActionAnswer>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<undefined>> => {
    const found = await visible(tx, scope, id)
    if (!found) return fail('not_found')
    const history = await tx.db
      .select()
      .from(actionHistory)
      .where(and(eq(actionHistory.actionId, id), isNull(actionHistory.undoneAt)))
      .orderBy(desc(actionHistory.at), desc(actionHistory.id))
    const newest = undoableStep(history.toReversed().map((entry) => ({ ...entry, undone: false })))
    if (!newest) return fail('nothing_to_undo')
    if ((await tx.query('select 1 from effects where action_id = $1', [id])).length > 0) return fail('nothing_to_undo')
    await tx.db
      .update(actionHistory)
      .set({ undoneAt: services.clock().toISOString() })
      .where(eq(actionHistory.id, newest.id))
    const back = await write(services, tx, scope, found, 'undo', newest.before as Columns)
    return back ? ok(undefined) : fail('changed_meanwhile')
  })
  return outcome.ok ? answer(services, scope, id) : outcome
}
