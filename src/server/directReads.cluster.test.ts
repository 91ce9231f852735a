import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { unitsOf } from '#features/findings/data.ts'
import { readBank } from '#features/findings/data/bank.ts'
import { customersAt } from '#features/findings/data/customers.ts'
import { mixState } from '#features/improvement/data/comparison.ts'
import { waitingForFacts } from '#features/improvement/data/facts.ts'
import { readDays } from '#features/improvement/data/panel.ts'
import { metricIds } from '#warehouse/metrics.ts'
import { loadFixedFacts } from '#warehouse/testing/fixedFacts.ts'
import { loadGeneratedFacts } from '#warehouse/testing/generatedFacts.ts'
import { openTestLake } from '#warehouse/testing/testLake.ts'
import { openTestHome, type TestHome } from './testing.ts'

/** What features read without a registered question, on both engines over the same facts: to the same. */

const now = '2025-04-01T04:00:00Z'
const lake = await openTestLake()
const onLake = await openTestHome({ now, stores: lake })
const embedded = await openTestHome({ now })
after(async () => {
  await embedded.close()
  await lake.drop()
})
for (const home of [embedded, onLake]) {
  await loadFixedFacts(home)
  await loadGeneratedFacts(home, 3000)
}

const segment = '办理 贷款'
const measure = { touchpointId: 'tp_transfer', unitIds: ['hz-xihu'], segment: null }
/** Whose generated facts have segments. */
const ofSegment: ReadonlySet<string> = new Set(['volume', 'wait', 'duration', 'success_rate'])
const span = { from: '2024-02-01', to: '2025-03-31' }

async function same(name: string, read: (home: TestHome) => Promise<unknown>): Promise<void> {
  const pieces = async (home: TestHome) => {
    const text = JSON.stringify(await read(home), (_, value: unknown) =>
      value instanceof Map ? [...value].sort() : value,
    )
    assert.ok(!['[]', '{}', '0', 'null', undefined].includes(text), `${name}: nothing was compared`)
    return text.split(/(-?\d+(?:\.\d+)?(?:e-?\d+)?)/)
  }
  const [here, there] = [await pieces(embedded), await pieces(onLake)]
  for (const [i, piece] of here.entries())
    if (piece !== there[i])
      // Sums of seconds and scores differ in their last digits.
      assert.ok(
        Math.abs(Number(piece) - Number(there[i])) <= 1e-9 * Math.abs(Number(piece)),
        `${name}: ${there[i]} · ${piece}`,
      )
  assert.equal(there.length, here.length, name)
}

test('a measure place by place and day by day, of all customers and of a segment', async () => {
  for (const metric of metricIds)
    for (const one of ofSegment.has(metric) ? [null, segment] : [null])
      await same(`${metric} ${one}`, async ({ services, operator }) =>
        readDays(
          services,
          operator,
          await unitsOf(services),
          { ...measure, metric, unitIds: 'all', segment: one },
          span,
        ),
      )
})

test('whether the mix of customers changed', async () => {
  for (const start of ['2024-09-01', '2025-01-01'])
    await same(start, async ({ services, operator }) => {
      const units = await unitsOf(services)
      const context = { services, scope: operator, units, others: [], last: span.to, baselineDays: 168, chartDays: 364 }
      return mixState({ ...context, start, picked: false }, { ...measure, metric: 'wait' })
    })
})

test('what an action waits for', () =>
  same('waiting', ({ services, operator }) =>
    waitingForFacts(
      services,
      operator,
      metricIds.map((metric) => ({
        id: metric,
        measure: { ...measure, metric },
        guards: [],
        analysisOn: '2025-03-30',
      })),
    ),
  ))

test('the months in which findings are looked for, and how many customers passed', async () => {
  await same('bank', async ({ services, operator }) => {
    const bank = await readBank(services, operator)
    return { months: bank?.months, cells: bank?.cells, factsN: bank?.factsN }
  })
  for (const unitIds of ['all', ['hz-xihu', 'nj-gulou']] as const)
    for (const touchpointId of [null, 'tp_counter'])
      await same('customers', ({ services, operator }) =>
        customersAt(services, operator, { touchpointId, unitIds, ...span }),
      )
})
