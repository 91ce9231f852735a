import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { keepLease, LeaseLost, leaseSeconds } from './lease.ts'

/** Lets so many renewals come due, one after the other. */
async function pass(times: number, clock: { ms: number }, everyMs = 10_000) {
  for (let i = 0; i < times; i++) {
    clock.ms += everyMs
    mock.timers.tick(everyMs)
    // What a renewal answered is taken in between two of them.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a lease is renewed while work goes on, and not after', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = { ms: 0 }
  let renewals = 0
  const lease = keepLease(
    async () => ++renewals > 0,
    10_000,
    () => clock.ms,
  )
  await pass(30, clock)
  assert.equal(renewals, 30)
  assert.ok(!lease.lost.aborted)
  await lease.stop()
  await pass(3, clock)
  assert.equal(renewals, 30)
  mock.timers.reset()
})

test('work whose row is another’s by now is told so', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = { ms: 0 }
  let mine = true
  const lease = keepLease(
    async () => mine,
    10_000,
    () => clock.ms,
  )
  await pass(2, clock)
  mine = false
  await pass(1, clock)
  assert.ok(lease.lost.aborted && lease.lost.reason instanceof LeaseLost)
  await lease.stop()
  mock.timers.reset()
})

test('work that cannot reach the store ends when its lease has run out, whether the store fails or is silent', async () => {
  for (const renew of [() => Promise.reject(new Error('away')), () => new Promise<never>(() => undefined)]) {
    mock.timers.enable({ apis: ['setInterval'] })
    const clock = { ms: 0 }
    const lease = keepLease(renew, 10_000, () => clock.ms)
    await pass(leaseSeconds / 10, clock)
    assert.ok(!lease.lost.aborted)
    await pass(1, clock)
    assert.ok(lease.lost.aborted)
    mock.timers.reset()
  }
})
