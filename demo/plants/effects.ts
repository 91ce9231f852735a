import type { Day } from '#lib/time.ts'
import type { DemoTouchpoint } from '../bank/touchpoints.ts'
import type { DemoUnit } from '../bank/units.ts'
import { dayIndex } from './check.ts'
import type { Plant, ScoreMetric } from './schema.ts'

/** What the plants do at a place and a day; all functions answer "nothing" where nothing is planted. */
export interface Effects {
  /** Points added to a metric's mean: drops are negative, what actions bring is positive. */
  scoreShift(metric: ScoreMetric, touchpoint: number, unit: number, day: number): number
  /** Added to the probability of failure. */
  failureAdded(touchpoint: number, unit: number, day: number): number
  /** Complaints on top, as a multiple of the usual ones; 0 without a plant. */
  complaintsAdded(touchpoint: number, unit: number, day: number): number
  /** The queue of a unit, or undefined where it is as ever. */
  queue(unit: number, day: number): { servers: number; slower: number } | undefined
  unmeasured(touchpoint: number): boolean
}

interface Window {
  inside: Uint8Array
  from: number
  to: number
  amount: number
}

export function effectsOf(
  plants: readonly Plant[],
  bank: {
    units: readonly DemoUnit[]
    paths: ReadonlyMap<string, string>
    touchpoints: readonly DemoTouchpoint[]
    until: Day
    days: number
  },
): Effects {
  const windows = new Map<string, Window[]>()
  const silent = new Uint8Array(bank.touchpoints.length)
  const slower: (Window & { servers: number })[] = []
  const indexOf = (id: string) => bank.touchpoints.findIndex((touchpoint) => touchpoint.id === id)
  const windowOf = (plant: { unit?: string | undefined; from: string; to?: string | undefined }, amount: number) => {
    const path = plant.unit ? (bank.paths.get(plant.unit) ?? '?') : '/'
    return {
      inside: Uint8Array.from(bank.units, (unit) => ((bank.paths.get(unit.id) ?? '').startsWith(path) ? 1 : 0)),
      from: dayIndex(plant.from, bank.until, bank.days),
      to: plant.to ? dayIndex(plant.to, bank.until, bank.days) : Number.POSITIVE_INFINITY,
      amount,
    }
  }
  const add = (name: string, touchpoint: string, window: Window) => {
    const key = `${name}${indexOf(touchpoint)}`
    windows.set(key, [...(windows.get(key) ?? []), window])
  }
  for (const plant of plants) {
    if (plant.kind === 'score_drop') add(plant.metric, plant.touchpoint, windowOf(plant, -plant.by))
    else if (plant.kind === 'failure_rise') add('failure', plant.touchpoint, windowOf(plant, plant.by))
    else if (plant.kind === 'complaint_surge') add('complaint', plant.touchpoint, windowOf(plant, plant.factor - 1))
    else if (plant.kind === 'unmeasured') silent[indexOf(plant.touchpoint)] = 1
    else if (plant.kind === 'wait_growth')
      slower.push({ ...windowOf(plant, plant.slower ?? 1), servers: plant.servers ?? 0 })
    else if (plant.effect !== 0)
      if (plant.metric === 'success_rate') add('failure', plant.touchpoint, windowOf(plant, -plant.effect))
      else add(plant.metric, plant.touchpoint, windowOf(plant, plant.effect))
  }
  // Most touchpoints have no plant at all: arrays by touchpoint keep the hot path to one look.
  const table = (name: string) => bank.touchpoints.map((_, index) => windows.get(`${name}${index}`))
  const scores = { csat: table('csat'), ces: table('ces'), nps: table('nps') }
  const failures = table('failure')
  const complaints = table('complaint')
  const sum = (list: Window[] | undefined, unit: number, day: number): number => {
    if (!list) return 0
    let total = 0
    for (const window of list) if (window.inside[unit] && day >= window.from && day <= window.to) total += window.amount
    return total
  }
  return {
    scoreShift: (metric, touchpoint, unit, day) => sum(scores[metric][touchpoint], unit, day),
    failureAdded: (touchpoint, unit, day) => sum(failures[touchpoint], unit, day),
    complaintsAdded: (touchpoint, unit, day) => sum(complaints[touchpoint], unit, day),
    unmeasured: (touchpoint) => silent[touchpoint] === 1,
    queue(unit, day) {
      if (slower.length === 0) return undefined
      let changed: { servers: number; slower: number } | undefined
      for (const window of slower)
        if (window.inside[unit] && day >= window.from && day <= window.to)
          changed = {
            servers: (changed?.servers ?? 0) + window.servers,
            slower: (changed?.slower ?? 1) * window.amount,
          }
      return changed
    },
  }
}
