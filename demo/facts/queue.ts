/** First come, first served, several servers, patience: one day of a queue. Times in seconds of the day. */
export interface QueueDay {
  /** When each began to be served; -1 for those who left before. */
  start: Float64Array
  end: Float64Array
  /** Which server took them; -1 for those who left. */
  server: Int16Array
}

/** What a queue has on a day: servers, and how long one is taken by a customer, as a multiple of the service itself. */
export interface Capacity {
  servers: number
  occupied: number
}

/**
 * What a plant leaves of a queue's servers. One always stays; where not even that would be left, the one that stays is
 * there for part of its time only: it takes a customer for longer than it serves him.
 */
export function capacityLeft(servers: number, planted: number): Capacity {
  const left = servers + planted
  return { servers: Math.max(1, left), occupied: Math.min(4, 1 + Math.max(0, 1 - left)) }
}

/**
 * Serves arrivals in their order. Whoever still waits when his patience ends leaves then and costs the servers nothing.
 * Those inside at closing time are still served: nobody is lost.
 */
export function serve(
  arrivals: ArrayLike<number>,
  service: ArrayLike<number>,
  { servers, occupied }: Capacity,
  opensAt: number,
  patience?: ArrayLike<number>,
): QueueDay {
  const count = arrivals.length
  const day: QueueDay = { start: new Float64Array(count), end: new Float64Array(count), server: new Int16Array(count) }
  const free = new Float64Array(Math.max(1, servers)).fill(opensAt)
  for (let i = 0; i < count; i++) {
    let first = 0
    for (let k = 1; k < free.length; k++) if ((free[k] as number) < (free[first] as number)) first = k
    const arrival = arrivals[i] as number
    const start = Math.max(arrival, free[first] as number)
    if (patience && start - arrival > (patience[i] as number)) {
      day.start[i] = -1
      day.end[i] = arrival + (patience[i] as number)
      day.server[i] = -1
      continue
    }
    day.start[i] = start
    day.end[i] = start + (service[i] as number)
    day.server[i] = first
    free[first] = start + occupied * (service[i] as number)
  }
  return day
}
