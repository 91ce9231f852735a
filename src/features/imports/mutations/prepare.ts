import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { markStaleLogs, prepareLog, staleLogs } from '#warehouse/preparedLog.ts'
import type { Writer } from '#warehouse/warehouse.ts'

/**
 * Prepares the event logs of these processes anew. Their facts are settled first, with a note of what is behind: what
 * a killed process leaves so is prepared at the next start.
 */
export async function prepareProcesses(
  services: Services,
  writer: Writer,
  processes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (processes.length === 0) return
  const rows = await services.store.query<{ process: string; log: number }>(
    'select id as process, log from processes where id = any($1::text[])',
    [processes],
  )
  await markStaleLogs(writer, rows)
  for (const row of rows) await prepareLog(writer, { ...row, timeZone: services.home.timeZone, signal })
}

/** At start: prepares what the last process left behind. */
export async function prepareStaleLogs(services: Services): Promise<number> {
  return services.warehouse.session(({ write }) =>
    write(
      async (writer) => {
        const stale = await staleLogs(writer)
        for (const { process, log: number } of stale) {
          await prepareLog(writer, { process, log: number, timeZone: services.home.timeZone })
          log('warn', `the event log of ${process} had not been prepared to its end and has been prepared anew`)
        }
        return stale.length
      },
      { publish: true },
    ),
  )
}
