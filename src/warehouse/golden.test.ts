import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { questions } from '#server/registry.ts'
import { openTestHome } from '#server/testing.ts'
import { type Dialect, duckdb, trino } from './dialect.ts'
import type { Question } from './question.ts'
import { expandRelation, from } from './relations.ts'
import { compile } from './sql.ts'
import { foreignConstructs, probe } from './testing/commonSubset.ts'
import { askedCases } from './testing/askedCases.ts'
import { loadFixedFacts } from './testing/fixedFacts.ts'

/**
 * Golden files: golden/<question>[.<case>].{duckdb,trino}.sql and .json hold the SQL of each engine and the answer on
 * fixed facts. After a change that is meant, write them anew with ZHIYIN_GOLDEN=write and read the difference.
 */
const folder = join(import.meta.dirname, 'golden')
const writing = process.env.ZHIYIN_GOLDEN === 'write'

const cases = { ...askedCases }

const home = await openTestHome({ now: '2025-04-01T04:00:00Z' })
await loadFixedFacts(home)
const instance = await DuckDBInstance.create(':memory:')
const parser = await instance.connect()
after(async () => {
  parser.closeSync()
  instance.closeSync()
  await home.close()
})

const overWarehouse = questions.filter((question) => question.sql)

for (const question of overWarehouse)
  if (!Object.keys(cases).some((name) => name === question.id)) cases[question.id] = {}

async function sqlOf(asked: Question, parameters: unknown, dialect: Dialect): Promise<string> {
  const context = { parameters: asked.parameters.parse(parameters), today: '2025-04-01' }
  const prepared = await asked.prepare?.({ ...context, scope: home.operator, services: home.services })
  if (prepared && !prepared.ok) assert.fail(JSON.stringify(prepared))
  const query = asked.sql!({ ...context, from, dialect, prepared: prepared?.value as never })
  const { text } = compile(query, (name) => expandRelation(name, home.operator))
  // Lines are for reading only.
  return `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '')
    .join('\n')}\n`
}

async function assertGolden(file: string, content: string) {
  const path = join(folder, file)
  if (writing) {
    await mkdir(folder, { recursive: true })
    await writeFile(path, content)
  }
  assert.equal(content, await readFile(path, 'utf8').catch(() => undefined), `${file}: see golden.test.ts`)
}

// Sums of doubles depend on the order of threads in their last digits.
const rounded = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value

for (const [name, parameters] of Object.entries(cases).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const asked = questions.find((question) => name === question.id || name.startsWith(`${question.id}.`))

  test(`${name}: the SQL of both engines is as reviewed`, async () => {
    assert.ok(asked, 'no such question')
    await assertGolden(`${name}.duckdb.sql`, await sqlOf(asked, parameters, duckdb))
    const text = await sqlOf(asked, parameters, trino)
    await assertGolden(`${name}.trino.sql`, text)
    const rows = await (await parser.run(`select json_serialize_sql('${text.replaceAll("'", "''")}')`)).getRows()
    assert.equal((JSON.parse(String(rows[0]![0])) as { error: boolean }).error, false, 'Trino’s text does not parse')
  })

  test(`${name}: its author keeps to the common subset`, async () => {
    assert.deepEqual(foreignConstructs(await sqlOf(asked!, parameters, probe)), [])
  })

  test(`${name}: the answer on fixed facts is as reviewed`, async () => {
    const answer = await home.services.ask(asked!.id, parameters, home.operator)
    assert.ok(answer.ok, JSON.stringify(answer))
    for (const row of answer.value.rows) asked!.row.parse(row)
    const lines = answer.value.rows.map((row) => JSON.stringify(row, (_, value) => rounded(value)))
    await assertGolden(`${name}.json`, `[\n${lines.join(',\n')}\n]\n`)
  })
}

test('what a branch is answered is what a bank of that branch alone would be', async () => {
  const alone = await openTestHome({ now: '2025-04-01T04:00:00Z' })
  await loadFixedFacts(alone, ['hz-xihu'])
  const { scope } = await home.user({ role: 'AN', unit: 'hz-xihu' })
  for (const [name, parameters] of Object.entries(cases)) {
    const asked = overWarehouse.find((question) => name === question.id || name.startsWith(`${question.id}.`))!
    // These name a unit outside the branch, or count what only the whole bank has.
    if ('unit' in parameters || asked.id === 'experience.sums') continue
    const seen = await home.services.ask(asked.id, parameters, scope)
    const own = await alone.services.ask(asked.id, parameters, alone.operator)
    if (!seen.ok && seen.reason === 'not_allowed') continue
    assert.ok(seen.ok && own.ok, `${name}: ${JSON.stringify([seen, own]).slice(0, 300)}`)
    const comparable = (rows: Record<string, unknown>[]) =>
      rows.map((row) => JSON.stringify(row, (key, value) => (key === 'variant' ? undefined : rounded(value))))
    assert.deepEqual(comparable(seen.value.rows), comparable(own.value.rows), name)
  }
  await alone.close()
})

test('a question that leaves the common subset is named with what to write instead', () => {
  for (const text of [
    'select a::int from x',
    'select n / total from x',
    "select date_diff('day', a, b) from x",
    'select max_by(a, b) from x',
    'select greatest(a, b) from x',
    'select cast(a as integer) from x',
    'select a from x qualify row_number() over () = 1',
    'select a from x group by all',
    'select median(a) from x',
    'select count_if(a) from x',
    'select last_value(a ignore nulls) over (order by b) from x',
    'select a from x limit 5 offset 5',
    'select a from x where local_day >= ?',
    'select cast(a as timestamp) from x',
    'select [1, 2]',
  ])
    assert.equal(foreignConstructs(text).length, 1, text)
  assert.deepEqual(foreignConstructs("select 'a::b / c', n / 1e6 from x where d >= cast(? as date) -- a / b"), [])
})
