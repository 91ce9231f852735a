import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simulatedBank, type SimulatedBankOptions } from '#methods/surveillance/simulatedBank.ts'
import { type Hypothesis, rejected, survey, watch } from '#methods/surveillance/surveil.ts'
import { type LeafCell, placesOf } from '#methods/surveillance/tree.ts'
import { alphaOf, alphaPerYear, watchedCells, watchedMeasures } from './data/measures.ts'

const kinds = ['target', 'past', 'growth'] as const
const months = 24

/** Targets that an unharmed bank meets: a little worse than each touchpoint does over all. */
function modestTarget(cells: readonly LeafCell[], measure: string, touchpoint: string): number {
  const sums = cells.filter((c) => c.measure === measure && c.touchpoint === touchpoint).flatMap((c) => c.months)
  const add = (what: (s: (typeof sums)[number]) => number) => sums.reduce((total, s) => total + what(s), 0)
  const [n, total, hits, exposure] = [add((s) => s.n), add((s) => s.total), add((s) => s.hits), add((s) => s.exposure)]
  if (measure === 'csat') return total / n - 0.2
  if (measure === 'wait') return (total / n) * 1.35
  return measure === 'success_rate' ? hits / n - 0.008 : ((10_000 * n) / exposure) * 1.3
}

/** A year of closed months in a simulated bank: what the finders raise. */
function yearOf(options: SimulatedBankOptions): { month: number; hypothesis: Hypothesis }[] {
  const { cells: drawn, parentOf } = simulatedBank({ months, ...options })
  const cells = watchedCells(drawn)
  const targets = new Map<string, number[]>()
  const places = placesOf(cells, parentOf, months, (measure, touchpoint) => {
    const key = `${measure}|${touchpoint}`
    const known = targets.get(key) ?? new Array<number>(months).fill(modestTarget(cells, measure, touchpoint))
    targets.set(key, known)
    return known
  })
  const watched = watch({ measures: watchedMeasures, places })
  return Array.from({ length: 12 }, (_, i) => months - 12 + i).flatMap((month) => {
    const hypotheses = survey(watched, month)
    return kinds.flatMap((kind) =>
      rejected(
        hypotheses.filter((h) => h.kind === kind),
        alphaOf(kind),
      ).map((hypothesis) => ({ month, hypothesis })),
    )
  })
}

describe('a year of finders in simulated banks', () => {
  it('raises something in at most 5 of 100 banks with nothing planted', (t) => {
    let banks = 0
    for (let seed = 1; seed <= 100; seed++) {
      const found = yearOf({ seed })
      if (found.length > 0) banks++
      for (const { month, hypothesis } of found.slice(0, 1))
        t.diagnostic(`seed ${seed}, month ${month}: ${hypothesis.kind} ${hypothesis.place.key} p ${hypothesis.pValue}`)
    }
    t.diagnostic(
      `${banks} of 100 unplanted banks raised a finding in a year (allowed by design: ${100 * alphaPerYear})`,
    )
    assert.ok(banks <= 5, `${banks} of 100`)
  })

  const planted = (
    what: { measure: 'csat' | 'wait' | 'success_rate'; size: number; grows?: boolean },
    unit: string,
    seeds = 5,
  ) => {
    let hits = 0
    let stray = 0
    for (let seed = 501; seed < 501 + seeds; seed++) {
      const plant = { touchpoint: 'open', units: [unit], from: 15, ...what }
      const found = yearOf({ seed, answers: 14, plants: [plant] }).map(({ hypothesis }) => hypothesis.place)
      if (found.some(({ key }) => key === `${what.measure}|open|${unit}`)) hits++
      if (found.some(({ key }) => !key.includes('|open|'))) stray++
    }
    return { hits, stray }
  }

  it('finds a branch whose satisfaction fell, and nothing at other touchpoints', (t) => {
    const { hits, stray } = planted({ measure: 'csat', size: 1 }, 'branch3')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })

  it('finds a branch whose waits went up by half', (t) => {
    const { hits, stray } = planted({ measure: 'wait', size: 0.5 }, 'branch3')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })

  it('finds a branch whose waits keep growing', (t) => {
    const { hits, stray } = planted({ measure: 'wait', size: 0.12, grows: true }, 'branch3')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })
})
