import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { process } from './contract.ts'

type Process = z.output<typeof process>

/** Every process; the size of a log is the whole bank's, so it is told only to who sees all units. */
export async function listProcesses(services: Services, scope: Scope): Promise<Process[]> {
  const rows = await services.store.query<{ id: string; name: string; name_en: string | null; log: number }>(
    'select id, name, name_en, log from processes order by id',
  )
  const behind = new Set((await services.warehouse.staleLogs()).map((stale) => stale.log))
  return Promise.all(
    rows.map(async ({ id, name, name_en, log }) => {
      const prepared = await services.warehouse.log(log)
      const seen = prepared && scope.units === 'all'
      return {
        id,
        name,
        nameEn: name_en,
        behind: behind.has(log),
        log: seen
          ? {
              cases: prepared.cases,
              events: prepared.events,
              activities: prepared.activities,
              variants: prepared.variants,
              lifecycle: prepared.lifecycle,
              calendar: prepared.calendar,
              preparedAt: prepared.preparedAt,
            }
          : null,
      }
    }),
  )
}

/** What a question on a process must know before its SQL can be written. */
export interface AskedLog {
  log: number
  /** With the calendar of its business hours and the moment it was prepared: part of the cache key. */
  calendar: string
  preparedAt: string
}

/** The prepared log of a process, by its id or its name. */
export async function askedLog(services: Services, process: string): Promise<Result<AskedLog, 'process_unknown'>> {
  const rows = await services.store.query<{ log: number }>(
    'select log from processes where id = $1 or name = $1 or name_en = $1 order by id = $1 desc, log limit 1',
    [process],
  )
  const prepared = rows[0] && (await services.warehouse.log(rows[0].log))
  if (!prepared) return fail('process_unknown', { process })
  return ok({ log: prepared.log, calendar: prepared.calendar, preparedAt: prepared.preparedAt })
}
