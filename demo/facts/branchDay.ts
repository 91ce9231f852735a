import type { DemoDay } from '../calendar.ts'
import { drawCustomer } from '../people/customers.ts'
import { boundedNormal, lognormal, pickIndex, poisson, runningTotals, stream } from '../random.ts'
import type { Branch } from '../world.ts'
import { capacityLeft, serve } from './queue.ts'
import { outcomeCode } from './recorder.ts'
import { contact, count as tallyTicket, drawTouchpoint, intentIndex, type Scene } from './visits.ts'

const opensAt = 9 * 3600
const slotSeconds = 1800
/** Arrivals by half hour from nine to five: busy from half past nine, quiet at noon, a second wave at two. */
const slots = runningTotals([0.9, 1.25, 1.35, 1.3, 1.1, 0.9, 0.72, 0.7, 0.8, 0.95, 1.15, 1.15, 1.05, 0.95, 0.8, 0.5])
const walkInShare = 0.14
const noShowShare = 0.025

/**
 * Windows of a day: the roster follows what is known to come, as branches staff paydays and weekends. Two stay open
 * wherever there are two, for cash needs a second pair of eyes.
 */
export const windowsOn = (branch: Branch, day: DemoDay): number =>
  Math.max(Math.min(2, branch.windows), Math.round(branch.windows * Math.min(1.8, day.branch)))

/** One branch on one day: arrivals, the queue as it truly forms, the visits; then machines and advisers. */
export function branchDay(scene: Scene, branch: Branch, day: DemoDay): void {
  const { world } = scene
  const random = stream(world.seed, 'branch day', branch.id, day.day)
  const busy = Math.exp(boundedNormal(random, 0.08, 0.24))
  if (day.branch > 0) counters(scene, branch, day, busy)
  aside(scene, branch, day, 'machine', (branch.size * 1.5 * Math.max(0.4, day.branch)) / 365)
  if (day.working) aside(scene, branch, day, 'advice', (branch.size * 0.3) / 365)
}

function counters(scene: Scene, branch: Branch, day: DemoDay, busy: number): void {
  const { world, out } = scene
  const random = stream(world.seed, 'counter', branch.id, day.day)
  const count = poisson(random, branch.arrivals * day.branch * busy)
  const arrivals = Float64Array.from(
    { length: count },
    () => opensAt + slotSeconds * (pickIndex(random, slots) + random()),
  ).sort()
  const touchpoints = Int16Array.from({ length: count }, () => drawTouchpoint(world, 'counter', random))
  const noShow = Uint8Array.from({ length: count }, () => (random() < noShowShare ? 1 : 0))
  const service = Float64Array.from(touchpoints, (t, i) => {
    const touchpoint = world.touchpoints[t]
    const needed = lognormal(random, touchpoint?.medianSeconds ?? 600, touchpoint?.sigma ?? 0.4)
    return noShow[i] ? 35 : needed
  })
  const windows = windowsOn(branch, day)
  const usual = serve(arrivals, service, { servers: windows, occupied: 1 }, opensAt)
  const planted = world.effects.queue(branch.index, day.index)
  const real = planted
    ? serve(
        arrivals,
        service.map((seconds) => seconds * planted.slower),
        capacityLeft(windows, planted.servers),
        opensAt,
      )
    : usual

  const { tickets } = out
  for (let i = 0; i < count; i++) {
    const t = touchpoints[i] as number
    const anonymous = random() < walkInShare
    const at = random()
    const customer = anonymous ? -1 : drawCustomer(branch.pool, day.index, at)
    const arrival = arrivals[i] as number
    const start = real.start[i] as number
    const served = !noShow[i]
    const staff = branch.tellers[((real.server[i] as number) + day.index) % Math.max(1, branch.tellers.length)] ?? -1
    const seconds = (real.end[i] as number) - start
    const own = stream(world.seed, 'visit', branch.id, day.index, i)
    let interaction = -1
    if (served) {
      const visit = contact(
        scene,
        {
          customer,
          unit: branch.index,
          staff,
          touchpoint: t,
          day: day.index,
          start: day.midnight + start,
          seconds: service[i] as number,
          waitSeconds: (usual.start[i] as number) - arrival,
          intent: intentIndex(world, t),
        },
        own,
      )
      interaction = visit.row
      startCase(
        scene,
        t,
        { customer, unit: branch.index, staff, touchpoint: t, interaction, day: day.index, at: day.midnight + start },
        own(),
      )
    }
    tallyTicket(
      scene.tally,
      t,
      served,
      served ? Math.round(service[i] as number) : -1,
      Math.round((usual.start[i] as number) - arrival),
    )
    const row = tickets.add()
    const { of } = tickets
    of.customer[row] = customer
    of.unit[row] = branch.index
    of.staff[row] = served ? staff : -1
    of.touchpoint[row] = world.effects.unmeasured(t) ? -1 : t
    of.day[row] = day.index
    of.start[row] = Math.floor(day.midnight + arrival)
    of.end[row] = Math.floor(day.midnight + (real.end[i] as number))
    of.interaction[row] = interaction
    of.service[row] = t
    const segment = customer < 0 ? 0 : (world.customers.segment[customer] as number)
    of.class[row] = segment === 4 ? 2 : segment === 2 || segment === 3 ? 1 : 0
    of.called[row] = Math.floor(day.midnight + start)
    of.outcome[row] = served ? outcomeCode.served : outcomeCode.no_show
    of.queued[row] = start - arrival >= 1 ? 1 : 0
    of.wait[row] = Math.round(start - arrival)
    if (served) {
      of.served_from[row] = Math.floor(day.midnight + start)
      of.service_seconds[row] = Math.round(seconds)
    }
  }
}

/** Which visits begin a case of a process: openings and loan applications, for known customers only. */
function startCase(scene: Scene, t: number, start: Scene['openings'][number], at: number): void {
  if (start.customer < 0) return
  const id = scene.world.touchpoints[t]?.id
  if (id === 'tp_open_counter' && at < 0.13) scene.openings.push(start)
  else if (id === 'tp_loan_docs' && at < 0.14) scene.loans.push(start)
}

/** Machines and advisers: no queue is kept there. */
function aside(scene: Scene, branch: Branch, day: DemoDay, place: 'machine' | 'advice', mean: number): void {
  const { world } = scene
  const random = stream(world.seed, place, branch.id, day.day)
  const count = poisson(random, mean)
  for (let i = 0; i < count; i++) {
    const t = drawTouchpoint(world, place, random)
    const customer = drawCustomer(branch.pool, day.index, random())
    const second = place === 'advice' ? opensAt + random() * 28_000 : 27_000 + random() * 50_000
    const seconds = lognormal(random, world.touchpoints[t]?.medianSeconds ?? 120, world.touchpoints[t]?.sigma ?? 0.4)
    const adviser = branch.advisers[Math.floor(random() * branch.advisers.length)] ?? -1
    if (customer < 0) continue
    contact(
      scene,
      {
        customer,
        unit: branch.index,
        staff: place === 'advice' ? adviser : -1,
        touchpoint: t,
        day: day.index,
        start: day.midnight + second,
        seconds,
        waitSeconds: 0,
        intent: intentIndex(world, t),
      },
      random,
    )
  }
}
