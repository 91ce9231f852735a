import assert from 'node:assert/strict'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { createClient } from '#contract/client.ts'
import { startTestServer, type TestServer } from '#server/testing.ts'
import { homePaths } from '#store/home.ts'
import { checkUpload, dropUpload, readLoad, readLoadErrors, sendFile, startLoad } from './contract.ts'
import { keepFile } from './data/uploads.ts'
import { startIntake } from './jobs.ts'
import { runningLoads } from './mutations/running.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const client = () =>
  createClient({ baseUrl: server.url, headers: () => ({ authorization: `Bearer ${server.operatorToken}` }) })
const kept = () => readdir(homePaths(server.services.home.folder).uploads)
const send = async (text: string) => {
  const sent = await client().call(sendFile, {
    query: { fileName: 'c.csv' },
    body: new Blob([text]),
    headers: { 'content-type': 'application/octet-stream' },
  })
  assert.ok(sent.ok, JSON.stringify(sent))
  return sent.value.id
}
const mapping = { kind: 'customers', source: 'crm', columns: { customer: 'no', name: 'name', birth_year: 'born' } }
const load = async (upload: string, strict = false) => {
  const started = await client().call(startLoad, { params: { id: upload }, body: { mapping, strict } })
  assert.ok(started.ok, JSON.stringify(started))
  await runningLoads(server.services).get(started.value.id)?.done
  const ended = await client().call(readLoad, { params: { id: started.value.id } })
  assert.ok(ended.ok)
  return ended.value
}
const text = 'no,name,born\nK1,王伟,1980\nK2,李娜,x\n'

test('a file is dropped once it is loaded, kept while it may be tried again, and dropped when it is given up', async () => {
  const first = await send(text)
  assert.equal((await load(first, true)).state, 'failed')
  assert.equal((await kept()).length, 2)
  assert.equal((await load(first)).state, 'done')
  assert.deepEqual(await kept(), [])
  const second = await send(text)
  assert.equal((await kept()).length, 2)
  const dropped = await client().call(dropUpload, { params: { id: second } })
  assert.ok(dropped.ok)
  assert.deepEqual(await kept(), [])
})

test('whoever opens a home clears what was left lying there for a day', async () => {
  const { services, operator } = server
  const old = await keepFile(services, operator, 'old.csv', Readable.from([Buffer.from(text)]))
  const fresh = await keepFile(services, operator, 'fresh.csv', Readable.from([Buffer.from(text)]))
  assert.ok(old.ok && fresh.ok)
  const before = new Date(Date.now() - 25 * 3_600_000)
  for (const path of [old.value.path, `${old.value.path}.json`]) await utimes(path, before, before)
  const other = join(homePaths(services.home.folder).uploads, 'mine.txt')
  await writeFile(other, 'not ours')
  await utimes(other, before, before)
  const running = startIntake(services)
  await running.stop()
  assert.deepEqual((await kept()).sort(), ['mine.txt', fresh.value.id, `${fresh.value.id}.json`].sort())
})

test('looking at samples and excerpts is written down', async () => {
  const of = async (action: string) =>
    (await server.store.query('select 1 from audit_records where action = $1', [action])).length
  const views = await of('upload.view')
  const upload = await send(text)
  assert.equal(await of('upload.view'), views + 1)
  await client().call(checkUpload, { params: { id: upload }, body: { mapping } })
  assert.equal(await of('upload.view'), views + 2)
  const { id } = await load(upload)
  assert.equal(await of('load.viewErrors'), 0)
  const errors = await client().call(readLoadErrors, { params: { id }, query: {} })
  assert.ok(errors.ok && errors.value.errors.length === 1)
  assert.equal(await of('load.viewErrors'), 1)
})
