import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gaussian, seededRandom } from '#lib/random.ts'
import { near, refusedFor, answered } from '#methods/testing.ts'
import {
  againstHistory,
  meanPeriod,
  npsPeriod,
  type PeriodEstimate,
  pooledBetween,
  ratePeriod,
  sharePeriod,
} from './history.ts'

const variances = [0.01, 0.02, 0.008, 0.012, 0.02, 0.01, 0.015, 0.01]
const past: PeriodEstimate[] = [3.9, 4.1, 4.0, 4.3, 3.7, 4.05, 3.95, 4.2].map((value, i) => ({
  value,
  samplingVariance: variances[i]!,
  n: 100,
}))

describe('a period against its own past', () => {
  it('expects the random-effects mean of the past', () => {
    // statsmodels 0.15.0, combine_effects(method_re='pm').
    const { expected, betweenVariance, standardError } = answered(
      againstHistory({ value: 3.5, samplingVariance: 0, n: 100 }, past),
    )
    near(betweenVariance, 0.01939403819102555, 1e-6)
    near(expected, 4.032479362882279, 1e-8)
    near(standardError ** 2, 0.01939403819102555 + 0.06321232525537955 ** 2, 1e-6)
  })

  it('does not call a restless series a fall, but does so in a calm one', () => {
    const now = { value: 3.7, samplingVariance: 0.005, n: 200 }
    const calm = past.map((p) => ({ ...p, value: 4 + (p.value - 4) / 10, samplingVariance: 0.005 }))
    assert.ok(answered(againstHistory(now, past, { alternative: 'less' })).pValue > 0.01)
    assert.ok(answered(againstHistory(now, calm, { alternative: 'less' })).pValue < 0.005)
  })

  it('raises no more false alarms than asked for, however restless the series is', () => {
    const random = seededRandom(1)
    for (const restlessness of [0, 0.1, 0.3]) {
      const alarms = Array.from({ length: 4000 }, () => {
        const periods = Array.from({ length: 13 }, () => {
          const samplingVariance = 0.002 + 0.01 * random()
          const value = 4 + restlessness * gaussian(random) + Math.sqrt(samplingVariance) * gaussian(random)
          return { value, samplingVariance, n: 100 }
        })
        return answered(againstHistory(periods[12]!, periods.slice(0, 12), { alternative: 'less' })).pValue < 0.01
      }).filter(Boolean).length
      // 40 expected; 60 is three standard deviations above.
      assert.ok(alarms <= 60, `${alarms} alarms of 4000 at restlessness ${restlessness}`)
    }
  })

  it('learns the restlessness of comparable series, and is then surer', () => {
    const now = { value: 3.6, samplingVariance: 0.005, n: 200 }
    const between = answered(pooledBetween(Array.from({ length: 20 }, () => past)))
    near(between.degreesOfFreedom, 70)
    const alone = answered(againstHistory(now, past, { alternative: 'less' })).pValue
    assert.ok(answered(againstHistory(now, past, { alternative: 'less', between })).pValue < alone)
    refusedFor(pooledBetween([past.slice(0, 3)]), 'too_few_points')
  })

  it('refuses a short past, broken numbers and an empty period', () => {
    refusedFor(againstHistory(past[0]!, past.slice(0, 4)), 'too_few_points')
    refusedFor(againstHistory({ ...past[0]!, samplingVariance: -1 }, past), 'invalid_input')
    refusedFor(againstHistory({ ...past[0]!, n: 0 }, past), 'no_data')
    const still = past.map((p) => ({ ...p, value: 4, samplingVariance: 0 }))
    refusedFor(againstHistory(still[0]!, still), 'no_variation')
  })

  it('takes means, shares, NPS and rates, never with a variance of zero', () => {
    const mean = meanPeriod({ n: 4, sum: 16, sumSquares: 68 })
    assert.deepEqual([mean.value, mean.n], [4, 4])
    near(mean.samplingVariance, 4 / 3 / 4)
    assert.equal(meanPeriod({ n: 4, sum: 20, sumSquares: 100 }, 0.8).samplingVariance, 0.2)
    assert.equal(sharePeriod({ hits: 50, n: 50 }).value, 1)
    assert.ok(sharePeriod({ hits: 50, n: 50 }).samplingVariance > 0)
    assert.equal(npsPeriod({ promoters: 180, passives: 140, detractors: 80 }).value, 25)
    assert.ok(npsPeriod({ promoters: 9, passives: 0, detractors: 0 }).samplingVariance > 0)
    assert.equal(ratePeriod({ events: 3, exposure: 1000 }).value, 0.003)
  })
})
