import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scopeOfJob, scopeOfOperator } from '#access/mint.ts'
import { failuresBeforeLock, signIn } from '#access/signIn.ts'
import { readLoad } from '#features/imports/data/loads.ts'
import { dropFile, dropOldFiles, keepFile, keptFile } from '#features/imports/data/uploads.ts'
import { startIntake } from '#features/imports/jobs.ts'
import { cancelLoad, startLoad } from '#features/imports/mutations/loadFile.ts'
import { moveIntake, moveIntakeAlone } from '#features/imports/mutations/moveIntake.ts'
import { runningLoads } from '#features/imports/mutations/running.ts'
import { closeInterruptedLoads } from '#features/imports/mutations/undo.ts'
import { takeInteractions } from '#features/imports/mutations.ts'
import type { Job } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { recordAudit } from '#store/audit.ts'
import { moveAnchor, readAnchor, writeAnchor } from '#store/auditAnchor.ts'
import { auditHead, sealAudit, startSealer } from '#store/auditChain.ts'
import type { Store } from '#store/store.ts'
import { openTestStore } from '#store/testing.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { raw } from '#warehouse/sql.ts'
import { createApp } from './app.ts'
import { lookOnce, runIfDue } from './jobs.ts'
import { servicesOf } from './open.ts'
import { readinessOf } from './readiness.ts'
import { routes } from './registry.ts'
import { seedUnits } from './testing.ts'

const operator = scopeOfOperator()
const key = randomBytes(32)
const never = new AbortController().signal

