import type { Scope } from '#access/scope.ts'
import { copyOrNote, copySoon } from '#features/copies.ts'
import { markProcesses, prepareStaleLogs } from '#features/prepareLogs.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { keepLease, leaseEnd, leaseOver } from '#store/lease.ts'
import type { Tx } from '#store/store.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { type ImportKind, isFactKind } from '#warehouse/import/kinds.ts'
import { undoLoad as undoFacts } from '#warehouse/loading.ts'
import { episodesAfterLoad, refreshRollups } from '#warehouse/rollups/making.ts'
import { moveTexts } from './freeTexts.ts'
import { refreshMasters } from './masters.ts'
import type { MasterKind } from './masterTables.ts'
import { runningLoads } from './running.ts'
import { undoMasters, unitWithFacts } from './undoMasters.ts'

/** Takes a load back, whichever loads came after it. Its report and its record stay. */
export async function undoLoad(services: Services, scope: Scope, id: number): Promise<Result<{ id: number }>> {
  const [row] = await services.store.query<{ kind: ImportKind; state: string }>(
    'select kind, state from loads where id = $1',
    [id],
  )
  if (!row) return fail('not_found')
  if (row.state !== 'done') return fail('load_not_done')
  const kept = row.kind === 'units' ? await unitWithFacts(services, id) : undefined
  if (kept !== undefined) return fail('load_in_use', { unit: kept, why: 'facts' })
  // The warehouse first: should the server stop between the two, undoing again finds nothing left there and goes on.
  if (isFactKind(row.kind)) await removeFacts(services, id, row.kind)
  const outcome = await orRolledBack(services, async (tx) => {
    const [locked] = await tx.query<{ state: string }>('select state from loads where id = $1 for update', [id])
    if (locked?.state !== 'done') return fail('load_not_done')
    const removed = isFactKind(row.kind) ? ok(undefined) : await undoMasters(services, tx, row.kind as MasterKind, id)
    if (!removed.ok) return removed
    await forget(tx, id)
    await tx.query("update loads set state = 'undone', undone_by = $2, undone_at = now() where id = $1", [
      id,
      scope.actor.id,
    ])
    await recordAudit(tx, scope.actor, {
      action: 'load.undo',
      objectKind: 'load',
      objectId: String(id),
      detail: { kind: row.kind },
    })
    return ok({ id })
  })
  if (outcome.ok && !isFactKind(row.kind))
    await copySoon(services, () => refreshMasters(services, row.kind as MasterKind))
  return outcome
}

class Refused extends Error {
  readonly outcome: Result<never>
  constructor(outcome: Result<never>) {
    super('refused')
    this.outcome = outcome
  }
}

/** A transaction of which nothing stays when its work refuses. */
async function orRolledBack<T>(services: Services, work: (tx: Tx) => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await services.store.transaction(async (tx) => {
      const outcome = await work(tx)
      if (!outcome.ok) throw new Refused(outcome)
      return outcome
    })
  } catch (error) {
    if (error instanceof Refused) return error.outcome
    throw error
  }
}

/** Takes facts out of the warehouse; what customers wrote goes over to the load that now holds the fact. */
async function removeFacts(services: Services, id: number, kind: FactKind): Promise<void> {
  await services.warehouse.write(
    async (writer) => {
      const undone = await undoFacts(writer, id)
      await refreshRollups(writer, { episodes: episodesAfterLoad(writer) })
      await markProcesses(services, writer, undone.processes)
    },
    { publish: true },
  )
  // The facts are out, whatever becomes of this.
  await prepareStaleLogs(services)
  await moveTexts(services, id, kind)
}

/** What the Store kept for the facts of a load. Case keys stay: a later load of the same cases must find them. */
async function forget(tx: Tx, id: number): Promise<void> {
  await tx.query('delete from free_texts where load_id = $1', [id])
}

/** Takes out whatever a load that did not end has left anywhere; false when what it brought is in use by now. */
export async function takeOut(services: Services, id: number, kind: ImportKind): Promise<boolean> {
  if (isFactKind(kind)) await removeFacts(services, id, kind)
  const removed = isFactKind(kind)
    ? ok(undefined)
    : await orRolledBack(services, (tx) => undoMasters(services, tx, kind as MasterKind, id))
  await services.store.transaction((tx) => forget(tx, id))
  if (!isFactKind(kind)) await copyOrNote(services, () => refreshMasters(services, kind as MasterKind))
  return removed.ok
}

/**
 * A load that its process did not end is taken out whole, so that nothing half stays. Where servers share the store, one
 * whose lease has run out is taken over; a process that has the home alone closes all that do not run in it.
 */
export async function closeInterruptedLoads(services: Services): Promise<number> {
  const { store, server } = services
  const rows = await store.query<{ id: number; kind: ImportKind }>(
    `update loads set server_id = $1, lease_until = ${leaseEnd}
     where state = 'running' and (not $2::boolean or ${leaseOver}) returning id, kind`,
    [server.id, server.shared],
  )
  const interrupted = rows.filter((row) => !runningLoads(services).has(row.id)).sort((a, b) => a.id - b.id)
  for (const { id, kind } of interrupted) await closeInterrupted(services, id, kind)
  return interrupted.length
}

async function closeInterrupted(services: Services, id: number, kind: ImportKind): Promise<void> {
  const { store, server } = services
  const own = "id = $1 and server_id = $2 and state = 'running'"
  const lease = keepLease(async () => {
    const rows = await store.query(`update loads set lease_until = ${leaseEnd} where ${own} returning id`, [
      id,
      server.id,
    ])
    return rows.length > 0
  })
  try {
    const gone = await takeOut(services, id, kind)
    await store.transaction(async (tx) => {
      // What somebody built on meanwhile stays, and the load with it.
      const closed = await tx.query(
        `update loads set state = $3, failure = $4, finished_at = now(), progress = null, lease_until = null
         where ${own} returning id`,
        [id, server.id, gone ? 'failed' : 'done', gone ? 'load_interrupted' : null],
      )
      if (closed.length === 0) return
      await recordAudit(
        tx,
        { id: 'system', kind: 'system' },
        { action: 'load.interrupted', objectKind: 'load', objectId: String(id), detail: { takenOut: gone } },
      )
    })
    log(
      'warn',
      `load ${id} was interrupted${gone ? ' and has been taken out' : '; what it brought is in use and stays'}`,
    )
  } finally {
    await lease.stop()
  }
}
