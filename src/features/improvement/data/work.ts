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

/** Users whose role lets them carry out actions, inside the scope or inside one of its units. */
export async function ownersIn(services: Services, scope: Scope, unit?: string) {
  const units = await unitsOf(services)
  const rows = await services.store.query<{
    id: string
    login: string
    name_enc: Uint8Array
    role: Role
    unit_id: string
  }>(
    `select u.id, u.login, u.name_enc, g.role, g.unit_id
     from users u join grants g on g.user_id = u.id and g.revoked_at is null
     where not u.disabled order by u.login`,
  )
  const able = rows.filter(({ role }) => permissionsOf([role]).has('actions.write'))
  return [...Map.groupBy(able, ({ id }) => id).values()].flatMap((own) => {
    const [first] = own
    const unitIds = [...new Set(own.map(({ unit_id }) => unit_id))]
    const seen = unitIds.some((id) =>
      // Whoever answers for a unit above it can own what is done in it.
      unit === undefined
        ? seesUnit(scope, id) || subtree(units, id).some((below) => seesUnit(scope, below))
        : subtree(units, id).includes(unit) && seesUnit(scope, unit),
    )
    if (!first || !seen) return []
    return [{ id: first.id, login: first.login, name: services.cipher.decrypt(first.name_enc), unitIds }]
  })
}
