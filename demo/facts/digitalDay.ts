import type { DemoDay } from '../calendar.ts'
import { drawCustomer } from '../people/customers.ts'
import { boundedNormal, lognormal, pickIndex, poisson, runningTotals, stream } from '../random.ts'
import { type World, unitAt } from '../world.ts'
import { contact, drawTouchpoint, intentIndex, type Scene } from './visits.ts'
import { messagingUnit, mobileUnit, webUnit } from '../bank/units.ts'

/** Contacts of one customer in a year, and the hours at which they come. */
const digitalPlaces = [
  { place: 'mobile', unit: mobileUnit, perYear: 8, hours: 'phone' },
  { place: 'web', unit: webUnit, perYear: 1, hours: 'office' },
  { place: 'wechat', unit: messagingUnit, perYear: 1.4, hours: 'phone' },
  { place: 'sms', unit: messagingUnit, perYear: 1.5, hours: 'office' },
] as const

const hours = {
  phone: runningTotals([
    1, 0.5, 0.3, 0.2, 0.2, 0.5, 1.4, 3, 5, 6.5, 7, 6.4, 6.6, 5.6, 5.4, 5.5, 5.4, 5.4, 5.8, 6.6, 7.4, 7, 4.6, 2.4,
  ]),
  office: runningTotals([0.2, 0.1, 0, 0, 0, 0, 0.3, 1, 5, 9, 9.5, 8, 5, 6.5, 8, 8, 7, 5, 3, 2.6, 2.4, 1.8, 1, 0.4]),
}

/** A day of the digital channels of the whole bank. */
export function digitalDay(scene: Scene, day: DemoDay): void {
  const { world } = scene
  for (const { place, unit, perYear, hours: when } of digitalPlaces) {
    const random = stream(world.seed, place, day.day)
    const busy = Math.exp(boundedNormal(random, 0.05, 0.15))
    const count = poisson(random, (world.customers.count * perYear * day.digital * busy) / 365)
    const index = unitAt(world, unit)
    for (let i = 0; i < count; i++) {
      const t = drawTouchpoint(world, place, random)
      const customer = drawCustomer(world.everyone, day.index, random())
      const second = 3600 * (pickIndex(random, hours[when]) + random())
      const touchpoint = world.touchpoints[t]
      const seconds = lognormal(random, touchpoint?.medianSeconds ?? 60, touchpoint?.sigma ?? 0.5)
      const begins = random()
      const visit = {
        customer,
        unit: index,
        staff: -1,
        touchpoint: t,
        day: day.index,
        start: day.midnight + second,
        seconds,
        waitSeconds: 0,
        intent: intentOfDigital(world, t),
      }
      const { row } = contact(scene, visit, random)
      if (touchpoint?.id === 'tp_open_app' && begins < 0.12)
        scene.openings.push({ ...visit, interaction: row, at: visit.start })
    }
  }
}

const intents = new WeakMap<World, Int8Array>()

function intentOfDigital(world: World, touchpoint: number): number {
  let known = intents.get(world)
  if (!known) {
    known = Int8Array.from(world.touchpoints, (_, index) => intentIndex(world, index))
    intents.set(world, known)
  }
  return known[touchpoint] as number
}
