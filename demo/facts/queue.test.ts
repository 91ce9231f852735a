import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exponential, stream } from '../random.ts'
import { capacityLeft, serve } from './queue.ts'

const day = fc
  .record({
    arrivals: fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 }),
    service: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 60, maxLength: 60 }),
    servers: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ arrivals, service, servers }) => ({ arrivals: arrivals.sort((a, b) => a - b), service, servers }))

test('nobody is lost, nobody is served before he came, and no server serves two at once', () => {
  fc.assert(
    fc.property(day, ({ arrivals, service, servers }) => {
      const queue = serve(arrivals, service, { servers, occupied: 1 }, 1000)
      const busyUntil = new Float64Array(servers)
      arrivals.forEach((arrival, i) => {
        const [start, end, server] = [queue.start[i] as number, queue.end[i] as number, queue.server[i] as number]
        assert.ok(start >= Math.max(arrival, 1000))
        assert.equal(end, start + (service[i] as number))
        assert.ok(start >= (busyUntil[server] as number))
        busyUntil[server] = end
      })
    }),
  )
})

test('first come is first served', () => {
  fc.assert(
    fc.property(day, ({ arrivals, service, servers }) => {
      const { start } = serve(arrivals, service, { servers, occupied: 1 }, 0)
      for (let i = 1; i < arrivals.length; i++) assert.ok((start[i] as number) >= (start[i - 1] as number))
    }),
  )
})

test('a window more never makes anyone wait longer', () => {
  fc.assert(
    fc.property(day, ({ arrivals, service, servers }) => {
      const few = serve(arrivals, service, { servers, occupied: 1 }, 0)
      const more = serve(arrivals, service, { servers: servers + 1, occupied: 1 }, 0)
      arrivals.forEach((_, i) => {
        assert.ok((more.start[i] as number) <= (few.start[i] as number))
      })
    }),
  )
})

test('the only window is never taken away: it is there for half of its time, and serves no slower', () => {
  assert.deepEqual(capacityLeft(3, -1), { servers: 2, occupied: 1 })
  assert.deepEqual(capacityLeft(1, -1), { servers: 1, occupied: 2 })
  const [arrivals, service] = [
    [0, 10, 20],
    [100, 100, 100],
  ]
  const queue = serve(arrivals, service, capacityLeft(1, -1), 0)
  assert.deepEqual([...queue.start], [0, 200, 400])
  assert.deepEqual([...queue.end], [100, 300, 500])
})

test('whoever runs out of patience leaves at that moment and takes no server’s time', () => {
  const queue = serve([0, 10, 20], [100, 100, 100], { servers: 1, occupied: 1 }, 0, [1000, 30, 1000])
  assert.deepEqual([...queue.server], [0, -1, 0])
  assert.deepEqual([...queue.end], [100, 40, 200])
})

/** Mean wait of M/M/c (Erlang C). */
function erlangWait(arrivalRate: number, serviceRate: number, servers: number): number {
  const load = arrivalRate / serviceRate
  let blocked = 1
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked)
  const waits = blocked / (1 - (load / servers) * (1 - blocked))
  return waits / (servers * serviceRate - arrivalRate)
}

test('with Poisson arrivals and exponential service the mean wait is Erlang’s, and Little’s law holds', () => {
  const random = stream(7, 'erlang')
  const [count, arrivalRate, serviceRate, servers] = [400_000, 0.8, 0.35, 3]
  const arrivals = new Float64Array(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    at += exponential(random, 1 / arrivalRate)
    arrivals[i] = at
  }
  const service = Float64Array.from(arrivals, () => exponential(random, 1 / serviceRate))
  const { start } = serve(arrivals, service, { servers, occupied: 1 }, 0)
  let waited = 0
  for (let i = 0; i < count; i++) waited += (start[i] as number) - (arrivals[i] as number)
  const meanWait = waited / count
  assert.ok(Math.abs(meanWait / erlangWait(arrivalRate, serviceRate, servers) - 1) < 0.05, `${meanWait}`)

  // The queue's length, counted as it is seen at random moments.
  const begun = Float64Array.from(start).sort()
  let seen = 0
  const looks = 200_000
  let arrived = 0
  let served = 0
  for (let k = 0; k < looks; k++) {
    const moment = ((k + random()) / looks) * at
    while (arrived < count && (arrivals[arrived] as number) <= moment) arrived++
    while (served < count && (begun[served] as number) <= moment) served++
    seen += arrived - served
  }
  const meanLength = seen / looks
  assert.ok(Math.abs(meanLength / ((count / at) * meanWait) - 1) < 0.02, `${meanLength}`)
})
