import { scopeOfJob } from '#access/mint.ts'
import type { Job, Schedule } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { counter, errorTypeOf, inSpan } from '#lib/telemetry.ts'
import { localDay } from '#lib/time.ts'

const attemptsAtMost = 3
const waitBetweenMs = 5 * 60_000
const runs = counter('zhiyin.job.runs', '{run}', 'Runs of jobs, by what became of them.')

/**
 * The newest stretch that has become due by now: the local day once its time has come, else the day before; or the
 * present stretch of minutes. Older ones that were missed are not made up for: every job looks at all there is.
 */
export function slotDue(schedule: Schedule, at: Date, timeZone: string): string {
  if ('everyMinutes' in schedule) {
    const width = schedule.everyMinutes * 60_000
    return new Date(Math.floor(at.getTime() / width) * width).toISOString()
  }
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  return time >= schedule.daily ? localDay(at, timeZone) : localDay(new Date(at.getTime() - 86_400_000), timeZone)
}

/** Runs what is due, one job after the other, and looks again each half minute until it is stopped. */
export function startJobs(services: Services, jobs: readonly Job[], lookEveryMs = 30_000): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const round = async () => {
    for (const job of jobs) if (!stopping.signal.aborted) await runIfDue(services, job, stopping.signal)
  }
  // This process has the home alone: what still says running was cut off with the one before.
  let going: Promise<void> = services.store
    .query("update job_runs set state = 'failed', error = 'interrupted' where state = 'running'")
    .then(round)
    .catch(complain)
  const timer = setInterval(() => {
    going = going.then(round).catch(complain)
  }, lookEveryMs)
  return {
    stop: async () => {
      clearInterval(timer)
      stopping.abort(new Error('the server stops'))
      await going
    },
  }
}

const complain = (error: unknown) => log('error', 'the jobs could not be looked at', { fault: (error as Error).stack })

/** Answers what became of it: `idle` where nothing was due. */
export async function runIfDue(services: Services, job: Job, signal: AbortSignal): Promise<'idle' | 'done' | 'failed'> {
  const now = services.clock()
  const slot = slotDue(job.schedule, now, services.home.timeZone)
  // A home just made owes nothing for the time before it.
  if (slot <= slotDue(job.schedule, new Date(services.home.createdAt), services.home.timeZone)) return 'idle'
  const [mine] = await services.store.query<{ attempts: number }>(
    `insert into job_runs (job, slot, state, started_at) values ($1, $2, 'running', $3)
     on conflict (job, slot) do update
       set state = 'running', attempts = job_runs.attempts + 1, started_at = $3, finished_at = null, error = null
       where job_runs.state = 'failed' and job_runs.attempts < $4
         and (job_runs.error = 'interrupted' or job_runs.started_at < $5)
     returning attempts`,
    [job.name, slot, now.toISOString(), attemptsAtMost, new Date(now.getTime() - waitBetweenMs).toISOString()],
  )
  if (!mine) return 'idle'
  const fault = await inSpan(`job ${job.name}`, { root: true }, async (span) => {
    try {
      await job.run(services, scopeOfJob(job.name), signal)
      return null
    } catch (error) {
      span.fail(signal.aborted ? 'interrupted' : errorTypeOf(error))
      // Stopped on purpose: the next start takes it up again.
      if (signal.aborted) return 'interrupted'
      log('error', `job ${job.name} failed`, { slot, attempt: mine.attempts, fault: (error as Error).stack })
      return (error as Error).message.slice(0, 2000)
    }
  })
  runs(1, {
    'zhiyin.job.name': job.name,
    'zhiyin.job.outcome': fault === null ? 'done' : fault === 'interrupted' ? fault : 'failed',
  })
  await services.store.query(
    'update job_runs set state = $3, finished_at = $4, error = $5 where job = $1 and slot = $2',
    [job.name, slot, fault === null ? 'done' : 'failed', services.clock().toISOString(), fault],
  )
  return fault === null ? 'done' : 'failed'
}
