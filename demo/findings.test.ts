import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeBank } from './evaluation/judge.ts'
import { randomPlants } from './evaluation/plantings.ts'
import { reportOf } from './evaluation/report.ts'

// Small and few, for a test that everyone runs; bench/demoFindings.ts asks the same of many banks of the default size.
const customers = 20_000
const until = '2026-06-30'

test('findings see what is planted, and little else', (t) => {
  const judged = [1, 2, 3, 4].map((seed) =>
    judgeBank({ seed, customers, until, plants: randomPlants(seed, customers) }),
  )
  const report = reportOf(judged)
  for (const line of report.lines) t.diagnostic(line)
  assert.ok(report.recall >= 0.8, `recall ${report.recall}`)
  assert.ok(report.precision >= 0.9, `precision ${report.precision}`)
})

test('a bank with nothing planted raises no statistical finding in a year', (t) => {
  const raised = [11, 12, 13].map((seed) => judgeBank({ seed, customers, until, plants: [] }).raised)
  const share = raised.filter((found) => found.length > 0).length / raised.length
  t.diagnostic(`${raised.length} unplanted banks, share with a finding ${share}`)
  assert.equal(share, 0)
})
