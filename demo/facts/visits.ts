import { demoJourneys, intentOf, type Place } from '../bank/touchpoints.ts'
import { pickIndex, type Random, stream } from '../random.ts'
import type { World } from '../world.ts'
import { outcomeCode, type Recorder } from './recorder.ts'
import type { Survey } from './answers.ts'

const quietDays = 21

/** Somebody who calls because what he tried did not work. */
export interface FollowUp {
  customer: number
  intent: number
  /** Second of the day. */
  at: number
}

/** A complaint that an interaction led to; the complaint office takes it from here. */
export interface Grievance {
  customer: number
  unit: number
  touchpoint: number
  interaction: number
  day: number
  at: number
  failed: boolean
  planted: boolean
}

/** Where every place reports what happened. */
export interface Scene {
  world: World
  out: Recorder
  survey: Survey
  followUps: FollowUp[][]
  grievances: Grievance[]
  /** The last day on which somebody complained. */
  lastGrievance: number
  /** Cases that begin at a counter or in the app. */
  openings: CaseStart[]
  loans: CaseStart[]
  tally: Tally
}

/** Sums by touchpoint as they would be without plants, for the targets. */
export interface Tally {
  visits: Float64Array
  /** Contacts and tickets with an outcome, those done, their handling; tickets that waited, and how long. */
  outcomes: Float64Array
  done: Float64Array
  handled: Float64Array
  seconds: Float64Array
  waits: Float64Array
  waited: Float64Array
  complaints: Float64Array
}

export function newTally(touchpoints: number): Tally {
  const zeros = () => new Float64Array(touchpoints)
  return {
    visits: zeros(),
    outcomes: zeros(),
    done: zeros(),
    handled: zeros(),
    seconds: zeros(),
    waits: zeros(),
    waited: zeros(),
    complaints: zeros(),
  }
}

/** Counts what happened to one visit or ticket; `seconds` and `waited` are -1 where there were none. */
export function count(tally: Tally, touchpoint: number, done: boolean, seconds: number, waited = -1): void {
  const add = (sums: Float64Array, by: number) => {
    sums[touchpoint] = (sums[touchpoint] as number) + by
  }
  add(tally.outcomes, 1)
  if (done) add(tally.done, 1)
  if (seconds >= 0) {
    add(tally.handled, 1)
    add(tally.seconds, seconds)
  }
  if (waited >= 1) {
    add(tally.waits, 1)
    add(tally.waited, waited)
  }
}

export interface CaseStart {
  customer: number
  unit: number
  staff: number
  touchpoint: number
  interaction: number
  day: number
  at: number
}

export interface Contact {
  customer: number
  unit: number
  staff: number
  touchpoint: number
  day: number
  /** Seconds since 1970. */
  start: number
  seconds: number
  waitSeconds: number
  intent: number
  /** An outcome that the place already knows, such as a caller who hung up. */
  lost?: boolean
}

export const intentIndex = (world: World, touchpoint: number): number => {
  const found = world.touchpoints[touchpoint]
  return found ? demoJourneys.findIndex((journey) => journey.intent === intentOf(found)) : 0
}

export const drawTouchpoint = (world: World, place: Place, random: Random): number => {
  const { touchpoints, totals } = world.places[place]
  return touchpoints[pickIndex(random, totals)] as number
}

/** Records one contact with its outcome, the money it moved, the survey and complaint it led to. Six draws, always. */
export function contact(scene: Scene, visit: Contact, random: Random): { row: number; failed: boolean } {
  const { world, out, tally } = scene
  const t = visit.touchpoint
  const touchpoint = world.touchpoints[t]
  if (!touchpoint) throw new Error(`there is no touchpoint number ${t}`)
  const fate = random()
  const failed = fate < touchpoint.failure
  const failedNow = fate < touchpoint.failure + world.effects.failureAdded(t, visit.unit, visit.day)
  const hidden = world.effects.unmeasured(t)
  const seconds = Math.max(5, Math.round(visit.seconds))
  const end = Math.floor(visit.start + seconds)

  const { interactions } = out
  const row = interactions.add()
  const { of } = interactions
  of.customer[row] = visit.customer
  of.unit[row] = visit.unit
  of.staff[row] = visit.staff
  of.touchpoint[row] = t
  of.day[row] = visit.day
  of.start[row] = Math.floor(visit.start)
  if (!hidden) {
    of.intent[row] = visit.intent
    of.end[row] = visit.lost ? -1 : end
    of.duration[row] = visit.lost ? -1 : seconds
    of.outcome[row] = visit.lost ? outcomeCode.abandoned : failedNow ? outcomeCode.failure : outcomeCode.success
  }
  tally.visits[t] = (tally.visits[t] as number) + 1
  count(tally, t, !failed && !visit.lost, visit.lost ? -1 : seconds)

  const amount = random()
  if (touchpoint.money && visit.customer >= 0 && !visit.lost)
    transact(scene, visit, row, failedNow, touchpoint.money, amount)
  const annoyed = random()
  const calls = random()
  const delay = random()
  if (visit.customer >= 0) {
    const share = (touchpoint.complaints / 10_000) * (failed ? 5 : 0.9)
    // In a bank so small that nobody complained for three weeks, whoever fails next does: its complaint office has work.
    if (annoyed < share || (failed && visit.day - scene.lastGrievance >= quietDays)) {
      scene.lastGrievance = visit.day
      scene.grievances.push(grievance(visit, row, end, failed, false))
      tally.complaints[t] = (tally.complaints[t] as number) + 1
    }
    const added = world.effects.complaintsAdded(t, visit.unit, visit.day) * share
    if (added > 0 && stream(world.seed, 'surge', row)() < added)
      scene.grievances.push(grievance(visit, row, end, failed, true))
    if (failed && touchpoint.place !== 'agent' && touchpoint.place !== 'ivr' && calls < 0.3) {
      const day = visit.day + Math.floor(delay * 3)
      scene.followUps[day]?.push({ customer: visit.customer, intent: visit.intent, at: 32_400 + calls * 110_000 })
    }
  }
  if (visit.lost) random()
  else scene.survey.visit({ ...visit, at: end, interaction: row, failed }, random)
  return { row, failed: failedNow }
}

const grievance = (visit: Contact, interaction: number, at: number, failed: boolean, planted: boolean): Grievance => ({
  customer: visit.customer,
  unit: visit.unit,
  touchpoint: visit.touchpoint,
  interaction,
  day: visit.day,
  at,
  failed,
  planted,
})

function transact(
  { out }: Scene,
  visit: Contact,
  interaction: number,
  failed: boolean,
  money: { median: number; sigma: number },
  at: number,
): void {
  const { transactions } = out
  const row = transactions.add()
  const { of } = transactions
  of.customer[row] = visit.customer
  of.unit[row] = visit.unit
  of.staff[row] = visit.staff
  of.touchpoint[row] = visit.touchpoint
  of.day[row] = visit.day
  of.start[row] = Math.floor(visit.start)
  of.interaction[row] = interaction
  of.type[row] = visit.touchpoint
  of.outcome[row] = failed ? outcomeCode.failure : outcomeCode.success
  // A logistic in place of a normal needs but one draw.
  const spread = (Math.log(at + 1e-9) - Math.log(1 - at + 1e-9)) / 1.7
  of.amount[row] = Math.round(100 * money.median * Math.exp(money.sigma * Math.max(-4, Math.min(4, spread)))) / 100
}
