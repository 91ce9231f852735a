import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { near, refusedFor, answered } from '#methods/testing.ts'
import {
  type Bin,
  binOf,
  quantileOfBins,
  quantileOfSorted,
  quantileRanks,
  secondsGrid,
  shareWithin,
  smallestSampleForQuantile,
} from './quantile.ts'

const oneToHundred = Float64Array.from({ length: 100 }, (_, i) => i + 1)
const binned = (values: Iterable<number>): Bin[] => Array.from(values, (v) => ({ bin: binOf(v, secondsGrid), n: 1 }))

describe('quantile', () => {
  it('has the order-statistic interval', () => {
    // scipy 1.17.1, quantile_test(...).confidence_interval(0.95) and numpy quantile (type 7).
    const median = answered(quantileOfSorted(oneToHundred, 0.5))
    assert.deepEqual([median.quantile, median.interval.low, median.interval.high], [50.5, 40, 61])
    const p90 = answered(quantileOfSorted(oneToHundred, 0.9))
    near(p90.quantile, 90.1)
    assert.deepEqual([p90.interval.low, p90.interval.high], [84, 96])
  })

  it('says what confidence a small sample attains', () => {
    const { interval } = answered(quantileOfSorted([1, 2, 3, 4, 5], 0.5))
    assert.deepEqual([interval.low, interval.high], [1, 5])
    near(interval.confidence, 1 - 2 / 32)
    assert.equal(smallestSampleForQuantile(0.9), 36)
    assert.ok(quantileRanks(36, 0.9, 0.95).confidence >= 0.95 - 1e-9)
  })

  it('comes from merged log-spaced bins within their growth', () => {
    const waits = fc.array(fc.double({ min: 1.02, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(waits, fc.constantFrom(0.5, 0.9, 0.99), (values, probability) => {
        const sorted = Float64Array.from(values).sort()
        const { quantile, interval } = answered(quantileOfBins(binned(values), probability, secondsGrid))
        const rank = (sorted.length - 1) * probability
        assert.ok(quantile >= sorted[Math.floor(rank)]! / 1.0201 && quantile <= sorted[Math.ceil(rank)]! * 1.0201)
        const exact = answered(quantileOfSorted(sorted, probability)).interval
        near(interval.low, exact.low, 0.0201)
        near(interval.high, exact.high, 0.0201)
      }),
    )
  })

  it('puts a value on the edge of a bin into that bin', () => {
    for (let k = 0; k < 800; k++) assert.equal(binOf(1.02 ** k, secondsGrid), k)
    assert.equal(binOf(0, secondsGrid), 0)
  })

  it('gives the share within a limit', () => {
    const { share } = answered(shareWithin(binned(oneToHundred), 60, secondsGrid))
    assert.ok(share > 0.585 && share < 0.615, `${share}`)
    assert.equal(answered(shareWithin(binned(oneToHundred), 1000, secondsGrid)).share, 1)
  })

  it('refuses an empty sample and impossible probabilities', () => {
    refusedFor(quantileOfSorted([], 0.5), 'no_data')
    refusedFor(quantileOfSorted([1], 1), 'invalid_input')
    refusedFor(quantileOfBins([], 0.5, secondsGrid), 'no_data')
    refusedFor(quantileOfBins([{ bin: -1, n: 1 }], 0.5, secondsGrid), 'invalid_input')
  })

  it('lies within its interval once the sample can hold one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 36, maxLength: 300 }), (values) => {
        const { quantile, interval } = answered(quantileOfSorted(Float64Array.from(values).sort(), 0.9))
        assert.ok(interval.low <= quantile && quantile <= interval.high)
      }),
    )
  })
})
