import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answered } from '#methods/testing.ts'
import { differenceInDifferences } from './did.ts'
import { gradeEvidence } from './evidence.ts'
import { interruptedTimeSeries } from './its.ts'
import { checksOfDid, checksOfIts } from './warnings.ts'

const wobble = (i: number) => Math.sin(12.9898 * (i + 1)) * 0.8

describe('an analysis and its grade', () => {
  it('grades a comparison B by its own checks, and C where the past is too short for them', () => {
    const cells = (periods: number) =>
      Array.from({ length: 10 * periods }, (_, i) => {
        const [unit, period] = [i % 10, Math.floor(i / 10)]
        const mean = 80 + unit + wobble(i) + (unit < 5 && period >= periods - 3 ? 3 : 0)
        return { unit: `u${unit}`, period, n: 60, sum: 60 * mean }
      })
    const starts = (at: number) => new Map([0, 1, 2, 3, 4].map((unit) => [`u${unit}`, at]))
    const long = answered(differenceInDifferences({ cells: cells(9), starts: starts(6) }))
    assert.equal(gradeEvidence('difference_in_differences', checksOfDid(long)).grade, 'B')
    const short = answered(differenceInDifferences({ cells: cells(5), starts: starts(2) }))
    assert.equal(gradeEvidence('difference_in_differences', checksOfDid(short)).grade, 'C')
  })

  it('grades a single series C', () => {
    const values = Array.from({ length: 24 }, (_, t) => 70 + wobble(t) + (t >= 12 ? 2 : 0))
    const result = answered(interruptedTimeSeries({ outcome: { kind: 'mean', values }, start: 12 }))
    assert.equal(gradeEvidence('interrupted_time_series', checksOfIts(result, {})).grade, 'C')
  })
})
