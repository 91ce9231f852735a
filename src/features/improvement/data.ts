import { createHash } from 'node:crypto'
import { type Scope, seesUnit } from '#access/scope.ts'
import {
  type FindingRow,
  findingById,
  measureName,
  measureUnit,
  measureVersion,
  type Unit,
  unitsOf,
} from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { unlessAway } from '#features/unlessAway.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { type Day, daysBetween, localDay } from '#lib/time.ts'
import type { z } from 'zod'
import type { action, effect } from './contract.ts'
import { type FactsMissing, waitingForFacts } from './data/facts.ts'
import { measureText } from './data/sentences.ts'
import { actions, effects } from './tables.ts'

export type ActionAnswer = z.input<typeof action>
export type EffectAnswer = z.input<typeof effect>
export type StoredAction = typeof actions.$inferSelect
export type StoredEffect = typeof effects.$inferSelect

/** Names for showing: read once for a list. */
export interface Names {
  units: Map<string, Unit>
  touchpoints: Map<string, Text>
  owners: Map<string, string>
  today: Day
}

export const todayOf = (services: Pick<Services, 'clock' | 'home'>): Day =>
  localDay(services.clock(), services.home.timeZone)

export async function namesFor(services: Services, ownerIds: readonly (string | null)[]): Promise<Names> {
  const ids = [...new Set(ownerIds.filter((id) => id !== null))]
  const [units, touchpoints, users] = await Promise.all([
    unitsOf(services),
    services.store.query<{ id: string; zh: string; en: string }>(
      'select id, name as zh, name_en as en from touchpoints',
    ),
    services.store.query<{ id: string; name_enc: Uint8Array }>(
      'select id, name_enc from users where id = any($1::text[])',
      [ids],
    ),
  ])
  return {
    units,
    touchpoints: new Map(touchpoints.map(({ id, zh, en }) => [id, { zh, en }])),
    owners: new Map(users.map(({ id, name_enc }) => [id, services.cipher.decrypt(name_enc)])),
    today: todayOf(services),
  }
}

const unitName = (units: ReadonlyMap<string, Unit>, id: string): Text => {
  const unit = units.get(id)
  return { zh: unit?.name ?? id, en: unit?.nameEn ?? unit?.name ?? id }
}

