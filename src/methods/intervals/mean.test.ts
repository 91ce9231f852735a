import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { near, refusedFor, answered } from '#methods/testing.ts'
import { clusteredAgainst, clusteredDifference, clusteredMean } from './clusters.ts'
import { addMoments, type MomentSums, meanAgainst, meanDifference, meanOf } from './mean.ts'

const sumsOf = (values: readonly number[]): MomentSums => ({
  n: values.length,
  sum: values.reduce((sum, v) => sum + v, 0),
  sumSquares: values.reduce((sum, v) => sum + v * v, 0),
})
const first = sumsOf([3, 4, 4, 5, 2, 5, 4, 3, 5, 4])
const second = sumsOf([2, 3, 3, 4, 2, 5, 3, 1, 2])

// Reference figures: scipy 1.17.1, ttest_1samp and ttest_ind(equal_var=False).
describe('mean', () => {
  it("has Student's interval and test", () => {
    const { interval } = answered(meanOf(first))
    near(interval.low, 3.188628400280501)
    near(interval.high, 4.611371599719499)
    const against = answered(meanAgainst(first, 3.5))
    near(against.statistic, 1.2719974560076317)
    near(against.pValue, 0.2352561464459904)
  })

  it("is compared by Welch's test", () => {
    const { statistic, pValue, degreesOfFreedom, interval } = answered(meanDifference(first, second))
    near(statistic, 2.203476116654831)
    near(degreesOfFreedom, 15.623333415917797)
    near(pValue, 0.04293647956131176)
    near(interval.low, 0.040442929365108515)
    near(interval.high, 2.204001515079336)
  })

  it('refuses one value, impossible sums and sides that never vary', () => {
    refusedFor(meanOf({ n: 0, sum: 0, sumSquares: 0 }), 'no_data')
    refusedFor(meanOf(sumsOf([4])), 'too_few_answers')
    refusedFor(meanOf({ n: 3, sum: 30, sumSquares: 10 }), 'invalid_input')
    refusedFor(meanAgainst(sumsOf([4, 4, 4]), 3), 'no_variation')
  })

  it('does not depend on how the sums were merged', () => {
    const values = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(values, fc.nat(), (all, cut) => {
        const at = cut % all.length
        const merged = addMoments(sumsOf(all.slice(0, at)), sumsOf(all.slice(at)))
        const { mean, interval } = answered(meanOf(merged))
        assert.deepEqual(answered(meanOf(sumsOf(all))).interval, interval)
        assert.ok(interval.low <= mean && mean <= interval.high)
      }),
    )
  })
})

describe('mean of values in batches', () => {
  const days = [10, 14, 8, 20, 12, 16, 9].map((n, i) => ({ n, sum: [52, 80, 30, 130, 50, 95, 41][i]! }))

  it('has the cluster-robust error', () => {
    // statsmodels 0.15.0, OLS on a constant, cov_type='cluster', use_t=True.
    const { mean, standardError, interval } = answered(clusteredMean(days))
    near(mean, 5.370786516853933)
    near(standardError, 0.39308126, 1e-7)
    near(interval.low, 4.40895131, 1e-8)
    near(interval.high, 6.33262172, 1e-8)
  })

  it('sees no difference of a series with itself, and one where there is one', () => {
    const worse = days.map(({ n, sum }) => ({ n, sum: sum + 4 * n }))
    assert.equal(answered(clusteredDifference(days, days)).difference, 0)
    assert.ok(answered(clusteredDifference(worse, days, { alternative: 'greater' })).pValue < 0.001)
    assert.ok(answered(clusteredAgainst(worse, 5, { alternative: 'greater' })).pValue < 0.001)
  })

  it('is wider than taking every value as independent when batches differ', () => {
    const batches = [2, 8, 3, 9, 1, 7].map((value) => ({ n: 50, sum: 50 * value }))
    const sumSquares = [2, 8, 3, 9, 1, 7].reduce((sum, v) => sum + 50 * v * v, 0)
    const { designEffect } = answered(clusteredMean(batches, { sumSquares }))
    assert.ok(designEffect > 40, `design effect ${designEffect}`)
  })

  it('refuses fewer than five batches', () => {
    refusedFor(clusteredMean(days.slice(0, 4)), 'too_few_points')
    refusedFor(clusteredMean([]), 'no_data')
  })
})
