import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { upperGamma } from '#methods/distributions/gamma.ts'
import { normalTail } from '#methods/distributions/normal.ts'
import { near } from '#methods/testing.ts'
import { followUp, without } from './followUp.ts'
import { digamma, moderate, trigamma, variancePrior } from './moderated.ts'
import { type CellSums, noSums, npsScale, rateScale, scoreScale, shareScale, timeScale } from './scales.ts'
import { simulatedBank, uniform } from './simulatedBank.ts'
import { rejected, survey, type WatchedMeasure, watch } from './surveil.ts'
import { nullScale, upperP } from './comparisons.ts'
import { allTouchpoints, type LeafCell, placesOf, withTogether } from './tree.ts'

const sums = (s: Partial<CellSums>): CellSums => ({ ...noSums, ...s })

describe('the scales of surveillance', () => {
  it('lead from the measure to the scale and back, worse upwards', () => {
    const scales = [
      [scoreScale(1, 5), fc.double({ min: 1, max: 5, noNaN: true }), -1],
      [npsScale, fc.double({ min: -100, max: 100, noNaN: true }), -1],
      [timeScale, fc.double({ min: 1, max: 1e5, noNaN: true }), 1],
      [shareScale('hits'), fc.double({ min: 0, max: 1, noNaN: true }), 1],
      [shareScale('misses of hits'), fc.double({ min: 0, max: 1, noNaN: true }), -1],
      [rateScale(10_000), fc.double({ min: 0, max: 9000, noNaN: true }), 1],
    ] as const
    for (const [scale, values, sign] of scales)
      fc.assert(
        fc.property(values, values, (a, b) => {
          assert.ok(Math.abs(scale.fromScale(scale.toScale(a)) - a) < 1e-6 * Math.max(1, Math.abs(a)))
          if (Math.abs(a - b) > 1e-6) assert.ok(sign * (a - b) * (scale.toScale(a) - scale.toScale(b)) > 0)
        }),
      )
  })

  it('steady the variance of rare events: a count of 4 and one of 400 scatter alike', () => {
    const random = uniform(3)
    const poisson = (mean: number) => {
      let count = 0
      let passed = -Math.log(1 - random())
      while (passed < mean) {
        passed -= Math.log(1 - random())
        count++
      }
      return count
    }
    const scale = rateScale(1)
    for (const mean of [4, 400]) {
      const ys = Array.from({ length: 4000 }, () => scale.y(sums({ n: poisson(mean), exposure: 1 })))
      const centre = ys.reduce((a, b) => a + b, 0) / ys.length
      const variance = ys.reduce((a, y) => a + (y - centre) ** 2, 0) / ys.length
      assert.ok(Math.abs(variance - scale.unitVariance(noSums)) < 0.03, `${mean}: ${variance}`)
    }
  })

  it('do not stumble over waits that are all nought', () => {
    const pool = sums({ n: 50 })
    assert.ok(timeScale.unitVariance(pool) > 0)
    assert.equal(timeScale.unitSkewness(pool), 0)
    assert.ok(Number.isFinite(timeScale.y(pool)))
  })
})

describe('moderated variances', () => {
  it('rest on the polygamma functions as tabled', () => {
    near(digamma(1), -0.5772156649015329, 1e-9)
    near(digamma(0.5), -1.9635100260214235, 1e-9)
    near(trigamma(1), Math.PI ** 2 / 6, 1e-9)
    near(trigamma(0.5), Math.PI ** 2 / 2, 1e-9)
  })

  it('know a family whose places do not differ from one whose places do', () => {
    const random = uniform(9)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const chiSquare = (d: number) => Array.from({ length: d }, normal).reduce((s, z) => s + z * z, 0)
    const family = (prior: number) =>
      Array.from({ length: 3000 }, () => ({
        variance: (chiSquare(16) / 16) * (Number.isFinite(prior) ? prior / chiSquare(prior) : 1),
        degreesOfFreedom: 16,
      }))
    assert.ok(variancePrior(family(Number.POSITIVE_INFINITY)).degreesOfFreedom > 200)
    const found = variancePrior(family(8))
    assert.ok(Math.abs(found.degreesOfFreedom - 8) < 1.5, `${found.degreesOfFreedom}`)
    assert.ok(Math.abs(found.variance - 1) < 0.06, `${found.variance}`)
  })

  it('draw a place towards its family, by how much each knows', () => {
    const own = { variance: 3, degreesOfFreedom: 10 }
    assert.equal(moderate(own, { degreesOfFreedom: 10, variance: 1 }).variance, 2)
    assert.equal(moderate(own, { degreesOfFreedom: 0, variance: 1 }).variance, 3)
    assert.equal(moderate(own, { degreesOfFreedom: Number.POSITIVE_INFINITY, variance: 1.2 }).variance, 1.2)
    assert.equal(moderate({ ...own, variance: 0.1 }, { degreesOfFreedom: 1, variance: 1 }).variance, 1)
  })
})

