import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { epochDay, instantMicros, isoOfMicros, plainInstantMicros } from './instants.ts'

const plain = (text: string) => plainInstantMicros(Buffer.from(text), 0, text.length)

test('days are counted as the calendar does', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0, 0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const day = epochDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
      assert.equal(day, Math.floor(date.getTime() / 86_400_000))
    }),
  )
})

test('both ways of reading agree with the calendar at any offset', () => {
  const offset = fc.tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 59 }))
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-02'), max: new Date('2200-01-01'), noInvalidDate: true }),
      offset,
      (date, [sign, hours, minutes]) => {
        const two = (value: number) => String(value).padStart(2, '0')
        const shift = (sign === '+' ? 1 : -1) * (hours * 60 + minutes) * 60_000
        const local = new Date(date.getTime() + shift).toISOString().slice(0, -1)
        if (local.length !== 23) return
        const text = `${local}${sign}${two(hours)}:${two(minutes)}`
        assert.equal(instantMicros(text), date.getTime() * 1000)
        assert.equal(plain(text), date.getTime() * 1000)
        assert.equal(isoOfMicros(date.getTime() * 1000), date.toISOString())
      },
    ),
  )
})

test('fractions keep six digits; seconds, zone and time of day may be left out', () => {
  assert.equal(isoOfMicros(instantMicros('2025-01-01T00:00:00.123456789Z')!), '2025-01-01T00:00:00.123456Z')
  assert.equal(plain('2025-01-01T00:00:00.123456Z'), instantMicros('2025-01-01T00:00:00.123456Z'))
  assert.equal(isoOfMicros(instantMicros('2025-01-01 08:30+0800')!), '2025-01-01T00:30:00.000Z')
  assert.equal(isoOfMicros(instantMicros('2025-01-01')!), '2025-01-01T00:00:00.000Z')
  assert.equal(isoOfMicros(instantMicros('2024-12-31T24:00:00Z')!), '2025-01-01T00:00:00.000Z')
  assert.equal(isoOfMicros(instantMicros('9999-12-31T23:59:59Z')!), '9999-12-31T23:59:59.000Z')
})

test('local times follow the zone through its clock changes', () => {
  const utc = (text: string, zone: string) => isoOfMicros(instantMicros(text, zone)!)
  assert.equal(utc('2025-07-01T08:00:00', 'Asia/Shanghai'), '2025-07-01T00:00:00.000Z')
  assert.equal(utc('2012-03-25T01:59:59', 'Europe/Amsterdam'), '2012-03-25T00:59:59.000Z')
  assert.equal(utc('2012-03-25T03:00:00', 'Europe/Amsterdam'), '2012-03-25T01:00:00.000Z')
  assert.equal(utc('2012-10-28T04:00:00', 'Europe/Amsterdam'), '2012-10-28T03:00:00.000Z')
  assert.equal(utc('2025-07-01T08:00:00+02:00', 'Asia/Shanghai'), '2025-07-01T06:00:00.000Z')
})

test('what is no time is none, both ways', () => {
  for (const text of [
    '2025-02-29T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-01-01T25:00:00Z',
    '2025-01-01T00:60:00Z',
    '2025-01-01T00:00:00+15:00',
    '01/02/2025 10:00:00.00',
    '2025-01-01T00:00:00Zz',
    'a025-01-01T00:00:00Z',
    '20a5-01-01T00:00:00Z',
    '',
  ]) {
    assert.equal(instantMicros(text), undefined, text)
    assert.ok(Number.isNaN(plain(text)), text)
  }
})
