import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gaussian, seededRandom } from '#lib/random.ts'
import { answered, near, refusedFor } from '#methods/testing.ts'
import { correlationOfPeriods, regressionToMean, regressionWarning, reliabilityOfUnits } from './regressionToMean.ts'

describe('regression to the mean', () => {
  it('expects a bad branch half way back when half its badness is luck', () => {
    const { expectedFollowUp, expectedChange } = answered(
      regressionToMean({ mean: 80, selected: 65, correlation: 0.5 }),
    )
    assert.equal(expectedFollowUp, 72.5)
    assert.equal(expectedChange, 7.5)
  })

  it('warns of a picked unit whose recovery was due anyway, and not of one that went beyond', () => {
    const due = answered(regressionWarning({ mean: 80, selected: 65, followUp: 73, correlation: 0.5, picked: true }))
    assert.equal(due.warn, true)
    near(due.explainedShare, 7.5 / 8)
    const beyond = answered(regressionWarning({ mean: 80, selected: 78, followUp: 90, correlation: 0.5, picked: true }))
    assert.equal(beyond.warn, false)
    near(beyond.beyond, 11)
    const asked = { mean: 80, selected: 65, followUp: 73, correlation: 0.5, picked: false }
    assert.equal(answered(regressionWarning(asked)).warn, false)
  })

  it('lies between the selected value and the mean', () => {
    const value = fc.double({ min: -1000, max: 1000, noNaN: true })
    fc.assert(
      fc.property(value, value, fc.double({ min: 0, max: 1, noNaN: true }), (mean, selected, correlation) => {
        const { expectedFollowUp } = answered(regressionToMean({ mean, selected, correlation }))
        assert.ok(expectedFollowUp >= Math.min(mean, selected) - 1e-9)
        assert.ok(expectedFollowUp <= Math.max(mean, selected) + 1e-9)
      }),
    )
  })

  it('learns r from two periods of all units', () => {
    // scipy 1.17.1, pearsonr(...).confidence_interval().
    const first = [71, 74, 69, 80, 77, 75, 72, 78]
    const second = [73, 73, 71, 79, 76, 77, 70, 75]
    const { correlation, interval } = answered(
      correlationOfPeriods(first.map((f, i) => ({ first: f, second: second[i]! }))),
    )
    near(correlation, 0.8487410836135799)
    near(interval.low, 0.35845416752577963)
    near(interval.high, 0.9720472586868022)
  })

  it('learns r from one period by what units differ beyond sampling', () => {
    const random = seededRandom(6)
    const units = Array.from({ length: 300 }, () => {
      const level = 80 + 2 * gaussian(random)
      const scores = Array.from({ length: 40 }, () => level + 10 * gaussian(random))
      return { n: 40, sum: scores.reduce((s, v) => s + v, 0), sumSquares: scores.reduce((s, v) => s + v * v, 0) }
    })
    const { correlationFor, mean } = answered(reliabilityOfUnits(units))
    // True r: 4 / (4 + 100/40) = 0.615.
    near(correlationFor(40), 0.615, 0.1)
    assert.ok(correlationFor(400) > correlationFor(40))
    near(mean, 80, 0.01)
  })

  it('refuses correlations that cannot be, few units and no variation', () => {
    refusedFor(regressionToMean({ mean: 80, selected: 65, correlation: 1.1 }), 'invalid_input')
    refusedFor(correlationOfPeriods([{ first: 1, second: 1 }]), 'too_few_units')
    refusedFor(correlationOfPeriods(Array(6).fill({ first: 1, second: 2 })), 'no_variation')
    refusedFor(reliabilityOfUnits(Array(4).fill({ n: 9, sum: 9, sumSquares: 18 })), 'too_few_units')
  })
})
