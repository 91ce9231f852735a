import { addDays, type Day } from '#lib/time.ts'
import { type DemoTouchpoint, demoTouchpoints, type Place } from './bank/touchpoints.ts'
import { type DemoUnit, demoUnits, unitPaths } from './bank/units.ts'
import { type DemoDay, demoDays } from './calendar.ts'
import { type Customers, demoCustomers, type Pool, poolOf } from './people/customers.ts'
import { type DemoStaff, demoStaff } from './people/staff.ts'
import { type Effects, effectsOf } from './plants/effects.ts'
import type { Plant } from './plants/schema.ts'
import { runningTotals, stream } from './random.ts'

/** A branch with its queue: ordinary arrivals a day and windows. */
export interface Branch {
  /** Its index among all units. */
  index: number
  id: string
  arrivals: number
  windows: number
  pool: Pool
  tellers: readonly number[]
  advisers: readonly number[]
  size: number
}

/** The bank before anything happens in it, and what is planted. */
export interface World {
  seed: number
  timeZone: string
  until: Day
  days: readonly DemoDay[]
  units: readonly DemoUnit[]
  paths: ReadonlyMap<string, string>
  unitIndex: ReadonlyMap<string, number>
  touchpoints: readonly DemoTouchpoint[]
  /** Touchpoints of a place, as indices, with the running totals of their weights. */
  places: Record<Place, { touchpoints: readonly number[]; totals: Float64Array }>
  customers: Customers
  everyone: Pool
  branches: readonly Branch[]
  staff: readonly DemoStaff[]
  staffBy(position: string, unitPrefix?: string): readonly number[]
  effects: Effects
  plants: readonly Plant[]
}

export interface WorldOptions {
  customers: number
  seed: number
  until: Day
  timeZone: string
  plants: readonly Plant[]
  days?: number
}

export const historyDays = 730

export function createWorld(options: WorldOptions): World {
  const { seed, until, timeZone, plants } = options
  const days = demoDays(until, options.days ?? historyDays, timeZone)
  const units = demoUnits(options.customers)
  const paths = unitPaths(units)
  const unitIndex = new Map(units.map((unit, index) => [unit.id, index]))
  const branchUnits = units.flatMap((unit, index) =>
    unit.level === 'branch' && unit.kind === 'branch' ? [{ index, id: unit.id }] : [],
  )
  const customers = demoCustomers(seed, options.customers, branchUnits, days)
  // Two or three windows for 1,250 customers, each with 11 to 13 tickets on an ordinary day: a load of about a third.
  const scale = options.customers / 1250 / branchUnits.length
  const demand = branchUnits.map(({ id }) => {
    const random = stream(seed, 'demand', id)
    const windows = Math.max(1, Math.round(2 * scale * (0.8 + 0.6 * random())))
    return { windows, arrivals: windows * (11 + 2 * random()) * Math.min(1, 2 * scale) }
  })
  const staff = demoStaff(seed, units, (id) => demand[branchUnits.findIndex((unit) => unit.id === id)]?.windows ?? 0)
  const staffBy = (position: string, prefix = '') =>
    staff.flatMap((one, index) => (one.position === position && one.unit.startsWith(prefix) ? [index] : []))
  const touchpoints = demoTouchpoints
  const placeNames = [...new Set(touchpoints.map((touchpoint) => touchpoint.place))]
  return {
    seed,
    timeZone,
    until,
    days,
    units,
    paths,
    unitIndex,
    touchpoints,
    places: Object.fromEntries(
      placeNames.map((place) => {
        const own = touchpoints.flatMap((touchpoint, index) => (touchpoint.place === place ? [index] : []))
        return [place, { touchpoints: own, totals: runningTotals(own.map((i) => touchpoints[i]?.weight ?? 0)) }]
      }),
    ) as unknown as World['places'],
    customers,
    everyone: poolOf(customers, customers.digital, days),
    branches: branchUnits.map(({ index, id }, i) => {
      const home = poolOf(customers, customers.visits, days, (customer) => customers.unit[customer] === index)
      return {
        index,
        id,
        arrivals: demand[i]?.arrivals ?? 0,
        windows: demand[i]?.windows ?? 1,
        pool: home,
        tellers: staffBy('柜员', `${id}-`),
        advisers: staffBy('客户经理', `${id}-`),
        size: customers.unit.reduce((sum, unit) => sum + (unit === index ? 1 : 0), 0),
      }
    }),
    staff,
    staffBy,
    effects: effectsOf(plants, { units, paths, touchpoints, until, days: days.length }),
    plants,
  }
}

export const firstDay = (world: Pick<World, 'until' | 'days'>): Day => addDays(world.until, 1 - world.days.length)

export const unitAt = (world: World, id: string): number => {
  const index = world.unitIndex.get(id)
  if (index === undefined) throw new Error(`the demo bank has no unit ${id}`)
  return index
}
