import type { Job } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { observe } from '#lib/telemetry.ts'
import { localDay } from '#lib/time.ts'
import { foldFiner, foldRollups } from '#warehouse/rollups/adding.ts'
import { refreshInTurns } from '#warehouse/rollups/inTurns.ts'
import { refreshRollups } from '#warehouse/rollups/making.ts'
import { dropCopies } from './data/copies.ts'
import { dropOldFiles } from './data/uploads.ts'
import { moveIntakeAlone, retryIntake } from './mutations/moveIntake.ts'
import { prepareStaleLogs } from '#features/prepareLogs.ts'
import { runningLoads } from './mutations/running.ts'
import { closeInterruptedLoads } from './mutations/undo.ts'

export const jobs: Job[] = [
  {
    // What intake left for later: sums that were only added to, and episodes of channel hopping, which reach over a week.
    name: 'imports.refreshEpisodes',
    schedule: { everyMinutes: 10 },
    run: async ({ warehouse }) => {
      await warehouse.write(async (writer) => {
        if (warehouse.dialect.name === 'duckdb') return refreshRollups(writer)
        await refreshRollups(writer, { episodes: 'later' })
        await foldRollups(writer)
      })
    },
  },
  {
    // A month of a lake's facts takes minutes; hopping is shown a week later anyway.
    name: 'imports.refreshEpisodesAtNight',
    schedule: { daily: '02:10' },
    run: async ({ warehouse, clock, home }) => {
      if (warehouse.dialect.name !== 'duckdb') await refreshInTurns(warehouse, localDay(clock(), home.timeZone))
    },
  },
  {
    // Once, after the program that kept sums by segment; while it runs beside this one, what it adds.
    name: 'imports.foldFinerSums',
    schedule: { daily: '02:40' },
    run: async ({ warehouse }, _scope, signal) => {
      // Beside a server of that program there is always more.
      for (let turns = 0; turns < 100 && !signal.aborted; turns++)
        if ((await warehouse.write((writer) => foldFiner(writer))) === 0) return
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
/** Loads of servers that are gone are looked for every so many looks. */
const looksBetween = 10

/** Moves what was taken in, as long as the server runs; first takes out what the last process left half done. */
export function startIntake(services: Services): { stop(): Promise<void> } {
  let stopped = false
  let looks = 0
  const round = async () => {
    if (services.server.shared && ++looks % looksBetween === 0) await closeInterruptedLoads(services)
    while (!stopped && (await moveIntakeAlone(services)) > 0);
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
  const unobserve = observeImports(services)
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
      unobserve()
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

/** Has the state of loads and intake looked at for telemetry, where that is on, until the answer is called. */
function observeImports(services: Services): () => void {
  const stops = [
    observe({
      instruments: [
        { name: 'zhiyin.loads.running', unit: '{load}', about: 'Loads that this server works on.', addsUp: true },
      ],
      read: () => [runningLoads(services).size],
    }),
    // Each server sees the same queue: these do not add up.
    observe({
      instruments: [
        { name: 'zhiyin.intake.batches.waiting', unit: '{batch}', about: 'Batches that wait for the warehouse.' },
        { name: 'zhiyin.intake.batches.set_aside', unit: '{batch}', about: 'Batches that could not be moved.' },
        { name: 'zhiyin.intake.lag', unit: 's', about: 'Age of the oldest batch that waits; 0 where none does.' },
      ],
      read: async () => {
        const [row] = await services.store.query<{ waiting: number; aside: number; lag: number }>(
          `select count(*) filter (where failed_at is null)::int as waiting, count(failed_at)::int as aside,
             coalesce(extract(epoch from now() - min(received_at) filter (where failed_at is null)), 0)::float8 as lag
           from intake_batches where moved_at is null`,
        )
        return row ? [row.waiting, row.aside, row.lag] : []
      },
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
