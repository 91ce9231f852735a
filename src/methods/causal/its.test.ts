import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gaussian, seededRandom } from '#lib/random.ts'
import { answered, near, refusedFor } from '#methods/testing.ts'
import { type ItsInput, interruptedTimeSeries } from './its.ts'

// Reference figures: statsmodels 0.15.0 (numpy 2.4.6), OLS and GLM with cov_type='HAC', use_correction=True.
const satisfaction = [
  71.2, 70.8, 72.1, 71.5, 70.9, 71.8, 72.4, 71.1, 71.9, 72.6, 71.4, 72.2, 72.8, 72.0, 75.1, 75.9, 75.2, 76.4, 76.8,
  75.7, 77.1, 76.9, 77.6, 78.2,
]
const seasonal = [
  50.02, 52.55, 53.66, 52.94, 52.79, 51.63, 51.0, 49.16, 48.72, 46.61, 49.5, 49.53, 51.68, 52.7, 53.73, 54.82, 54.78,
  53.06, 51.69, 50.88, 48.79, 48.04, 51.88, 52.33, 53.06, 55.43, 56.87, 56.86, 56.35, 56.43, 55.63, 53.44, 52.08, 52.57,
  53.3, 53.79,
]
const complaints = [42, 38, 51, 45, 40, 47, 52, 44, 39, 50, 43, 48, 46, 41, 30, 33, 28, 35, 29, 31, 27, 34, 26, 25]
const thousands = [
  10, 9.5, 11, 10.2, 9.8, 10.4, 11.3, 10.1, 9.3, 10.9, 9.9, 10.6, 10.3, 9.7, 10.1, 10.8, 9.6, 11.2, 10, 10.3, 9.4, 11,
  9.8, 9.9,
]
const mean = (values: (number | null)[], start: number, more: Partial<ItsInput> = {}) =>
  interruptedTimeSeries({ outcome: { kind: 'mean', values }, start, ...more })

describe('interrupted time series', () => {
  it('has the coefficients and Newey–West errors of the reference', () => {
    const result = answered(mean(satisfaction, 14))
    assert.equal(result.lag, 2)
    near(result.trend.estimate, 0.0881318681318668)
    near(result.level.estimate, 2.7201798201798297)
    near(result.slope!.estimate, 0.21065601065601358)
    near(result.trend.neweyWest, 0.013850804952607548)
    near(result.level.neweyWest, 0.18198612825454835)
    near(result.slope!.neweyWest, 0.028818352348058997)
    near(result.durbinWatson, 2.8414240813586655)
    near(result.average.estimate, 3.66813187, 1e-8)
    near(result.average.neweyWest, 0.19638922, 1e-7)
  })

  it('takes out a season by position or by waves', () => {
    const dummies = answered(mean(seasonal, 22, { season: { length: 12, form: 'dummies' } }))
    assert.equal(dummies.lag, 3)
    near(dummies.level.estimate, 1.3273748415716253)
    near(dummies.level.neweyWest, 0.3520154366733764)
    const waves = answered(mean(seasonal, 22, { season: { length: 12, form: 'harmonics' } }))
    near(waves.level.estimate, 1.6173891497075967)
    near(waves.level.neweyWest, 0.47771856902985915)
    assert.ok(waves.average.interval.low > 0)
  })

  it('compares counts as rates, with the exposure as offset', () => {
    const result = answered(
      interruptedTimeSeries({ outcome: { kind: 'count', events: complaints, exposure: thousands }, start: 14 }),
    )
    assert.equal(result.scale, 'log')
    near(result.level.estimate, -0.3649364959594481, 1e-8)
    near(result.slope!.estimate, -0.016027128452750727, 1e-8)
    near(result.level.neweyWest, 0.02380970916908286, 1e-7)
    // These counts scatter less than Poisson; the error shown is Poisson's (statsmodels' plain 0.13516), a trace wider.
    near(result.level.standardError, 0.1351566727967097, 0.01)
    assert.ok(result.level.standardError >= 0.1351566727967097)
    assert.ok(Math.exp(result.average.interval.high) < 0.9)
  })

  it('draws what would have been without the change', () => {
    const { points, average } = answered(mean(satisfaction, 14))
    assert.equal(points[13]!.fitted, points[13]!.counterfactual)
    const gaps = points.slice(14).map((point) => point.fitted - point.counterfactual)
    near(gaps.reduce((sum, gap) => sum + gap, 0) / 10, average.estimate)
    for (const {
      counterfactual,
      counterfactualInterval: { low, high },
    } of points) {
      assert.ok(low < counterfactual && counterfactual < high)
    }
  })

  it('leaves out the settling periods and those not measured', () => {
    const values: (number | null)[] = [...satisfaction]
    values[5] = null
    const result = answered(mean(values, 14, { washout: 2 }))
    assert.deepEqual([result.periodsBefore, result.periodsAfter], [13, 8])
    assert.equal(result.points[14]!.value, null)
    assert.equal(result.points[5]!.value, null)
  })

  it('finds nothing in a sham more often than it should, and Newey–West alone would', () => {
    const random = seededRandom(11)
    let cautious = 0
    let alone = 0
    for (let run = 0; run < 300; run++) {
      let error = gaussian(random)
      const values = Array.from({ length: 36 }, () => {
        error = 0.3 * error + gaussian(random)
        return error
      })
      const { average } = answered(mean(values, 24))
      if (average.pValue < 0.05) cautious++
      if (Math.abs(average.estimate) > 2.037 * average.neweyWest) alone++
    }
    // 15 of 300 are due; 27 is three standard deviations above.
    assert.ok(cautious <= 27, `${cautious} of 300`)
    assert.ok(alone > 36, `${alone} of 300`)
  })

  it('moves and stretches with its values, whatever they are', () => {
    const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 20, maxLength: 40 })
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 50, noNaN: true }), (series, factor) => {
        const one = mean(series, 10)
        fc.pre(one.ok && one.value.average.standardError > 1e-6)
        const other = answered(
          mean(
            series.map((v) => factor * v + 7),
            10,
          ),
        )
        near(other.average.standardError, factor * answered(one).average.standardError, 1e-5)
        const { interval, estimate } = answered(one).average
        assert.ok(interval.low < estimate && estimate < interval.high)
      }),
      { numRuns: 40 },
    )
  })

  it('refuses short sides, a season without two cycles, constants and broken input', () => {
    refusedFor(mean(satisfaction, 7), 'too_few_points')
    refusedFor(mean(satisfaction, 17), 'too_few_points')
    refusedFor(mean(satisfaction.slice(0, 23), 12, { season: { length: 12, form: 'dummies' } }), 'too_few_points')
    refusedFor(mean(Array(20).fill(3), 10), 'no_variation')
    refusedFor(mean([...satisfaction, Number.NaN], 14), 'invalid_input')
    refusedFor(mean(satisfaction, 99), 'invalid_input')
    refusedFor(mean(satisfaction, 14, { season: { length: 4, form: 'harmonics', pairs: 3 } }), 'invalid_input')
    const none = { kind: 'count', events: Array(24).fill(0), exposure: thousands } as const
    assert.equal(interruptedTimeSeries({ outcome: none, start: 12 }).ok, false)
  })
})
