import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { z } from 'zod'
import { scopeOfJob } from '#access/mint.ts'
import type { Scope } from '#access/scope.ts'
import { refreshDimensions } from './dimensions.ts'
import { openDuckdb } from './duckdb.ts'
import { type AnswerCache, ask, question } from './question.ts'
import { sql } from './sql.ts'

const warehouse = await openDuckdb(':memory:')
after(() => warehouse.close())
const all = scopeOfJob('test')

let finished = 0
const counting = question({
  id: 'test.count',
  version: 1,
  title: { zh: '计数', en: 'Count' },
  definition: { zh: '计数', en: 'Count' },
  permission: 'experience.read',
  parameters: z.strictObject({ channel: z.string().default('app') }),
  row: z.object({ n: z.int() }),
  sql: ({ parameters, from }) =>
    sql`select count(*) as n from ${from.interactions} where channel = ${parameters.channel}`,
  finish: (rows) => {
    finished++
    return rows as { n: number }[]
  },
})

const cache: AnswerCache = new Map()
const asked = async (
  input: unknown = {},
  { scope = all, today = '2025-01-01' }: { scope?: Scope; today?: string } = {},
) => {
  const before = finished
  const answer = await ask(counting, input, { warehouse, scope, services: undefined, today }, cache)
  assert.ok(answer.ok, JSON.stringify(answer))
  return { n: answer.value.rows[0]?.n, computed: finished > before, columns: answer.value.columns }
}
const write = (text: string) => warehouse.write((writer) => writer.script(text), { publish: true })
const one = `insert into interactions (load_id, superseded_by, unit_id, channel) values (1, 0, 'hz', 'app')`

test('an answer is computed once, until the facts change', async () => {
  await write(one)
  assert.deepEqual(await asked(), { n: 1, computed: true, columns: ['n'] })
  assert.equal((await asked()).computed, false)
  await write(one)
  assert.deepEqual(await asked(), { n: 2, computed: true, columns: ['n'] })
})

test('parameters, scope, as-of day and dimensions each make another answer', async () => {
  await asked()
  assert.equal((await asked({ channel: 'phone' })).computed, true)
  assert.equal((await asked({}, { today: '2025-01-02' })).computed, true)
  const branch = { ...all, units: ['nj'], grants: all.grants.map((held) => ({ ...held, units: ['nj'] })) }
  assert.deepEqual(await asked({}, { scope: branch }), { n: 0, computed: true, columns: ['n'] })
  assert.equal((await asked()).computed, false)
  await warehouse.write((writer) => refreshDimensions(writer, { units: [] }), { publish: true })
  assert.equal((await asked()).computed, true)
})

test('who lacks the permission is refused, and so are parameters that are not the question’s', async () => {
  const context = { warehouse, services: undefined, today: '2025-01-01' }
  const nobody = { ...all, roles: [], grants: [] }
  assert.equal((await ask(counting, {}, { ...context, scope: nobody })).ok, false)
  const wrong = await ask(counting, { chanel: 'app' }, { ...context, scope: all })
  assert.equal(!wrong.ok && wrong.reason, 'validation_failed')
})
