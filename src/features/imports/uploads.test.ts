import assert from 'node:assert/strict'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { createClient } from '#contract/client.ts'
import { FilesError, type FilesReason } from '#files/fault.ts'
import { startTestServer } from '#server/testing.ts'
import { homePaths } from '#store/home.ts'
import { checkUpload, dropUpload, readLoad, readLoadErrors, readUpload, sendFile, startLoad } from './contract.ts'
import { dropCopy, uploadCodeOf, withCopy } from './data/copies.ts'
import { dropFile, keepFile, keptFile } from './data/uploads.ts'
import { startIntake } from './jobs.ts'
import { runningLoads } from './mutations/running.ts'

const server = await startTestServer()
after(() => server.close())

const client = () =>
  createClient({ baseUrl: server.url, headers: () => ({ authorization: `Bearer ${server.operatorToken}` }) })
const { uploads: folder, opened: openedFolder } = homePaths(server.services.home.folder)
const kept = async () => (await readdir(folder)).filter((name) => name !== 'open')
/** Copies in clear that lie about now. */
const copies = async (upload = '') => (await readdir(openedFolder)).filter((name) => name.startsWith(upload))
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
  assert.deepEqual(await copies(), [])
  const second = await send(text)
  assert.equal((await kept()).length, 2)
  const dropped = await client().call(dropUpload, { params: { id: second } })
  assert.ok(dropped.ok)
  assert.deepEqual([...(await kept()), ...(await copies())], [])
})

test('whoever opens a home clears what was left lying there for a day', async () => {
  const { services, operator } = server
  const old = await keepFile(services, operator, 'old.csv', Readable.from([Buffer.from(text)]))
  const fresh = await keepFile(services, operator, 'fresh.csv', Readable.from([Buffer.from(text)]))
  assert.ok(old.ok && fresh.ok)
  const before = new Date(Date.now() - 25 * 3_600_000)
  for (const name of [old.value.id, `${old.value.id}.about`]) await utimes(join(folder, name), before, before)
  const other = join(homePaths(services.home.folder).uploads, 'mine.txt')
  await writeFile(other, 'not ours')
  await utimes(other, before, before)
  const running = startIntake(services)
  await running.stop()
  assert.deepEqual((await kept()).sort(), ['mine.txt', fresh.value.id, `${fresh.value.id}.about`].sort())
  assert.deepEqual(await copies(), [])
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

test('what is kept tells nobody what was sent, by whom or under which name', async () => {
  const upload = await send(text)
  const actor = server.operator.actor.id
  for (const name of await kept()) {
    const bytes = await readFile(join(folder, name))
    for (const word of ['王伟', 'K1', 'c.csv', actor]) assert.ok(!bytes.includes(word), `${name}: ${word}`)
  }
  const [copy = ''] = await copies(upload)
  assert.equal((await stat(join(openedFolder, copy))).mode & 0o777, 0o600)
  assert.equal((await stat(openedFolder)).mode & 0o777, 0o700)
  await client().call(dropUpload, { params: { id: upload } })
})

test('a file is loaded by another server than the one it was sent to', async () => {
  const other = await startTestServer()
  try {
    const upload = await send(text)
    const { store, files, cipher } = server.services
    const there = { ...other.services, store: other.services.store, files, cipher }
    const found = await keptFile(there, server.operator, upload)
    assert.ok(found)
    assert.equal(await withCopy(there, found, (path) => readFile(path, 'utf8')), text)
    const [copy] = await readdir(homePaths(other.services.home.folder).opened)
    assert.ok(copy?.startsWith(upload) && store !== there.store)
    // Whoever loaded it drops it for both.
    await dropFile(there, found)
    assert.deepEqual(await readdir(homePaths(other.services.home.folder).opened), [])
    const gone = await client().call(readUpload, { params: { id: upload }, query: {} })
    assert.equal(!gone.ok && gone.reason, 'not_found')
    await dropCopy(server.services, found)
  } finally {
    await other.close()
  }
})

test('a copy is removed when nobody has read it for a while, and made again for the next who does', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { services, operator } = server
  const sent = await keepFile(services, operator, 'c.csv', Readable.from([Buffer.from(text)]))
  assert.ok(sent.ok)
  t.mock.timers.tick(4 * 60_000)
  assert.equal((await copies()).length, 1)
  assert.equal(await withCopy(services, sent.value, (path) => readFile(path, 'utf8')), text)
  t.mock.timers.tick(4 * 60_000)
  assert.equal((await copies()).length, 1)
  t.mock.timers.tick(60_000)
  t.mock.timers.reset()
  while ((await copies()).length > 0) await new Promise((resolve) => setImmediate(resolve))
  const both = [0, 1].map(() => withCopy(services, sent.value, async (path) => [path, await readFile(path, 'utf8')]))
  const [one, two] = await Promise.all(both)
  assert.deepEqual(one, two)
  assert.equal(one?.[1], text)
  await dropFile(services, sent.value)
})

test('a file that is dropped under a reader stays until he has ended', async () => {
  const { services, operator } = server
  const sent = await keepFile(services, operator, 'c.csv', Readable.from([Buffer.from(text)]))
  assert.ok(sent.ok)
  await withCopy(services, sent.value, async (path) => {
    await dropFile(services, sent.value)
    assert.equal(await readFile(path, 'utf8'), text)
  })
  assert.deepEqual(await copies(), [])
})

test('a reader who gives up does not wait for the copy', async () => {
  const { services, operator } = server
  const sent = await keepFile(services, operator, 'c.csv', Readable.from([Buffer.from(text)]))
  assert.ok(sent.ok)
  await dropCopy(services, sent.value)
  const stuck = { ...services, files: { ...services.files, read: () => new Readable({ read: () => undefined }) } }
  const abort = new AbortController()
  const waiting = withCopy(stuck, sent.value, async () => 'read', abort.signal)
  abort.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(
    withCopy(stuck, sent.value, async () => 'read', abort.signal),
    /enough/,
  )
  await dropFile(services, sent.value)
  assert.deepEqual(await copies(), [])
})

test('a sender who breaks off leaves nothing', async () => {
  const before = [...(await kept()), ...(await copies())]
  const { services, operator } = server
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.from(text)
      throw new Error('gone')
    })(),
  )
  await assert.rejects(keepFile(services, operator, 'c.csv', breaking), /gone/)
  const empty = await keepFile(services, operator, 'c.csv', Readable.from([]))
  assert.equal(!empty.ok && empty.reason, 'file_empty')
  assert.deepEqual([...(await kept()), ...(await copies())], before)
})

