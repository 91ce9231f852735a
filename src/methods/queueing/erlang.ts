import { ok } from '#lib/result.ts'
import { type Answer, isCount, refuse } from '#methods/refusals.ts'

/** A queue in steady state. Rates per hour, times in hours; any other unit works if it is the same throughout. */
export interface QueueInput {
  /** Customers arriving per hour. */
  arrivalRate: number
  /** Customers one window serves per hour. */
  serviceRate: number
  /** Open windows or agents. */
  servers: number
}

/** Share of arrivals that find all servers busy when nobody waits (M/M/c/c), by the stable recursion. */
export function erlangB({ arrivalRate, serviceRate, servers }: QueueInput): Answer<number> {
  if (!valid({ arrivalRate, serviceRate, servers })) return refuse('invalid_input')
  return ok(blocking(arrivalRate / serviceRate, servers))
}

export interface ErlangC {
  waitProbability: number
  /** Mean wait over all customers. */
  meanWait: number
  /** Mean number waiting (Little's law). */
  meanQueue: number
  occupancy: number
  /** P(wait ≤ time): the service level. */
  within: (time: number) => number
}

/**
 * Queue in which everybody waits as long as it takes (M/M/c). All results assume that arrivals and service stay as they
 * are; use it where under 2–3 % give up.
 * Refuses: broken input; more arrivals than can be served.
 * Source: A. K. Erlang (1917); L. Kleinrock (1975), Queueing Systems I, 3.5.
 */
export function erlangC(input: QueueInput): Answer<ErlangC> {
  if (!valid(input) || input.servers === 0) return refuse('invalid_input')
  const { arrivalRate, serviceRate, servers } = input
  const load = arrivalRate / serviceRate
  const occupancy = load / servers
  if (occupancy >= 1) return refuse('unstable_queue', { load, servers })
  const busy = blocking(load, servers)
  const waitProbability = busy / (1 - occupancy * (1 - busy))
  const spare = servers * serviceRate - arrivalRate
  const meanWait = waitProbability / spare
  return ok({
    waitProbability,
    meanWait,
    meanQueue: arrivalRate * meanWait,
    occupancy,
    within: (time) => (time < 0 ? 0 : 1 - waitProbability * Math.exp(-spare * time)),
  })
}

export interface ErlangA {
  waitProbability: number
  /** Share of arrivals that give up. */
  abandonment: number
  /** Mean time in the queue over all customers, whether served or not. */
  meanWait: number
  meanQueue: number
  occupancy: number
}

/**
 * Queue in which customers give up after an exponential patience (M/M/c+M); always stable.
 * Inputs: as before, and the mean patience in the same unit of time. Refuses: broken input.
 * Source: C. Palm (1957); A. Mandelbaum & S. Zeltyn (2007), "Service engineering in action: the Palm/Erlang-A queue",
 * doi 10.1007/978-3-540-29860-1_2.
 */
export function erlangA(input: QueueInput & { meanPatience: number }): Answer<ErlangA> {
  const { arrivalRate, serviceRate, servers, meanPatience } = input
  if (!valid(input) || servers === 0 || !(meanPatience > 0 && Number.isFinite(meanPatience))) {
    return refuse('invalid_input')
  }
  const impatience = 1 / meanPatience
  // Probabilities relative to "all servers busy, nobody waits"; below it they add up to 1/B.
  let unit = 1
  let relative = 1
  let waiting = 0
  let queue = 0
  for (let j = 1; relative > 1e-18 * (unit + waiting) || arrivalRate > servers * serviceRate + j * impatience; j++) {
    relative *= arrivalRate / (servers * serviceRate + j * impatience)
    waiting += relative
    queue += j * relative
    // An overloaded queue of patient customers has terms beyond what a number can hold: all are scaled down together.
    if (queue > 1e250) {
      unit /= 1e250
      relative /= 1e250
      waiting /= 1e250
      queue /= 1e250
    }
  }
  const total = unit / blocking(arrivalRate / serviceRate, servers) + waiting
  const meanQueue = queue / total
  const abandonment = arrivalRate === 0 ? 0 : (impatience * meanQueue) / arrivalRate
  return ok({
    waitProbability: (unit + waiting) / total,
    abandonment,
    meanWait: arrivalRate === 0 ? 0 : meanQueue / arrivalRate,
    meanQueue,
    occupancy: (arrivalRate * (1 - abandonment)) / (servers * serviceRate),
  })
}

function blocking(load: number, servers: number): number {
  let busy = 1
  for (let k = 1; k <= servers; k++) busy = (load * busy) / (k + load * busy)
  return busy
}

const valid = ({ arrivalRate, serviceRate, servers }: QueueInput): boolean =>
  arrivalRate >= 0 &&
  Number.isFinite(arrivalRate) &&
  serviceRate > 0 &&
  Number.isFinite(serviceRate) &&
  isCount(servers)

/**
 * The fewest servers with at least `share` of customers waiting no longer than `time`.
 * Refuses: broken input; a share that is not within 0…1 (1 itself needs endlessly many).
 */
export function serversFor(
  { arrivalRate, serviceRate }: Omit<QueueInput, 'servers'>,
  goal: { share: number; time: number },
): Answer<number> {
  if (!valid({ arrivalRate, serviceRate, servers: 1 }) || !(goal.share > 0 && goal.share < 1) || !(goal.time >= 0)) {
    return refuse('invalid_input')
  }
  for (let servers = Math.floor(arrivalRate / serviceRate) + 1; ; servers++) {
    const queue = erlangC({ arrivalRate, serviceRate, servers })
    if (queue.ok && queue.value.within(goal.time) >= goal.share) return ok(servers)
  }
}

/**
 * Mean wait where arrivals or service are not exponential: M/M/c's, times (C²arrivals + C²service)/2.
 * Source: A. O. Allen (1990), Probability, Statistics and Queueing Theory, 2nd ed., after Allen & Cunneen.
 */
export function generalMeanWait(
  input: QueueInput & { squaredCvArrivals: number; squaredCvService: number },
): Answer<number> {
  const queue = erlangC(input)
  if (!queue.ok) return queue
  if (!(input.squaredCvArrivals >= 0 && input.squaredCvService >= 0)) return refuse('invalid_input')
  return ok((queue.value.meanWait * (input.squaredCvArrivals + input.squaredCvService)) / 2)
}
