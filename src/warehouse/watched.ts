import { callerSignal, toItsEnd } from '#lib/caller.ts'
import { inSpan } from '#lib/telemetry.ts'
import { noteReading } from './asOf.ts'
import type { ReadOptions, Session, Warehouse } from './warehouse.ts'

/**
 * The same warehouse, whose reads and writes are spans: which engine, which question, how many rows; no SQL. A read ends
 * with the call that it is for, whether or not its author thought of that; a write, and what is read in it, never does. And
 * a call that reads is noted with the version that it began by.
 */
export function watchedWarehouse(warehouse: Warehouse): Warehouse {
  const attributes = { 'db.system.name': warehouse.dialect.name }
  const watchedWrite =
    (write: Session['write']): Session['write'] =>
    (work, options) =>
      inSpan('warehouse write', { kind: 'client', attributes }, () => toItsEnd(() => write(work, options)))
  const noted = () => noteReading(() => warehouse.versions())
  return {
    ...warehouse,
    dataVersion: () => {
      noted()
      return warehouse.dataVersion()
    },
    log: (log) => {
      noted()
      return warehouse.log(log)
    },
    read: (query, scope, options) => {
      noted()
      return inSpan(
        'warehouse read',
        { kind: 'client', attributes: { ...attributes, 'zhiyin.question.id': options?.question } },
        async (span) => {
          const result = await warehouse.read(query, scope, endingWithCaller(options))
          span.set({ 'db.response.returned_rows': result.rows.length })
          return result
        },
      )
    },
    write: watchedWrite(warehouse.write),
    session: (work) => warehouse.session((session) => work({ ...session, write: watchedWrite(session.write) })),
  }
}

function endingWithCaller(options: ReadOptions = {}): ReadOptions {
  const signals = [options.signal, callerSignal()].filter((signal) => signal !== undefined)
  const [signal] = signals
  if (!signal) return options
  return { ...options, signal: signals.length > 1 ? AbortSignal.any(signals) : signal }
}
