import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gaussian, type Random, seededRandom } from '#lib/random.ts'
import { answered, near, refusedFor } from '#methods/testing.ts'
import { type DidInput, differenceInDifferences } from './did.ts'
import { fitPanel, type PanelCell, panelOf, type Weighting } from './panel.ts'
import { wildBootstrap } from './wildBootstrap.ts'

// Twelve branches, ten months; the first five treated from month 6 on.
const answers = [
  [56, 77, 69, 96, 70, 124, 102, 151, 69, 75],
  [86, 139, 67, 138, 79, 145, 118, 87, 65, 123],
  [102, 107, 151, 63, 61, 130, 97, 64, 146, 155],
  [156, 46, 72, 63, 99, 55, 76, 141, 43, 65],
  [75, 121, 50, 120, 76, 106, 114, 55, 127, 132],
  [57, 64, 154, 85, 42, 81, 47, 51, 142, 107],
  [139, 129, 123, 70, 89, 71, 105, 114, 114, 93],
  [52, 60, 145, 119, 141, 151, 56, 73, 115, 104],
  [138, 120, 115, 104, 143, 110, 144, 152, 68, 47],
  [55, 120, 158, 124, 93, 131, 73, 101, 52, 144],
  [81, 80, 62, 107, 136, 122, 101, 119, 63, 113],
  [68, 104, 86, 117, 63, 126, 148, 145, 125, 53],
]
const scores = [
  [85.6, 86.2, 84.9, 85.7, 85.9, 85.9, 90.3, 88.6, 85.4, 91.6],
  [72.4, 72.4, 69.7, 71.5, 73.9, 72.3, 75.8, 72.9, 73.9, 75.3],
  [81.2, 77.6, 80.7, 78.8, 80.5, 81.8, 82.9, 83.7, 80.4, 83.9],
  [79.9, 76.2, 76.1, 79.7, 78.5, 76.2, 82.5, 81.3, 81.1, 81.5],
  [80.0, 76.1, 77.0, 78.2, 77.1, 75.7, 82.3, 80.5, 79.3, 81.5],
  [78.1, 78.8, 78.9, 79.1, 81.5, 80.7, 79.7, 78.2, 76.4, 82.0],
  [72.5, 72.5, 74.0, 76.5, 76.0, 74.7, 76.7, 76.5, 75.0, 75.9],
  [78.7, 78.3, 77.9, 78.5, 83.6, 79.9, 80.2, 79.1, 82.2, 82.9],
  [77.3, 75.0, 76.6, 76.2, 77.1, 77.0, 78.2, 77.4, 78.6, 81.4],
  [89.1, 89.1, 89.6, 89.9, 91.1, 87.8, 90.0, 86.9, 88.7, 91.3],
  [80.6, 80.9, 80.1, 80.3, 80.3, 81.7, 80.5, 79.6, 80.8, 83.4],
  [80.6, 78.6, 77.6, 76.7, 77.4, 79.6, 81.4, 78.8, 79.6, 80.0],
]
const name = (unit: number) => `网点${String(unit).padStart(2, '0')}`
const cells: PanelCell[] = scores.flatMap((row, unit) =>
  row.map((score, period) => {
    const n = answers[unit]![period]!
    return { unit: name(unit), period, n, sum: n * score }
  }),
)
const startsOf = (treated: number, start = 6) =>
  new Map(Array.from({ length: treated }, (_, unit) => [name(unit), start]))
const did = (more: Partial<DidInput> = {}) => differenceInDifferences({ cells, starts: startsOf(5), ...more })
const fitOf = (rows: PanelCell[], weighting: Weighting) => {
  const panel = panelOf(rows, weighting)
  const x = Float64Array.from(panel.unitOf, (unit, i) => (unit < 5 && panel.periodOf[i]! >= 6 ? 1 : 0))
  return fitPanel(panel, x)!
}
/** Every combination of ±1 over twelve clusters. */
const rademacher = Array.from({ length: 4096 }, (_, bits) =>
  Float64Array.from({ length: 12 }, (_, g) => ((bits >> g) & 1 ? 1 : -1)),
)

