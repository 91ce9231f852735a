import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gaussian, seededRandom } from '#lib/random.ts'
import { answered, digits, near, refusedFor } from '#methods/testing.ts'
import { pChart, uChart } from './attributes.ts'
import { nelson, westernElectric } from './rules.ts'
import { xmrChart, xmrLimits } from './xmr.ts'

const ten = [12.1, 11.8, 13.0, 12.6, 12.9, 11.5, 12.2, 12.7, 13.1, 12.0]
const random = seededRandom(7)
const calm = Array.from({ length: 40 }, () => 10 + gaussian(random))

describe('XmR chart', () => {
  it('has the limits of the moving range', () => {
    const limits = answered(xmrLimits(ten))
    digits(limits.centre, '12.39')
    digits(limits.meanMovingRange, '0.70')
    digits(limits.lower, '10.528')
    digits(limits.upper, '14.252')
    digits(limits.upperMovingRange, '2.287')
  })

  it('freezes the limits of the baseline and signals what comes after', () => {
    const chart = answered(xmrChart([...calm, 16], { baselinePoints: 30 }))
    assert.equal(chart.points[0]!.upper, chart.points[40]!.upper)
    assert.equal(chart.points[29]!.phase, 'baseline')
    assert.equal(chart.points[30]!.phase, 'monitoring')
    assert.deepEqual(chart.points[40]!.rules, ['beyond_limits'])
    assert.ok(chart.rangeSignals.includes(40))
  })

  it('sets new limits from a noted point on, and no run straddles it', () => {
    const shifted = [...calm.slice(0, 25), ...calm.slice(0, 25).map((v) => v - 4)]
    const chart = answered(
      xmrChart(shifted, { baselinePoints: 20, rebaselines: [{ from: 25, note: '排班调整后核实' }] }),
    )
    near(chart.segments[1]!.centre, chart.segments[0]!.centre - 4)
    assert.equal(chart.points[25]!.movingRange, null)
    assert.ok(!chart.signals.some((signal) => signal.from < 25 && signal.to >= 25))
    const without = answered(xmrChart(shifted, { baselinePoints: 20 }))
    assert.ok(without.signals.some((signal) => signal.rule === 'eight_one_side' && signal.to > 30))
  })

  it('leaves out the range beside a missing point', () => {
    near(answered(xmrLimits([1, 2, null, 9, 8])).meanMovingRange, 1)
  })

  it('refuses a short baseline, thin survey means, a constant and what is no number', () => {
    refusedFor(xmrChart(calm.slice(0, 19)), 'too_few_points')
    refusedFor(xmrChart(calm, { answers: calm.map((_, i) => (i === 5 ? 29 : 30)) }), 'too_few_answers')
    assert.ok(xmrChart(calm, { answers: calm.map(() => 30) }).ok)
    refusedFor(xmrChart(Array(20).fill(3)), 'no_variation')
    refusedFor(xmrChart([...calm, Number.NaN]), 'invalid_input')
    refusedFor(xmrChart(calm, { rebaselines: [{ from: 30, note: 'x' }] }), 'too_few_points')
    refusedFor(xmrChart(calm, { rebaselines: [{ from: 90, note: 'x' }] }), 'invalid_input')
  })

  it('moves and stretches with its values', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.integer({ min: -1000, max: 1000 }), (a, b) => {
        const { upper } = answered(xmrLimits(calm))
        near(answered(xmrLimits(calm.map((v) => a * v + b))).upper, a * upper + b, 1e-6)
      }),
    )
  })
})

describe('p chart', () => {
  const sizes = [500, 620, 480, 550]
  const series = [25, 31, 30, 22].map((hits, i) => ({ hits, n: sizes[i]! }))

  it('has limits that follow the sample size', () => {
    const chart = answered(pChart(series, { minimumBaseline: 4 }))
    assert.equal(chart.kind, 'p')
    digits(chart.segments[0]!.centre, '0.050233')
    for (const [i, upper] of ['0.0795', '0.0765', '0.0801', '0.0782'].entries()) digits(chart.points[i]!.upper, upper)
    assert.deepEqual(chart.signals, [])
  })

  const [trials, scattered] = [
    [
      8200, 9100, 7800, 8800, 9400, 8600, 9000, 8100, 8700, 9300, 8900, 8500, 9200, 8000, 8400, 9500, 8300, 8600, 9100,
      8800,
    ],
    [905, 1118, 1142, 1125, 911, 1036, 1052, 956, 834, 1178, 1111, 1208, 1168, 981, 845, 1392, 753, 1185, 1030, 975],
  ]
  const large = scattered!.map((hits, i) => ({ hits, n: trials![i]! }))

  it("takes Laney's limits where large counts scatter more than chance", () => {
    // Computed apart from this code with numpy 2.4.6 after Laney (2002), eqs. 1–4.
    const chart = answered(pChart(large))
    assert.equal(chart.kind, 'p_laney')
    near(chart.segments[0]!.centre, 0.11993689041881812)
    near(chart.sigmaZ[0]!, 5.3877908735484885)
    near(chart.points[0]!.upper, 0.17792759154391413)
    near(chart.points[19]!.lower, 0.06395804333915844)
    assert.deepEqual(chart.signals, [])
    assert.ok(answered(pChart(large, { limits: 'plain' })).signals.length > 5)
  })

  it('keeps to plain limits where counts scatter like chance', () => {
    const draws = seededRandom(3)
    const binomial = Array.from({ length: 24 }, () => ({
      hits: Array.from({ length: 400 }, () => draws() < 0.1).filter(Boolean).length,
      n: 400,
    }))
    assert.equal(answered(pChart(binomial)).kind, 'p')
  })

  it('refuses zone rules, a short baseline, hits beyond trials and a share that never varies', () => {
    refusedFor(pChart(large, { rules: westernElectric }), 'rule_not_for_chart')
    refusedFor(pChart(large, { rules: nelson }), 'rule_not_for_chart')
    refusedFor(pChart(large.slice(0, 19)), 'too_few_points')
    refusedFor(pChart([{ hits: 3, n: 2 }]), 'invalid_input')
    refusedFor(pChart(large.map(({ n }) => ({ hits: 0, n }))), 'no_variation')
  })

  it('takes a period without trials as a gap', () => {
    const chart = answered(pChart([...large, { hits: 0, n: 0 }]))
    assert.equal(chart.points[20]!.value, null)
    assert.equal(chart.points[20]!.z, null)
  })

  it('keeps its limits between 0 and 1', () => {
    const counts = fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 20, maxLength: 30 })
    fc.assert(
      fc.property(counts, (pairs) => {
        const chart = pChart(pairs.map(([hits, misses]) => ({ hits, n: hits + misses + 1 })))
        fc.pre(chart.ok)
        assert.ok(
          answered(chart).points.every(
            ({ lower, centre, upper }) => 0 <= lower && lower <= centre && centre <= upper && upper <= 1,
          ),
        )
      }),
    )
  })
})

describe('u chart', () => {
  it('does not signal a point within limits that widen with little exposure', () => {
    const exposure = [9, 10.5, 8, 10]
    const series = [18, 22, 15, 40].map((events, i) => ({ events, exposure: exposure[i]! }))
    const chart = answered(uChart(series, { minimumBaseline: 4, limits: 'plain' }))
    digits(chart.segments[0]!.centre, '2.5333')
    digits(chart.points[3]!.value!, '4.00')
    digits(chart.points[3]!.upper, '4.0433')
    assert.deepEqual(chart.signals, [])
  })

  it('refuses broken exposure', () => {
    refusedFor(uChart([{ events: 1, exposure: -1 }]), 'invalid_input')
  })
})
