import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gaussian, seededRandom } from '#lib/random.ts'
import { findSignals, monitoringRules, nelson, type RunRule, westernElectric } from './rules.ts'

const series = (...z: (number | null)[]) => z.map((value) => (value === null ? null : { value, z: value }))
const ends = (rule: RunRule, ...z: (number | null)[]) => findSignals(series(...z), [rule]).map((signal) => signal.to)

describe('run rules', () => {
  it('see one point beyond the limits, on the limit not', () => {
    assert.deepEqual(ends('beyond_limits', 0, 3, 3.01, -3.2), [2, 3])
  })

  it('see two of three and four of five on one side only', () => {
    assert.deepEqual(ends('two_of_three', 2.1, 0, 2.2), [2])
    assert.deepEqual(ends('two_of_three', 2.1, 0, -2.2), [])
    assert.deepEqual(ends('four_of_five', 1.1, 1.2, -0.5, 1.3, 1.4), [4])
    assert.deepEqual(ends('four_of_five', 1.1, 1.2, -1.5, 1.3, -1.4), [])
  })

  it('leave the innocent point after a pattern alone', () => {
    assert.deepEqual(ends('two_of_three', 2.1, 2.2, 0, 0), [])
    assert.deepEqual(ends('two_of_three', 0, 2.1, 2.2, 0), [2])
  })

  it('see runs, trends, alternation, hugging and avoiding', () => {
    assert.deepEqual(ends('eight_one_side', ...Array(8).fill(0.2)), [7])
    assert.deepEqual(ends('eight_one_side', ...Array(4).fill(0.2), 0, ...Array(4).fill(0.2)), [])
    assert.deepEqual(ends('nine_one_side', ...Array(9).fill(-0.2)), [8])
    assert.deepEqual(ends('six_trend', 0, 0.1, 0.2, 0.3, 0.4, 0.5), [5])
    assert.deepEqual(ends('six_trend', 0, 0.1, 0.1, 0.3, 0.4, 0.5), [])
    assert.deepEqual(ends('fourteen_alternating', ...Array.from({ length: 14 }, (_, i) => (i % 2 ? 0.3 : -0.3))), [13])
    assert.deepEqual(ends('fifteen_inside', ...Array.from({ length: 15 }, (_, i) => (i % 3 ? 0.3 : -0.6))), [14])
    assert.deepEqual(ends('eight_outside', 1.5, -1.5, 1.2, -1.2, 1.5, -1.5, 1.2, -1.2), [7])
  })

  it('do not reach across a missing point', () => {
    assert.deepEqual(ends('eight_one_side', 0.2, 0.2, 0.2, 0.2, null, 0.2, 0.2, 0.2, 0.2), [])
  })

  it('tell from where to where a pattern reaches', () => {
    assert.deepEqual(findSignals(series(0, ...Array(8).fill(1)), ['eight_one_side']), [
      { rule: 'eight_one_side', from: 1, to: 8 },
    ])
  })

  it('cry wolf as seldom as published', () => {
    // Champ & Woodall (1987), table 1, no shift: rule 1 alone 370.40; 1 and 8 in a row 152.73; all four 91.75.
    const published: [readonly RunRule[], number][] = [
      [['beyond_limits'], 370.4],
      [monitoringRules, 152.73],
      [westernElectric, 91.75],
    ]
    for (const [rules, expected] of published) {
      const runs = 1000
      const mean = averageRunLength(rules, runs)
      assert.ok(Math.abs(mean - expected) < (3.3 * expected) / Math.sqrt(runs), `${mean} instead of ${expected}`)
    }
    assert.ok(averageRunLength(nelson, 300) < 92)
  })
})

/** Mean number of points until the first signal of a process that never changes. */
function averageRunLength(rules: readonly RunRule[], runs: number): number {
  const random = seededRandom(20)
  let points = 0
  for (let run = 0; run < runs; run++) {
    let recent: { value: number; z: number }[] = []
    let signalled = false
    while (!signalled) {
      const z = gaussian(random)
      recent = [...recent, { value: z, z }].slice(-15)
      points++
      signalled = findSignals(recent, rules).some((signal) => signal.to === recent.length - 1)
    }
  }
  return points / runs
}
