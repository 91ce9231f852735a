import { demoTouchpoints } from '../bank/touchpoints.ts'
import { demoUnits } from '../bank/units.ts'
import type { Plant } from '../plants/schema.ts'
import { pick, stream } from '../random.ts'

/**
 * Four harms of four kinds at random places, each of a size that a manager would want to know of: satisfaction or effort
 * falling in a province, a window lost in a branch, failures at a digital touchpoint, complaints at a counter.
 */
export function randomPlants(seed: number, customers: number): Plant[] {
  const random = stream(seed, 'plants')
  const units = demoUnits(customers)
  const provinces = units.filter((unit) => unit.level === 'province')
  const branches = units.filter((unit) => unit.level === 'branch' && unit.kind === 'branch')
  const counters = demoTouchpoints.filter((touchpoint) => touchpoint.place === 'counter')
  const apps = demoTouchpoints.filter((touchpoint) => touchpoint.place === 'mobile' && touchpoint.weight >= 8)
  const from = () => `-${180 + Math.floor(random() * 150)}d`
  const csat = random() < 0.5
  const scored = pick(random, counters)
  const complained = pick(
    random,
    counters.filter((touchpoint) => touchpoint !== scored),
  )
  return [
    {
      kind: 'score_drop',
      metric: csat ? 'csat' : 'ces',
      touchpoint: scored.id,
      unit: pick(random, provinces).id,
      from: from(),
      by: csat ? 0.6 : 0.9,
    },
    { kind: 'wait_growth', unit: pick(random, branches).id, from: from(), servers: -1 },
    { kind: 'failure_rise', touchpoint: pick(random, apps).id, unit: 'dg-mobile', from: from(), by: 0.04 },
    { kind: 'complaint_surge', touchpoint: complained.id, from: from(), factor: 5 },
  ]
}
