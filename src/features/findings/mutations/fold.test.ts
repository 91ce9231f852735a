import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simulatedBank, type SimulatedPlant } from '#methods/surveillance/simulatedBank.ts'
import { type Hypothesis, rejected, survey } from '#methods/surveillance/surveil.ts'
import type { TreePlace } from '#methods/surveillance/tree.ts'
import { addMonths, type Bank, type Unit, upwards } from '../data/bank.ts'
import { watchedCells } from '../data/measures.ts'
import { finders, watchBank } from '../finder.ts'
import { parentsOf } from './fold.ts'

const length = 24
/**
 * A simulated bank, and what is worse than its own past in one month of it, as findings. City 3 has the branches 3 and
 * 11, city 6 has 6 and 14; both lie in province 2.
 */
function raisedIn(month: number, plants: SimulatedPlant[]) {
  const { cells, parentOf } = simulatedBank({ seed: 4, branches: 16, answers: 60, waits: 60, plants })
  const unit = (id: string): Unit => ({
    ...{ id, name: id, nameEn: id, level: 'branch', kind: 'branch', parentId: parentOf.get(id) ?? null },
    path: `/${upwards(parentOf, id).toReversed().join('/')}/`,
  })
  const bank: Bank = {
    months: Array.from({ length }, (_, m) => addMonths('2024-01', m)),
    cells: watchedCells(cells),
    units: new Map([...parentOf.keys()].map((id) => [id, unit(id)])),
    parentOf,
    root: 'hq',
    factsN: [],
  }
  const watched = watchBank(bank, () => null)
  const hits = rejected(
    survey(watched, month).filter((h) => h.kind === 'past'),
    1e-3,
  ).toSorted((a, b) => a.pValue - b.pValue)
  const hypothesisOf = new Map<string, Hypothesis>()
  for (const h of hits) if (!hypothesisOf.has(h.place.key)) hypothesisOf.set(h.place.key, h)
  const open = [...hypothesisOf].map(([id, { place, outcome }]) => ({
    id,
    finder: 'worse_than_past',
    metric: place.measure,
    touchpointId: (place as TreePlace).touchpoint || null,
    unitId: (place as TreePlace).unit,
    severity: outcome.difference * outcome.n,
    parentId: null,
  }))
  return { open, folding: { bank, watched, finderOrder: finders.map(({ id }) => id), hypothesisOf } }
}

const fall = (unit: string, size: number): SimulatedPlant => ({
  ...{ measure: 'csat', touchpoint: 'open', units: [unit], from: 15, size },
})

describe('folding', () => {
  it('leaves out a worse unit whole: the city explains its province, where the one branch found in it does not', () => {
    const { open, folding } = raisedIn(17, [fall('branch6', 1.2), fall('branch14', 0.6)])
    const [branch, city, province] = ['branch6', 'city6', 'province2'].map((unit) => `csat|open|${unit}`)
    const own = open.filter(({ id }) => id.startsWith('csat|open|'))
    assert.deepEqual(own.map(({ id }) => id).sort(), [branch, city, province].sort())
    const parents = parentsOf(own, folding)
    assert.deepEqual([parents.get(branch!), parents.get(city!), parents.get(province!)], [null, null, city])
  })

  it('follows a chain to the one that stands: a branch explains its city and its province', () => {
    const { open, folding } = raisedIn(20, [fall('branch3', 1.6)])
    const parents = parentsOf(open, folding)
    for (const unit of ['city3', 'province2']) assert.equal(parents.get(`csat|open|${unit}`), 'csat|open|branch3', unit)
    assert.equal(parents.get('csat|open|branch3'), null)
  })

  it('folds a touchpoint’s wait under what explains the waits of all touchpoints together', () => {
    const { open, folding } = raisedIn(
      20,
      ['open', 'info', 'docs', 'transfer', 'advice'].map(
        (touchpoint): SimulatedPlant => ({ measure: 'wait', touchpoint, units: ['branch3'], from: 15, size: 3 }),
      ),
    )
    // The city's wait for one touchpoint was found, the branch's was not: too few came for it.
    const [branch, city, docs] = ['wait||branch3', 'wait||city3', 'wait|docs|city3']
    const own = open.filter(({ id }) => [branch, city, docs].includes(id))
    assert.equal(own.length, 3)
    const parents = parentsOf(own, folding)
    assert.deepEqual([parents.get(branch!), parents.get(city!), parents.get(docs!)], [null, branch, branch])
  })
})
