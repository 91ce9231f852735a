import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import { openSession } from '#access/session.ts'
import { addressOf } from '#contract/client.ts'
import { errorCatalogue } from '#contract/errors.ts'
import { codesOf, schemaOf } from '#contract/openapi.ts'
import { problemSchema } from '#contract/problem.ts'
import type { Route } from '#contract/route.ts'
import { runningLoads } from '#features/imports/mutations/running.ts'
import { homePaths } from '#store/home.ts'
import { arbitraryOf, hostile, type Known, spoiled } from './arbitrary.ts'
import { questions, routes } from './registry.ts'
import { seedModel, startTestServer, type TestServer } from './testing.ts'

const runs = Number(process.env.ZHIYIN_FUZZ_RUNS ?? 40)
const seed = Number(process.env.ZHIYIN_FUZZ_SEED ?? 7700)

interface Attempt {
  caller: string
  params: unknown
  query: unknown
  body: unknown
  spoil: { part: 'params' | 'query' | 'body' | 'none'; at: number; by: unknown }
  raw: string
  key: string | undefined
  form: 'json' | 'broken' | 'bad utf-8' | 'wrong type' | 'no body' | 'deep'
}

/** What may stand in an uploaded file or a batch of lines: near to right, or nothing of the kind. */
const line = fc.record(
  {
    id: fc.oneof(fc.constantFrom('i1', 'i2'), fc.constantFrom(...hostile)),
    start_at: fc.oneof(fc.constantFrom('2026-01-05T10:00:00Z', '2026-01-05 10:00'), fc.constantFrom(...hostile)),
    channel: fc.constantFrom<unknown>('branch', 'app', 'app', 'smoke signals', 7, null),
    unit: fc.constantFrom<unknown>('hz-xihu', 'bank', 'nowhere', '\u0000'),
    customer: fc.constantFrom<unknown>('C1', 'C2', '', {}),
    wait_seconds: fc.constantFrom<unknown>(12, 30, -1, 1e308, 'soon'),
  },
  { requiredKeys: [] },
)
const rightLine = fc.record({
  id: fc.constantFrom('i1', 'i2', 'i3'),
  start_at: fc.constantFrom('2026-01-05T10:00:00Z', '2026-01-05T10:00:00+08:00'),
  channel: fc.constantFrom('branch', 'app'),
  unit: fc.constantFrom('hz-xihu', 'bank'),
  customer: fc.constantFrom('C1', 'C2'),
})
const linesOf = (one: fc.Arbitrary<unknown>) =>
  fc
    .array(one, { minLength: 1, maxLength: 3 })
    .map((lines) => lines.map((inner) => `${JSON.stringify(inner)}\n`).join(''))
const rawBody = fc.oneof(
  { weight: 4, arbitrary: linesOf(rightLine) },
  { weight: 2, arbitrary: linesOf(line) },
  fc.constantFrom(
    '',
    '\n\n',
    'id,start_at,channel\n1,2026-01-05 10:00,app\n',
    '<log><trace/></log>',
    'PK\u0003\u0004',
    '\u0000',
  ),
  fc.string({ maxLength: 200 }),
)