describe('two-way panel', () => {
  it('has the estimates and clustered errors of the reference', () => {
    // pyfixest 0.60.0, feols('y ~ d | u + t', vcov={'CRV1': 'u'}), plain and weighted by answers.
    const plain = fitOf(cells, 'equal')
    near(plain.estimate, 2.15214286, 1e-8)
    near(plain.standardError, 0.48348912, 1e-7)
    const weighted = fitOf(cells, 'answers')
    near(weighted.estimate, 1.86032744, 1e-8)
    near(weighted.standardError, 0.51703776, 1e-7)
  })

  it('agrees with dummies in statsmodels, also where cells are missing', () => {
    // statsmodels 0.15.0, WLS with C(u) + C(t), cov_type='cluster'. It counts the 12 unit effects among the parameters,
    // though they are nested in the clusters: its K is 22 where ours is 11.
    const unbalanced = cells.filter((_, i) => ![3, 17, 18, 55, 90, 119].includes(i))
    const fit = fitOf(unbalanced, 'answers')
    near(fit.estimate, 1.8519874616543124, 1e-9)
    near(fit.standardError * Math.sqrt((114 - 11) / (114 - 22)), 0.5224801898922695, 1e-9)
    const equal = fitOf(cells, 'equal')
    near(equal.standardError * Math.sqrt((120 - 11) / (120 - 22)), 0.5099022367477398, 1e-9)
  })
})

describe('wild cluster bootstrap', () => {
  it('counts exactly what refitting every sign pattern counts', () => {
    // All 4096 sign patterns refitted with dummies in numpy 2.4.6: 10, 316 and 362 at least as extreme.
    const plain = wildBootstrap(fitOf(cells, 'equal'), rademacher)!
    assert.equal(plain.pValue(0) * 4096, 10)
    assert.equal(plain.pValue(1.2) * 4096, 316)
    assert.equal(wildBootstrap(fitOf(cells, 'answers'), rademacher)!.pValue(0.9) * 4096, 362)
  })

  it('has an interval whose ends are the last effects not contradicted', () => {
    const wild = wildBootstrap(fitOf(cells, 'equal'), rademacher)!
    const { low, high } = wild.interval(0.95)
    assert.ok(low > 0.5 && low < 2.152 && high > 2.152 && high < 4)
    assert.ok(wild.pValue(low - 0.02) <= 0.05 && wild.pValue(low + 0.02) > 0.05)
    assert.ok(wild.pValue(high + 0.02) <= 0.05 && wild.pValue(high - 0.02) > 0.05)
  })
})

