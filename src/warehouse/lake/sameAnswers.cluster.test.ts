import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Scope } from '#access/scope.ts'
import { questions } from '#server/registry.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { raw, sql } from '../sql.ts'
import { dailyOf } from '../rollups/ofFacts.ts'
import { askedCases } from '../testing/askedCases.ts'
import { comparable } from '../testing/comparable.ts'
import { loadFixedFacts } from '../testing/fixedFacts.ts'
import { loadGeneratedFacts } from '../testing/generatedFacts.ts'
import { openTestLake } from '../testing/testLake.ts'

/** Every question on both engines over the same facts: the same rows in the same order. */

const now = '2025-04-01T04:00:00Z'
const lake = await openTestLake()
// Clocks that skip an hour and repeat one, within the facts' fourteen months.
const timeZone = 'America/New_York'
const onLake = await openTestHome({ now, timeZone, stores: lake })
const embedded = await openTestHome({ now, timeZone })
after(async () => {
  await embedded.close()
  await lake.drop()
})

for (const home of [embedded, onLake]) {
  await loadFixedFacts(home)
  await loadGeneratedFacts(home, 3000)
}

const asked = questions.filter((question) => question.sql)
const cases: Record<string, Record<string, unknown>> = {
  ...Object.fromEntries(asked.map(({ id }) => [id, {}])),
  ...askedCases,
}

async function compared(name: string, parameters: unknown, scopeOf: (home: TestHome) => Promise<Scope>) {
  const id = asked.find((question) => name === question.id || name.startsWith(`${question.id}.`))!.id
  const there = await onLake.services.ask(id, parameters, await scopeOf(onLake))
  const here = await embedded.services.ask(id, parameters, await scopeOf(embedded))
  assert.equal(there.ok, here.ok, `${name}: ${JSON.stringify([there, here]).slice(0, 400)}`)
  if (!there.ok || !here.ok) {
    assert.deepEqual(there, here)
    return 0
  }
  assert.deepEqual(comparable(there.value.rows), comparable(here.value.rows), name)
  return here.value.rows.length
}

for (const [name, parameters] of Object.entries(cases)) {
  test(`${name}: both engines answer the same rows`, async () => {
    const rows = await compared(name, parameters, async (home) => home.operator)
    assert.ok(rows > 0, 'nothing was compared')
  })
  test(`${name}: and to whoever sees one branch only`, async () => {
    await compared(name, parameters, async (home) => (await home.user({ role: 'AN', unit: 'hz-xihu' })).scope)
  })
}

test('a segment’s rows are added up from its facts to the same', async () => {
  const rows = async ({ services, operator }: TestHome) => {
    const { rows } = await services.warehouse.read(
      sql`select d.* from ${dailyOf(sql`segment = ${'办理 贷款'}`)} d`,
      operator,
    )
    return comparable(rows).sort()
  }
  const here = await rows(embedded)
  assert.ok(here.length > 0, 'nothing was compared')
  assert.deepEqual(await rows(onLake), here)
})

test('every table of the warehouse holds the same', async () => {
  for (const table of ['daily', 'daily_bins'] as const) {
    const sums = async (home: TestHome) => {
      const { rows } = await home.services.warehouse.write(async (writer) => {
        return writer.whole(sql`select metric, local_day, unit_id, touchpoint_id, channel, segment, sum(n) as n from ${raw(table)}
          group by metric, local_day, unit_id, touchpoint_id, channel, segment`)
      })
      return comparable(rows).sort()
    }
    assert.deepEqual(await sums(onLake), await sums(embedded), table)
  }
})
