import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { type ImportKind, isFactKind } from '#warehouse/import/kinds.ts'
import { undoLoad as undoFacts } from '#warehouse/loading.ts'
import { refreshRollups } from '#warehouse/rollups.ts'
import { refreshMasters, undoMasters } from './masters.ts'
import type { MasterKind } from './masterTables.ts'
import { prepareProcesses } from './prepare.ts'
import { runningLoads } from './running.ts'

/** Takes a load back, whichever loads came after it. Its report and its record stay. */
export async function undoLoad(services: Services, scope: Scope, id: number): Promise<Result<{ id: number }>> {
  const [row] = await services.store.query<{ kind: ImportKind; state: string }>(
    'select kind, state from loads where id = $1',
    [id],
  )
  if (!row) return fail('not_found')
  if (row.state !== 'done') return fail('load_not_done')
  // The warehouse first: should the server stop between the two, undoing again finds nothing left there and goes on.
  if (isFactKind(row.kind)) await removeFacts(services, id)
  const outcome = await services.store.transaction(async (tx) => {
    const [locked] = await tx.query<{ state: string }>('select state from loads where id = $1 for update', [id])
    if (locked?.state !== 'done') return fail('load_not_done')
    const removed = isFactKind(row.kind)
      ? ok({ removed: 0 })
      : await undoMasters(services, tx, row.kind as MasterKind, id)
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
  if (outcome.ok && !isFactKind(row.kind)) await refreshMasters(services, row.kind as MasterKind)
  return outcome
}

async function removeFacts(services: Services, id: number): Promise<void> {
  await services.warehouse.write(
    async (writer) => {
      const undone = await undoFacts(writer, id)
      await refreshRollups(writer)
      await prepareProcesses(services, writer, undone.processes)
    },
    { publish: true },
  )
}

/** What the Store kept for the facts of a load. Case keys stay: a later load of the same cases must find them. */
async function forget(tx: Tx, id: number): Promise<void> {
  await tx.query('delete from free_texts where load_id = $1', [id])
}

/** At start: a load that the last process did not end is taken out whole, so that nothing half stays. */
export async function closeInterruptedLoads(services: Services): Promise<number> {
  const rows = await services.store.query<{ id: number; kind: ImportKind }>(
    "select id, kind from loads where state = 'running' order by id",
  )
  const interrupted = rows.filter((row) => !runningLoads(services).has(row.id))
  for (const { id, kind } of interrupted) {
    if (isFactKind(kind)) await removeFacts(services, id)
    await services.store.transaction(async (tx) => {
      if (!isFactKind(kind)) await undoMasters(services, tx, kind as MasterKind, id)
      await forget(tx, id)
      await tx.query(
        "update loads set state = 'failed', failure = 'load_interrupted', finished_at = now() where id = $1",
        [id],
      )
      await recordAudit(
        tx,
        { id: 'system', kind: 'system' },
        { action: 'load.interrupted', objectKind: 'load', objectId: String(id) },
      )
    })
    if (!isFactKind(kind)) await refreshMasters(services, kind as MasterKind)
    log('warn', `load ${id} was interrupted and has been taken out`)
  }
  return interrupted.length
}
