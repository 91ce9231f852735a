import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeBank } from './evaluation/judge.ts'
import { type Harm, randomPlantings } from './evaluation/plantings.ts'
import { reportOf } from './evaluation/report.ts'

// Small and few, for a test that everyone runs; bench/demoFindings.ts asks the same of many banks of the default size.
const customers = 20_000
const until = '2026-06-30'

test('findings see what is planted, and little else', async (t) => {
  const banks = await Promise.all(
    [1, 2, 3, 4].map(async (seed) => {
      const plantings = randomPlantings(seed, customers)
      return { plantings, judged: await judgeBank({ seed, customers, until, plants: plantings.map((p) => p.plant) }) }
    }),
  )
  const report = reportOf(banks)
  for (const line of report.lines) t.diagnostic(line)
  const shareOf = (harm: Harm) => (report.recallOf.get(harm)?.found ?? 0) / banks.length
  // What a bank must not overlook. The other kinds are counted above, too: in a single branch, or of a whole bank with
  // nobody beside it, some are too small for the error allowed.
  for (const harm of [
    'a score falls in a province',
    'a window is lost in a branch',
    'failures at a digital touchpoint',
    'service gets slower in a branch',
  ] as const)
    assert.ok(shareOf(harm) >= 0.75, `${harm}: ${shareOf(harm)}`)
  assert.ok(report.recall >= 0.5, `recall ${report.recall}`)
  assert.ok(report.precision >= 0.9, `precision ${report.precision}`)
  assert.ok(report.rankedPrecision >= 0.9, `precision of those that none explains ${report.rankedPrecision}`)
})

test('a bank with nothing planted raises no statistical finding in a year', async (t) => {
  const raised = await Promise.all(
    [11, 12, 13].map(async (seed) => (await judgeBank({ seed, customers, until, plants: [] })).raised),
  )
  const share = raised.filter((found) => found.length > 0).length / raised.length
  t.diagnostic(`${raised.length} unplanted banks, share with a finding ${share}`)
  assert.equal(share, 0)
})

test('small banks, whose one window makes a month of one bad day, raise none either', async () => {
  // Each of these raised a wait as long as months were taken for normal.
  for (const seed of [27, 54, 89]) {
    const { raised } = await judgeBank({ seed, customers: 8000, until: '2026-10-31', plants: [] })
    assert.deepEqual(raised, [], `seed ${seed}`)
  }
})
