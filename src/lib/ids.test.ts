import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from './ids.ts'

test('ids sort as they were made: within a millisecond, and where the clock is set back', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 1000 })
  const made: string[] = []
  for (const step of [0, 1, -60_000, 120_000]) {
    t.mock.timers.setTime(Date.now() + step)
    for (let i = 0; i < 5_000; i++) made.push(newId('aud'))
  }
  assert.equal(new Set(made).size, made.length)
  assert.deepEqual(made.toSorted(), made)
  assert.ok(made.every((id) => /^aud_[0-9a-hjkmnp-tv-z]{20}$/.test(id)))
})
