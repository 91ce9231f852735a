import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { counter, errorTypeOf, inSpan } from '#lib/telemetry.ts'
import { recordAudit } from '#store/audit.ts'
import { isStoreAway } from '#store/errors.ts'
import { surrogatesFor } from '#store/subjects.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'
import { markBatchMoved } from '#warehouse/loading.ts'
import { loadSourcesAddingUp } from '#warehouse/rollups/adding.ts'
import { refreshRollups } from '#warehouse/rollups/making.ts'
import type { Cell, Writer } from '#warehouse/warehouse.ts'
import { linesInBody } from '../data/intakeBody.ts'
import type { InteractionLine } from '../parse/interactionLines.ts'
import { impersonal } from '../parse/personal.ts'
import { caseKeys } from './references.ts'

interface Batch {
  id: number
  source: string
  row_count: number
  load_number: number
  body_enc: Uint8Array
}

/** Customers' and staff's numbers that come through the interface are the bank's own. */
const identities = 'core'
/** How much is moved together: a commit costs a lake seconds, whatever is in it, and an embedded warehouse next to nothing. */
const atOnce = { duckdb: { rows: 100_000, batches: 500 }, trino: { rows: 300_000, batches: 2_000 } }
const rowsMoved = counter('zhiyin.intake.rows.moved', '{row}', 'Interactions moved from the Store into the warehouse.')

/**
 * Moves batches that wait in the Store into the warehouse, in the order in which they came. The warehouse notes each
 * batch in the transaction that holds its rows, so that a batch whose note in the Store was lost is not moved twice.
 * Returns how many batches it dealt with; call it again until that is none. Where several together fail, each is moved
 * by itself, and one that fails alone stands aside.
 */
export async function moveIntake(services: Services): Promise<number> {
  const most = atOnce[services.warehouse.dialect.name]
  const waiting = await services.store.query<{ id: number; row_count: number }>(
    'select id, row_count from intake_batches where moved_at is null and failed_at is null order by id limit $1',
    [most.batches],
  )
  const [first] = waiting
  if (!first) return 0
  let rows = 0
  const ids: number[] = []
  for (const batch of waiting) {
    if (ids.length > 0 && rows + batch.row_count > most.rows) break
    ids.push(batch.id)
    rows += batch.row_count
  }
  const size = { 'zhiyin.intake.batches': ids.length, 'zhiyin.intake.rows': rows }
  await inSpan('intake move', { root: true, attributes: size }, async (span) => {
    try {
      await moveBatches(services, ids)
    } catch (error) {
      span.fail(errorTypeOf(error))
      // Not the batches' fault: they wait, in their order, until cluster and store are back.
      if (isAway(error)) throw error
      if (ids.length === 1) await setAside(services, first.id, error)
      else
        for (const id of ids)
          await moveBatches(services, [id]).catch((alone: unknown) => {
            if (isAway(alone)) throw alone
            return setAside(services, id, alone)
          })
    }
  })
  return ids.length
}

const isAway = (error: unknown) => warehouseCodeOf(error) !== undefined || isStoreAway(error)

// Any constant: one server moves at a time.
const intakeLock = 77002033

/** As `moveIntake`, unless another server is at it: both would read the same batches, and one of them for nothing. */
export async function moveIntakeAlone(services: Services): Promise<number> {
  if (!services.server.shared) return moveIntake(services)
  const waiting = await services.store.query(
    'select 1 from intake_batches where moved_at is null and failed_at is null limit 1',
  )
  if (waiting.length === 0) return 0
  return (await services.store.whileAlone(intakeLock, () => moveIntake(services))) ?? 0
}

/** A batch that cannot be moved keeps its body and says why; its place in the order of loads stays its own. */
async function setAside(services: Services, id: number, error: unknown): Promise<void> {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500)
  log('error', `intake batch ${id} could not be moved and stands aside`, { error: reason })
  await services.store.transaction(async (tx) => {
    const [before] = await tx.query<{ failure: string | null }>('select failure from intake_batches where id = $1', [
      id,
    ])
    await tx.query('update intake_batches set failed_at = now(), failure = $2 where id = $1', [id, reason])
    // Tried again every hour: written down once.
    if (before?.failure !== reason)
      await recordAudit(
        tx,
        { id: 'system', kind: 'system' },
        { action: 'interactions.setAside', objectKind: 'intake_batch', objectId: String(id), detail: { reason } },
      )
  })
}

