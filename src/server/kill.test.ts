import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeInterruptedLoads } from '#features/imports/mutations/undo.ts'
import { moveIntake } from '#features/imports/mutations/moveIntake.ts'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { openHome } from './open.ts'

const rounds = 4
const batchSize = 50

interface Server {
  child: ChildProcess
  address: string
  secret: string
}

async function serve(folder: string, databaseUrl: string | undefined): Promise<Server> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../cli/main.ts'), 'serve', '--home', folder, '--port', '0'],
    {
      env: { ...process.env, ZHIYIN_LOG: 'silent', ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) },
      stdio: 'ignore',
    },
  )
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    try {
      const token = JSON.parse(await readFile(homePaths(folder).token, 'utf8')) as {
        address: string
        secret: string
        pid?: number
      }
      // The file of the server that was killed lies there until the new one writes its own.
      if (token.pid === undefined || token.pid === child.pid)
        return { child, address: token.address, secret: token.secret }
    } catch {
      // Not written yet.
    }
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error('the server did not come up')
}

const ended = (child: ChildProcess) =>
  new Promise<void>((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve()),
  )

/** Sends batches until the server is gone; returns the ids of those it acknowledged. */
async function sendUntilKilled(
  { address, secret }: Server,
  round: number,
  sent: Map<string, string>,
): Promise<string[]> {
  const acknowledged: string[] = []
  for (let batch = 0; ; batch++) {
    const ids = Array.from({ length: batchSize }, (_, i) => `${round}-${batch}-${i}`)
    const body = ids
      .map((id) => JSON.stringify({ id, start_at: '2026-01-05T08:00:00+08:00', channel: 'app', customer: `C${batch}` }))
      .join('\n')
    sent.set(`${round}-${batch}`, body)
    try {
      const answer = await fetch(`${address}/api/v1/interactions?source=app`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret}`,
          'content-type': 'application/x-ndjson',
          'idempotency-key': `${round}-${batch}`,
        },
        body,
      })
      if (!answer.ok) throw new Error(`refused: ${await answer.text()}`)
      acknowledged.push(...ids)
    } catch (error) {
      if (String(error).includes('refused:')) throw error
      return acknowledged
    }
  }
}

test('a server killed again and again loses no acknowledged batch and moves none twice', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-kill-'))
  const url = process.env.ZHIYIN_TEST_DATABASE_URL
  const database = url ? await createTestDatabase(url) : undefined
  const acknowledged: string[] = []
  const sent = new Map<string, string>()
  try {
    for (let round = 0; round < rounds; round++) {
      const server = await serve(folder, database?.url)
      const sending = sendUntilKilled(server, round, sent)
      // Long enough to be killed while batches arrive, move, or both.
      await sleep(400 + 450 * round)
      server.child.kill('SIGKILL')
      await ended(server.child)
      acknowledged.push(...(await sending))
    }
    assert.ok(acknowledged.length > rounds * batchSize, `only ${acknowledged.length} interactions were acknowledged`)
    const opened = await openHome({ folder, databaseUrl: database?.url })
    assert.ok(opened.ok, JSON.stringify(opened))
    const { services } = opened.value
    try {
      while ((await moveIntake(services)) > 0);
      const { rows } = await services.warehouse.write((writer) =>
        writer.run(
          sql`select source_id, count(*) as n from ${raw('interactions')} where superseded_by = 0 group by source_id`,
        ),
      )
      const found = new Map(rows.map((row) => [String(row.source_id), Number(row.n)]))
      assert.deepEqual(
        acknowledged.filter((id) => found.get(id) !== 1),
        [],
      )
      // A batch whose answer was cut off may have been kept: then whole, and once.
      assert.deepEqual(
        [...found].filter(([, n]) => n !== 1),
        [],
      )
      const perBatch = new Map<string, number>()
      for (const id of found.keys()) {
        const batch = id.slice(0, id.lastIndexOf('-'))
        perBatch.set(batch, (perBatch.get(batch) ?? 0) + 1)
      }
      assert.deepEqual(
        [...perBatch].filter(([batch, n]) => n !== batchSize || !sent.has(batch)),
        [],
      )
    } finally {
      await opened.value.close()
    }
  } finally {
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  }
})

const mapping = {
  kind: 'interactions',
  source: 'app',
  columns: { source_id: 'id', start_at: 'at', channel: 'channel' },
}

/** Sends a file and begins to load it. */
async function beginLoad({ address, secret }: Server, text: string): Promise<number> {
  const call = async (path: string, type: string, body: string) => {
    const answer = await fetch(`${address}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': type },
      body,
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    return (await answer.json()) as { id: never }
  }
  const upload = await call('uploads?fileName=app.csv', 'application/octet-stream', text)
  const load = await call(`uploads/${upload.id}/load`, 'application/json', JSON.stringify({ mapping, strict: false }))
  return load.id
}

test('a load that a kill cut off is closed at the next start, and nothing of it stays', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-kill-load-'))
  const url = process.env.ZHIYIN_TEST_DATABASE_URL
  const database = url ? await createTestDatabase(url) : undefined
  const lines = Array.from({ length: 400_000 }, (_, i) => `a${i},2026-01-05 10:00:00,app`)
  const large = `id,at,channel\n${lines.join('\n')}\n`
  const small = `id,at,channel\n${lines.slice(0, 100).join('\n')}\n`
  const servers: Server[] = []
  const begin = async () => {
    const server = await serve(folder, database?.url)
    servers.push(server)
    return server
  }
  try {
    const server = await begin()
    const cutOff = await beginLoad(server, large)
    server.child.kill('SIGKILL')
    await ended(server.child)

    const opened = await openHome({ folder, databaseUrl: database?.url })
    assert.ok(opened.ok, JSON.stringify(opened))
    const { services } = opened.value
    const load = async (id: number) =>
      (
        await services.store.query<{ state: string; failure: string | null; new: number }>(
          'select state, failure, rows_new as new from loads where id = $1',
          [id],
        )
      )[0]
    const facts = async () => {
      const { rows } = await services.warehouse.write((writer) =>
        writer.run(sql`select count(*) as n from ${raw('interactions')}`),
      )
      return Number(rows[0]!.n)
    }
    try {
      assert.equal((await load(cutOff))!.state, 'running')
      assert.equal(await closeInterruptedLoads(services), 1)
      assert.deepEqual(await load(cutOff), { state: 'failed', failure: 'load_interrupted', new: 0 })
      assert.equal(await facts(), 0)
      assert.equal(await closeInterruptedLoads(services), 0)
    } finally {
      await opened.value.close()
    }

    // Killed between the two stores: the facts are in, their load does not know it yet.
    const again = await begin()
    const whole = await beginLoad(again, small)
    const running = async () => {
      const answer = await fetch(`${again.address}/api/v1/loads/${whole}`, {
        headers: { authorization: `Bearer ${again.secret}` },
      })
      return ((await answer.json()) as { state: string }).state === 'running'
    }
    while (await running()) await sleep(20)
    again.child.kill('SIGKILL')
    await ended(again.child)
    const last = await openHome({ folder, databaseUrl: database?.url })
    assert.ok(last.ok, JSON.stringify(last))
    try {
      const { store, warehouse } = last.value.services
      const count = async () => {
        const { rows } = await warehouse.write((writer) =>
          writer.run(sql`select count(*) as n from ${raw('interactions')}`),
        )
        return Number(rows[0]!.n)
      }
      assert.equal(await count(), 100)
      await store.query("update loads set state = 'running', finished_at = null where id = $1", [whole])
      assert.equal(await closeInterruptedLoads(last.value.services), 1)
      assert.equal(await count(), 0)
    } finally {
      await last.value.close()
    }
  } finally {
    for (const { child } of servers) child.kill('SIGKILL')
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  }
})
