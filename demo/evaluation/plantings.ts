import { demoTouchpoints } from '../bank/touchpoints.ts'
import { demoUnits } from '../bank/units.ts'
import type { Plant } from '../plants/schema.ts'
import { pick, type Random, stream } from '../random.ts'

/** Kinds of harm, from what a bank can hardly overlook to what drowns in the noise of one branch. */
export const harms = [
  'a score falls in a province',
  'a window is lost in a branch',
  'failures at a digital touchpoint',
  'complaints at a counter',
  'service gets slower in a branch',
  'recommendation falls at a digital touchpoint',
  'a score falls in one branch',
  'failures at a counter of one branch',
] as const
export type Harm = (typeof harms)[number]

export interface Planting {
  harm: Harm
  plant: Plant
}

/** One harm of each kind at a random place, each of a size that a manager would want to know of; no two share a place. */
export function randomPlantings(seed: number, customers: number): Planting[] {
  const random = stream(seed, 'plants')
  const units = demoUnits(customers)
  const provinces = units.filter((unit) => unit.level === 'province').map(({ id }) => id)
  const branches = shuffled(
    random,
    units.filter((unit) => unit.level === 'branch' && unit.kind === 'branch').map(({ id }) => id),
  )
  const counters = shuffled(
    random,
    demoTouchpoints.filter((touchpoint) => touchpoint.place === 'counter').map(({ id }) => id),
  )
  const apps = shuffled(
    random,
    demoTouchpoints.filter(({ place, weight }) => place === 'mobile' && weight >= 8).map(({ id }) => id),
  )
  const from = () => `-${180 + Math.floor(random() * 150)}d`
  const [scored = '', complained = '', branchScored = '', branchFailed = ''] = counters
  const [short = '', slow = '', sour = '', failing = ''] = branches
  const [failed = '', disliked = ''] = apps
  const csat = random() < 0.5
  const score = (touchpoint: string, unit: string, by: { csat: number; ces: number }): Plant => ({
    ...{ kind: 'score_drop', metric: csat ? 'csat' : 'ces', touchpoint, unit, from: from() },
    by: csat ? by.csat : by.ces,
  })
  const plants: Record<Harm, Plant> = {
    'a score falls in a province': score(scored, pick(random, provinces), { csat: 0.6, ces: 0.9 }),
    'a window is lost in a branch': { kind: 'wait_growth', unit: short, from: from(), servers: -1 },
    'failures at a digital touchpoint': {
      ...{ kind: 'failure_rise', touchpoint: failed, unit: 'dg-mobile', from: from(), by: 0.04 },
    },
    'complaints at a counter': { kind: 'complaint_surge', touchpoint: complained, from: from(), factor: 5 },
    'service gets slower in a branch': { kind: 'wait_growth', unit: slow, from: from(), slower: 1.4 },
    'recommendation falls at a digital touchpoint': {
      ...{ kind: 'score_drop', metric: 'nps', touchpoint: disliked, from: from(), by: 20 },
    },
    'a score falls in one branch': score(branchScored, sour, { csat: 1, ces: 1.4 }),
    'failures at a counter of one branch': {
      ...{ kind: 'failure_rise', touchpoint: branchFailed, unit: failing, from: from(), by: 0.1 },
    },
  }
  return harms.map((harm) => ({ harm, plant: plants[harm] }))
}

const shuffled = <T>(random: Random, items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
