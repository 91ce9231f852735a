import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { digits, near, refusedFor, answered } from '#methods/testing.ts'
import { exactShareInterval, proportionAgainst, proportionDifference } from './proportion.ts'
import { wilson } from './wilson.ts'

describe('Wilson interval', () => {
  it('agrees with known results', () => {
    const csat = answered(wilson({ hits: 170, n: 200 }))
    digits(csat.share, '0.850')
    digits(csat.interval.low, '0.7939')
    digits(csat.interval.high, '0.8929')
    const all = answered(wilson({ hits: 10, n: 10 }))
    digits(all.interval.low, '0.7225')
    assert.equal(all.interval.high, 1)
  })

  it("agrees with Newcombe's table I (1998, method 3)", () => {
    const cases = [
      [81, 263, '0.2553', '0.3662'],
      [15, 148, '0.0624', '0.1605'],
      [0, 20, '0.0000', '0.1611'],
      [1, 29, '0.0061', '0.1718'],
    ] as const
    for (const [hits, n, low, high] of cases) {
      const { interval } = answered(wilson({ hits, n }))
      digits(interval.low, low)
      digits(interval.high, high)
    }
  })

  it('refuses hits beyond the trials and no trials', () => {
    refusedFor(wilson({ hits: 3, n: 2 }), 'invalid_input')
    refusedFor(wilson({ hits: 0, n: 0 }), 'no_data')
    refusedFor(wilson({ hits: 1, n: 2 }, { confidence: 1 }), 'invalid_input')
  })

  it('holds the share, stays within 0…1 and mirrors the misses', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (hits, misses) => {
        fc.pre(hits + misses > 0)
        const n = hits + misses
        const { share, interval } = answered(wilson({ hits, n }))
        assert.ok(0 <= interval.low && interval.low <= share && share <= interval.high && interval.high <= 1)
        near(answered(wilson({ hits: misses, n })).interval.low, 1 - interval.high, 1e-9)
      }),
    )
  })
})

describe('shares compared', () => {
  it("agree with Newcombe's example 56/70 against 48/80 (1998, method 10)", () => {
    const { difference, interval, statistic, pValue } = answered(
      proportionDifference({ hits: 56, n: 70 }, { hits: 48, n: 80 }),
    )
    digits(difference, '0.20')
    digits(interval.low, '0.0524')
    digits(interval.high, '0.3339')
    // statsmodels 0.15.0, test_proportions_2indep(method='score', correction=False)
    near(statistic, 2.6501719512585336)
    near(pValue, 0.00804508136819656)
  })

  it('are tested exactly against a target', () => {
    // scipy 1.17.1, binomtest
    near(answered(proportionAgainst({ hits: 170, n: 200 }, 0.9, { alternative: 'less' })).pValue, 0.016326565931766394)
    near(answered(proportionAgainst({ hits: 170, n: 200 }, 0.9, { alternative: 'greater' })).pValue, 0.9904916880530268)
    const exact = exactShareInterval({ hits: 170, n: 200 })
    near(exact.low, 0.7928412963314477)
    near(exact.high, 0.8964504764781374)
  })

  it('refuse two sides that never differ and a target at the end', () => {
    refusedFor(proportionDifference({ hits: 5, n: 5 }, { hits: 7, n: 7 }), 'no_variation')
    refusedFor(proportionAgainst({ hits: 5, n: 9 }, 1), 'invalid_input')
  })

  it('have an interval that holds the difference and turns round with its sides', () => {
    const side = fc.tuple(fc.nat(300), fc.nat(300)).filter(([hits, misses]) => hits + misses > 0)
    fc.assert(
      fc.property(side, side, ([h1, m1], [h2, m2]) => {
        fc.pre(h1 + h2 > 0 && m1 + m2 > 0)
        const a = { hits: h1, n: h1 + m1 }
        const b = { hits: h2, n: h2 + m2 }
        const there = answered(proportionDifference(a, b))
        const back = answered(proportionDifference(b, a))
        assert.ok(there.interval.low <= there.difference + 1e-12 && there.difference <= there.interval.high + 1e-12)
        near(there.interval.low, -back.interval.high, 1e-9)
        near(there.pValue, back.pValue, 1e-9)
      }),
    )
  })
})
