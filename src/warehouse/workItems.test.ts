import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pairing } from './workItems.ts'

const transition = fc.record({
  caseNo: fc.integer({ min: 1, max: 3 }),
  activity: fc.integer({ min: 1, max: 2 }),
  resource: fc.integer({ min: 0, max: 2 }),
  starts: fc.boolean(),
})

test('a completion ends a start before it, of its case and activity; nothing is paired twice or left that could be', () => {
  fc.assert(
    fc.property(fc.array(transition, { maxLength: 40 }), (list) => {
      const rows = list.toSorted((a, b) => a.caseNo - b.caseNo)
      const pairing = new Pairing()
      rows.forEach((row, i) => {
        pairing.add(row.caseNo, row.activity, row.resource, row.starts, i)
      })
      const { startRows, endRows } = pairing.finish()
      const paired = new Set([...startRows, ...endRows])
      assert.equal(paired.size, 2 * startRows.length)
      startRows.forEach((start, i) => {
        const end = endRows[i]!
        const [a, b] = [rows[start]!, rows[end]!]
        assert.ok(start < end && a.starts && !b.starts && a.caseNo === b.caseNo && a.activity === b.activity)
      })
      rows.forEach((a, i) => {
        if (!a.starts || paired.has(i)) return
        const later = rows.findIndex(
          (b, j) => j > i && !b.starts && !paired.has(j) && b.caseNo === a.caseNo && b.activity === a.activity,
        )
        assert.equal(later, -1, 'an open start and a later lone completion stayed apart')
      })
    }),
  )
})
