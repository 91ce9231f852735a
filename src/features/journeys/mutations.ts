import { and, desc, eq, isNull } from 'drizzle-orm'
import type { PgTable, PgColumn } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import { copySoon } from '#features/copies.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { isMetric } from '#warehouse/metrics.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import type { kinds, nodeFields, setTarget } from './contract.ts'
import { touchpointDimension } from './data.ts'
import { journeys, moments, stages, targets, touchpoints } from './tables.ts'

/**
 * The warehouse's copy follows each change; it is small, so it is written anew. Read in the writer's turn: of two that
 * changed the model at once, the later one writes what both left.
 */
export const refreshTouchpoints = (services: Pick<Services, 'store' | 'warehouse'>) =>
  services.warehouse.write(
    async (writer) => refreshDimensions(writer, { touchpoints: await touchpointDimension(services.store) }),
    { publish: true },
  )

type Kind = (typeof kinds)[number]
type Fields = Partial<z.output<typeof nodeFields>>
type NodeTable = PgTable & { id: PgColumn; revision: PgColumn; archivedAt: PgColumn; position: PgColumn }

const levels: Record<
  Kind,
  {
    table: NodeTable
    prefix: string
    parent?: { table: NodeTable; column: string }
    needs: (keyof Fields)[]
    may: (keyof Fields)[]
  }
> = {
  journeys: { table: journeys, prefix: 'jrn', needs: [], may: [] },
  stages: {
    table: stages,
    prefix: 'stg',
    parent: { table: journeys, column: 'journeyId' },
    needs: ['phase'],
    may: ['phase'],
  },
  touchpoints: {
    table: touchpoints,
    prefix: 'tp',
    parent: { table: stages, column: 'stageId' },
    needs: ['facet', 'channel'],
    may: ['facet', 'channel', 'ownerUnitId', 'ownerUserId'],
  },
  moments: {
    table: moments,
    prefix: 'mot',
    parent: { table: touchpoints, column: 'touchpointId' },
    needs: [],
    may: ['why'],
  },
}

async function exists(tx: Tx, table: NodeTable, id: string): Promise<boolean> {
  const rows = await tx.db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.id, id), isNull(table.archivedAt)))
  return rows.length > 0
}

/** The model and bank-wide targets are the whole bank's: a right held in one branch does not reach them. */
const bankWide = (scope: Scope): boolean => scope.units === 'all'

/** What of `fields` this kind takes, with its parent under the column's own name; refuses an unknown parent, owner or unit. */
async function columnsOf(
  tx: Tx,
  kind: Kind,
  fields: Fields,
): Promise<Result<Record<string, unknown>, 'model_parent_unknown'>> {
  const level = levels[kind]
  const columns: Record<string, unknown> = {}
  for (const key of ['name', 'nameEn', 'position', ...level.may] as const)
    if (fields[key] !== undefined) columns[key] = fields[key]
  if (fields.parentId !== undefined && level.parent) {
    if (!(await exists(tx, level.parent.table, fields.parentId)))
      return fail('model_parent_unknown', { parentId: fields.parentId })
    columns[level.parent.column] = fields.parentId
  }
  for (const [field, table] of [
    ['ownerUnitId', 'units'],
    ['ownerUserId', 'users'],
  ] as const) {
    const owner = columns[field]
    if (owner && (await tx.query(`select 1 from ${table} where id = $1`, [owner])).length === 0)
      return fail('model_parent_unknown', { [field]: owner })
  }
  return ok(columns)
}

export async function addNode(
  services: Services,
  scope: Scope,
  kind: Kind,
  fields: Fields,
): Promise<Result<{ id: string; revision: number }>> {
  if (!bankWide(scope)) return fail('not_allowed')
  const level = levels[kind]
  const missing = [...level.needs, ...(level.parent ? (['parentId'] as const) : [])].filter(
    (key) => fields[key] === undefined,
  )
  if (missing.length > 0) return fail('model_field_missing', { fields: missing })
  const outcome = await services.store.transaction(async (tx) => {
    const columns = await columnsOf(tx, kind, fields)
    if (!columns.ok) return columns
    const [last] = await tx.db
      .select({ position: level.table.position })
      .from(level.table)
      .orderBy(desc(level.table.position))
      .limit(1)
    const id = newId(level.prefix)
    const row = { position: Number(last?.position ?? 0) + 10, ...columns.value, id, revision: 1 }
    await tx.db.insert(level.table).values(row)
    await recordAudit(tx, scope.actor, { action: 'model.add', objectKind: kind, objectId: id, detail: { after: row } })
    return ok({ id, revision: 1 })
  })
  if (outcome.ok) await copySoon(services, () => refreshTouchpoints(services))
  return outcome
}

