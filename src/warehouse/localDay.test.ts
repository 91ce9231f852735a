import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offsetChanges } from './localDay.ts'

test('the offset of a zone in the first century is an offset, not nineteen centuries', () => {
  for (const year of ['0000', '0001', '0099', '0101']) {
    const at = Date.parse(`${year}-06-01T00:00:00Z`)
    const [change] = offsetChanges('Asia/Shanghai', at, at)
    assert.ok(Math.abs(change?.minutes ?? Number.NaN) < 24 * 60, `${year}: ${change?.minutes} minutes`)
  }
})