describe('two servers on one store', () => {
  let store: Store
  let folder: string
  let a: Services
  let b: Services
  let now = new Date('2026-03-10T03:00:00Z')
  const servers: Services[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zhiyin-servers-'))
    store = await openTestStore()
    await seedUnits(store)
    for (const name of ['a', 'b'])
      servers.push(
        servicesOf({
          home: {
            folder: join(folder, name),
            id: 'test',
            kind: 'real',
            timeZone: 'Asia/Shanghai',
            createdAt: '2025-01-01T00:00:00.000Z',
          },
          // Each its own object, as of two processes: what a process remembers of its store is not shared.
          store: { ...store },
          warehouse: await openDuckdb(':memory:'),
          key,
          clock: () => now,
          shared: true,
        }),
      )
    ;[a, b] = servers as [Services, Services]
  })
  after(async () => {
    for (const { warehouse } of servers) await warehouse.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  const expire = (table: string) => store.query(`update ${table} set lease_until = now() - interval '1 second'`)

  describe('jobs', () => {
    const job = (name: string, run: Job['run'] = async () => undefined): Job => ({
      name,
      schedule: { daily: '02:30' },
      run,
    })

    test('run once for a day, whichever server looks first', async () => {
      let runs = 0
      const once = job('test.race', async () => void runs++)
      const outcomes = await Promise.all([runIfDue(a, once, never), runIfDue(b, once, never), runIfDue(a, once, never)])
      assert.equal(runs, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1)
      assert.equal(await runIfDue(b, once, never), 'idle')
    })

    test('that run on one server are left alone by another that starts, and those behind them wait', async () => {
      const begun = Promise.withResolvers<void>()
      const end = Promise.withResolvers<void>()
      let others = 0
      const long = (services: Services) =>
        job('test.long', async ({ server }) => {
          assert.equal(server.id, services.server.id)
          begun.resolve()
          await end.promise
        })
      const behind = job('test.behind', async () => void others++)
      const running = runIfDue(a, long(a), never)
      await begun.promise
      await lookOnce(b, [long(b), behind], never, new Map())
      assert.equal(others, 0)
      end.resolve()
      assert.equal(await running, 'done')
      await lookOnce(b, [long(b), behind], never, new Map())
      assert.equal(others, 1)
    })

    test('of a server that is gone are taken over once its lease has run out', async () => {
      const ended = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<AbortSignal>()
      const held = runIfDue(
        a,
        job('test.gone', async (_services, _scope, signal) => {
          begun.resolve(signal)
          await ended.promise
        }),
        never,
      )
      await begun.promise
      const again = job('test.gone')
      assert.equal(await runIfDue(b, again, never), 'elsewhere')
      await expire('job_runs')
      await lookOnce(b, [again], never, new Map())
      const [row] = await store.query("select state, attempts, server_id from job_runs where job = 'test.gone'")
      assert.deepEqual(row, { state: 'done', attempts: 2, server_id: b.server.id })
      // The first one comes back to life: what it has to say no longer counts.
      ended.resolve()
      await held
      const [still] = await store.query("select state, server_id from job_runs where job = 'test.gone'")
      assert.deepEqual(still, { state: 'done', server_id: b.server.id })
    })

    test('that look after a server’s own disk are done by each', async () => {
      const seen: string[] = []
      const own: Job = { ...job('test.own', async ({ server }) => void seen.push(server.id)), perServer: true }
      for (const services of servers) await lookOnce(services, [own], never, new Map())
      assert.deepEqual(seen, [a.server.id, b.server.id])
    })
  })

  describe('loads', () => {
    const fileOf = async (name: string, rows: number) => {
      const path = join(folder, name)
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
      await expire('loads')
      // Renewed once a second: taken at the moment it has run out.
      while ((await closeInterruptedLoads(b)) === 0) await expire('loads')
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
    assert.ok(found && found.path !== sent.value.path)
    assert.deepEqual(await readFile(found.path), bytes)
    const [part] = await store.query<{ body_enc: Uint8Array }>(
      'select body_enc from upload_parts where upload_id = $1',
      [id],
    )
    assert.ok(!Buffer.from(part!.body_enc).includes(bytes.subarray(0, 64)))
    await dropFile(b, found)
    assert.deepEqual(await store.query('select 1 from upload_parts'), [])
    // The first server's own copy goes with its next round, once nobody can be writing it.
    assert.equal(await dropOldFiles(a), 0)
    now = new Date(Date.now() + 2 * 3_600_000)
    assert.equal(await dropOldFiles(a), 2)
    now = new Date('2026-03-10T03:00:00Z')
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

  describe('limits', () => {
    const apps: Awaited<ReturnType<typeof createApp>>[] = []
    before(async () => {
      for (const services of servers) apps.push(await createApp({ services, routes }))
    })
    after(async () => {
      for (const app of apps) await app.close()
    })
    const call = (app: number) =>
      apps[app]!.inject({ method: 'POST', url: '/api/v1/one-time-links/read', payload: { token: 'x'.repeat(47) } })

    test('hold over both', async () => {
      const statuses: number[] = []
      for (let i = 0; i < 70; i++) statuses.push((await call(i % 2)).statusCode)
      const passed = statuses.filter((status) => status !== 429).length
      // Thirty a minute, and what the bucket refilled meanwhile.
      assert.ok(passed >= 30 && passed < 60, `${passed} passed`)
      assert.ok(statuses.includes(429))
    })

    test('hold where the store is away: nothing passes', async () => {
      const away = await createApp({
        services: { ...a, store: { ...a.store, query: () => Promise.reject(new Error('away')) } },
        routes,
      })
      const answer = await away.inject({
        method: 'POST',
        url: '/api/v1/sign-in',
        payload: { login: 'x', password: 'y' },
      })
      assert.equal(answer.statusCode, 500)
      await away.close()
    })

    test('of a login hold however many servers are asked at once', async () => {
      const guess = (services: Services) =>
        signIn({ store: services.store, cipher: services.cipher, now }, { login: 'nobody', password: 'a wrong guess' })
      const outcomes = await Promise.all(Array.from({ length: 12 }, (_, i) => guess(servers[i % 2]!)))
      const tried = outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'sign_in_failed').length
      assert.equal(tried, failuresBeforeLock)
    })
  })

  describe('the audit', () => {
    const write = (objectId: string) =>
      store.transaction((tx) =>
        recordAudit(tx, operator.actor, { action: 'sample.write', objectKind: 'sample', objectId, detail: {} }),
      )

    test('is sealed into one chain, and each server’s anchor lies on it', async () => {
      for (const { home } of servers) await mkdir(home.folder, { recursive: true })
      const sealers = servers.map(({ home, store: own }) =>
        startSealer(own, { everyMs: 5, sealed: (head) => moveAnchor(own, home.folder, key, head) }),
      )
      await Promise.all(Array.from({ length: 60 }, (_, i) => write(`s${i}`)))
      while ((await store.query('select 1 from audit_records where not sealed limit 1')).length > 0) await sleep(5)
      for (const sealer of sealers) await sealer.stop()
      await write('after')
      await sealAudit(store)
      for (const { upkeep } of servers) {
        const verdict = await upkeep.verifyAudit()
        assert.deepEqual([verdict.intact, verdict.anchor, verdict.unsealed.count], [true, 'matches', 0])
      }
    })

    test('keeps an anchor that the chain no longer holds, so that a rewritten chain is found', async () => {
      const head = await auditHead(store)
      await writeAnchor(b.home.folder, key, { ...head, hash: '00'.repeat(32) })
      await moveAnchor(store, b.home.folder, key, head)
      const anchor = await readAnchor(b.home.folder, key)
      assert.ok(anchor && anchor !== 'forged' && anchor.hash === '00'.repeat(32))
      assert.equal((await b.upkeep.verifyAudit()).broken?.what, 'anchor_differs')
      assert.ok((await a.upkeep.verifyAudit()).intact)
    })
  })

  describe('readiness', () => {
    test('says where the warehouse is, and that the store must be there', async () => {
      const { server, warehouse } = a
      assert.deepEqual(await readinessOf({ store, warehouse, server }, 60_000)(), {
        ok: true,
        value: { warehouse: 'here' },
      })
      const gone = { ...warehouse, reachable: () => Promise.reject(new Error('no coordinator')) }
      assert.deepEqual(await readinessOf({ store, warehouse: gone, server }, 60_000)(), {
        ok: true,
        value: { warehouse: 'away' },
      })
      const silent = { ...warehouse, reachable: () => new Promise<boolean>(() => undefined) }
      const late = await readinessOf({ store, warehouse: silent, server }, 10)()
      assert.ok(late.ok ? late.value.warehouse === 'away' : late.detail?.why === 'store')
      const lost = { ...store, query: () => Promise.reject(new Error('lost')) }
      const unready = await readinessOf({ store: lost, warehouse, server })()
      assert.ok(!unready.ok && unready.detail?.why === 'store')
    })

    test('ends where a newer server has migrated past what this one survives', async () => {
      const { server, warehouse } = a
      const migrate = (survives: number) =>
        store.query(
          `insert into schema_migrations (name, hash, survives) values ('9999_later.sql', '', $1)
           on conflict (name) do update set survives = $1`,
          [survives],
        )
      await migrate(10)
      assert.ok((await readinessOf({ store, warehouse, server }, 60_000)()).ok)
      await migrate(9999)
      const unready = await readinessOf({ store, warehouse, server }, 60_000)()
      assert.ok(!unready.ok && unready.detail?.why === 'schema')
      await store.query("delete from schema_migrations where name = '9999_later.sql'")
    })

    test('is asked by anyone, and a server that starts or stops is not ready though it lives', async () => {
      const app = await createApp({ services: a, routes, checkAnswers: true })
      const get = async (path: string) => {
        const answer = await app.inject({ method: 'GET', url: `/api/v1/${path}` })
        return [answer.statusCode, answer.json<{ code?: string }>().code, answer.headers.connection]
      }
      assert.deepEqual(await get('live'), [200, undefined, 'keep-alive'])
      assert.deepEqual(await get('ready'), [200, undefined, 'keep-alive'])
      for (const state of ['starting', 'stopping'] as const) {
        a.server.state = state
        assert.deepEqual((await get('ready')).slice(0, 2), [503, 'not_ready'])
        assert.equal((await get('live'))[0], 200)
      }
      // Whoever keeps a connection to a server that stops is sent to another with his next request.
      assert.equal((await get('live'))[2], 'close')
      a.server.state = 'ready'
      await app.close()
    })
  })
})
