import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeBase } from './references.ts'

test('a block of case keys never reaches into another, nor beyond twelve digits', () => {
  const blocks = [
    { base: 5_000_000, numbers: ['a'] },
    { base: 9_000_000, numbers: Array.from({ length: 50_000 }, String) },
  ]
  // Before the first, in the room where it may grow, in the second, and right behind it.
  const drawn = [4_999_999, 5_009_999, 9_049_999, 9_050_000]
  const bounds: number[][] = []
  const random = ((from: number, to: number) => {
    bounds.push([from, to])
    return drawn.shift()
  }) as unknown as typeof import('node:crypto').randomInt
  assert.equal(freeBase(blocks, 3, random), 9_050_000)
  assert.deepEqual(drawn, [])
  // The last key of a block of ten thousand still has twelve digits.
  assert.ok(bounds.every(([, to]) => String(to! - 1 + 9_999).length === 12))
  assert.equal(freeBase([], 3).toString().length <= 12, true)
})