/** Batches that stood aside stand in line again: what hindered them may be gone. */
export async function retryIntake(services: Services): Promise<void> {
  await services.store.query(
    'update intake_batches set failed_at = null where moved_at is null and failed_at is not null',
  )
}

async function moveBatches(services: Services, ids: readonly number[]): Promise<void> {
  let moved = 0
  await services.warehouse.write(async (writer) => {
    // Read in the turn: whoever erases a customer takes his lines out of what waits in a turn of his own.
    const batches = await services.store.query<Batch>(
      'select id, source, row_count, load_number, body_enc from intake_batches where id = any($1::bigint[]) order by id',
      [ids],
    )
    // Its batches are one load of each source: an id is unique within it, and the last line of an id counts.
    const loads = new Map<string, number>()
    for (const { source, load_number } of batches)
      loads.set(source, Math.max(load_number, loads.get(source) ?? load_number))
    const fresh: Batch[] = []
    for (const batch of batches) {
      const loadId = loads.get(batch.source)!
      if (await markBatchMoved(writer, { batchId: batch.id, loadId, rowCount: batch.row_count })) fresh.push(batch)
    }
    if (fresh.length === 0) return
    moved = fresh.reduce((sum, batch) => sum + batch.row_count, 0)
    await stage(services, writer, loads, fresh)
    await loadSourcesAddingUp(writer, 'interactions', { timeZone: services.home.timeZone }, 'intake_rows')
    await writer.script('drop table temp.intake_rows')
    if (await sumsAreDue(services, ids)) await refreshRollups(writer, { episodes: 'later' })
  })
  rowsMoved(moved)
  // What has moved needs no second copy; hash and count stay for the repeats.
  await services.store.query(
    'update intake_batches set moved_at = now(), failed_at = null, failure = null, body_enc = null where id = any($1::bigint[])',
    [ids],
  )
}

/** So many batches' lines are objects at once: what does not grow old costs no pauses of the garbage collector. */
const batchesAtOnce = 10
/** A few milliseconds' work: whoever calls meanwhile waits no longer. */
const appendedAtOnce = 2_000

const sumsMadeAt = new WeakMap<Services['store'], number>()
const sumsWaitAtMostMs = 20_000

/**
 * On a lake the sums of days with corrections wait while more is to be moved: made anew for each move they would cost more
 * than the facts. Their days are noted with the facts, so whoever comes next makes them.
 */
async function sumsAreDue({ store, warehouse }: Services, moving: readonly number[]): Promise<boolean> {
  if (warehouse.dialect.name === 'duckdb') return true
  const late = Date.now() - (sumsMadeAt.get(store) ?? 0) > sumsWaitAtMostMs
  const more = await store.query(
    'select 1 from intake_batches where moved_at is null and failed_at is null and id > $1 limit 1',
    [Math.max(...moving)],
  )
  if (more.length > 0 && !late) return false
  sumsMadeAt.set(store, Date.now())
  return true
}

/** Requests are answered in between: parsing hundreds of thousands of lines takes seconds. */
const breath = () => new Promise<void>((resolve) => setImmediate(resolve))

const linesOf = (services: Services, batch: Batch): InteractionLine[] =>
  linesInBody(services.cipher, batch.body_enc).map((line) => JSON.parse(line) as InteractionLine)

