import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { markStaleLogs, prepareLog, staleLogs } from '#warehouse/preparedLog.ts'
import type { Writer } from '#warehouse/warehouse.ts'

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
 * Prepares the event logs of these processes anew, in the turn of the writer that changed their facts. The facts are
 * settled first, with a note of what is behind.
 */
export async function prepareProcesses(
  services: Services,
  writer: Writer,
  processes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (const row of await markProcesses(services, writer, processes))
    await prepareLog(writer, { ...row, timeZone: services.home.timeZone, signal })
}

/**
 * Prepares what is noted as behind: after facts were taken out, at start what the last process left, and now and then
 * what could not be prepared. One that fails keeps its note, its old log, and does not hold up the others.
 */
export async function prepareStaleLogs(services: Services): Promise<number> {
  let prepared = 0
  for (const { process, log: number } of await services.warehouse.staleLogs()) {
    try {
      await services.warehouse.session(({ write }) =>
        write(
          async (writer) => {
            // Somebody else may have had the turn before.
            if (!(await staleLogs(writer)).some((stale) => stale.log === number)) return
            await prepareLog(writer, { process, log: number, timeZone: services.home.timeZone })
            prepared++
          },
          { publish: true },
        ),
      )
    } catch (error) {
      log('error', `the event log of ${process} could not be prepared; its last one stands`, {
        error: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return prepared
}
