import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { markStaleLogs, prepareLog, staleLogs } from '#warehouse/preparedLog.ts'
import type { Session, Writer } from '#warehouse/warehouse.ts'

/** Notes that the event logs of these processes are behind, in the transaction that changed their facts. */
export async function markProcesses(services: Services, writer: Writer, processes: readonly string[]) {
  if (processes.length === 0) return []
  const rows = await services.store.query<{ process: string; log: number }>(
    'select id as process, log from processes where id = any($1::text[])',
    [processes],
  )
  await markStaleLogs(writer, rows)
  return rows
}

/**
 * Prepares one event log anew, unless somebody else has since it was noted as behind. A turn of its own: what comes in
 * while a load is read is moved before it.
 */
export async function prepareNoted(
  services: Services,
  { write }: Pick<Session, 'write'>,
  { process, log: number }: { process: string; log: number },
  signal?: AbortSignal,
): Promise<boolean> {
  return write(
    async (writer) => {
      if (!(await staleLogs(writer)).some((stale) => stale.log === number)) return false
      await prepareLog(writer, { process, log: number, timeZone: services.home.timeZone, signal })
      return true
    },
    { publish: true },
  )
}

/**
 * Prepares what is noted as behind: after facts were taken out, at start what the last process left, and now and then
 * what could not be prepared. One that fails keeps its note, its old log, and does not hold up the others.
 */
export async function prepareStaleLogs(services: Services): Promise<number> {
  let prepared = 0
  for (const noted of await services.warehouse.staleLogs()) {
    try {
      if (await services.warehouse.session((session) => prepareNoted(services, session, noted))) prepared++
    } catch (error) {
      log('error', `the event log of ${noted.process} could not be prepared; its last one stands`, {
        error: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return prepared
}
