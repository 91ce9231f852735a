import { and, eq, isNull, ne, or } from 'drizzle-orm'
import { type Scope, seesUnit } from '#access/scope.ts'
import { listFindings } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import { recordAudit } from '#store/audit.ts'
import { recheckAfterDays } from '../contract.ts'
import { todayOf } from '../data.ts'
import type { ReminderKind } from '../data/sentences.ts'
import { actions, effects, reminders } from '../tables.ts'

interface Wanted {
  userId: string
  kind: ReminderKind
  objectKind: 'action' | 'finding' | 'effect'
  objectId: string
  dueOn: Day | null
}

const soonDays = 7
const waitingDays = 14

/** Who is to be reminded of what today. */
async function wantedNow(services: Services, scope: Scope): Promise<Wanted[]> {
  const today = todayOf(services)
  const own = (await services.store.db.select().from(actions)).filter(
    (action) => action.ownerUserId !== null && seesUnit(scope, action.unitId),
  )
  const due = own
    .filter(({ state }) => ['planned', 'locked', 'running'].includes(state))
    .flatMap((action): Wanted[] => {
      const left = daysBetween(today, action.dueOn)
      if (left > soonDays) return []
      const kind = left < 0 ? 'action_overdue' : 'action_due_soon'
      return [{ userId: action.ownerUserId!, kind, objectKind: 'action', objectId: action.id, dueOn: action.dueOn }]
    })
  const judged = await services.store.db.select().from(effects)
  const unjudged = own
    .filter(({ id, state, analysisOn }) => {
      const begun = state === 'running' || state === 'finished'
      return begun && analysisOn <= today && !judged.some((effect) => effect.actionId === id)
    })
    .map(
      (action): Wanted => ({
        userId: action.ownerUserId!,
        kind: 'effect_due',
        objectKind: 'action',
        objectId: action.id,
        dueOn: action.analysisOn,
      }),
    )
  // What was proved once need not last.
  const recheck = judged.flatMap((effect): Wanted[] => {
    const action = own.find(({ id }) => id === effect.actionId)
    const proved = effect.kind === 'primary' && effect.verdict === 'proved' && effect.decision !== 'roll_back'
    if (!action || !proved || action.state === 'cancelled') return []
    const dueOn = addDays(action.analysisOn, recheckAfterDays)
    const seen = judged.some(
      ({ actionId, kind, through }) => actionId === action.id && kind === 'recheck' && through >= addDays(dueOn, -28),
    )
    if (today < dueOn || seen) return []
    return [{ userId: action.ownerUserId!, kind: 'recheck_due', objectKind: 'effect', objectId: effect.id, dueOn }]
  })
  const waiting = judged.flatMap((effect): Wanted[] => {
    const action = own.find(({ id }) => id === effect.actionId)
    if (!action || effect.decision !== null || effect.kind !== 'primary' || action.state === 'cancelled') return []
    return [
      {
        userId: action.ownerUserId!,
        kind: 'effect_to_decide',
        objectKind: 'effect',
        objectId: effect.id,
        dueOn: null,
      },
    ]
  })
  const accepted = await listFindings(services, scope, { state: 'accepted', limit: 1000 })
  const acted = new Set((await services.store.db.select().from(actions)).map(({ findingId }) => findingId))
  const idle = (accepted.ok ? accepted.value.items : []).flatMap((finding): Wanted[] => {
    if (!finding.ownerUserId || acted.has(finding.id) || !finding.decidedAt) return []
    if (daysBetween(finding.decidedAt.slice(0, 10), today) < waitingDays) return []
    return [
      {
        userId: finding.ownerUserId,
        kind: 'finding_waiting',
        objectKind: 'finding',
        objectId: finding.id,
        dueOn: null,
      },
    ]
  })
  return [...due, ...unjudged, ...waiting, ...recheck, ...idle]
}

const keyOf = (r: { userId: string; kind: string; objectId: string }) => `${r.userId}|${r.kind}|${r.objectId}`

/** Writes the reminders that are due and ends those whose reason is gone; running it twice changes nothing. */
export async function remind(services: Services, scope: Scope): Promise<{ added: number; ended: number }> {
  const wanted = await wantedNow(services, scope)
  const keys = new Set(wanted.map(keyOf))
  const at = services.clock().toISOString()
  return services.store.transaction(async (tx) => {
    const open = await tx.db.select().from(reminders).where(isNull(reminders.doneAt))
    const gone = open.filter((reminder) => !keys.has(keyOf(reminder)))
    for (const reminder of gone) await tx.db.update(reminders).set({ doneAt: at }).where(eq(reminders.id, reminder.id))
    let added = 0
    for (const one of wanted) {
      const rows = await tx.db
        .insert(reminders)
        .values({ id: newId('rem'), ...one, createdAt: at })
        .onConflictDoNothing()
        .returning({ id: reminders.id })
      // A date that was moved makes a reminder that was done a new one.
      const moved =
        rows.length > 0
          ? []
          : await tx.db
              .update(reminders)
              .set({ dueOn: one.dueOn, doneAt: null, snoozedUntil: null, createdAt: at })
              .where(
                and(
                  eq(reminders.userId, one.userId),
                  eq(reminders.kind, one.kind),
                  eq(reminders.objectId, one.objectId),
                  one.dueOn === null
                    ? eq(reminders.id, '')
                    : or(isNull(reminders.dueOn), ne(reminders.dueOn, one.dueOn)),
                ),
              )
              .returning({ id: reminders.id })
      added += rows.length + moved.length
    }
    if (added + gone.length > 0)
      await recordAudit(tx, scope.actor, {
        action: 'reminder.refresh',
        objectKind: 'reminder',
        detail: { added, ended: gone.length },
      })
    return { added, ended: gone.length }
  })
}

/** Ends or puts off one of the caller's own reminders; another's is not there. */
export async function settleReminder(
  services: Services,
  scope: Scope,
  id: string,
  change: { done: true } | { until: Day },
): Promise<Result<{ id: string }>> {
  const today = todayOf(services)
  if ('until' in change && (change.until <= today || change.until > addDays(today, 366))) return fail('action_dates')
  return services.store.transaction(async (tx) => {
    const changed = await tx.db
      .update(reminders)
      .set('done' in change ? { doneAt: services.clock().toISOString() } : { snoozedUntil: change.until })
      .where(and(eq(reminders.id, id), eq(reminders.userId, scope.actor.id), isNull(reminders.doneAt)))
      .returning({ id: reminders.id })
    if (changed.length === 0) return fail('not_found')
    await recordAudit(tx, scope.actor, {
      action: 'done' in change ? 'reminder.done' : 'reminder.snooze',
      objectKind: 'reminder',
      objectId: id,
      detail: change,
    })
    return ok({ id })
  })
}
