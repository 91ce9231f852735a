import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answered, digits, near, refusedFor } from '#methods/testing.ts'
import { erlangA, erlangB, erlangC, generalMeanWait, serversFor } from './erlang.ts'

const branch = (servers: number) => ({ arrivalRate: 50, serviceRate: 20, servers })
const minutes = (hours: number) => 60 * hours

describe('Erlang C', () => {
  it('has the known results of a branch', () => {
    const three = answered(erlangC(branch(3)))
    digits(three.waitProbability, '0.7022')
    digits(minutes(three.meanWait), '4.213')
    digits(three.within(10 / 60), '0.8674')
    digits(three.within(15 / 60), '0.9424')
    const four = answered(erlangC(branch(4)))
    digits(four.waitProbability, '0.3199')
    digits(minutes(four.meanWait), '0.640')
    digits(four.within(5 / 60), '0.9737')
  })

  it('has the known results of a contact centre', () => {
    const centre = (servers: number) => answered(erlangC({ arrivalRate: 300 / 3600, serviceRate: 1 / 240, servers }))
    digits(centre(24).within(20), '0.7864')
    digits(centre(24).meanWait, '17.88')
    digits(centre(25).within(20), '0.8622')
    digits(centre(25).meanWait, '10.04')
    digits(centre(25).occupancy, '0.80')
    assert.equal(answered(serversFor({ arrivalRate: 300 / 3600, serviceRate: 1 / 240 }, { share: 0.8, time: 20 })), 25)
  })

  it('refuses more arrivals than can be served', () => {
    refusedFor(erlangC(branch(2)), 'unstable_queue')
    refusedFor(erlangC({ ...branch(3), arrivalRate: -1 }), 'invalid_input')
    refusedFor(erlangC(branch(2.5)), 'invalid_input')
    refusedFor(serversFor(branch(0), { share: 1, time: 1 }), 'invalid_input')
  })

  it('is Kleinrock’s M/M/1 with one server, and halves with service that never varies', () => {
    const one = { arrivalRate: 8, serviceRate: 10, servers: 1 }
    near(answered(erlangC(one)).meanWait, 0.8 / 2)
    near(answered(generalMeanWait({ ...one, squaredCvArrivals: 1, squaredCvService: 0 })), 0.2)
  })
})

describe('Erlang A', () => {
  it('has the known results with a patience of 15 minutes', () => {
    const patient = (servers: number) => answered(erlangA({ ...branch(servers), meanPatience: 0.25 }))
    digits(patient(2).abandonment, '0.2608')
    digits(minutes(patient(2).meanWait), '3.912')
    digits(patient(3).waitProbability, '0.5716')
    digits(patient(3).abandonment, '0.0877')
    digits(minutes(patient(3).meanWait), '1.316')
    digits(patient(4).abandonment, '0.0274')
    digits(minutes(patient(4).meanWait), '0.411')
  })

  it('comes to Erlang C with endless patience', () => {
    near(answered(erlangA({ ...branch(3), meanPatience: 1e7 })).meanWait, answered(erlangC(branch(3))).meanWait, 1e-4)
  })

  it('loses nobody: arrivals are served or give up', () => {
    const rate = fc.double({ min: 0.1, max: 200, noNaN: true })
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.integer({ min: 1, max: 30 }),
        rate,
        (arrivalRate, serviceRate, servers, meanPatience) => {
          const queue = answered(erlangA({ arrivalRate, serviceRate, servers, meanPatience }))
          assert.ok(queue.abandonment >= 0 && queue.abandonment <= 1)
          assert.ok(queue.occupancy <= 1 + 1e-9)
          near(queue.meanQueue, arrivalRate * queue.meanWait, 1e-9)
        },
      ),
    )
  })
})

describe('Erlang B', () => {
  it('has the tabulated blocking', () => {
    // Cooper (1981), Introduction to Queueing Theory, 2nd ed., appendix: 10 erlangs, 10 servers 0.2146; 15 servers 0.0365.
    digits(answered(erlangB({ arrivalRate: 10, serviceRate: 1, servers: 10 })), '0.2146')
    digits(answered(erlangB({ arrivalRate: 10, serviceRate: 1, servers: 15 })), '0.0365')
    assert.equal(answered(erlangB({ arrivalRate: 10, serviceRate: 1, servers: 0 })), 1)
  })
})
