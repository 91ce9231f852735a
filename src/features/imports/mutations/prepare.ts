import type { Services } from '#features/services.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import type { Writer } from '#warehouse/warehouse.ts'

/** Prepares the event logs of these processes anew, in the transaction that changed their facts. */
export async function prepareProcesses(
  services: Services,
  writer: Writer,
  processes: readonly string[],
): Promise<void> {
  if (processes.length === 0) return
  const rows = await services.store.query<{ id: string; log: number }>(
    'select id, log from processes where id = any($1::text[])',
    [processes],
  )
  for (const { id, log } of rows) await prepareLog(writer, { process: id, log, timeZone: services.home.timeZone })
}