/** What is registered, in one fixed order of words: the text whose hash is locked. */
export function registrationOf(a: StoredAction, definitionVersion: number): string {
  const measure = ({ metric, touchpointId, unitIds, segment }: StoredAction['measure']) => ({
    metric,
    touchpointId,
    unitIds: [...unitIds].sort(),
    segment,
  })
  return JSON.stringify({
    action: a.id,
    title: a.title,
    measure: measure(a.measure),
    definitionVersion,
    guards: a.guards.map((guard) => ({ ...measure(guard), tolerance: guard.tolerance })),
    design: a.design,
    expectedEffect: a.expectedEffect,
    startOn: a.startOn,
    analysisOn: a.analysisOn,
  })
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The definition version that was registered. */
export const registeredVersion = (a: StoredAction): number =>
  a.registration
    ? (JSON.parse(a.registration) as { definitionVersion: number }).definitionVersion
    : measureVersion(a.measure.metric)

/** The locked text has its hash, and the action still says what it says. */
export const isIntact = (a: StoredAction): boolean | null =>
  a.registration === null
    ? null
    : hashOf(a.registration) === a.registrationHash && registrationOf(a, registeredVersion(a)) === a.registration

const openStates = ['planned', 'locked', 'running'] as const

/** What an action whose day has come still waits for; `unknown` while the warehouse gives no answer. */
type Waiting = FactsMissing | 'unknown'

export function actionAnswer(a: StoredAction, names: Names, waiting?: Waiting): ActionAnswer {
  const start = a.startedOn ?? a.startOn
  const running = a.state === 'running' || a.state === 'finished'
  return {
    id: a.id,
    title: a.title,
    description: a.description,
    findingId: a.findingId,
    unitId: a.unitId,
    unitName: unitName(names.units, a.unitId),
    ownerUserId: a.ownerUserId,
    ownerName: a.ownerUserId ? (names.owners.get(a.ownerUserId) ?? null) : null,
    dueOn: a.dueOn,
    state: a.state,
    measure: a.measure,
    measureText: measureText(a.measure, names.units, names.touchpoints),
    metricUnit: measureUnit(a.measure.metric),
    guards: a.guards,
    design: a.design,
    expectedEffect: a.expectedEffect,
    startOn: a.startOn,
    analysisOn: a.analysisOn,
    lockedAt: a.lockedAt,
    lockedBy: a.lockedBy,
    registrationHash: a.registrationHash,
    registrationIntact: isIntact(a),
    startedOn: a.startedOn,
    finishedOn: a.finishedOn,
    cancelledReason: a.cancelledReason,
    cost: a.cost,
    overdue: (openStates as readonly string[]).includes(a.state) && a.dueOn < names.today,
    factsMissing: waiting && waiting !== 'unknown' ? waiting : null,
    factsUnknown: waiting === 'unknown',
    // What is carried out is watched until its day of judgement, not beyond.
    day: running ? Math.min(daysBetween(start, names.today), daysBetween(start, a.analysisOn)) : null,
    days: daysBetween(start, a.analysisOn),
    createdBy: a.createdBy,
    createdAt: a.createdAt,
    revision: a.revision,
  }
}

/** Fewer untreated units together would let a reader of one of the others work out what another is like. */
const fewestPooled = 3

export function effectAnswer(scope: Scope, e: StoredEffect, a: StoredAction, names: Names): EffectAnswer {
  const { metric } = a.measure
  const { points, controlUnits } = e.detail
  const seen = controlUnits.filter((id) => seesUnit(scope, id))
  // Without other units the series beside is what this one alone let expect.
  const shown = e.designUsed !== 'did' || seen.length === controlUnits.length || controlUnits.length >= fewestPooled
  return {
    id: e.id,
    actionId: a.id,
    actionTitle: a.title,
    unitId: a.unitId,
    unitName: unitName(names.units, a.unitId),
    metric,
    metricName: measureName(metric),
    metricUnit: measureUnit(metric),
    metricVersion: e.definitionVersion,
    kind: e.kind,
    estimatedAt: e.estimatedAt,
    through: e.through,
    designRegistered: e.designRegistered,
    designUsed: e.designUsed,
    chart: e.detail.chart ?? null,
    leads: e.detail.leads ?? [],
    estimate: e.estimate,
    low: e.low,
    high: e.high,
    pValue: e.pValue,
    n: e.n,
    expectedEffect: a.expectedEffect,
    grade: e.grade,
    verdict: e.verdict,
    reasons: e.reasons,
    warnings: e.warnings,
    guards: e.guards.map((guard) => ({
      ...guard,
      metricName: measureName(guard.metric),
      metricUnit: measureUnit(guard.metric),
    })),
    points: shown ? points : points.map((point) => ({ ...point, control: null })),
    controls: controlUnits.length,
    controlUnits: seen,
    customersHelped: e.customersHelped,
    costPerCustomer: a.cost !== null && e.customersHelped > 0 ? a.cost / e.customersHelped : null,
    decision: e.decision,
    decisionNote: e.decisionNote,
    decidedBy: e.decidedBy,
    decidedAt: e.decidedAt,
    revision: e.revision,
  }
}

interface Page<T> {
  items: T[]
  next: string | null
  total: number
}

/** A page of rows sorted by a text and an id; the cursor holds both. */
function pageOf<T extends { id: string }>(
  rows: readonly T[],
  key: (row: T) => string,
  descending: boolean,
  { cursor, limit = 50 }: { cursor?: string | undefined; limit?: number },
): Result<Page<T>, 'bad_request'> {
  const order = (a: [string, string], b: [string, string]) => {
    const way = a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0
    return descending ? -way : way
  }
  const at = (row: T): [string, string] => [key(row), row.id]
  const sorted = rows.toSorted((a, b) => order(at(a), at(b)))
  let rest = sorted
  if (cursor) {
    const parts = Buffer.from(cursor, 'base64url').toString('utf8').split('\n')
    if (parts.length !== 2) return fail('bad_request')
    rest = sorted.filter((row) => order(at(row), parts as [string, string]) > 0)
  }
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return ok({
    items,
    next: rest.length > limit && last ? Buffer.from(at(last).join('\n')).toString('base64url') : null,
    total: rows.length,
  })
}

export interface ActionFilter {
  state?: StoredAction['state'] | 'open' | 'all'
  owner?: string | undefined
  finding?: string | undefined
  cursor?: string | undefined
  limit?: number
}

/** Actions whose unit lies in the scope; the next due first. A bank has hundreds, not millions. */
export async function visibleActions(services: Pick<Services, 'store'>, scope: Scope): Promise<StoredAction[]> {
  const rows = await services.store.db.select().from(actions)
  return rows.filter((row) => seesUnit(scope, row.unitId))
}

export async function listActions(
  services: Services,
  scope: Scope,
  filter: ActionFilter = {},
): Promise<Result<Page<ActionAnswer>, 'bad_request'>> {
  const { state = 'open', owner, finding } = filter
  const open: readonly string[] = ['planned', 'locked', 'running', 'finished']
  const rows = (await visibleActions(services, scope)).filter(
    (row) =>
      (state === 'all' || (state === 'open' ? open.includes(row.state) : row.state === state)) &&
      (!owner || row.ownerUserId === owner) &&
      (!finding || row.findingId === finding),
  )
  const page = pageOf(rows, (row) => row.dueOn, false, filter)
  if (!page.ok) return page
  const names = await namesFor(
    services,
    page.value.items.map((row) => row.ownerUserId),
  )
  const waiting = await waitingOf(services, scope, page.value.items)
  return ok({
    ...page.value,
    items: page.value.items.map((row) => actionAnswer(row, names, waiting.get(row.id))),
  })
}

/**
 * Those of these actions whose day has come, which are not judged because their facts are not there yet. Everyday lists
 * stand on this: while the warehouse is away they say that nobody knows.
 */
async function waitingOf(
  services: Services,
  scope: Scope,
  rows: readonly StoredAction[],
): Promise<ReadonlyMap<string, Waiting>> {
  const today = todayOf(services)
  const due = rows.filter(({ state, analysisOn }) => ['running', 'finished'].includes(state) && analysisOn <= today)
  const judged = await services.store.query<{ id: string }>(
    'select action_id as id from effects where action_id = any($1::text[])',
    [due.map(({ id }) => id)],
  )
  const done = new Set(judged.map(({ id }) => id))
  const unjudged = due.filter(({ id }) => !done.has(id))
  const waiting = await unlessAway(() => waitingForFacts(services, scope, unjudged))
  return waiting ?? new Map(unjudged.map(({ id }) => [id, 'unknown']))
}

export async function listEffects(
  services: Services,
  scope: Scope,
  filter: { verdict?: string | undefined; undecided?: boolean; cursor?: string | undefined; limit?: number } = {},
): Promise<Result<Page<EffectAnswer>, 'bad_request'>> {
  const byId = new Map((await visibleActions(services, scope)).map((row) => [row.id, row]))
  const rows = (await services.store.db.select().from(effects)).filter(
    (row) =>
      byId.has(row.actionId) &&
      (!filter.verdict || row.verdict === filter.verdict) &&
      (!filter.undecided || (row.decision === null && row.kind === 'primary')),
  )
  const page = pageOf(rows, (row) => row.estimatedAt, true, filter)
  if (!page.ok) return page
  const names = await namesFor(services, [])
  return ok({
    ...page.value,
    items: page.value.items.map((row) => effectAnswer(scope, row, byId.get(row.actionId)!, names)),
  })
}

export interface WholeAction {
  action: ActionAnswer
  finding: FindingRow | null
  effects: EffectAnswer[]
}

/** An action with its finding and effects; undefined outside the scope. */
export async function wholeAction(services: Services, scope: Scope, id: string): Promise<WholeAction | undefined> {
  const found = (await visibleActions(services, scope)).find((row) => row.id === id)
  if (!found) return undefined
  const names = await namesFor(services, [found.ownerUserId])
  const own = (await services.store.db.select().from(effects))
    .filter(({ actionId }) => actionId === id)
    .sort((a, b) => (a.estimatedAt < b.estimatedAt ? -1 : 1))
  return {
    action: actionAnswer(found, names, (await waitingOf(services, scope, [found])).get(id)),
    finding: found.findingId ? ((await findingById(services, scope, found.findingId)) ?? null) : null,
    effects: own.map((row) => effectAnswer(scope, row, found, names)),
  }
}

export const actionHistoryOf = (services: Pick<Services, 'store'>, id: string) =>
  services.store.query<{ id: string; at: string; actor: string; event: string; note: string | null; undone: boolean }>(
    `select id, at, actor, event, note, undone_at is not null as undone
     from action_history where action_id = $1 order by at, id`,
    [id],
  )

/** Steps that can be taken back; a lock never is. */
const undoableSteps = ['start', 'finish', 'cancel']

export function undoableStep<H extends { event: string; undone: boolean }>(history: readonly H[]): H | undefined {
  const newest = history.filter(({ event, undone }) => !undone && !['undo', 'change'].includes(event)).at(-1)
  return newest && undoableSteps.includes(newest.event) ? newest : undefined
}

/** A finding with what was done about it and whether it helped. */
export async function chainOf(services: Services, scope: Scope, findingId: string) {
  const finding = await findingById(services, scope, findingId)
  if (!finding) return fail('not_found')
  const listed = await listActions(services, scope, { finding: findingId, state: 'all', limit: 200 })
  const own = listed.ok ? listed.value.items : []
  const all = await Promise.all(own.map(({ id }) => wholeAction(services, scope, id)))
  return ok({ finding, actions: own, effects: all.flatMap((whole) => whole?.effects ?? []) })
}
