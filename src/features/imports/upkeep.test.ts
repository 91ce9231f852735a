import assert from 'node:assert/strict'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { reconcileDimensions } from '#server/dimensions.ts'
import { openTestHome } from '#server/testing.ts'
import { homePaths } from '#store/home.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { markStaleLogs } from '#warehouse/preparedLog.ts'
import { dropOldFiles, keepFile, keptFile } from './data/uploads.ts'
import { jobs, startIntake } from './jobs.ts'
import { prepareStaleLogs } from '#features/prepareLogs.ts'

const home = await openTestHome()
after(() => home.close())

test('a file that was sent is kept for a day, whatever else lies beside it', async () => {
  const { services, operator } = home
  const send = async (name: string) => {
    const kept = await keepFile(services, operator, name, Readable.from([Buffer.from('a,b\n1,2\n')]))
    assert.ok(kept.ok)
    return kept.value
  }
  const [old, fresh] = [await send('old.csv'), await send('fresh.csv')]
  const folder = homePaths(services.home.folder).uploads
  await writeFile(join(folder, 'notes.txt'), 'not sent to us')
  const present = services.clock().getTime() / 1000
  const age = (path: string, hours: number) => utimes(path, present - hours * 3600, present - hours * 3600)
  for (const name of [old.id, `${old.id}.about`, 'notes.txt']) await age(join(folder, name), 25)
  for (const name of [fresh.id, `${fresh.id}.about`]) await age(join(folder, name), 23)
  assert.equal(await dropOldFiles(services), 2)
  assert.equal(await keptFile(services, operator, old.id), undefined)
  assert.ok(await keptFile(services, operator, fresh.id))
  assert.deepEqual((await readdir(folder)).sort(), ['notes.txt', 'open', fresh.id, `${fresh.id}.about`].sort())
})

test('a start prepares the event logs that the last process left behind', async () => {
  const { services } = home
  await services.store.query("insert into processes (id, name) values ('left', 'left')")
  const [{ log }] = (await services.store.query<{ log: number }>("select log from processes where id = 'left'")) as [
    { log: number },
  ]
  await services.warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as select 'left' as process, 'a' as case_key, 'step' as activity,
      timestamp '2025-03-03 01:00:00' as start_at`)
    await write(async (writer) => {
      await loadFacts(writer, 'events', { loadId: 1, source: 'left', timeZone: 'UTC' }, 'staged')
      // As far as an import comes that is killed right after its facts.
      await markStaleLogs(writer, [{ process: 'left', log }])
    })
  })
  assert.equal(await services.warehouse.log(log), undefined)
  const intake = startIntake(services)
  await intake.stop()
  assert.equal((await services.warehouse.log(log))?.events, 1)
  assert.equal(await prepareStaleLogs(services), 0)
})

test('jobs that find nothing to do leave version and moment of the figures as they are, and so every kept answer', async () => {
  const { services } = home
  const idle = ['imports.refreshEpisodes', 'imports.foldFinerSums', 'imports.prepareStaleLogs']
  const round = async () => {
    for (const name of idle) {
      const job = jobs.find((one) => one.name === name)!
      await job.run(services, scopeOfJob(name), new AbortController().signal)
    }
    await reconcileDimensions(services)
    // Shows at once what has changed, if anything has.
    await services.warehouse.write(async () => undefined, { publish: true })
    return services.warehouse.versions()
  }
  const first = await round()
  assert.ok(first.changedAt)
  assert.deepEqual(await round(), first)
  await services.warehouse.write((writer) => writer.append('stale_days', ['local_day'], [['2025-03-03']]))
  assert.ok((await round()).data > first.data, 'they do what there is to do')
})
