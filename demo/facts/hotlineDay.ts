import { demoJourneys } from '../bank/touchpoints.ts'
import { contactCentre } from '../bank/units.ts'
import type { DemoDay } from '../calendar.ts'
import { drawCustomer } from '../people/customers.ts'
import { boundedNormal, exponential, lognormal, pickIndex, poisson, runningTotals, stream } from '../random.ts'
import { unitAt, type World } from '../world.ts'
import { capacityLeft, serve } from './queue.ts'
import { outcomeCode } from './recorder.ts'
import { contact, count as tallyTicket, type Scene } from './visits.ts'

const opensAt = 8 * 3600
const hours = runningTotals([1.1, 1.7, 1.9, 1.5, 1, 1.1, 1.4, 1.4, 1.2, 0.9, 0.7, 0.6])
const meanPatienceSeconds = 260
const callsPerYear = 1.5
const toAgentShare = 0.6
/** What people call about, in the order of the journeys. */
const reasons = runningTotals([0.7, 0.7, 2.2, 0.8, 1.8, 0.3, 2.4, 1.1])

/** Agents who answer on a day, so that the busiest hour stays below a load of about four fifths. */
export function agentsOn(world: World, day: DemoDay): number {
  const calls = ((world.customers.count * callsPerYear * toAgentShare) / 365) * day.phone * 1.15
  const peakHour = (calls * 1.9) / 14.5
  return Math.max(2, Math.ceil((peakHour * 300) / 3600 / 0.72 + 0.5))
}

/** A day of the hotline: voice menu, then for most the queue to an agent, which the impatient leave. */
export function hotlineDay(scene: Scene, day: DemoDay): void {
  const { world, out } = scene
  const random = stream(world.seed, 'hotline', day.day)
  const busy = Math.exp(boundedNormal(random, 0.06, 0.18))
  const count = poisson(random, ((world.customers.count * callsPerYear) / 365) * day.phone * busy)
  const calls = Array.from({ length: count }, () => ({
    at: opensAt + 3600 * (pickIndex(random, hours) + random()),
    customer: drawCustomer(world.everyone, day.index, random()),
    intent: pickIndex(random, reasons),
    agent: random() < toAgentShare,
  }))
  for (const again of scene.followUps[day.index] ?? [])
    calls.push({
      at: opensAt + (again.at % 43_200),
      customer: again.customer,
      intent: again.intent,
      agent: true,
    })
  calls.sort((a, b) => a.at - b.at)

  const unit = unitAt(world, contactCentre)
  const menu = world.places.ivr.touchpoints[0] as number
  const talk = world.places.agent.touchpoints[0] as number
  const waiting: { at: number; call: (typeof calls)[number]; service: number; patience: number }[] = []
  calls.forEach((call, i) => {
    const own = stream(world.seed, 'call', day.index, i)
    const seconds = lognormal(own, world.touchpoints[menu]?.medianSeconds ?? 75, 0.4)
    const service = lognormal(own, world.touchpoints[talk]?.medianSeconds ?? 250, 0.6)
    const patience = exponential(own, meanPatienceSeconds)
    contact(
      scene,
      {
        customer: call.customer,
        unit,
        staff: -1,
        touchpoint: menu,
        day: day.index,
        start: day.midnight + call.at,
        seconds,
        waitSeconds: 0,
        intent: call.intent,
      },
      own,
    )
    if (call.agent) waiting.push({ at: call.at + seconds, call, service, patience })
  })
  waiting.sort((a, b) => a.at - b.at)

  const arrivals = waiting.map((one) => one.at)
  const service = waiting.map((one) => one.service)
  const patience = waiting.map((one) => one.patience)
  const agents = agentsOn(world, day)
  const usual = serve(arrivals, service, { servers: agents, occupied: 1 }, opensAt, patience)
  const planted = world.effects.queue(unit, day.index)
  const real = planted
    ? serve(
        arrivals,
        service.map((s) => s * planted.slower),
        capacityLeft(agents, planted.servers),
        opensAt,
        patience,
      )
    : usual
  const crew = world.staffBy('客服坐席')
  const hidden = world.effects.unmeasured(talk)
  const { tickets } = out
  waiting.forEach(({ at, call, service: needed }, i) => {
    const lost = (real.server[i] as number) < 0
    const staff = lost ? -1 : (crew[((real.server[i] as number) + day.index * 3) % crew.length] ?? -1)
    const wait = (lost ? (real.end[i] as number) : (real.start[i] as number)) - at
    const begins = day.midnight + at + wait
    const visit = contact(
      scene,
      {
        customer: call.customer,
        unit,
        staff,
        touchpoint: talk,
        day: day.index,
        start: begins,
        seconds: lost ? 5 : needed,
        waitSeconds: (usual.server[i] as number) < 0 ? 0 : (usual.start[i] as number) - at,
        intent: call.intent,
        lost,
      },
      stream(world.seed, 'talk', day.index, i),
    )
    const usuallyLost = (usual.server[i] as number) < 0
    tallyTicket(
      scene.tally,
      talk,
      !usuallyLost,
      usuallyLost ? -1 : Math.round(needed),
      Math.round((usuallyLost ? (usual.end[i] as number) : (usual.start[i] as number)) - at),
    )
    const row = tickets.add()
    const { of } = tickets
    of.customer[row] = call.customer
    of.unit[row] = unit
    of.staff[row] = staff
    of.touchpoint[row] = hidden ? -1 : talk
    of.day[row] = day.index
    of.start[row] = Math.floor(day.midnight + at)
    of.end[row] = Math.floor(lost ? begins : day.midnight + (real.end[i] as number))
    of.interaction[row] = visit.row
    of.service[row] = world.touchpoints.length + call.intent
    of.class[row] = 0
    of.called[row] = lost ? -1 : Math.floor(begins)
    of.outcome[row] = lost ? outcomeCode.abandoned : outcomeCode.served
    of.queued[row] = wait >= 1 ? 1 : 0
    of.wait[row] = Math.round(wait)
    if (!lost) {
      of.served_from[row] = Math.floor(begins)
      of.service_seconds[row] = Math.round((real.end[i] as number) - (real.start[i] as number))
    }
  })
}

/** What a ticket was drawn for: a touchpoint of a branch, or the reason of a call. */
export const serviceTypes = (world: World): string[] => [
  ...world.touchpoints.map((touchpoint) => touchpoint.name),
  ...demoJourneys.map((journey) => `来电：${journey.name}`),
]
