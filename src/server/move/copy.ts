import { stat } from 'node:fs/promises'
import { fail, ok, type Result } from '#lib/result.ts'
import { sameTally, sumOf, type Tally } from '#lib/tally.ts'
import {
  copiedChunks,
  copyStore,
  differingTables,
  forgetStore,
  forgetTable,
  type MoveNote,
  noteChunk,
} from '#store/move.ts'
import type { Store } from '#store/store.ts'
import type { Chunk } from '#warehouse/moving/chunks.ts'
import type { MoveSource, MoveTarget } from '#warehouse/moving/sides.ts'

export interface MoveProgress {
  step: 'store' | 'warehouse' | 'checking'
  table?: string
  rows: number
  ofRows: number
  bytes: number
  secondsLeft?: number | undefined
}

export interface Copied {
  /** None where an earlier run had copied and compared them all, and only its last step was missing. */
  tables: Record<string, Tally>
  rows: number
  bytes: number
  /** Of this run; what an earlier one had copied already is not in it. */
  copiedRows: number
  seconds: { store: number; warehouse: number; checking: number }
}

export interface CopyParts {
  from: { store: Store; warehouse: MoveSource }
  to: { store: Store; warehouse: MoveTarget }
  note: MoveNote
  /** An earlier attempt may have left something. */
  again: boolean
  scratch: string
  signal: AbortSignal
  progress(at: MoveProgress): void
}

/**
 * Copies both stores, or what is missing of them, and compares every table. Nothing is published: the caller does that
 * in one transaction, once all is the same.
 */
export async function copyBoth(parts: CopyParts): Promise<Result<Copied, 'move_differs'>> {
  const { from, to, scratch, signal, progress } = parts
  const seconds = { store: 0, warehouse: 0, checking: 0 }
  const timed = async <T>(step: MoveProgress['step'], work: () => Promise<T>) => {
    const began = performance.now()
    try {
      return await work()
    } finally {
      seconds[step] += Math.round(performance.now() - began) / 1000
    }
  }
  let { note } = parts
  signal.throwIfAborted()
  if (note.state === 'begun')
    note = await timed('store', () => {
      progress({ step: 'store', rows: 0, ofRows: 0, bytes: 0 })
      return copyStore(from.store, to.store, scratch, note)
    })
  const plan = await timed('warehouse', () => planOf(from.warehouse))
  const copied = await timed('warehouse', () => copyChunks(parts, plan))
  return timed('checking', async () => {
    const tables: Record<string, Tally> = {}
    const expected = Map.groupBy(await copiedChunks(to.store), (chunk) => chunk.table)
    for (const table of plan.keys()) {
      signal.throwIfAborted()
      progress({ step: 'checking', table, rows: 0, ofRows: 0, bytes: 0 })
      const source = sumOf(expected.get(table) ?? [])
      const target = await to.warehouse.tally(table, signal)
      if (!sameTally(source, target)) {
        await forgetTable(to.store, table)
        return fail('move_differs', differenceOf(`warehouse.${table}`, source, target))
      }
      tables[`warehouse.${table}`] = target
    }
    const [differs] = await differingTables(from.store, to.store)
    if (differs) {
      await forgetStore(to.store, note)
      return fail('move_differs', differenceOf(`store.${differs.table}`, differs.source, differs.target))
    }
    const rows = Object.values(tables).reduce((sum, { rows: n }) => sum + n, 0)
    return ok({ tables, rows, ...copied, seconds })
  })
}

const differenceOf = (table: string, source: Tally, target: Tally) => ({
  table,
  sourceRows: source.rows,
  targetRows: target.rows,
  sourceChecksum: source.checksum,
  targetChecksum: target.checksum,
})

async function planOf(source: MoveSource): Promise<Map<string, Chunk[]>> {
  const plan = new Map<string, Chunk[]>()
  for (const table of await source.tables()) plan.set(table, await source.chunksOf(table))
  return plan
}

async function copyChunks(
  { from, to, again, signal, progress }: CopyParts,
  plan: ReadonlyMap<string, readonly Chunk[]>,
): Promise<Pick<Copied, 'copiedRows' | 'bytes'>> {
  const done = new Map((await copiedChunks(to.store)).map((chunk) => [`${chunk.table} ${chunk.name}`, chunk]))
  const chunks = [...plan.values()].flat()
  const isDone = (chunk: Chunk) => done.get(`${chunk.table} ${chunk.name}`)?.rows === chunk.rows
  const ofRows = chunks.reduce((sum, { rows }) => sum + rows, 0)
  const left = chunks.filter((chunk) => !isDone(chunk)).reduce((sum, { rows }) => sum + rows, 0)
  const began = performance.now()
  const copied = { copiedRows: 0, bytes: 0 }
  const tell = (table: string) => {
    const elapsed = (performance.now() - began) / 1000
    progress({
      step: 'warehouse',
      table,
      rows: ofRows - left + copied.copiedRows,
      ofRows,
      bytes: copied.bytes,
      secondsLeft: copied.copiedRows
        ? Math.ceil((elapsed / copied.copiedRows) * (left - copied.copiedRows))
        : undefined,
    })
  }
  for (const [table, parts] of plan) {
    signal.throwIfAborted()
    await to.warehouse.make(table)
    const begun = parts.some(isDone)
    if (again && !begun) await to.warehouse.clear(table)
    for (const chunk of parts) {
      if (isDone(chunk)) continue
      signal.throwIfAborted()
      const tally = await from.warehouse.tally(chunk, signal)
      if (tally.rows !== chunk.rows) throw new Error(`${table} changed while it was copied`)
      await from.warehouse.unload(
        chunk,
        async (paths) => {
          for (const path of paths) copied.bytes += (await stat(path)).size
          await to.warehouse.load(chunk, paths, { again: again && begun, signal })
        },
        signal,
      )
      // Not before the rows are there: what is noted is not copied once more.
      await noteChunk(to.store, { table, name: chunk.name, ...tally })
      copied.copiedRows += chunk.rows
      tell(table)
    }
  }
  return copied
}
