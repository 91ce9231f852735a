import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gaussian, seededRandom } from '#lib/random.ts'
import { normalTail } from '#methods/distributions/normal.ts'
import { answered, digits, near, refusedFor } from '#methods/testing.ts'
import { type AlphaPolicy, allocateAlpha, findingsPolicy, rejectWithin } from './online.ts'
import { alwaysValidP, mixtureRatio, spent } from './spending.ts'

describe('error spending', () => {
  it('has the published values', () => {
    const fractions = [0.2, 0.4, 0.6, 0.8, 1]
    const late = ['0.00194', '0.01140', '0.02843', '0.05000']
    digits(answered(spent(0.2, 'obrien_fleming')), '0.0000117')
    for (const [i, value] of late.entries()) digits(answered(spent(fractions[i + 1]!, 'obrien_fleming')), value)
    const even = ['0.01477', '0.02616', '0.03543', '0.04324', '0.05000']
    for (const [i, value] of even.entries()) digits(answered(spent(fractions[i]!, 'pocock')), value)
  })

  it('spends ever more, never beyond alpha', () => {
    const fraction = fc.double({ min: 0.01, max: 1, noNaN: true })
    fc.assert(
      fc.property(fraction, fraction, fc.constantFrom('obrien_fleming' as const, 'pocock' as const), (a, b, kind) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        assert.ok(answered(spent(low, kind)) <= answered(spent(high, kind)) + 1e-15)
        assert.ok(answered(spent(high, kind)) <= 0.05 + 1e-12)
      }),
    )
  })

  it('refuses fractions beyond the plan', () => {
    refusedFor(spent(1.1, 'pocock'), 'invalid_input')
    refusedFor(spent(0, 'pocock'), 'invalid_input')
  })
})

describe('always-valid test', () => {
  it('has the known ratio', () => {
    const ratio = answered(mixtureRatio({ difference: 0.02, variance: 0.25, n: 2000, tauSquared: 0.0004 }))
    digits(ratio, '1.6512')
    near(alwaysValidP([0.5, ratio, 1.2]), 1 / ratio)
    assert.equal(alwaysValidP([0.3]), 1)
  })
})

describe('error budget over closed periods', () => {
  it('adds up to the budget of a year, in every year', () => {
    const year = (first: number) =>
      Array.from({ length: 12 }, (_, i) => answered(allocateAlpha(first + i, findingsPolicy))).reduce(
        (a, b) => a + b,
        0,
      )
    near(year(0), 0.02)
    near(year(48), 0.02)
    near(answered(allocateAlpha(3, findingsPolicy, 0.25)), 0.02 / 48)
  })

  it('never adds up to more than a lifetime budget', () => {
    const policy: AlphaPolicy = { kind: 'lifetime', alpha: 0.05, exponent: 1.6 }
    let sum = 0
    for (let period = 0; period < 200_000; period++) sum += answered(allocateAlpha(period, policy))
    assert.ok(sum < 0.05 && sum > 0.0498, `${sum}`)
  })

  it('refuses impossible policies', () => {
    refusedFor(allocateAlpha(-1, findingsPolicy), 'invalid_input')
    refusedFor(allocateAlpha(0, { kind: 'lifetime', alpha: 0.05, exponent: 1 }), 'invalid_input')
    refusedFor(allocateAlpha(0, { kind: 'yearly', alphaPerYear: 0, periodsPerYear: 12 }), 'invalid_input')
    refusedFor(allocateAlpha(0, findingsPolicy, 1.5), 'invalid_input')
  })
})

describe("Holm's procedure", () => {
  it('has the adjusted p values of the reference', () => {
    // R 4, p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"): 0.03 0.06 0.06 0.02.
    const judged = answered(
      rejectWithin(
        [0.01, 0.04, 0.03, 0.005].map((pValue) => ({ pValue })),
        0.05,
      ),
    )
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) near(judged[i]!.adjustedP, p)
    assert.deepEqual(
      judged.map((h) => h.rejected),
      [true, false, false, true],
    )
  })

  it('gives heavier hypotheses more of the budget', () => {
    const [heavy, light] = answered(
      rejectWithin(
        [
          { pValue: 0.03, weight: 3 },
          { pValue: 0.03, weight: 1 },
        ],
        0.05,
      ),
    )
    near(heavy!.adjustedP, 0.04)
    near(light!.adjustedP, 0.04)
    const [alone] = answered(rejectWithin([{ pValue: 0.03, weight: 3 }], 0.05))
    near(alone!.adjustedP, 0.03)
  })

  it('rejects at least what Bonferroni rejects, and everything with a smaller p', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(pValues, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (values, alpha) => {
        const judged = answered(
          rejectWithin(
            values.map((pValue) => ({ pValue })),
            alpha,
          ),
        )
        for (const one of judged) {
          if (one.pValue <= alpha / values.length) assert.equal(one.rejected, true)
          assert.ok(one.adjustedP >= one.pValue)
          for (const other of judged) if (other.pValue <= one.pValue && one.rejected) assert.equal(other.rejected, true)
        }
      }),
    )
  })

  it('refuses p values that are none', () => {
    refusedFor(rejectWithin([{ pValue: Number.NaN }], 0.05), 'invalid_input')
    refusedFor(rejectWithin([{ pValue: 0.1, weight: 0 }], 0.05), 'invalid_input')
    assert.deepEqual(answered(rejectWithin([], 0.05)), [])
  })
})

describe('a bank with nothing wrong', () => {
  it('hears of something in at most two of a hundred years, however its tests depend', () => {
    const random = seededRandom(2)
    const years = 3000
    for (const dependence of [0, 0.9]) {
      let noisy = 0
      for (let year = 0; year < years; year++) {
        let heard = false
        for (let month = 0; month < 12 && !heard; month++) {
          const common = gaussian(random)
          const hypotheses = Array.from({ length: 40 }, () => ({
            pValue: normalTail(Math.sqrt(dependence) * common + Math.sqrt(1 - dependence) * gaussian(random)),
          }))
          const alpha = answered(allocateAlpha(month, findingsPolicy))
          heard = answered(rejectWithin(hypotheses, alpha)).some((h) => h.rejected)
        }
        if (heard) noisy++
      }
      // 60 are due at most; 83 is three standard deviations above.
      assert.ok(noisy <= 83, `${noisy} of ${years} years at dependence ${dependence}`)
      if (dependence === 0) assert.ok(noisy >= 37, `${noisy}: the budget is not used`)
    }
  })
})