describe('p values far out', () => {
  it('are the gamma tail where the estimate is skewed like one', () => {
    for (const [shape, z] of [
      [100, 4],
      [400, 5],
      [40, 5],
    ] as const) {
      const exact = upperGamma(shape, shape + z * Math.sqrt(shape))
      const found = upperP(z, Number.POSITIVE_INFINITY, 2 / Math.sqrt(shape))
      assert.ok(Math.abs(Math.log(found / exact)) < 0.15, `shape ${shape}: ${found} for ${exact}`)
    }
  })

  it('are the normal tail without skewness', () => near(upperP(4, Number.POSITIVE_INFINITY, 0), normalTail(4)))

  it('widen with what the model of the noise left out, and never narrow', () => {
    const random = uniform(5)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const wide = Array.from({ length: 2000 }, () => 1.5 * normal())
    assert.ok(Math.abs(nullScale(wide) - 1.5) < 0.1)
    assert.equal(nullScale(wide.map((z) => z / 4)), 1)
    assert.equal(nullScale(wide.slice(0, 10)), 1)
  })
})

const measures: WatchedMeasure[] = [{ id: 'csat', scale: scoreScale(1, 5), justWorse: (r) => r - 0.08, fewest: 30 }]

describe('the places of a tree', () => {
  const cell = (unit: string, touchpoint = 't', n = 10): LeafCell => ({
    measure: 'wait',
    touchpoint,
    unit,
    months: [sums({ n, total: 100 * n })],
  })
  const parentOf = new Map([
    ['hq', null],
    ['p', 'hq'],
    ['c1', 'p'],
    ['c2', 'p'],
    ['b1', 'c1'],
    ['b2', 'c1'],
    ['b3', 'c2'],
    ['b4', 'c2'],
    ['b5', 'c2'],
  ])

  it('are the lowest units, those that join several, and all together once', () => {
    const places = placesOf(
      ['b1', 'b2', 'b3', 'b4', 'b5'].map((unit) => cell(unit)),
      parentOf,
      1,
    )
    const levels = Object.fromEntries(places.map((place) => [place.unit, place.level]))
    assert.deepEqual(levels, {
      b1: 'leaf',
      b2: 'leaf',
      b3: 'leaf',
      b4: 'leaf',
      b5: 'leaf',
      c1: 'middle',
      c2: 'middle',
      p: 'whole',
    })
    const all = places.find(({ unit }) => unit === 'p')!
    assert.equal(all.months[0]!.n, 50)
    assert.equal(all.others, undefined)
    assert.equal(places.find(({ unit }) => unit === 'b1')!.others![0]!.n, 40)
    assert.equal(places.find(({ unit }) => unit === 'c2')!.others, undefined, 'two others are no comparison')
  })

  it('hold a touchpoint of one unit as a whole of its own', () => {
    const [only, ...more] = placesOf([cell('b1')], parentOf, 1)
    assert.equal(only!.level, 'whole')
    assert.deepEqual(more, [])
  })

  it('join the touchpoints of a unit where they share a queue, facts without a touchpoint among them', () => {
    const joined = withTogether(
      [cell('b1', 't'), cell('b1', 'u'), cell('b1', allTouchpoints, 5), cell('b2', 't')],
      new Set(['wait']),
    )
    const together = joined.filter(({ touchpoint }) => touchpoint === allTouchpoints)
    assert.deepEqual(
      together.map(({ unit, months }) => [unit, months[0]!.n]),
      [['b1', 25]],
    )
    assert.equal(withTogether([cell('b1', 't'), cell('b1', allTouchpoints, 5)], new Set()).length, 1)
    assert.equal(withTogether([cell('b1', allTouchpoints)], new Set())[0]!.touchpoint, allTouchpoints)
  })
})

