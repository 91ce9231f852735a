import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { metricChange, metricIds, metrics, metricValue } from './metrics.ts'

const near = (actual: number | null | undefined, expected: number, tolerance = 0.005) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${actual} is not ${expected}`)

test('NPS of the bank satisfaction survey: −8.4 with the adjusted Wald interval −17.81 … 1.21', () => {
  const value = metricValue('nps', { n: 250, hits: 65, misses: 86 })
  near(value.value, -8.4, 1e-9)
  near(value.low, -17.81)
  near(value.high, 1.21)
  assert.equal(value.shown, 'ok')
})

test('NPS difference of part D: 12.5 points, z 2.285', () => {
  const change = metricChange('nps', { n: 400, hits: 180, misses: 80 }, { n: 400, hits: 150, misses: 100 })
  near(change?.difference, 12.5, 1e-9)
  near(change?.pValue, 0.0223, 0.0002)
  assert.equal(change?.verdict, 'better')
})

test('CSAT shows the mean, and beside it the top-2 share with Wilson’s interval', () => {
  const value = metricValue('csat', { n: 200, total: 840, total_squares: 3600, hits: 170 })
  near(value.value, 4.2, 1e-12)
  near(value.share?.value, 0.85, 1e-12)
  near(value.share?.low, 0.7939, 5e-5)
  near(value.share?.high, 0.8929, 5e-5)
})

test('below ten nothing is shown, below thirty it is marked, a volume is always shown', () => {
  assert.deepEqual(
    [9, 10, 29, 30].map((n) => metricValue('success_rate', { n, hits: n }).shown),
    ['hidden', 'few', 'few', 'ok'],
  )
  assert.equal(metricValue('success_rate', { n: 9, hits: 9 }).value, null)
  assert.deepEqual(
    { ...metricValue('volume', { n: 3 }) },
    { ...metricValue('volume', { n: 3 }), value: 3, shown: 'ok' },
  )
})

test('complaints are counted against the interactions of the same cells', () => {
  const value = metricValue('complaint_rate', { n: 12, hits: 12, exposure: 40_000 })
  near(value.value, 3, 1e-12)
  // Garwood's exact limits of 12 events: 6.2006 and 20.9616.
  near(value.low, 6.2006 / 4, 1e-4)
  near(value.high, 20.9616 / 4, 1e-4)
  assert.equal(metricValue('complaint_rate', { n: 2, exposure: 9 }).shown, 'hidden')
})

test('a longer wait is worse, and days that move together widen its interval', () => {
  const sums = { n: 1000, total: 300_000, total_squares: 100_000_000, hits: 900 }
  // Ten days of 100 waits whose totals swing by a third.
  const totals = [20, 40, 20, 40, 20, 40, 20, 40, 20, 40].map((share) => share * 1000)
  const days = {
    days: 10,
    n_n: 10 * 100 ** 2,
    n_total: totals.reduce((sum, total) => sum + 100 * total, 0),
    total_total: totals.reduce((sum, total) => sum + total * total, 0),
  }
  const plain = metricValue('wait', sums)
  const clustered = metricValue('wait', { ...sums, days })
  assert.equal(clustered.value, plain.value)
  assert.ok(clustered.high! - clustered.low! > 3 * (plain.high! - plain.low!))
  const before = { n: 1000, total: 200_000, total_squares: 50_000_000, hits: 950 }
  assert.equal(metricChange('wait', sums, before)?.verdict, 'worse')
})

test('an interval contains its value, whatever the sums', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...metricIds),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 500 }),
      (metric, scores, exposure) => {
        const hits = scores.filter((score) => score >= 4).length
        const misses = scores.filter((score) => score <= 2).length
        const total = scores.reduce((sum, score) => sum + score, 0)
        const total_squares = scores.reduce((sum, score) => sum + score * score, 0)
        const { value, low, high, shown } = metricValue(metric, {
          n: scores.length,
          hits,
          misses,
          total,
          total_squares,
          exposure,
        })
        if (shown === 'hidden') return value === null && low === null && high === null
        if (metric === 'volume') return value === scores.length
        return low! <= value! + 1e-9 && value! <= high! + 1e-9
      },
    ),
  )
})

test('each metric says what it is in both languages, with a version', () => {
  for (const id of metricIds) {
    const metric = metrics[id]
    assert.equal(metric.id, id)
    assert.ok(metric.version >= 1)
    for (const text of [metric.name, metric.definition, metric.formula]) assert.ok(text.zh && text.en)
  }
})