describe('every route, from its own schema', () => {
  let server: TestServer
  const callers: Record<string, Record<string, string>> = {
    nobody: {},
    'wrong token': { authorization: 'Bearer zyt_x' },
  }
  let tables: string[] = []

  before(async () => {
    server = await startTestServer()
    callers.operator = { authorization: `Bearer ${server.operatorToken}` }
    const found = await server.store.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1",
    )
    // A session notes when it was last used; attempts to sign in are counted whether they succeed or not.
    tables = found.map(({ name }) => name).filter((name) => !['sessions', 'sign_in_attempts'].includes(name))
    await seedModel(server.store)
  })
  after(() => server?.close())

  const position = async () =>
    (await server.store.query<{ at: string }>('select pg_current_wal_insert_lsn()::text as at'))[0]!.at

  /** New people with new sessions for each route: another route may have ended or disabled the ones before. */
  const meet = async () => {
    for (const [role, unit] of [
      ['CXM', 'bank'],
      ['AN', 'zj'],
      ['BM', 'hz-xihu'],
      ['ADM', 'bank'],
      ['TEL', 'nj-gulou'],
    ] as const) {
      const { id } = await server.user({ role, unit })
      const { secret } = await openSession(server.store, id, server.services.clock())
      callers[`${role} of ${unit}`] = { cookie: `zhiyin_session=${secret}` }
    }
  }

  /** What the store holds: rows of each table and a sum over their content. */
  const state = async (route: Route) => {
    // A wrong password is itself a thing to record, and so is asking for somebody who is no customer.
    const recorded = route.errors?.some((code) => code === 'sign_in_failed' || code === 'customer_unknown') ?? false
    const watched = tables.filter((name) => !(recorded && name === 'audit_records'))
    const each = watched.map(
      (name) =>
        `select '${name}' as name, count(*)::int as rows, coalesce(sum(hashtext(t::text)::bigint), 0)::text as content from ${name} t`,
    )
    return JSON.stringify(await server.store.query(each.join(' union all ')))
  }

  /** What lies beside the store: the warehouse's tables with their rows, its dimensions' version, files that were sent. */
  const beside = async () => {
    const tables = await server.services.warehouse.session(async ({ connection }) => {
      const read = await connection.runAndReadAll(
        `select table_name, estimated_size from duckdb_tables() where not internal and not temporary
         union all select 'dimensions_version', value::bigint from warehouse_meta where key = 'dimensions_version' order by 1`,
      )
      return read.getRows().map((row) => row.map(String))
    })
    const files = await readdir(homePaths(server.services.home.folder).uploads).catch(() => [])
    return JSON.stringify({ tables, files: files.sort() })
  }

  /** A load that was begun by an answer goes on after it. */
  const settled = () => Promise.all([...runningLoads(server.services).values()].map(({ done }) => done))

  /** Ids that a request may name: those of the rows there are, of the tables that its path speaks of where there are such. */
  async function knownTo(route: Route): Promise<Known> {
    const columns = await server.store.query<{ name: string; type: string }>(
      "select table_name as name, data_type as type from information_schema.columns where table_schema = current_schema() and column_name = 'id'",
    )
    const words = new Set(route.path.split(/[/:.-]/).filter((word) => word.length > 3))
    const spoken = columns.filter(({ name }) => name.split('_').some((word) => words.has(word)))
    const known: { texts: string[]; numbers: number[] } = {
      texts: ['nps', 'csat', 'wait', 'hz-xihu', 'bank'],
      numbers: [1],
    }
    for (const { name, type } of spoken.length ? spoken : columns) {
      const rows = await server.store.query<{ id: string | number }>(`select id from ${name} order by id desc limit 8`)
      for (const { id } of rows)
        if (type === 'text') known.texts.push(String(id))
        else known.numbers.push(Number(id))
    }
    for (const id of learned.get(placeOf(route)) ?? [])
      if (typeof id === 'string') known.texts.push(id)
      else known.numbers.push(id)
    return known
  }

  /** What answers called things: the ids of one route are what its neighbours take. */
  const learned = new Map<string, Set<string | number>>()
  const placeOf = (route: Route) => route.path.split('/')[3] ?? ''
  const learn = (route: Route, answer: unknown, depth = 0): void => {
    if (typeof answer !== 'object' || answer === null || depth > 4) return
    const { id } = answer as { id?: unknown }
    const ids = learned.get(placeOf(route)) ?? new Set()
    if ((typeof id === 'string' || typeof id === 'number') && ids.size < 12) learned.set(placeOf(route), ids.add(id))
    for (const inner of Object.values(answer)) learn(route, inner, depth + 1)
  }

  const attemptOn = (
    route: Route,
    ids: Known,
    fixed: { params?: unknown; body?: z.ZodType } = {},
  ): fc.Arbitrary<Attempt> => {
    const part = (name: 'params' | 'query' | 'body') => {
      if (name === 'params' && fixed.params) return fc.constant(fixed.params)
      const schema = name === 'body' ? (fixed.body ?? route.body) : route[name]
      return schema ? arbitraryOf(schemaOf(schema, 'input'), ids) : fc.constant(undefined)
    }
    const present = (['params', 'query', 'body'] as const).filter((name) => route[name])
    return fc.record({
      caller: fc.constantFrom(...Object.keys(callers), 'operator', 'operator', 'CXM of bank'),
      params: part('params'),
      query: part('query'),
      body: part('body'),
      spoil: fc.record({
        part: fc.constantFrom(...present, 'none' as const, 'none' as const),
        at: fc.nat(20),
        by: fc.constantFrom(...hostile),
      }),
      raw: rawBody,
      key: fc.constantFrom('b1', 'b2', 'b3', 'b4', 'b5', 'b6', undefined, '', 'k'.repeat(500)),
      form: fc.constantFrom(
        ...(['json', 'json', 'json', 'json', 'json', 'broken', 'bad utf-8', 'wrong type', 'no body', 'deep'] as const),
      ),
    })
  }

  const send = async (route: Route, attempt: Attempt) => {
    const sent = { params: attempt.params, query: attempt.query, body: attempt.body }
    const { part, at, by } = attempt.spoil
    if (part !== 'none') sent[part] = spoiled(sent[part], at, by)
    const params = typeof sent.params === 'object' && sent.params !== null ? sent.params : { id: sent.params }
    const query = typeof sent.query === 'object' && sent.query !== null && !Array.isArray(sent.query) ? sent.query : {}
    let url: string
    try {
      url = addressOf(
        route,
        Object.fromEntries(
          [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => [
            name,
            (params as Record<string, unknown>)[name!] ?? 'x',
          ]),
        ),
        query,
      )
    } catch {
      return undefined // A lone surrogate cannot stand in an address at all.
    }
    const writes = route.method !== 'GET' && route.method !== 'DELETE'
    const type = route.rawBody ? route.rawBody.contentTypes[0]! : 'application/json'
    const payload: Record<Attempt['form'], string | Buffer | undefined> = {
      json: route.body ? JSON.stringify(sent.body ?? {}) : route.rawBody ? attempt.raw : undefined,
      broken: '{"a":',
      'bad utf-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
      'wrong type': 'a=1',
      'no body': undefined,
      deep: `${'['.repeat(5000)}${']'.repeat(5000)}`,
    }
    const body = writes ? payload[attempt.form] : undefined
    return server.app.inject({
      method: route.method,
      url: url.slice(0, 30_000),
      headers: {
        'accept-language': 'en',
        ...callers[attempt.caller],
        ...(route.rawBody && attempt.key !== undefined ? { 'idempotency-key': attempt.key } : {}),
        ...(body === undefined ? {} : { 'content-type': attempt.form === 'wrong type' ? 'text/x-wrong' : type }),
      },
      ...(body === undefined ? {} : { payload: body }),
    })
  }

  const survives = async (route: Route, fixed: Parameters<typeof attemptOn>[2] = {}) => {
    await meet()
    const known = await knownTo(route)
    let before = await state(route)
    let around = await beside()
    let written = await position()
    let answered = 0
    // A wrong address may lead elsewhere: to another route or to none.
    const declared = new Set<string>([...codesOf(route), 'route_unknown'])
    await fc.assert(
      fc.asyncProperty(attemptOn(route, known, fixed), async (attempt) => {
        const answer = await send(route, attempt)
        if (!answer) return
        assert.ok(answer.statusCode < 500, `${answer.statusCode} ${answer.body.slice(0, 300)}`)
        if (answer.statusCode < 400) {
          answered++
          if (String(answer.headers['content-type']).startsWith('application/json')) learn(route, answer.json())
          await settled()
          before = await state(route)
          around = await beside()
          written = await position()
          return
        }
        assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
        const problem = problemSchema.parse(answer.json())
        assert.ok(Object.hasOwn(errorCatalogue, problem.code), problem.code)
        assert.equal(problem.status, answer.statusCode)
        assert.ok(declared.has(problem.code), `${route.id} does not declare ${problem.code}`)
        assert.equal(await beside(), around, `changed beside the store by a refusal: ${problem.code}`)
        // Where the log of writes stands still, nothing was written; where it moved, look at everything.
        if ((await position()) === written) return
        assert.equal(await state(route), before, `changed by a refusal: ${problem.code}`)
        written = await position()
      }),
      { numRuns: runs, seed, endOnFailure: true },
    )
    return answered
  }

  for (const { route } of routes)
    test(`${route.method} ${route.path} refuses with a catalogued 4xx and leaves everything as it was`, async (t) => {
      t.diagnostic(`${await survives(route)} of ${runs} were answered`)
    })

  const ask = routes.find(({ route }) => route.id === 'questions.ask')!.route
  for (const question of questions)
    test(`the question ${question.id} refuses with a catalogued 4xx and leaves everything as it was`, async (t) => {
      const answered = await survives(ask, { params: { question: question.id }, body: question.parameters })
      t.diagnostic(`${answered} of ${runs} were answered`)
    })
})
