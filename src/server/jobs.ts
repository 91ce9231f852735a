import { scopeOfJob } from '#access/mint.ts'
import type { Job, Schedule } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { counter, errorTypeOf, inSpan } from '#lib/telemetry.ts'
import { localDay } from '#lib/time.ts'
import { keepLease, leaseEnd, leaseOver } from '#store/lease.ts'

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
  const round = () => lookOnce(services, jobs, stopping.signal)
  // A process that has the home alone knows that what still says running was cut off with the one before.
  const first = services.server.shared ? Promise.resolve() : freeCutOff(services, 'true')
  let going: Promise<void> = first.then(round).catch(complain)
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

/**
 * One look at all jobs. Of several servers whichever comes first does a stretch; a job behind one that runs elsewhere
 * waits, as it would here.
 */
export async function lookOnce(services: Services, jobs: readonly Job[], signal: AbortSignal): Promise<void> {
  if (services.server.shared) await freeCutOff(services, leaseOver)
  for (const job of jobs) {
    if (signal.aborted) return
    if ((await runIfDue(services, job, signal)) === 'elsewhere') return
  }
}

const complain = (error: unknown) => log('error', 'the jobs could not be looked at', { fault: (error as Error).stack })

const freeCutOff = (services: Services, which: string) =>
  services.store.query(
    `update job_runs set state = 'failed', error = 'interrupted' where state = 'running' and ${which}`,
  )

/** The newest stretch, unless it lies before the home was made: a home just made owes nothing for the time before it. */
function slotOwed({ home, clock }: Services, { schedule }: Job): string | undefined {
  const slot = slotDue(schedule, clock(), home.timeZone)
  return slot > slotDue(schedule, new Date(home.createdAt), home.timeZone) ? slot : undefined
}

type Outcome = 'idle' | 'elsewhere' | 'done' | 'failed'

/** Answers what became of it: `idle` where nothing was due, `elsewhere` where another server is at this job. */
export async function runIfDue(services: Services, job: Job, signal: AbortSignal): Promise<Outcome> {
  const { store, server } = services
  const slot = slotOwed(services, job)
  if (slot === undefined) return 'idle'
  const now = services.clock()
  const [mine] = await store.query<{ attempts: number }>(
    `insert into job_runs (job, slot, state, started_at, server_id, lease_until)
     select $1::text, $2::text, 'running', $3::timestamptz, $6::text, ${leaseEnd}
     where not exists (select 1 from job_runs where job = $1 and state = 'running')
     on conflict (job, slot) do update
       set state = 'running', attempts = job_runs.attempts + 1, started_at = $3, finished_at = null, error = null,
         server_id = $6, lease_until = ${leaseEnd}
       where job_runs.state = 'failed' and job_runs.attempts < $4
         and (job_runs.error = 'interrupted' or job_runs.started_at < $5)
     returning attempts`,
    [
      job.name,
      slot,
      now.toISOString(),
      attemptsAtMost,
      new Date(now.getTime() - waitBetweenMs).toISOString(),
      server.id,
    ],
  )
  if (!mine) {
    const running = await store.query("select 1 from job_runs where job = $1 and state = 'running'", [job.name])
    return running.length > 0 ? 'elsewhere' : 'idle'
  }
  const own = "job = $1 and slot = $2 and state = 'running' and server_id = $3"
  const lease = keepLease(async () => {
    const rows = await store.query(`update job_runs set lease_until = ${leaseEnd} where ${own} returning 1`, [
      job.name,
      slot,
      server.id,
    ])
    return rows.length > 0
  })
  const fault = await faultOf(services, job, slot, AbortSignal.any([signal, lease.lost]), mine.attempts)
  await lease.stop()
  await store.query(`update job_runs set state = $4, finished_at = $5, error = $6, lease_until = null where ${own}`, [
    job.name,
    slot,
    server.id,
    fault === null ? 'done' : 'failed',
    services.clock().toISOString(),
    fault,
  ])
  return fault === null ? 'done' : 'failed'
}

/** What went wrong; null where nothing did. */
const faultOf = (
  services: Services,
  job: Job,
  slot: string,
  signal: AbortSignal,
  attempt = 1,
): Promise<string | null> =>
  inSpan(`job ${job.name}`, { root: true }, async (span) => {
    const ended = (outcome: string) => runs(1, { 'zhiyin.job.name': job.name, 'zhiyin.job.outcome': outcome })
    try {
      await job.run(services, scopeOfJob(job.name), signal)
      ended('done')
      return null
    } catch (error) {
      ended(signal.aborted ? 'interrupted' : 'failed')
      span.fail(signal.aborted ? 'interrupted' : errorTypeOf(error))
      // Stopped on purpose: the next start, or another server, takes it up again.
      if (signal.aborted) return 'interrupted'
      log('error', `job ${job.name} failed`, { slot, attempt, fault: (error as Error).stack })
      return (error as Error).message.slice(0, 2000)
    }
  })
