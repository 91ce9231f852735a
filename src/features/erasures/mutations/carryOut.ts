import type { Scope } from '#access/scope.ts'
import { dropFilesSentBefore } from '#features/imports/data/uploads.ts'
import { prepareStaleLogs } from '#features/prepareLogs.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { recordAudit } from '#store/audit.ts'
import { type Counts, customersOf } from '../data.ts'
import { closeDoor, type Named } from './closeDoor.ts'
import { keepErasedList } from './erasedList.ts'
import { blankExcerpts } from './excerpts.ts'
import { takeOut } from './takeOut.ts'

/** Carries out what was approved, in the order of filing. One that fails does not hold up the others. */
export async function carryOutErasures(services: Services, scope: Scope, signal: AbortSignal): Promise<void> {
  await keepErasedList(services)
  const approved = await services.store.query<{ id: string }>(
    "select id from erasures where state = 'approved' order by id",
  )
  let failed: unknown
  for (const { id } of approved) {
    signal.throwIfAborted()
    try {
      await carryOut(services, scope, id)
    } catch (error) {
      failed = error
      log('error', `erasing ${id} did not come to its end and is taken up again`, {
        error: error instanceof Error ? error.message : String(error),
      })
    }
  }
  if (failed) throw failed
}

interface Under {
  state: string
  approved_place: number | null
  closed_place: number | null
  closed_at: string | null
  named_enc: Uint8Array | null
}

const under = async ({ store }: Services, id: string): Promise<Under> =>
  (
    await store.query<Under>(
      'select state, approved_place, closed_place, closed_at, named_enc from erasures where id = $1',
      [id],
    )
  )[0] as Under

/**
 * One step after the other, each harmless when it is done twice: a server that is killed anywhere is followed by one that
 * begins at the first again. `waiting` where a load that began before must end first, or a log could not be prepared.
 */
export async function carryOut(services: Services, scope: Scope, id: string): Promise<'done' | 'waiting'> {
  const keys = await customersOf(services.store, scope, id)
  const begun = await under(services, id)
  if (begun.closed_at === null) {
    // What began before the approval is to find the keys that go, not new ones.
    if (await loadsRunBefore(services, begun.approved_place)) return 'waiting'
    await closeDoor(services, id, keys)
  }
  // Drawn only now: a load of a greater place cannot have found the keys any more.
  await services.store.query(
    `update erasures set closed_place = nextval(pg_get_serial_sequence('loads', 'id'))
     where id = $1 and closed_place is null`,
    [id],
  )
  const { closed_at, closed_place, named_enc } = await under(services, id)
  await addTo(services, id, 'files', await dropFilesSentBefore(services, new Date(closed_at as string)))
  if (await loadsRunBefore(services, closed_place)) return 'waiting'
  await takeOut(services, id, keys)
  await prepareStaleLogs(services)
  if (await logsAreBehind(services, id)) return 'waiting'
  const named = JSON.parse(services.cipher.decrypt(named_enc as Uint8Array)) as Named
  await addTo(services, id, 'excerpts', await blankExcerpts(services, named))
  await keepErasedList(services, id)
  await finish(services, scope, id)
  return 'done'
}

async function loadsRunBefore({ store }: Services, place: number | null): Promise<boolean> {
  const rows = await store.query("select 1 from loads where state = 'running' and id < $1 limit 1", [place])
  return rows.length > 0
}

/** His events are out of the facts; they are out of what is shown only when their logs have been prepared. */
async function logsAreBehind({ store, warehouse }: Services, id: string): Promise<boolean> {
  const [row] = await store.query<{ counts: Counts }>('select counts from erasures where id = $1', [id])
  const stale = await warehouse.staleLogs()
  return stale.some(({ process }) => row?.counts.processes?.includes(process))
}

async function addTo({ store }: Services, id: string, name: 'files' | 'excerpts', n: number): Promise<void> {
  if (n === 0) return
  await store.query(
    `update erasures set counts = counts || jsonb_build_object($2::text, coalesce((counts ->> $2::text)::int, 0) + $3::int)
     where id = $1`,
    [id, name, n],
  )
}

/** What it says of the person goes with him; how much it was goes into the audit. */
const finish = (services: Services, scope: Scope, id: string): Promise<void> =>
  services.store.transaction(async (tx) => {
    const [row] = await tx.query<{ counts: Counts }>(
      `update erasures set state = 'done', done_at = $2, named_enc = null, note_enc = null
       where id = $1 and state = 'approved' returning counts`,
      [id, services.clock().toISOString()],
    )
    if (!row) return
    const { facts = [], processes, ...counts } = row.counts
    await recordAudit(tx, scope.actor, {
      action: 'erasure.carryOut',
      objectKind: 'erasure',
      objectId: id,
      detail: {
        keys: await customersOf(tx, scope, id),
        ...Object.fromEntries(facts.map(({ kind, rows }) => [kind, rows])),
        ...counts,
        ...(processes?.length ? { processes } : {}),
      },
    })
  })
