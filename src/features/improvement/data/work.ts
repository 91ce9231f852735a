import { eq } from 'drizzle-orm'
import { focus } from '#access/narrow.ts'
import { permissionsOf, type Role } from '#access/policy.ts'
import { type Scope, seesUnit } from '#access/scope.ts'
import { type FindingRow, listFindings, subtree, unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { addDays } from '#lib/time.ts'
import { type ActionAnswer, type EffectAnswer, listActions, listEffects, todayOf } from '../data.ts'
import { reminders } from '../tables.ts'
import { reminderTexts, type ReminderKind } from './sentences.ts'

const soonDays = 7
const most = 50

/** What waits for the caller: his actions by their date, findings and effects to decide, reminders. */
export async function myWork(services: Services, scope: Scope) {
  const me = scope.actor.id
  const today = todayOf(services)
  const decides = focus(scope, 'findings.decide')
  const judges = focus(scope, 'effects.decide')
  const [own, assigned, fresh, undecided, reminded] = await Promise.all([
    listActions(services, scope, { owner: me, state: 'open', limit: 200 }),
    listFindings(services, scope, { owner: me, state: 'accepted', limit: most }),
    decides ? listFindings(services, decides, { state: 'new', limit: most }) : undefined,
    judges ? listEffects(services, judges, { undecided: true, limit: most }) : undefined,
    services.store.db.select().from(reminders).where(eq(reminders.userId, me)),
  ])
  const actions: ActionAnswer[] = own.ok ? own.value.items : []
  const unfinished = actions.filter(({ state }) => state !== 'finished')
  const soon = addDays(today, soonDays)
  const findings: FindingRow[] = [
    ...(assigned.ok ? assigned.value.items : []),
    ...(fresh?.ok ? fresh.value.items : []),
  ].filter((finding, i, all) => all.findIndex(({ id }) => id === finding.id) === i)
  const effects: EffectAnswer[] = undecided?.ok ? undecided.value.items : []
  return {
    today,
    actions: actions.filter((action) => action.state === 'finished' || action.dueOn > soon),
    due: unfinished.filter((action) => action.dueOn >= today && action.dueOn <= soon),
    overdue: unfinished.filter((action) => action.dueOn < today),
    findings,
    effects,
    reminders: reminded
      .filter((r) => r.doneAt === null && (r.snoozedUntil === null || r.snoozedUntil <= today))
      .sort((a, b) => ((a.dueOn ?? '9999') < (b.dueOn ?? '9999') ? -1 : 1))
      .map((r) => ({
        id: r.id,
        kind: r.kind,
        text: reminderTexts[r.kind as ReminderKind] ?? { zh: r.kind, en: r.kind },
        objectKind: r.objectKind,
        objectId: r.objectId,
        dueOn: r.dueOn,
        createdAt: r.createdAt,
      })),
  }
}

/** Who may carry out actions: people with such a role in a unit the reader sees, for one unit those at or above it. */
export async function ownersIn(services: Services, scope: Scope, unit?: string) {
  const units = await unitsOf(services)
  const rows = await services.store.query<{ id: string; name_enc: Uint8Array; role: Role; unit_id: string }>(
    `select u.id, u.name_enc, g.role, g.unit_id
     from users u join grants g on g.user_id = u.id and g.revoked_at is null and not g.awaits_approval
     where not u.disabled order by u.login`,
  )
  const able = rows.filter(
    ({ role, unit_id }) =>
      permissionsOf([role]).has('actions.write') &&
      seesUnit(scope, unit_id) &&
      (unit === undefined || subtree(units, unit_id).includes(unit)),
  )
  return [...Map.groupBy(able, ({ id }) => id)].map(([id, own]) => ({
    id,
    name: services.cipher.decrypt(own[0]!.name_enc),
    unitIds: [...new Set(own.map(({ unit_id }) => unit_id))],
  }))
}
