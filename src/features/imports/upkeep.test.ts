import assert from 'node:assert/strict'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { openTestHome } from '#server/testing.ts'
import { homePaths } from '#store/home.ts'
import { dropOldFiles, keepFile, keptFile } from './data/uploads.ts'

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
  for (const path of [old.path, `${old.path}.json`, join(folder, 'notes.txt')]) await age(path, 25)
  for (const path of [fresh.path, `${fresh.path}.json`]) await age(path, 23)
  assert.equal(await dropOldFiles(services), 2)
  assert.equal(await keptFile(services, operator, old.id), undefined)
  assert.ok(await keptFile(services, operator, fresh.id))
  assert.deepEqual((await readdir(folder)).sort(), ['notes.txt', fresh.id, `${fresh.id}.json`].sort())
})
