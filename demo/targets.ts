import type { History } from './generate.ts'
import { placesOf } from './bank/places.ts'
import { headOffice } from './bank/units.ts'
import type { World } from './world.ts'

export interface DemoTarget {
  metric: string
  /** Null: all touchpoints of the unit together. */
  touchpoint: string | null
  /** Null: every unit. */
  unit: string | null
  value: number
}

/**
 * A target for every metric of every measured touchpoint, set where the bank without plants meets it, in the worst of
 * its units, too: units differ by design (see answers.ts), and a target is no lottery. Beside them those of the bank and
 * of each part of it, for all its touchpoints together.
 */
export function demoTargets(
  world: World,
  { answers, tally }: History['baseline'],
  hops: ReadonlyMap<string, number>,
): DemoTarget[] {
  const single = world.touchpoints.flatMap((touchpoint, t) => {
    if (world.effects.unmeasured(t)) return []
    const targets: DemoTarget[] = []
    const set = (metric: string, value: number) => {
      if (Number.isFinite(value)) targets.push({ metric, touchpoint: touchpoint.id, unit: null, value })
    }
    const mean = (metric: number) =>
      (answers.total[t * 3 + metric] as number) / (answers.count[t * 3 + metric] as number)
    const of = (sum: Float64Array, count: Float64Array) => (sum[t] as number) / (count[t] as number)
    set('csat', down(mean(0) - 0.16, 0.05))
    set('ces', down(mean(1) - 0.26, 0.1))
    set('nps', down(mean(2) - 10, 1))
    const done = of(tally.done, tally.outcomes)
    set('success_rate', down(done - Math.max(0.006, 0.35 * (1 - done)), 0.005))
    const seconds = of(tally.seconds, tally.handled)
    set('duration', up(seconds * 1.15, seconds < 60 ? 5 : 30))
    if (tally.waits[t]) set('wait', up(of(tally.waited, tally.waits) * 1.6, 30))
    const complaints = 10_000 * of(tally.complaints, tally.visits)
    set('complaint_rate', up(Math.max(5, complaints * 1.8), 5))
    const hopping = hops.get(touchpoint.id)
    if (hopping !== undefined) set('channel_hops', up(hopping * 1.3 + 0.02, 0.01))
    return targets
  })
  return [...single, ...togetherTargets(world, { answers, tally })]
}

/** Of what customers say and complain about in the bank and in the parts right below it, which see different touchpoints. */
function togetherTargets(world: World, { answers, tally }: History['baseline']): DemoTarget[] {
  const parts = world.units.filter((unit) => unit.parent === null || unit.parent === headOffice)
  return parts.flatMap((part) => {
    const path = world.paths.get(part.id) ?? ''
    const inside = world.units.filter((unit) => (world.paths.get(unit.id) ?? '').startsWith(path))
    const places = new Set(inside.flatMap((unit) => placesOf(unit)))
    const own = world.touchpoints.flatMap(({ place }, t) =>
      places.has(place) && !world.effects.unmeasured(t) ? [t] : [],
    )
    const over = (sums: Float64Array, at: (t: number) => number) =>
      own.reduce((sum, t) => sum + (sums[at(t)] as number), 0)
    const mean = (m: number) => over(answers.total, (t) => t * 3 + m) / over(answers.count, (t) => t * 3 + m)
    const complaints = (10_000 * over(tally.complaints, (t) => t)) / over(tally.visits, (t) => t)
    const values = {
      csat: down(mean(0) - 0.12, 0.05),
      ces: down(mean(1) - 0.2, 0.1),
      nps: down(mean(2) - 8, 1),
      complaint_rate: up(Math.max(5, complaints * 1.5), 5),
    }
    return Object.entries(values).flatMap(([metric, value]) =>
      Number.isFinite(value) ? [{ metric, touchpoint: null, unit: part.parent === null ? null : part.id, value }] : [],
    )
  })
}

const round = (value: number) => Math.round(value * 1e6) / 1e6
const down = (value: number, step: number) => round(Math.floor(value / step + 1e-9) * step)
const up = (value: number, step: number) => round(Math.ceil(value / step - 1e-9) * step)