export async function changeNode(
  services: Services,
  scope: Scope,
  kind: Kind,
  id: string,
  { revision, ...fields }: Fields & { revision: number },
): Promise<Result<{ id: string; revision: number }>> {
  if (!bankWide(scope)) return fail('not_allowed')
  const { table } = levels[kind]
  const outcome = await services.store.transaction(async (tx) => {
    const [before] = await tx.db.select().from(table).where(eq(table.id, id))
    if (!before) return fail('not_found')
    const columns = await columnsOf(tx, kind, fields)
    if (!columns.ok) return columns
    // The loser of two simultaneous edits updates no row.
    const changed = await tx.db
      .update(table)
      .set({ ...columns.value, revision: revision + 1 })
      .where(and(eq(table.id, id), eq(table.revision, revision)))
      .returning({ id: table.id })
    if (changed.length === 0) return fail('changed_meanwhile')
    await recordAudit(tx, scope.actor, {
      action: 'model.change',
      objectKind: kind,
      objectId: id,
      detail: { before, after: columns.value },
    })
    return ok({ id, revision: revision + 1 })
  })
  if (outcome.ok) await copySoon(services, () => refreshTouchpoints(services))
  return outcome
}

/** Takes a node out of use, or brings it back: what was measured there stays either way. */
export async function setArchived(
  services: Services,
  scope: Scope,
  kind: Kind,
  id: string,
  archived: boolean,
): Promise<Result<{ id: string }>> {
  if (!bankWide(scope)) return fail('not_allowed')
  const { table } = levels[kind]
  const outcome = await services.store.transaction(async (tx) => {
    const changed = await tx.db
      .update(table)
      .set({ archivedAt: archived ? services.clock().toISOString() : null } as Record<string, unknown>)
      .where(eq(table.id, id))
      .returning({ id: table.id })
    if (changed.length === 0) return fail('not_found')
    await recordAudit(tx, scope.actor, {
      action: archived ? 'model.archive' : 'model.restore',
      objectKind: kind,
      objectId: id,
    })
    return ok({ id })
  })
  if (outcome.ok) await copySoon(services, () => refreshTouchpoints(services))
  return outcome
}

/** Sets a target from a day on; the one it replaces ends on that day. */
export async function addTarget(
  services: Services,
  scope: Scope,
  wanted: z.output<NonNullable<typeof setTarget.body>>,
): Promise<Result<{ id: string }>> {
  if (!isMetric(wanted.metric)) return fail('target_metric_unknown')
  if (wanted.unitId === null && !bankWide(scope)) return fail('not_allowed')
  return services.store.transaction(async (tx) => {
    if (wanted.touchpointId && !(await exists(tx, touchpoints, wanted.touchpointId)))
      return fail('target_place_unknown')
    if (wanted.unitId && (await tx.query('select 1 from units where id = $1', [wanted.unitId])).length === 0)
      return fail('target_place_unknown')
    if (wanted.unitId && scope.units !== 'all' && !scope.units.includes(wanted.unitId))
      return fail('target_place_unknown')
    const samePlace = and(
      eq(targets.metric, wanted.metric),
      wanted.touchpointId === null ? isNull(targets.touchpointId) : eq(targets.touchpointId, wanted.touchpointId),
      wanted.unitId === null ? isNull(targets.unitId) : eq(targets.unitId, wanted.unitId),
    )
    const there = await tx.db.select().from(targets).where(samePlace)
    if (there.some((row) => row.effectiveFrom >= wanted.effectiveFrom)) return fail('target_already_ahead')
    const current = there.find((row) => row.effectiveTo === null || row.effectiveTo > wanted.effectiveFrom)
    if (current)
      await tx.db.update(targets).set({ effectiveTo: wanted.effectiveFrom }).where(eq(targets.id, current.id))
    const id = newId('tgt')
    await tx.db.insert(targets).values({ id, ...wanted, setBy: scope.actor.id })
    await recordAudit(tx, scope.actor, {
      action: 'target.set',
      objectKind: 'target',
      objectId: id,
      detail: { before: current ?? null, after: wanted },
    })
    return ok({ id })
  })
}

export async function endTarget(
  services: Services,
  scope: Scope,
  id: string,
  on: string,
): Promise<Result<{ id: string }>> {
  return services.store.transaction(async (tx) => {
    const [before] = await tx.db.select().from(targets).where(eq(targets.id, id))
    if (!before || (before.unitId && scope.units !== 'all' && !scope.units.includes(before.unitId)))
      return fail('not_found')
    if (before.unitId === null && !bankWide(scope)) return fail('not_allowed')
    if (on <= before.effectiveFrom) return fail('target_period_wrong')
    await tx.db.update(targets).set({ effectiveTo: on }).where(eq(targets.id, id))
    await recordAudit(tx, scope.actor, {
      action: 'target.end',
      objectKind: 'target',
      objectId: id,
      detail: { before, on },
    })
    return ok({ id })
  })
}
