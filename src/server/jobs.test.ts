import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Job } from '#features/job.ts'
import { runIfDue, slotDue, startJobs } from './jobs.ts'
import { openTestHome, type TestHome } from './testing.ts'

const signal = new AbortController().signal

describe('jobs', () => {
  let home: TestHome
  before(async () => {
    home = await openTestHome({ now: '2026-03-10T00:00:00Z' })
  })
  after(() => home.close())

  const jobOf = (name: string, run: () => Promise<void> = async () => undefined): Job => ({
    name,
    schedule: { daily: '02:30' },
    run,
  })

  test('are due on the local day, from their time on', () => {
    const at = (instant: string) => slotDue({ daily: '02:30' }, new Date(instant), 'Asia/Shanghai')
    assert.equal(at('2026-03-09T18:29:00Z'), '2026-03-09')
    assert.equal(at('2026-03-09T18:30:00Z'), '2026-03-10')
    assert.equal(
      slotDue({ everyMinutes: 15 }, new Date('2026-03-09T18:29:00Z'), 'Asia/Shanghai'),
      '2026-03-09T18:15:00.000Z',
    )
  })

  test('run once for each day, however often they are looked at', async () => {
    let runs = 0
    const job = jobOf('test.once', async () => void runs++)
    home.setClock('2026-03-10T03:00:00Z')
    assert.equal(await runIfDue(home.services, job, signal), 'done')
    assert.equal(await runIfDue(home.services, job, signal), 'idle')
    home.setClock('2026-03-11T03:00:00Z')
    assert.equal(await runIfDue(home.services, job, signal), 'done')
    assert.equal(runs, 2)
  })

  test('are tried three times, with time between', async () => {
    let runs = 0
    const job = jobOf('test.fails', async () => {
      runs++
      throw new Error('no')
    })
    for (const minute of ['00', '01', '10', '11', '20', '40']) {
      home.setClock(`2026-03-10T03:${minute}:00Z`)
      await runIfDue(home.services, job, signal)
    }
    assert.equal(runs, 3)
    const [row] = await home.store.query<{ error: string }>("select error from job_runs where job = 'test.fails'")
    assert.equal(row?.error, 'no')
  })

  test('cut off by the end of their process are taken up at the next start', async () => {
    home.setClock('2026-03-10T03:00:00Z')
    await home.store.query(
      "insert into job_runs (job, slot, state, started_at) values ('test.cut', '2026-03-10', 'running', '2026-03-10T02:59:00Z')",
    )
    const finished = Promise.withResolvers<void>()
    const jobs = startJobs(home.services, [jobOf('test.cut', async () => finished.resolve())])
    await finished.promise
    await jobs.stop()
    const [row] = await home.store.query<{ state: string; attempts: number }>(
      "select state, attempts from job_runs where job = 'test.cut'",
    )
    assert.deepEqual(row, { state: 'done', attempts: 2 })
  })

  test('of a home just made owe nothing for the time before', async () => {
    home.setClock('2024-12-31T12:00:00Z')
    assert.equal(await runIfDue(home.services, jobOf('test.young'), signal), 'idle')
  })
})
