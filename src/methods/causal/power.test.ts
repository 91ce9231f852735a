import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answered, near, refusedFor } from '#methods/testing.ts'
import { answersForMeans, answersForShares, periodsUntilVisible, powerOf, smallestVisibleEffect } from './power.ts'

describe('power', () => {
  it('tells how many answers each arm needs', () => {
    const answers = answered(answersForShares(0.82, 0.86))
    assert.ok(answers >= 1315 && answers <= 1318, `${answers}`)
    assert.equal(answered(answersForShares(0.82, 0.86, { designEffect: 2 })), 2630)
    // Cohen (1988), table 2.4.1: d = 0.5 needs 64 (63 by the normal approximation).
    assert.equal(answered(answersForMeans(0.5, 1)), 63)
  })

  it('undoes itself: the smallest visible effect is seen with the power asked for', () => {
    near(powerOf(smallestVisibleEffect(2), 2), 0.8, 1e-4)
    near(powerOf(0, 1), 0.05)
    assert.ok(powerOf(2.8, 1, 0.05, 9) < powerOf(2.8, 1))
  })

  const measure = { effect: 1.5, periodsBefore: 52, periodSd: 1 }

  it('tells how long until an effect shows in one series', () => {
    const calm = answered(periodsUntilVisible({ ...measure, design: { kind: 'its' } }))
    const sticky = answered(
      periodsUntilVisible({ ...measure, autocorrelation: 0.4, design: { kind: 'its' }, atMost: 400, effect: 3 }),
    )
    assert.ok(calm.periods >= 8 && calm.power >= 0.8)
    assert.ok(sticky.smallestVisibleEffect > calm.smallestVisibleEffect)
  })

  it('tells it for units with a comparison, sooner the more units there are', () => {
    const one = answered(
      periodsUntilVisible({ ...measure, design: { kind: 'did', treatedUnits: 1, untreatedUnits: 20 } }),
    )
    const many = answered(
      periodsUntilVisible({ ...measure, design: { kind: 'did', treatedUnits: 8, untreatedUnits: 20 } }),
    )
    assert.ok(many.periods < one.periods, `${many.periods} and ${one.periods}`)
    // By hand: two changes of 8 and 20 units after 52 and m periods: (1/52 + 1/m)·(1/8 + 1/20) at m = 1 is 0.178.
    assert.equal(many.periods, 1)
    near(many.smallestVisibleEffect, 2.801585 * Math.sqrt((1 / 52 + 1) * (1 / 8 + 1 / 20)), 1e-6)
  })

  it('knows that a longer wait does not help where the trend before is hardly known', () => {
    const short = { ...measure, periodsBefore: 24, design: { kind: 'its' } } as const
    refusedFor(periodsUntilVisible(short), 'not_visible')
    assert.ok(periodsUntilVisible({ ...short, periodsBefore: 52 }).ok)
  })

  it('says when an effect will not be seen in time', () => {
    const hopeless = periodsUntilVisible({ ...measure, effect: 0.1, atMost: 24, design: { kind: 'its' } })
    refusedFor(hopeless, 'not_visible')
    assert.ok(!hopeless.ok && (hopeless.detail?.power as number) < 0.2)
  })

  it('refuses what cannot be', () => {
    refusedFor(answersForShares(0.5, 0.5), 'invalid_input')
    refusedFor(answersForMeans(1, 0), 'invalid_input')
    refusedFor(periodsUntilVisible({ ...measure, effect: 0, design: { kind: 'its' } }), 'invalid_input')
    refusedFor(periodsUntilVisible({ ...measure, periodsBefore: 7, design: { kind: 'its' } }), 'too_few_points')
    const few = { kind: 'did', treatedUnits: 1, untreatedUnits: 2 } as const
    refusedFor(periodsUntilVisible({ ...measure, design: few }), 'too_few_units')
  })
})
