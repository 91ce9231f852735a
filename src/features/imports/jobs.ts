import type { Job } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { refreshRollups } from '#warehouse/rollups.ts'
import { dropCopies } from './data/copies.ts'
import { dropOldFiles } from './data/uploads.ts'
import { moveIntake, retryIntake } from './mutations/moveIntake.ts'
import { prepareStaleLogs } from './mutations/prepare.ts'
import { runningLoads } from './mutations/running.ts'
import { closeInterruptedLoads } from './mutations/undo.ts'

export const jobs: Job[] = [
  {
    // What intake left for later: episodes of channel hopping, which reach over a week.
    name: 'imports.refreshEpisodes',
    schedule: { everyMinutes: 10 },
    run: async (services) => {
      await services.warehouse.write((writer) => refreshRollups(writer))
    },
  },
  {
    name: 'imports.prepareStaleLogs',
    schedule: { everyMinutes: 10 },
    run: async (services) => {
      await prepareStaleLogs(services)
    },
  },
  {
    name: 'imports.dropOldFiles',
    schedule: { everyMinutes: 60 },
    run: async (services) => {
      await dropOldFiles(services)
    },
  },
  {
    name: 'imports.retryIntake',
    schedule: { everyMinutes: 60 },
    run: retryIntake,
  },
]

const lookEveryMs = 1_000

/** Moves what was taken in, as long as the server runs; first takes out what the last process left half done. */
export function startIntake(services: Services): { stop(): Promise<void> } {
  let stopped = false
  const round = async () => {
    while (!stopped && (await moveIntake(services)) > 0);
  }
  const complain = (error: unknown) =>
    log('error', 'interactions could not be moved to the warehouse', {
      error: error instanceof Error ? error.message : String(error),
    })
  // Not every home is opened by a server whose jobs come by: what was left lying is looked after here too.
  const tidy = async () => {
    await closeInterruptedLoads(services)
    await prepareStaleLogs(services)
    await dropOldFiles(services)
    await retryIntake(services)
  }
  let going: Promise<unknown> = tidy().then(round).catch(complain)
  let idle = true
  const timer = setInterval(() => {
    if (!idle) return
    idle = false
    going = going
      .then(round)
      .catch(complain)
      .finally(() => {
        idle = true
      })
  }, lookEveryMs)
  return {
    stop: async () => {
      stopped = true
      clearInterval(timer)
      // A load that still runs is cancelled: nothing of it stays, and its record says so.
      for (const load of runningLoads(services).values()) load.abort.abort()
      await Promise.all([...runningLoads(services).values()].map((load) => load.done))
      await going
      await dropCopies(services)
    },
  }
}
