import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openSession } from '#access/session.ts'
import { startTestServer, type TestServer } from '#server/testing.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

async function caller(role: 'OPS' | 'AN' | 'ADM', unit: string) {
  const { id } = await server.user({ role, unit })
  const { secret } = await openSession(server.store, id, server.services.clock())
  return async (method: string, path: string, body?: string, type = 'application/json') => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        cookie: `zhiyin_session=${secret}`,
        'sec-fetch-site': 'same-origin',
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
}

const mapping = {
  kind: 'customers',
  source: 'crm',
  columns: { customer: 'no', name: 'name', birth_year: 'born' },
}
const octets = 'application/octet-stream'

test('loading files and reading of loads are for rights over the whole bank', async () => {
  const head = await caller('OPS', 'bank')
  const upload = await head('POST', '/uploads?fileName=c.csv', 'no,name,born\nK1,王伟,1980\nK2,李娜,x\n', octets)
  assert.equal(upload.status, 200)
  const started = await head('POST', `/uploads/${upload.body.id}/load`, JSON.stringify({ mapping }))
  assert.equal(started.status, 200)
  const id = started.body.id
  let load = started.body
  while (load.state === 'running') load = (await head('GET', `/loads/${id}`)).body
  assert.equal(load.state, 'done')
  const kept = await head('POST', '/uploads?fileName=d.csv', 'no,name\nK3,张三\n', octets)

  for (const role of ['OPS', 'AN', 'ADM'] as const) {
    const branch = await caller(role, 'hz-xihu')
    const refused = [
      await branch('POST', '/uploads?fileName=e.csv', 'no,name\nK1,改名\n', octets),
      await branch('GET', `/uploads/${kept.body.id}`),
      await branch('POST', `/uploads/${kept.body.id}/check`, JSON.stringify({ mapping })),
      await branch('POST', `/uploads/${kept.body.id}/load`, JSON.stringify({ mapping })),
      await branch('GET', '/loads'),
      await branch('GET', `/loads/${id}`),
      await branch('GET', `/loads/${id}/errors`),
      await branch('GET', `/loads/${id}/errors.csv`),
      await branch('POST', `/loads/${id}/cancel`),
      await branch('POST', `/loads/${id}/undo`),
    ]
    for (const [i, answer] of refused.entries())
      assert.deepEqual([answer.status, answer.body.code], [403, 'not_allowed'], `${role}, call ${i}`)
  }
  const [row] = await server.store.query<{ n: number }>('select count(*)::int as n from loads')
  assert.equal(row?.n, 1)
  const errors = await head('GET', `/loads/${id}/errors`)
  assert.equal((errors.body.errors as unknown[]).length, 1)
})
