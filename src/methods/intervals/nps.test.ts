import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sharedData } from '#lib/sharedData.ts'
import { digits, refusedFor, answered } from '#methods/testing.ts'
import { nps, npsAgainst, npsDifference } from './nps.ts'

const survey = sharedData('voice/bank_satisfaction_survey.csv')

describe('NPS', () => {
  it('gives score, standard error and Wald interval', () => {
    const estimate = answered(nps({ promoters: 180, passives: 140, detractors: 80 }))
    digits(estimate.nps, '25.0')
    digits(estimate.standardError, '3.832')
    digits(estimate.wald.low, '17.49')
    digits(estimate.wald.high, '32.51')
  })

  it('shows the adjusted Wald interval', () => {
    const estimate = answered(nps({ promoters: 65, passives: 99, detractors: 86 }))
    digits(estimate.nps, '-8.4')
    digits(estimate.interval.low, '-17.81')
    digits(estimate.interval.high, '1.21')
  })

  it('agrees with the recommend item of the bank survey', { skip: !survey && 'shared data absent' }, () => {
    const [head, ...rows] = readFileSync(survey!, 'utf8').trim().split('\n')
    const column = head!.split(',').indexOf('"loy3"')
    const scores = rows.map((row) => Number(row.split(',')[column]))
    const count = (is: (score: number) => boolean) => scores.filter(is).length
    const estimate = answered(
      nps({
        promoters: count((s) => s >= 9),
        passives: count((s) => s === 7 || s === 8),
        detractors: count((s) => s <= 6),
      }),
    )
    assert.equal(estimate.n, 250)
    digits(estimate.nps, '-8.4')
    digits(estimate.interval.low, '-17.81')
    digits(estimate.interval.high, '1.21')
  })

  it('compares two waves', () => {
    const before = { promoters: 150, passives: 150, detractors: 100 }
    const comparison = answered(npsDifference({ promoters: 180, passives: 140, detractors: 80 }, before))
    digits(comparison.difference, '12.5')
    digits(comparison.standardError, '5.470')
    digits(comparison.statistic, '2.285')
    digits(comparison.pValue, '0.0223')
  })

  it('tests a target on the side that was asked', () => {
    const counts = { promoters: 180, passives: 140, detractors: 80 }
    assert.ok(answered(npsAgainst(counts, 40, { alternative: 'less' })).pValue < 0.001)
    assert.ok(answered(npsAgainst(counts, 40, { alternative: 'greater' })).pValue > 0.999)
  })

  it('refuses what is no count, no answers, and comparisons of a handful', () => {
    refusedFor(nps({ promoters: -1, passives: 0, detractors: 0 }), 'invalid_input')
    refusedFor(nps({ promoters: 1.5, passives: 0, detractors: 0 }), 'invalid_input')
    refusedFor(nps({ promoters: 0, passives: 0, detractors: 0 }), 'no_data')
    const few = { promoters: 10, passives: 10, detractors: 9 }
    refusedFor(npsDifference(few, { promoters: 100, passives: 100, detractors: 100 }), 'too_few_answers')
    refusedFor(npsAgainst(few, 30), 'too_few_answers')
  })

  it('has intervals that hold the estimate, stay in range and shrink with the sample', () => {
    const count = fc.nat(500)
    fc.assert(
      fc.property(count, count, count, (promoters, passives, detractors) => {
        fc.pre(promoters + passives + detractors > 0)
        const { nps: value, interval, wald } = answered(nps({ promoters, passives, detractors }))
        for (const { low, high } of [interval, wald])
          assert.ok(-100 <= low && low <= value && value <= high && high <= 100)
        const larger = answered(nps({ promoters: 9 * promoters, passives: 9 * passives, detractors: 9 * detractors }))
        assert.ok(larger.interval.high - larger.interval.low <= interval.high - interval.low)
      }),
    )
  })
})
