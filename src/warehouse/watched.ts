import { inSpan } from '#lib/telemetry.ts'
import { noteReading } from './asOf.ts'
import type { Session, Warehouse } from './warehouse.ts'

/**
 * The same warehouse, whose reads and writes are spans: which engine, which question, how many rows; no SQL. And a call
 * that reads from it is noted with the version that it began by.
 */
export function watchedWarehouse(warehouse: Warehouse): Warehouse {
  const attributes = { 'db.system.name': warehouse.dialect.name }
  const watchedWrite =
    (write: Session['write']): Session['write'] =>
    (work, options) =>
      inSpan('warehouse write', { kind: 'client', attributes }, () => write(work, options))
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
          const result = await warehouse.read(query, scope, options)
          span.set({ 'db.response.returned_rows': result.rows.length })
          return result
        },
      )
    },
    write: watchedWrite(warehouse.write),
    session: (work) => warehouse.session((session) => work({ ...session, write: watchedWrite(session.write) })),
  }
}
