import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { asOfHeader, asOfIn, seenHeader } from '#contract/asOf.ts'
import { createClient } from '#contract/client.ts'
import { readLoad, sendFile, startLoad, undoLoad } from '#features/imports/contract.ts'
import { runningLoads } from '#features/imports/mutations/running.ts'
import { askQuestion } from '#features/questions/contract.ts'
import { freshness } from '#features/system/contract.ts'
import { openTestStore } from '#store/testing.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { shownOf } from '#warehouse/lake/lakeShown.ts'
import type { LakeState } from '#warehouse/lake/lakeState.ts'
import { sql } from '#warehouse/sql.ts'
import { watchedWarehouse } from '#warehouse/watched.ts'
import { startTestServer } from './testing.ts'

// Two servers on the same stores, of which the second knows what the first did only once it looks: as on a lake, where it
// looks every half second. Here it never does by itself.
const store = await openTestStore()
const held = await openDuckdb(':memory:')
const publishedNow = async (): Promise<LakeState> => {
  const { data, changedAt } = held.versions()
  const meta = { data_version: String(data), published_version: String(data), changed_at: changedAt ?? '' }
  return { snapshots: new Map(), meta: new Map(Object.entries(meta)) }
}
const shown = shownOf(publishedNow, await publishedNow())
const late = watchedWarehouse({
  ...held,
  versions: shown.versions,
  dataVersion: () => shown.versions().data,
  catchUp: shown.catchUp,
})
const a = await startTestServer({ stores: { store, warehouse: held } })
const b = await startTestServer({ stores: { store, warehouse: late }, units: false })
after(async () => {
  await b.app.close()
  await a.close()
})

/** A reader whose calls go to this server or that one. */
function reader() {
  const seen = { version: 0 }
  const on = (server: typeof a) =>
    createClient({ baseUrl: server.url, headers: () => ({ authorization: `Bearer ${server.operatorToken}` }), seen })
  return { seen, a: on(a), b: on(b) }
}
type Reader = ReturnType<typeof reader>

const newestBy = async (client: Reader['a'], body = {}) => {
  const answer = await client.call(askQuestion, { params: { question: 'experience.newest' }, body })
  assert.ok(answer.ok, JSON.stringify(answer))
  return { day: answer.value.rows[0]?.newest_day ?? null, asOf: answer.asOf }
}
const send = async ({ a: client }: Reader, day: string) => {
  const sent = await client.call(sendFile, {
    query: { fileName: 'visits.csv' },
    body: new Blob([`no,at,channel\n${day},${day}T02:00:00Z,app\n`]),
    headers: { 'content-type': 'application/octet-stream' },
  })
  assert.ok(sent.ok, JSON.stringify(sent))
  const columns = { source_id: 'no', start_at: 'at', channel: 'channel' }
  const mapping = { kind: 'interactions', source: 'visits', columns }
  const started = await client.call(startLoad, { params: { id: sent.value.id }, body: { mapping } })
  assert.ok(started.ok, JSON.stringify(started))
  await runningLoads(a.services).get(started.value.id)?.done
  return started.value.id
}

describe('an answer says as of when its figures are', () => {
  test('where it rests on facts, and only there', async () => {
    const { a: client } = reader()
    const { asOf } = await newestBy(client)
    assert.deepEqual(asOf, { version: a.services.warehouse.versions().data, changedAt: null })
    const look = await client.call(freshness, {})
    assert.ok(look.ok && look.asOf === undefined)
  })

  test('and anybody who is signed in is told the version, a stranger nothing', async () => {
    const headers = { authorization: `Bearer ${a.operatorToken}` }
    const known = await fetch(`${a.url}/api/v1/freshness`, { headers })
    assert.equal(known.headers.get(seenHeader), String(a.services.warehouse.versions().data))
    for (const path of ['/api/v1/live', '/api/v1/freshness', '/api/v1/door']) {
      const told = (await fetch(a.url + path)).headers
      assert.deepEqual([told.get(seenHeader), told.get(asOfHeader)], [null, null], path)
    }
  })

  test('by the version from before it was read: what changes meanwhile may be in it, and is read again', async () => {
    const before = held.versions().data
    const read = held.read
    const { a: client } = reader()
    held.read = async (...given) => {
      const result = await read(...given)
      await held.write((writer) => writer.run(sql`insert into tickets (load_id) values (9)`), { publish: true })
      return result
    }
    try {
      assert.equal((await newestBy(client, { since: '2026-01-01' })).asOf?.version, before)
    } finally {
      held.read = read
    }
    assert.ok(held.versions().data > before)
  })
})

describe('what a reader did or saw through one server he sees through another', () => {
  test('after a file was loaded and its end was looked at there', async () => {
    const one = reader()
    await newestBy(one.a)
    assert.equal((await newestBy(one.b)).day, null)
    assert.equal(shown.versions().data, held.versions().data)
    const id = await send(one, '2026-03-05')
    const stranger = reader()
    assert.equal((await newestBy(stranger.b)).day, null, 'the other server has not looked yet')
    const ended = await one.b.call(readLoad, { params: { id } })
    assert.equal(ended.ok && ended.value.state, 'done')
    assert.equal((await newestBy(one.b)).day, '2026-03-05')
  })

  test('after a load was undone', async () => {
    const one = reader()
    const id = await send(one, '2026-03-07')
    await one.b.call(readLoad, { params: { id } })
    assert.equal((await newestBy(one.b)).day, '2026-03-07')
    const undone = await one.a.call(undoLoad, { params: { id } })
    assert.ok(undone.ok, JSON.stringify(undone))
    assert.equal((await newestBy(one.b)).day, '2026-03-05')
  })

  test('after it told him of newer figures', async () => {
    const one = reader()
    await newestBy(one.b)
    await send(reader(), '2026-03-09')
    assert.equal((await newestBy(one.a)).day, '2026-03-09')
    const answer = await newestBy(one.b)
    assert.deepEqual(answer, {
      day: '2026-03-09',
      asOf: { version: one.seen.version, changedAt: held.versions().changedAt },
    })
  })

  test('a version that was never there, or is none, does no harm', async () => {
    for (const seen of ['999999999', '-1', 'x', '1e3', ' ', '9'.repeat(400)]) {
      const headers = { authorization: `Bearer ${b.operatorToken}`, [seenHeader]: seen }
      const answer = await fetch(`${b.url}/api/v1/freshness`, { headers })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get(seenHeader), String(shown.versions().data))
    }
  })

  test('a server that was set back to a backup is believed', async () => {
    const one = reader()
    one.seen.version = 999_999
    await newestBy(one.b)
    assert.equal(one.seen.version, shown.versions().data)
  })

  test('of what an answer says nothing is lost on its way', () => {
    assert.deepEqual(asOfIn('7 2026-03-01T00:00:00.000Z'), { version: 7, changedAt: '2026-03-01T00:00:00.000Z' })
    assert.deepEqual(asOfIn('7'), { version: 7, changedAt: null })
    for (const text of [null, '', 'x', '-1']) assert.equal(asOfIn(text), undefined)
  })
})
