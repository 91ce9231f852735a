import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scopeOfJob, scopeOfOperator } from '#access/mint.ts'
import type { Services } from '#features/services.ts'
import { openTwoServers, type TwoServers } from '#server/testing.ts'
import type { Store } from '#store/store.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { raw } from '#warehouse/sql.ts'
import { readLoad } from './data/loads.ts'
import { withCopy } from './data/copies.ts'
import { dropFile, keepFile, keptFile } from './data/uploads.ts'
import { startIntake } from './jobs.ts'
import { cancelLoad } from './mutations/cancelLoad.ts'
import { startLoad } from './mutations/loadFile.ts'
import { moveIntake, moveIntakeAlone } from './mutations/moveIntake.ts'
import { runningLoads } from './mutations/running.ts'
import { closeInterruptedLoads } from './mutations/undo.ts'
import { takeInteractions } from './mutations.ts'

const operator = scopeOfOperator()
const present = '2026-03-10T03:00:00Z'

describe('importing with two servers on one store', () => {
  let two: TwoServers
  let store: Store
  let a: Services
  let b: Services

  before(async () => {
    two = await openTwoServers(present)
    store = two.store
    ;[a, b] = two.servers
  })
  after(() => two.close())

  describe('loads', () => {
    const fileOf = async (name: string, rows: number) => {
      const path = join(two.folder, name)
      const lines = Array.from({ length: rows }, (_, i) => `${name}-${i},2026-01-05 10:00:00,app`)
      const text = `id,at,channel\n${lines.join('\n')}\n`
      await writeFile(path, text)
      return { path, fileName: name, hash: createHash('sha256').update(text).digest('hex') }
    }
    const mapping = (source: string) => {
      const read = readMapping({
        kind: 'interactions',
        source,
        columns: { source_id: 'id', start_at: 'at', channel: 'channel' },
      })
      assert.ok(read.ok)
      return read.value
    }
    const facts = async (services: Services, source: string) =>
      (
        await services.warehouse.write((writer) =>
          writer.run(raw(`select count(*)::int as n from interactions where source = '${source}'`)),
        )
      ).rows[0]?.n

    /** A load of server a that stands still until it is let go. */
    const stuck = async (source: string) => {
      const go = Promise.withResolvers<void>()
      const at = Promise.withResolvers<void>()
      const held: Services = {
        ...a,
        warehouse: {
          ...a.warehouse,
          session: (work) =>
            a.warehouse.session((session) =>
              work({
                ...session,
                write: async (write, options) => {
                  at.resolve()
                  await go.promise
                  return session.write(write, options)
                },
              }),
            ),
        },
      }
      const id = await startLoad(held, operator, await fileOf(`${source}.csv`, 20), mapping(source), { strict: false })
      await at.promise
      return { id, go: () => go.resolve(), done: runningLoads(a).get(id)?.done }
    }

    test('are seen with their progress on every server, and go on when another one starts', async () => {
      const load = await stuck('seen')
      for (;;) {
        const seen = await readLoad(b, operator, load.id)
        assert.equal(seen?.state, 'running')
        if (seen?.progress) {
          assert.equal(seen.progress.phase, 'loading')
          break
        }
        await sleep(50)
      }
      assert.equal(await closeInterruptedLoads(b), 0)
      load.go()
      await load.done
      const seen = await readLoad(b, operator, load.id)
      assert.deepEqual([seen?.state, seen?.progress, seen?.rows.new], ['done', null, 20])
    })

    test('are cancelled from any server, and nothing of them stays', async () => {
      const load = await stuck('cancelled')
      const cancelling = cancelLoad(b, load.id)
      while (!(await store.query('select 1 from loads where cancel_asked')).length) await sleep(20)
      // The flag is seen while the load stands still; it ends when it goes on.
      while (!runningLoads(a).get(load.id)?.abort.signal.aborted) await sleep(50)
      load.go()
      assert.ok((await cancelling).ok)
      const seen = await readLoad(b, operator, load.id)
      assert.deepEqual([seen?.state, seen?.failure], ['failed', 'load_cancelled'])
      assert.equal(await facts(a, 'cancelled'), 0)
      const again = await cancelLoad(b, load.id)
      assert.ok(!again.ok && again.reason === 'load_not_running')
    })

    test('of a server that is gone are closed by another; should it come back, nothing of it stays', async () => {
      const load = await stuck('gone')
      await two.expire('loads')
      // Renewed once a second: taken at the moment it has run out.
      while ((await closeInterruptedLoads(b)) === 0) await two.expire('loads')
      const seen = await readLoad(b, operator, load.id)
      assert.deepEqual([seen?.state, seen?.failure], ['failed', 'load_interrupted'])
      load.go()
      await load.done
      const still = await readLoad(b, operator, load.id)
      assert.deepEqual([still?.state, still?.failure], ['failed', 'load_interrupted'])
      assert.equal(await facts(a, 'gone'), 0)
    })
  })

  test('what was taken in is moved by one server at a time', async () => {
    const line = JSON.stringify({ id: 'i1', start_at: '2026-01-05T08:00:00Z', channel: 'app' })
    assert.ok((await takeInteractions(a, operator, { source: 'one', key: 'k1', body: Buffer.from(line) })).ok)
    const inside = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const slow: Services = {
      ...a,
      warehouse: {
        ...a.warehouse,
        write: async (work, options) => {
          inside.resolve()
          await go.promise
          return a.warehouse.write(work, options)
        },
      },
    }
    const moving = moveIntakeAlone(slow)
    await inside.promise
    assert.equal(await moveIntakeAlone(b), 0)
    go.resolve()
    assert.equal(await moving, 1)
    assert.equal(await moveIntake(b), 0)
  })

  test('a file that one server took is there for its sender on the other, and gone from both once it is dropped', async () => {
    const bytes = randomBytes(9_000_000)
    const sent = await keepFile(a, operator, 'f.csv', Readable.from([bytes]))
    assert.ok(sent.ok)
    const { id } = sent.value
    assert.equal(await keptFile(b, scopeOfJob('another'), id), undefined)
    const found = await keptFile(b, operator, id)
    assert.ok(found)
    assert.deepEqual(await withCopy(b, found, (path) => readFile(path)), bytes)
    await dropFile(b, found)
    assert.equal(await keptFile(a, operator, id), undefined)
    for await (const { key } of a.files.list('uploads/')) assert.ok(!key.includes(id), key)
  })

  test('a server that starts beside others leaves their loads running', async () => {
    const [row] = await store.query<{ id: number }>(
      `insert into loads (kind, source, file_name, state, created_by, server_id, lease_until)
       values ('interactions', 'beside', 'f.csv', 'running', 'x', 'srv_other', now() + interval '60 seconds') returning id`,
    )
    await startIntake(b).stop()
    assert.equal((await readLoad(b, operator, row!.id))?.state, 'running')
    await store.query("update loads set state = 'failed' where id = $1", [row!.id])
  })
})
