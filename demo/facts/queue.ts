/** First come, first served, several servers, patience: one day of a queue. Times in seconds of the day. */
export interface QueueDay {
  /** When each began to be served; -1 for those who left before. */
  start: Float64Array
  end: Float64Array
  /** Which server took them; -1 for those who left. */
  server: Int16Array
}

/**
 * Serves arrivals in their order. Whoever still waits when his patience ends leaves then and costs the servers nothing.
 * Those inside at closing time are still served: nobody is lost.
 */
export function serve(
  arrivals: ArrayLike<number>,
  service: ArrayLike<number>,
  servers: number,
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
    free[first] = day.end[i] as number
  }
  return day
}
