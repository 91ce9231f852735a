import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scopeOfOperator } from '#access/mint.ts'
import { hashPassword } from '#access/password.ts'
import { failuresBeforeLock, signIn } from '#access/signIn.ts'
import type { Job } from '#features/job.ts'
import type { Services } from '#features/services.ts'
import { recordAudit } from '#store/audit.ts'
import { moveAnchor, readAnchor, writeAnchor } from '#store/auditAnchor.ts'
import { auditHead, sealAudit, startSealer } from '#store/auditChain.ts'
import type { Store } from '#store/store.ts'
import { createApp } from './app.ts'
import { lookOnce, runIfDue } from './jobs.ts'
import { readinessOf } from './readiness.ts'
import { routes } from './registry.ts'
import { openTwoServers, type TwoServers } from './testing.ts'

const operator = scopeOfOperator()
const present = '2026-03-10T03:00:00Z'
const never = new AbortController().signal

describe('two servers on one store', () => {
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
      await lookOnce(b, [long(b), behind], never)
      assert.equal(others, 0)
      end.resolve()
      assert.equal(await running, 'done')
      await lookOnce(b, [long(b), behind], never)
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
      await two.expire('job_runs')
      await lookOnce(b, [again], never)
      const [row] = await store.query("select state, attempts, server_id from job_runs where job = 'test.gone'")
      assert.deepEqual(row, { state: 'done', attempts: 2, server_id: b.server.id })
      // The first one comes back to life: what it has to say no longer counts.
      ended.resolve()
      await held
      const [still] = await store.query("select state, server_id from job_runs where job = 'test.gone'")
      assert.deepEqual(still, { state: 'done', server_id: b.server.id })
    })
  })

  describe('asked over HTTP', () => {
    const apps: Awaited<ReturnType<typeof createApp>>[] = []
    before(async () => {
      for (const services of two.servers) apps.push(await createApp({ services, routes }))
    })
    after(async () => {
      for (const app of apps) await app.close()
    })

    test('a session that one opened is known to the other, and ends on both', async () => {
      const password = '知音识曲 correct'
      await store.query('insert into users (id, login, name_enc, password_hash) values ($1, $1, $2, $3)', [
        'usr_two',
        a.cipher.encrypt('王小明'),
        await hashPassword(password),
      ])
      const signedIn = await apps[0]!.inject({
        method: 'POST',
        url: '/api/v1/sign-in',
        payload: { login: 'usr_two', password },
      })
      assert.equal(signedIn.statusCode, 200, signedIn.body)
      const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!
      const me = (app: number) => apps[app]!.inject({ url: '/api/v1/me', headers: { cookie } })
      for (const app of [1, 0, 1]) assert.equal((await me(app)).statusCode, 200)
      const out = await apps[1]!.inject({ method: 'POST', url: '/api/v1/sign-out', headers: { cookie } })
      assert.equal(out.statusCode, 200, out.body)
      for (const app of [0, 1]) assert.equal((await me(app)).statusCode, 401)
    })

    const call = (app: number) =>
      apps[app]!.inject({ method: 'POST', url: '/api/v1/one-time-links/read', payload: { token: 'x'.repeat(47) } })

    test('limits hold over both', async () => {
      const statuses: number[] = []
      for (let i = 0; i < 70; i++) statuses.push((await call(i % 2)).statusCode)
      const passed = statuses.filter((status) => status !== 429).length
      // Thirty a minute, and what the bucket refilled meanwhile.
      assert.ok(passed >= 30 && passed < 60, `${passed} passed`)
      assert.ok(statuses.includes(429))
    })

    test('limits hold where the store is away: nothing passes', async () => {
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

    test('limits of a login hold however many servers are asked at once', async () => {
      const guess = (services: Services) =>
        signIn(
          { store: services.store, cipher: services.cipher, now: new Date(present) },
          { login: 'nobody', password: 'a wrong guess' },
        )
      const outcomes = await Promise.all(Array.from({ length: 12 }, (_, i) => guess(two.servers[i % 2]!)))
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
      const sealers = two.servers.map(({ home, store: own }) =>
        startSealer(own, { everyMs: 5, sealed: (head) => moveAnchor(own, home.folder, two.key, head) }),
      )
      await Promise.all(Array.from({ length: 60 }, (_, i) => write(`s${i}`)))
      while ((await store.query('select 1 from audit_records where not sealed limit 1')).length > 0) await sleep(5)
      for (const sealer of sealers) await sealer.stop()
      await write('after')
      await sealAudit(store)
      for (const { upkeep } of two.servers) {
        const verdict = await upkeep.verifyAudit()
        assert.deepEqual([verdict.intact, verdict.anchor, verdict.unsealed.count], [true, 'matches', 0])
      }
    })

    test('keeps an anchor that the chain no longer holds, so that a rewritten chain is found', async () => {
      const head = await auditHead(store)
      await writeAnchor(b.home.folder, two.key, { ...head, hash: '00'.repeat(32) })
      await moveAnchor(store, b.home.folder, two.key, head)
      const anchor = await readAnchor(b.home.folder, two.key)
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