describe('a harmed branch', () => {
  const plant = { measure: 'csat', touchpoint: 'open', units: ['branch3'], from: 15, size: 1.2 } as const
  const bankOf = (units: string[]) => {
    const { cells, parentOf } = simulatedBank({ seed: 4, branches: 16, answers: 60, plants: [{ ...plant, units }] })
    const csat = cells.filter((cell) => cell.measure === 'csat')
    return { csat, watched: watch({ measures, places: placesOf(csat, parentOf, 24) }) }
  }

  it('explains its city: without it the city is harmless, with another harmed branch it is not', () => {
    // branch3 and branch11 lie in city3.
    for (const [units, harmless] of [
      [['branch3'], true],
      [['branch3', 'branch11'], false],
    ] as const) {
      const { csat, watched } = bankOf([...units])
      const city = rejected(
        survey(watched, 20).filter((h) => h.kind === 'past'),
        1e-3,
      ).find((h) => h.place.key === 'csat|open|city3')
      assert.ok(city, 'the city is worse')
      const leftOut = csat.find((cell) => cell.unit === 'branch3' && cell.touchpoint === 'open')!.months
      assert.equal(without(watched, city, leftOut) > 0.01, harmless)
      assert.equal(without(watched, city, city.place.months), 1, 'nothing is left to be worse')
    }
  })

  it('is still seen when its own past is full of harm, held against the past from before', () => {
    const { watched } = bankOf(['branch3'])
    const again = followUp(watched, 'csat|open|branch3', 'past', 23, { after: 21, cleanUntil: 14 })
    assert.ok(again && again.again.pValue < 1e-3)
    assert.ok(again.again.outcome.window.from > 21)
    assert.ok(again.again.outcome.reference!.to <= 15)
    const unharmed = followUp(watched, 'csat|open|branch5', 'past', 23, { cleanUntil: 14 })
    assert.ok(unharmed && unharmed.again.pValue > 1e-3)
    assert.equal(unharmed.goingOn, undefined)
  })

  it('goes on until there is evidence of recovery, though its last months prove nothing by themselves', () => {
    const lookedAt = (...steps: { from: number; size: number }[]) => {
      const harm = { measure: 'csat', touchpoint: 'open', units: ['branch3'] } as const
      const plants = steps.map((step) => ({ ...harm, ...step }))
      const { cells, parentOf } = simulatedBank({ seed: 4, branches: 16, answers: 60, plants })
      const csat = cells.filter((cell) => cell.measure === 'csat')
      const watched = watch({ measures, places: placesOf(csat, parentOf, 24) })
      return followUp(watched, 'csat|open|branch3', 'past', 23, { cleanUntil: 12 })!
    }
    const left = lookedAt({ from: 13, size: 0.3 })
    assert.ok(left.again.pValue > 1e-3, `${left.again.pValue}`)
    assert.ok(left.goingOn)
    const { window, reference } = left.goingOn.outcome
    assert.deepEqual(
      [window, reference],
      [
        { from: 13, to: 24 },
        { from: 0, to: 13 },
      ],
    )
    const mended = lookedAt({ from: 13, size: 0.3 }, { from: 20, size: -0.3 })
    assert.equal(mended.goingOn, undefined)
  })

  it('is held to a target only by months in which it was in force', () => {
    const { cells, parentOf } = simulatedBank({ seed: 4, branches: 16, answers: 60 })
    const csat = cells.filter((cell) => cell.measure === 'csat')
    const heldTo = (since: number) => {
      const target = Array.from({ length: 24 }, (_, m) => (m >= since ? 4.9 : 4))
      return survey(watch({ measures, places: placesOf(csat, parentOf, 24, () => target) }), 23)
        .filter((h) => h.kind === 'target')
        .map((h) => h.windowMonths)
    }
    assert.deepEqual(new Set(heldTo(0)), new Set([3, 6, 12]))
    assert.deepEqual(new Set(heldTo(18)), new Set([3, 6]))
    assert.deepEqual(heldTo(23), [])
  })
})
