import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Check, type CheckState, checksOf, designs, gradeEvidence, judgeGuard, proof } from './evidence.ts'

const between = (low: number, high: number) => ({ low, high, confidence: 0.95 })
const allPassed = (design: keyof typeof designs) =>
  Object.fromEntries(checksOf(design).map((check) => [check, 'passed'])) as Record<Check, CheckState>

describe('evidence grade', () => {
  it("is the design's own where every check passed", () => {
    const grades = Object.keys(designs).map((design) => {
      const known = design as keyof typeof designs
      return gradeEvidence(known, allPassed(known)).grade
    })
    assert.deepEqual(grades, ['A', 'B', 'C', 'C', 'D', 'E'])
  })

  it('falls with a failed check, and names the worst first', () => {
    const { grade, reasons, sentence } = gradeEvidence('difference_in_differences', {
      ...allPassed('difference_in_differences'),
      placebo_date: 'unknown',
      parallel_before: 'failed',
    })
    assert.equal(grade, 'D')
    assert.deepEqual(
      reasons.map((reason) => reason.check),
      ['parallel_before', 'placebo_date'],
    )
    assert.equal(sentence.zh, 'D 级：有对照的前后比较（双重差分），但不成立：实施前与对照同步变化。')
    assert.match(sentence.en, /^Grade D: .*moved together before\.$/)
  })

  it('does not grant B to a comparison whose checks nobody made', () => {
    assert.equal(gradeEvidence('difference_in_differences').grade, 'C')
    assert.equal(gradeEvidence('control_chart').grade, 'D')
    assert.equal(gradeEvidence('interrupted_time_series', { series_long_enough: 'passed' }).grade, 'C')
  })

  it('never rises by failing or forgetting a check', () => {
    for (const design of Object.keys(designs) as (keyof typeof designs)[]) {
      const best = allPassed(design)
      for (const check of checksOf(design)) {
        const unknown = gradeEvidence(design, { ...best, [check]: 'unknown' }).grade
        const failed = gradeEvidence(design, { ...best, [check]: 'failed' }).grade
        assert.ok(gradeEvidence(design, best).grade <= unknown && unknown <= failed, `${design} ${check}`)
      }
    }
  })
})

describe('guard measure', () => {
  it('with a margin holds, breaks or stays unclear by its interval', () => {
    const guard = { measure: 'wait', better: 'lower', margin: 30 } as const
    assert.equal(judgeGuard({ ...guard, interval: between(-50, 20) }), 'holds')
    assert.equal(judgeGuard({ ...guard, interval: between(-10, 45) }), 'unclear')
    assert.equal(judgeGuard({ ...guard, interval: between(31, 60) }), 'breached')
  })

  it('without a margin breaks only when it is certainly worse', () => {
    assert.equal(judgeGuard({ measure: 'nps', better: 'higher', interval: between(-9, 1) }), 'holds')
    assert.equal(judgeGuard({ measure: 'nps', better: 'higher', interval: between(-9, -1) }), 'breached')
  })
})

describe('proof', () => {
  const good = {
    preRegistered: true,
    due: true,
    better: 'higher',
    primary: between(0.5, 3),
    guards: [{ measure: 'wait', better: 'lower', interval: between(-20, 10) }],
    grade: 'B',
  } as const

  it('needs a registered interval off zero the right way, guards that hold and grade C', () => {
    assert.deepEqual(proof(good), {
      proved: true,
      doubts: [],
      guards: [{ measure: 'wait', verdict: 'holds' }],
      suggestion: 'standardise',
    })
    assert.equal(proof({ ...good, grade: 'C' }).proved, true)
  })

  it('names each doubt', () => {
    const doubtsOf = (change: Partial<Parameters<typeof proof>[0]>) => proof({ ...good, ...change }).doubts
    assert.deepEqual(doubtsOf({ preRegistered: false }), ['not_pre_registered'])
    assert.deepEqual(doubtsOf({ due: false }), ['too_early'])
    assert.deepEqual(doubtsOf({ primary: between(-0.1, 3) }), ['includes_zero'])
    assert.deepEqual(doubtsOf({ primary: between(0, 3) }), ['includes_zero'])
    assert.deepEqual(doubtsOf({ primary: between(-3, -0.5) }), ['wrong_direction'])
    assert.deepEqual(doubtsOf({ grade: 'D' }), ['grade_too_low'])
    const worse = { measure: 'wait', better: 'lower', interval: between(5, 10) } as const
    assert.deepEqual(doubtsOf({ guards: [worse] }), ['guard_breached'])
    assert.deepEqual(doubtsOf({ guards: [{ ...worse, margin: 7 }] }), ['guard_unclear'])
  })

  it('suggests to roll back what harms, to adjust what shows nothing, and to wait before the time', () => {
    assert.equal(proof({ ...good, primary: between(-3, -0.5) }).suggestion, 'roll_back')
    assert.equal(proof({ ...good, primary: between(-1, 1) }).suggestion, 'adjust')
    assert.equal(proof({ ...good, due: false }).suggestion, 'wait')
    assert.equal(proof({ ...good, better: 'lower', primary: between(-3, -0.5) }).suggestion, 'standardise')
  })
})