test('a full or broken storage is said as such, and so is a file that was damaged in it', async () => {
  const { files } = server.services
  const put = files.put
  const failing = async (reason: FilesReason) => {
    files.put = async () => {
      throw new FilesError(reason, 'as the test wants it')
    }
    const sent = await client().call(sendFile, {
      query: { fileName: 'c.csv' },
      body: new Blob([text]),
      headers: { 'content-type': 'application/octet-stream' },
    })
    files.put = put
    return sent.ok ? undefined : sent.reason
  }
  assert.equal(await failing('full'), 'storage_full')
  assert.equal(await failing('denied'), 'storage_unavailable')
  const upload = await send(text)
  const found = await keptFile(server.services, server.operator, upload)
  assert.ok(found)
  await dropCopy(server.services, found)
  const bytes = await readFile(join(folder, upload))
  await writeFile(join(folder, upload), bytes.subarray(0, -1))
  const looked = await client().call(readUpload, { params: { id: upload }, query: {} })
  assert.equal(!looked.ok && looked.reason, 'upload_lost')
  const ended = await load(upload)
  assert.deepEqual([ended.state, ended.failure], ['failed', 'upload_lost'])
  assert.deepEqual(await copies(), [])
  await dropFile(server.services, found)
})

test('a server that cannot make its copy says so in the same words', async () => {
  const { services, operator } = server
  // Where the folder of copies should be lies a file.
  const home = { ...services.home, folder: join(folder, 'occupied') }
  await writeFile(home.folder, '')
  const sending = keepFile({ ...services, home }, operator, 'c.csv', Readable.from([Buffer.from(text)]))
  await assert.rejects(sending, (error) => uploadCodeOf(error) !== undefined)
})