/** Puts the batches' interactions into a table of the session's own, people and cases by their keys. */
async function stage(
  services: Services,
  writer: Writer,
  loads: ReadonlyMap<string, number>,
  batches: readonly Batch[],
): Promise<void> {
  const rows = await services.store.query<{ id: string; code: string }>('select id, code from units')
  const units = new Map(rows.flatMap(({ id, code }) => [[code, id] as const, [id, id] as const]))
  await writer.script('drop table if exists temp.intake_rows')
  await writer.script(`create temp table intake_rows as select ${stagedColumns.join(', ')} from interactions limit 0`)
  for (let from = 0; from < batches.length; from += batchesAtOnce) {
    const taken: Taken[] = []
    for (const batch of batches.slice(from, from + batchesAtOnce)) {
      const of = { source: batch.source, loadId: loads.get(batch.source)! }
      for (const line of linesOf(services, batch)) taken.push({ line, of })
      await breath()
    }
    const lines = taken.map(({ line }) => line)
    const row = rowOf({
      customers: await keysOf(services, 'customer', lines),
      staff: await keysOf(services, 'staff', lines),
      cases: await casesOf(services, Math.max(...loads.values()), lines),
      units,
    })
    for (let at = 0; at < taken.length; at += appendedAtOnce) {
      const part = taken.slice(at, at + appendedAtOnce)
      await writer.append(
        'intake_rows',
        stagedColumns,
        stagedColumns.map((column) => part.map(({ line, of }) => row[column](line, of))),
      )
      await breath()
    }
  }
}

const keysOf = (services: Services, kind: 'customer' | 'staff', lines: readonly InteractionLine[]) =>
  services.store.transaction((tx) =>
    surrogatesFor(
      tx,
      services.cipher,
      kind,
      identities,
      lines.flatMap((line) => (line[kind] === undefined ? [] : [line[kind]])),
    ),
  )

/** A line, and under which source and load it is a fact. */
interface Taken {
  line: InteractionLine
  of: { source: string; loadId: number }
}

interface Known {
  customers: ReadonlyMap<string, number>
  staff: ReadonlyMap<string, number>
  cases: ReadonlyMap<string, ReadonlyMap<string, string>>
  units: ReadonlyMap<string, string>
}

const rowOf = ({ customers, staff, cases, units }: Known) =>
  ({
    source: (_, { source }) => source,
    load_id: (_, { loadId }) => loadId,
    source_id: (line) => line.id,
    start_at: (line) => utc(line.start_at),
    end_at: (line) => (line.end_at ? utc(line.end_at) : null),
    customer_key: (line) => customers.get(line.customer ?? '') ?? null,
    staff_key: (line) => staff.get(line.staff ?? '') ?? null,
    unit_id: (line) => units.get(line.unit ?? '') ?? null,
    touchpoint_id: (line) => line.touchpoint ?? null,
    product: (line) => line.product ?? null,
    channel: (line) => line.channel,
    intent: (line) => line.intent ?? null,
    segment: (line) => line.segment ?? null,
    interaction_id: (line) => line.interaction ?? null,
    process: (line) => line.process ?? null,
    case_key: (line) => cases.get(line.process ?? '')?.get(line.case ?? '') ?? null,
    outcome: (line) => line.outcome ?? null,
    wait_seconds: (line) => line.wait_seconds ?? null,
    duration_seconds: (line) => line.duration_seconds ?? null,
    attributes: (line) => {
      const kept = line.attributes && impersonal(line.attributes, new Map())
      return kept ? JSON.stringify(kept) : null
    },
  }) satisfies Record<string, (line: InteractionLine, of: Taken['of']) => Cell>

const none = new Map<never, never>()
const stagedColumns = Object.keys(
  rowOf({ customers: none, staff: none, cases: none, units: none }),
) as (keyof ReturnType<typeof rowOf>)[]

/** The keys of cases, as text, by process and number. */
async function casesOf(services: Services, loadId: number, lines: readonly InteractionLine[]) {
  const byProcess = new Map<string, Set<string>>()
  for (const { process, case: number } of lines) {
    if (process === undefined || number === undefined) continue
    const numbers = byProcess.get(process) ?? new Set()
    byProcess.set(process, numbers.add(number))
  }
  const keys = new Map<string, Map<string, string>>()
  for (const [process, numbers] of byProcess) {
    const made = await caseKeys(services, process, loadId, [...numbers])
    keys.set(process, new Map([...made].map(([number, key]) => [number, String(key)])))
  }
  return keys
}

const utc = (instant: string): string => new Date(instant).toISOString()
