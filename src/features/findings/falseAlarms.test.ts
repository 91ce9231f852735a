import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simulatedBank, type SimulatedBankOptions } from '#methods/surveillance/simulatedBank.ts'
import type { LeafCell } from '#methods/surveillance/tree.ts'
import { addMonths } from './data/bank.ts'
import { alphaPerYear, watchedCells, watchedMeasures } from './data/measures.ts'
import { type Raised, raisedIn } from './finder.ts'

const months = 24

/** Targets that an unharmed bank meets: a little worse than each touchpoint does over all. */
function modestTarget(cells: readonly LeafCell[], measure: string, touchpoint: string): number | null {
  const sums = cells.filter((c) => c.measure === measure && c.touchpoint === touchpoint).flatMap((c) => c.months)
  const add = (what: (s: (typeof sums)[number]) => number) => sums.reduce((total, s) => total + what(s), 0)
  const [n, total, hits, exposure] = [add((s) => s.n), add((s) => s.total), add((s) => s.hits), add((s) => s.exposure)]
  switch (measure) {
    case 'csat':
      return total / n - 0.2
    case 'ces':
      return total / n - 0.3
    case 'nps':
      return (100 * (hits - add((s) => s.misses))) / n - 10
    case 'wait':
      return (total / n) * 1.35
    case 'duration':
      return (total / n) * 1.15
    case 'success_rate':
      return hits / n - 0.008
    case 'channel_hops':
      return (hits / n) * 1.3 + 0.02
    case 'complaint_rate':
      return ((10_000 * n) / exposure) * 1.3
    default:
      return null
  }
}

/** A year of closed months in a simulated bank, seen by the finders themselves. */
async function yearOf(options: SimulatedBankOptions): Promise<Raised[]> {
  const { cells: drawn, parentOf } = simulatedBank({ months, ...options })
  const cells = watchedCells(drawn)
  const measured = new Set(cells.map((cell) => cell.measure))
  for (const { id } of watchedMeasures) assert.ok(measured.has(id), `${id} is simulated`)
  const targets = new Map<string, number | null>()
  const bank = { cells, parentOf, months: Array.from({ length: months }, (_, m) => addMonths('2024-01', m)) }
  const { raised } = await raisedIn(
    bank,
    (_, measure, touchpoint) => {
      const key = `${measure}|${touchpoint}`
      if (!targets.has(key)) targets.set(key, modestTarget(cells, measure, touchpoint))
      return targets.get(key) ?? null
    },
    12,
  )
  return raised
}

describe('a year of the finders in simulated banks', () => {
  it('raises something in at most 5 of 100 banks with nothing planted, large and small', async (t) => {
    let banks = 0
    for (let seed = 1; seed <= 100; seed++) {
      const found = await yearOf({ seed, branches: seed % 2 ? 40 : 8 })
      if (found.length > 0) banks++
      for (const { month, finder, metric, touchpointId, unitId, pValue } of found.slice(0, 1))
        t.diagnostic(`seed ${seed}, month ${month}: ${finder} ${metric} ${touchpointId} ${unitId} p ${pValue}`)
    }
    t.diagnostic(
      `${banks} of 100 unplanted banks raised a finding in a year (allowed by design: ${100 * alphaPerYear})`,
    )
    assert.ok(banks <= 5, `${banks} of 100`)
  })

  const planted = async (
    what: { measure: 'csat' | 'wait' | 'success_rate'; size: number; grows?: boolean },
    finder: string,
    seeds = 5,
  ) => {
    const unit = 'branch3'
    let hits = 0
    let stray = 0
    for (let seed = 501; seed < 501 + seeds; seed++) {
      const plant = { touchpoint: 'open', units: [unit], from: 15, ...what }
      const found = await yearOf({ seed, answers: 14, plants: [plant] })
      const own = (f: Raised) => f.metric === what.measure && f.touchpointId === 'open'
      if (found.some((f) => own(f) && f.unitId === unit && f.finder === finder)) hits++
      if (found.some((f) => !own(f) && f.touchpointId !== null)) stray++
    }
    return { hits, stray }
  }

  it('finds a branch whose satisfaction fell, and nothing at other touchpoints', async (t) => {
    const { hits, stray } = await planted({ measure: 'csat', size: 1 }, 'worse_than_past')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })

  it('finds a branch whose waits doubled', async (t) => {
    const { hits, stray } = await planted({ measure: 'wait', size: 1 }, 'worse_than_past')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })

  it('finds a branch whose waits keep growing, as a growing wait', async (t) => {
    const { hits, stray } = await planted({ measure: 'wait', size: 0.25, grows: true }, 'growing_wait')
    t.diagnostic(`${hits} of 5 found, ${stray} with a finding elsewhere`)
    assert.ok(hits >= 4)
    assert.ok(stray <= 1)
  })
})
