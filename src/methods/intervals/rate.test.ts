import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { digits, near, refusedFor, answered } from '#methods/testing.ts'
import { dispersionOf, rate, rateAgainst, rateRatio } from './rate.ts'

describe('rate', () => {
  it('has the exact Poisson interval', () => {
    // Garwood (1936), also in Hahn & Meeker (1991), table A.25: 10 events, 4.795–18.39; 0 events, 0–3.689.
    const ten = answered(rate({ events: 10, exposure: 1 })).interval
    digits(ten.low, '4.795')
    digits(ten.high, '18.390')
    const none = answered(rate({ events: 0, exposure: 1 })).interval
    assert.equal(none.low, 0)
    digits(none.high, '3.689')
    digits(answered(rate({ events: 10, exposure: 200 })).interval.high, '0.09195')
  })

  it('is tested exactly against a target', () => {
    // scipy 1.17.1: P(N ≥ 18 | 10), P(N ≤ 18 | 10).
    const counts = { events: 18, exposure: 5 }
    near(answered(rateAgainst(counts, 2, { alternative: 'greater' })).pValue, 0.014277613597049663)
    near(answered(rateAgainst(counts, 2, { alternative: 'less' })).pValue, 0.9928134953961456)
  })

  it('is compared with another by their ratio', () => {
    // Data of Ng & Tang (2005), doi 10.1002/sim.1949; figures: scipy 1.17.1, binomtest and its exact interval.
    const { ratio, interval, pValue } = answered(
      rateRatio({ events: 60, exposure: 51477.5 }, { events: 30, exposure: 54308.7 }),
    )
    near(ratio, 2.1099975717546497)
    near(interval.low, 1.3397357217716697)
    near(interval.high, 3.3883655736243234)
    near(pValue, 0.0008561053881002488)
  })

  it('is less sure where events come in bursts', () => {
    const [a, b] = [
      { events: 60, exposure: 50 },
      { events: 30, exposure: 50 },
    ]
    const poisson = answered(rateRatio(a, b))
    const bursts = answered(rateRatio(a, b, { dispersion: 4 }))
    assert.ok(bursts.pValue > poisson.pValue)
    assert.ok(bursts.interval.low < poisson.interval.low && bursts.interval.high > poisson.interval.high)
  })

  it('measures bursts', () => {
    const counts = [18, 22, 15, 40, 21].map((events) => ({ events, exposure: 10 }))
    // By hand: mean 23.2, squares 27.04 + 1.44 + 67.24 + 282.24 + 4.84 = 382.8; 382.8 / 23.2 / 4.
    near(answered(dispersionOf(counts)), 4.125)
    refusedFor(dispersionOf(counts.slice(0, 4)), 'too_few_points')
  })

  it('refuses broken counts and no exposure', () => {
    refusedFor(rate({ events: -1, exposure: 1 }), 'invalid_input')
    refusedFor(rate({ events: 1, exposure: Number.NaN }), 'invalid_input')
    refusedFor(rate({ events: 0, exposure: 0 }), 'no_data')
    refusedFor(rateRatio({ events: 0, exposure: 1 }, { events: 0, exposure: 1 }), 'no_data')
  })

  it('holds its estimate, and the ratio turns round with its sides', () => {
    const side = fc.record({ events: fc.nat(400), exposure: fc.integer({ min: 1, max: 10_000 }) })
    fc.assert(
      fc.property(side, side, (a, b) => {
        const { rate: value, interval } = answered(rate(a))
        assert.ok(interval.low <= value && value <= interval.high)
        fc.pre(a.events > 0 && b.events > 0)
        const there = answered(rateRatio(a, b))
        near(there.interval.low, 1 / answered(rateRatio(b, a)).interval.high, 1e-8)
        assert.ok(there.interval.low <= there.ratio && there.ratio <= there.interval.high)
      }),
    )
  })
})