describe('difference-in-differences', () => {
  it('finds the effect, with checks that it passes', () => {
    const result = answered(did({ weighting: 'equal' }))
    assert.equal(result.effect.method, 'wild_bootstrap')
    near(result.effect.estimate, 2.15214286, 1e-8)
    // wildboottest 0.3.2 with 99,999 Webb draws: p = 0.0018.
    assert.ok(result.effect.pValue < 0.005)
    assert.ok(result.effect.interval.low > 0.5)
    assert.deepEqual([result.periodsBefore, result.periodsAfter], [6, 4])
    assert.equal(result.placebo!.start, 3)
    assert.equal(result.eventStudy.find((lead) => lead.period === 5)!.estimate, 0)
    assert.equal(result.unitChanges.filter((change) => change.treated).length, 5)
    assert.deepEqual(result.warnings, ['few_clusters'])
  })

  it('gives the same answer to the same data', () => {
    assert.deepEqual(did(), did())
  })

  it('is the plain two-by-two where units and periods weigh alike', () => {
    // Treated 80 to 88, untreated 81 to 84 on average: (88 − 80) − (84 − 81) = 5.
    const means: [string, number, number][] = [
      ['t1', 79, 87.5],
      ['t2', 81, 88.5],
      ['c1', 80, 82.5],
      ['c2', 81, 84],
      ['c3', 82, 85.5],
    ]
    const fourfold = means.flatMap(([unit, early, late]) =>
      [early, early, late, late].map((mean, period) => ({ unit, period, n: 100, sum: 100 * mean })),
    )
    const starts = new Map(means.filter(([unit]) => unit.startsWith('t')).map(([unit]) => [unit, 2]))
    const result = answered(differenceInDifferences({ cells: fourfold, starts }))
    near(result.effect.estimate, 5)
    near(result.twoWay.estimate, 5)
  })

  it('judges a single treated unit by how much untreated ones change anyway', () => {
    const result = answered(did({ starts: startsOf(1) }))
    assert.equal(result.effect.method, 'unit_changes')
    assert.equal(result.effect.degreesOfFreedom, 10)
    assert.ok(result.warnings.includes('few_treated_units'))
    // The clustered error of one treated unit is a fraction of the truth.
    assert.ok(result.effect.standardError > 1.5 * result.twoWay.standardError)
  })

  it('sees units that drift apart beforehand', () => {
    const drifting = cells.map((c) => (Number(c.unit.slice(2)) < 5 ? { ...c, sum: c.sum + c.n * 1.2 * c.period } : c))
    const { preTrend, placebo } = answered(did({ cells: drifting }))
    assert.equal(preTrend!.passed, false)
    near(preTrend!.slope.estimate, 1.2, 0.4)
    assert.equal(placebo!.passed, false)
    const quiet = answered(did())
    assert.equal(quiet.preTrend!.passed, true)
    assert.equal(quiet.placebo!.passed, true)
  })

  it('leaves out units seen on one side only, and says so', () => {
    const result = answered(did({ cells: cells.filter((c) => c.unit !== name(11) || c.period < 6) }))
    assert.equal(result.untreatedUnits, 6)
    assert.ok(result.warnings.includes('units_left_out'))
  })

  it('finds shams no more often than it should, for one treated unit and for six', () => {
    for (const treated of [1, 6]) {
      const random = seededRandom(40 + treated)
      let found = 0
      for (let run = 0; run < 200; run++) {
        const input = { cells: shamBank(random), starts: startsOf(treated), draws: 199, seed: run }
        if (answered(differenceInDifferences(input)).effect.pValue < 0.05) found++
      }
      // 10 of 200 are due; 19 is three standard deviations above.
      assert.ok(found <= 19, `${found} of 200 with ${treated} treated`)
    }
  })

  it('finds shams no more often than it should where few of very many units are treated', () => {
    const random = seededRandom(66)
    let found = 0
    let better = 0
    for (let run = 0; run < 150; run++) {
      const { effect } = answered(
        differenceInDifferences({ cells: shamBank(random, 205), starts: startsOf(6), draws: 99, seed: run }),
      )
      assert.equal(effect.method, 'unit_changes')
      if (effect.pValue < 0.05) found++
      if (effect.interval.low > 0) better++
    }
    // 7.5 and 3.75 of 150 are due; 15 and 9 are three standard deviations above.
    assert.ok(found <= 15 && better <= 9, `${found}, ${better} better, of 150`)
  })

  it('examines a short baseline on the time before it, and says so', () => {
    const recent = cells.filter(({ period }) => period >= 4)
    const earlier = cells.filter(({ period }) => period < 4)
    const short = answered(did({ cells: recent }))
    assert.ok(short.warnings.includes('few_periods_before') && !short.placebo)
    const longer = answered(did({ cells: recent, earlier }))
    assert.deepEqual(longer.effect, short.effect, 'the effect itself is measured on the baseline alone')
    assert.equal(longer.placebo!.start, 2)
    assert.ok(longer.preTrend!.passed)
    assert.ok(longer.warnings.includes('examined_earlier') && !longer.warnings.includes('few_periods_before'))
    assert.deepEqual(
      longer.eventStudy.map(({ period }) => period),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    const drifting = earlier.map((c) => (Number(c.unit.slice(2)) < 5 ? { ...c, sum: c.sum + c.n * 3 * c.period } : c))
    assert.equal(answered(did({ cells: recent, earlier: drifting })).preTrend!.passed, false)
  })

  it('does not mind what all units or one unit have in common', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), (ofUnit, ofPeriod) => {
        const shifted = cells.map((c) => {
          const shift = (c.unit === name(2) ? ofUnit : 0) + (c.period === 7 ? ofPeriod : 0)
          return { ...c, sum: c.sum + c.n * shift }
        })
        const panel = fitOf(shifted, 'answers')
        near(panel.estimate, fitOf(cells, 'answers').estimate, 1e-8)
        near(panel.standardError, fitOf(cells, 'answers').standardError, 1e-8)
      }),
      { numRuns: 20 },
    )
  })

  it('refuses staggered starts, too few units or periods, and broken cells', () => {
    refusedFor(did({ starts: new Map([...startsOf(4), [name(4), 7]]) }), 'staggered_start')
    refusedFor(did({ starts: new Map() }), 'too_few_units')
    refusedFor(did({ starts: startsOf(10) }), 'too_few_units')
    refusedFor(did({ starts: startsOf(5, 1) }), 'too_few_points')
    refusedFor(did({ cells: [{ unit: 'a', period: 1, n: -1, sum: 0 }] }), 'invalid_input')
    refusedFor(did({ cells: cells.map((c) => ({ ...c, sum: 4 * c.n })) }), 'no_variation')
  })
})

/** Branches of unequal size with their own level and drifting luck, and nothing done to any of them. */
function shamBank(random: Random, units = 20): PanelCell[] {
  return Array.from({ length: units }, (_, unit) => {
    let luck = gaussian(random)
    const size = 20 + Math.floor(180 * random())
    return Array.from({ length: 10 }, (_, period): PanelCell => {
      luck = 0.5 * luck + gaussian(random)
      const mean = 80 + unit / 4 + luck + (10 / Math.sqrt(size)) * gaussian(random)
      return { unit: name(unit), period, n: size, sum: size * mean, sumSquares: size * mean ** 2 + (size - 1) * 100 }
    })
  }).flat()
}
