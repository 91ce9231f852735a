import { zstdDecompressSync } from 'node:zlib'
import type { Services } from '#features/services.ts'
import { surrogatesFor } from '#store/subjects.ts'
import { loadFacts, markBatchMoved } from '#warehouse/loading.ts'
import { refreshRollups } from '#warehouse/rollups.ts'
import type { Cell, Writer } from '#warehouse/warehouse.ts'
import type { InteractionLine } from '../parse/interactionLines.ts'

interface Batch {
  id: number
  source: string
  row_count: number
  load_number: number
  body_enc: Uint8Array
}

/** Customers' and staff's numbers that come through the interface are the bank's own. */
const identities = 'core'
const rowsAtOnce = 100_000
const batchesAtOnce = 500

/**
 * Moves batches that wait in the Store into the warehouse, in the order in which they came. The warehouse notes each
 * batch in the transaction that holds its rows, so that a batch whose note in the Store was lost is not moved twice.
 * Returns how many batches it moved; call it again until that is none.
 */
export async function moveIntake(services: Services): Promise<number> {
  const waiting = await services.store.query<{ id: number; source: string; row_count: number }>(
    'select id, source, row_count from intake_batches where moved_at is null order by id limit $1',
    [batchesAtOnce],
  )
  const [first] = waiting
  if (!first) return 0
  // One source at a time: an id is unique within it.
  let rows = 0
  const ids: number[] = []
  for (const batch of waiting) {
    if (batch.source !== first.source || (ids.length > 0 && rows + batch.row_count > rowsAtOnce)) break
    ids.push(batch.id)
    rows += batch.row_count
  }
  const batches = await services.store.query<Batch>(
    'select id, source, row_count, load_number, body_enc from intake_batches where id = any($1::bigint[]) order by id',
    [ids],
  )
  await services.warehouse.write(async (writer) => {
    const loadId = Math.max(...batches.map((batch) => batch.load_number))
    const fresh: Batch[] = []
    for (const batch of batches) {
      if (await markBatchMoved(writer, { batchId: batch.id, loadId, rowCount: batch.row_count })) fresh.push(batch)
    }
    if (fresh.length === 0) return
    await stage(
      services,
      writer,
      fresh.flatMap((batch) => linesOf(services, batch)),
    )
    await loadFacts(
      writer,
      'interactions',
      { loadId, source: first.source, timeZone: services.home.timeZone },
      'intake_rows',
    )
    await writer.script('drop table temp.intake_rows')
    await refreshRollups(writer, undefined, { episodes: 'later' })
  })
  // What has moved needs no second copy; hash and count stay for the repeats.
  await services.store.query(
    'update intake_batches set moved_at = now(), body_enc = null where id = any($1::bigint[])',
    [ids],
  )
  return ids.length
}

const linesOf = (services: Services, batch: Batch): InteractionLine[] =>
  zstdDecompressSync(services.cipher.decryptBytes(batch.body_enc))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as InteractionLine)

async function stage(services: Services, writer: Writer, lines: readonly InteractionLine[]): Promise<void> {
  const people = (kind: 'customer' | 'staff') =>
    services.store.transaction((tx) =>
      surrogatesFor(
        tx,
        services.cipher,
        kind,
        identities,
        lines.flatMap((line) => (line[kind] === undefined ? [] : [line[kind]])),
      ),
    )
  const [customers, staff] = [await people('customer'), await people('staff')]
  const units = new Map(
    (await services.store.query<{ id: string; code: string }>('select id, code from units')).flatMap(
      (unit) =>
        [
          [unit.code, unit.id],
          [unit.id, unit.id],
        ] as const,
    ),
  )
  const columns: Record<string, (line: InteractionLine) => Cell> = {
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
    case_key: (line) => line.case ?? null,
    outcome: (line) => line.outcome ?? null,
    wait_seconds: (line) => line.wait_seconds ?? null,
    duration_seconds: (line) => line.duration_seconds ?? null,
    attributes: (line) => (line.attributes ? JSON.stringify(line.attributes) : null),
  }
  const names = Object.keys(columns)
  await writer.script('drop table if exists temp.intake_rows')
  await writer.script(`create temp table intake_rows as select ${names.join(', ')} from interactions limit 0`)
  await writer.append(
    'intake_rows',
    names,
    names.map((name) => lines.map((line) => columns[name]!(line))),
  )
}

const utc = (instant: string): string => new Date(instant).toISOString()
