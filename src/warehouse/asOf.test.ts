import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { noteReading, readingAsOf } from './asOf.ts'

const version = (data: number) => () => ({ data, changedAt: null, dimensions: '0', calendar: '0' })

test('a call is as of its first reading, however many there are and whatever other calls do meanwhile', async () => {
  const call = (...versions: number[]) =>
    readingAsOf(async () => {
      for (const data of versions) {
        await turn()
        noteReading(version(data))
      }
      return versions.length
    })
  noteReading(version(99))
  const [early, none, late] = await Promise.all([call(1, 2), call(), call(5, 6, 7)])
  assert.deepEqual([early.asOf?.data, early.value], [1, 2])
  assert.equal(none.asOf, undefined)
  assert.equal(late.asOf?.data, 5)
})
