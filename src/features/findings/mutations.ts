import { and, desc, eq, isNull } from 'drizzle-orm'
import { type Scope, seesUnit } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { type decisionEvents, type FindingRow, findingById, undoableOf } from './data.ts'
import { findingHistory, findings, findingWatches } from './tables.ts'

type Stored = typeof findings.$inferSelect
type State = Stored['state']
type Decision = (typeof decisionEvents)[number]

/** Which states a decision may be taken in, and where it leads. */
const transitions: Record<Decision, { from: readonly State[]; to: State }> = {
  accept: { from: ['new', 'dismissed'], to: 'accepted' },
  dismiss: { from: ['new', 'accepted'], to: 'dismissed' },
  resolve: { from: ['new', 'accepted'], to: 'resolved' },
  merge: { from: ['new', 'accepted'], to: 'merged' },
}

interface Wanted {
  revision?: number | undefined
  reason?: string | undefined
  note?: string | undefined
  ownerUserId?: string | undefined
  into?: string | undefined
}

async function visible(tx: Tx, scope: Scope, id: string): Promise<Stored | undefined> {
  const [found] = await tx.db.select().from(findings).where(eq(findings.id, id))
  return found && seesUnit(scope, found.unitId) ? found : undefined
}

const answer = async (services: Services, scope: Scope, id: string, outcome: Result<unknown>) => {
  if (!outcome.ok) return outcome
  const finding = await findingById(services, scope, id)
  return finding ? ok(finding) : fail('not_found')
}

/** Takes a decision on a finding; what it replaces is kept, so that it can be undone. */
export async function decide(
  services: Services,
  scope: Scope,
  id: string,
  decision: Decision,
  wanted: Wanted,
): Promise<Result<FindingRow>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<unknown>> => {
    const found = await visible(tx, scope, id)
    if (!found) return fail('not_found')
    if (wanted.revision !== undefined && wanted.revision !== found.revision) return fail('changed_meanwhile')
    const { from, to } = transitions[decision]
    if (!from.includes(found.state)) return fail('finding_state', { state: found.state, allowed: [...from] })
    if (wanted.reason === 'other' && !wanted.note) return fail('note_needed')
    if (wanted.into !== undefined) {
      const target = wanted.into === id ? undefined : await visible(tx, scope, wanted.into)
      if (wanted.into !== id && !target) return fail('not_found', { into: wanted.into })
      if (!target || target.mergedInto !== null) return fail('merge_circular')
    }
    if (wanted.ownerUserId !== undefined && !(await isUser(tx, wanted.ownerUserId))) return fail('owner_unknown')
    const at = services.clock().toISOString()
    const change = {
      state: to,
      reason: wanted.reason ?? null,
      note: wanted.note ?? null,
      decidedBy: scope.actor.id,
      decidedAt: at,
      mergedInto: wanted.into ?? null,
      dismissedLoss: decision === 'dismiss' ? found.loss : null,
      ownerUserId: wanted.ownerUserId ?? (decision === 'accept' ? await ownOwner(tx, scope, found) : found.ownerUserId),
    }
    const written = await write(tx, scope, found, decision, change, at)
    return written ? ok(undefined) : fail('changed_meanwhile')
  })
  return answer(services, scope, id, outcome)
}

async function isUser(tx: Tx, id: string): Promise<boolean> {
  return (await tx.query('select 1 from users where id = $1 and not disabled', [id])).length > 0
}

/** Who accepts owns it, unless somebody does already. */
const ownOwner = async (tx: Tx, scope: Scope, found: Stored): Promise<string | null> =>
  found.ownerUserId ?? (scope.actor.kind === 'user' && (await isUser(tx, scope.actor.id)) ? scope.actor.id : null)

type Change = Partial<
  Pick<
    Stored,
    | 'state'
    | 'reason'
    | 'note'
    | 'decidedBy'
    | 'decidedAt'
    | 'mergedInto'
    | 'dismissedLoss'
    | 'ownerUserId'
    | 'returnedAt'
  >
>

async function write(tx: Tx, scope: Scope, found: Stored, event: string, change: Change, at: string): Promise<boolean> {
  // The loser of two simultaneous decisions updates no row.
  const changed = await tx.db
    .update(findings)
    .set({ ...change, revision: found.revision + 1, updatedAt: at })
    .where(and(eq(findings.id, found.id), eq(findings.revision, found.revision)))
    .returning({ id: findings.id })
  if (changed.length === 0) return false
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, found[key as keyof Change] ?? null]))
  await tx.db.insert(findingHistory).values({
    id: newId('fhi'),
    findingId: found.id,
    at,
    actor: scope.actor.id,
    actorKind: scope.actor.kind,
    event,
    reason: change.reason ?? null,
    note: change.note ?? null,
    before,
  })
  await recordAudit(tx, scope.actor, {
    action: `finding.${event}`,
    objectKind: 'finding',
    objectId: found.id,
    detail: { before, after: change },
  })
  return true
}

/** Takes the newest decision back: everything it replaced stands again. */
export async function undo(services: Services, scope: Scope, id: string): Promise<Result<FindingRow>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<unknown>> => {
    const found = await visible(tx, scope, id)
    if (!found) return fail('not_found')
    const history = await tx.db
      .select()
      .from(findingHistory)
      .where(and(eq(findingHistory.findingId, id), isNull(findingHistory.undoneAt)))
      .orderBy(desc(findingHistory.at), desc(findingHistory.id))
    const newest = undoableOf(history.toReversed().map((entry) => ({ ...entry, undone: false })))
    if (!newest) return fail('nothing_to_undo')
    const at = services.clock().toISOString()
    await tx.db.update(findingHistory).set({ undoneAt: at }).where(eq(findingHistory.id, newest.id))
    const written = await write(tx, scope, found, 'undo', newest.before as Change, at)
    return written ? ok(undefined) : fail('changed_meanwhile')
  })
  return answer(services, scope, id, outcome)
}

/** Puts a finding on the caller's own list, or takes it off. */
export async function setWatched(
  services: Services,
  scope: Scope,
  id: string,
  watched: boolean,
): Promise<Result<{ watched: boolean }>> {
  if (scope.actor.kind !== 'user') return fail('users_only')
  return services.store.transaction(async (tx) => {
    if (!(await visible(tx, scope, id))) return fail('not_found')
    const mine = and(eq(findingWatches.findingId, id), eq(findingWatches.userId, scope.actor.id))
    if (watched)
      await tx.db
        .insert(findingWatches)
        .values({ findingId: id, userId: scope.actor.id, since: services.clock().toISOString() })
        .onConflictDoNothing()
    else await tx.db.delete(findingWatches).where(mine)
    await recordAudit(tx, scope.actor, {
      action: watched ? 'finding.watch' : 'finding.unwatch',
      objectKind: 'finding',
      objectId: id,
    })
    return ok({ watched })
  })
}
