import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Draft, effectOf, entered, type Metric, planOf } from './draft.ts'

const text = { zh: '', en: '' }
const wait: Metric = { id: 'wait', name: text, unit: 'seconds', direction: 'down' }
const success: Metric = { id: 'success_rate', name: text, unit: 'share', direction: 'up' }
const draft: Draft = {
  title: ' 增开午间窗口 ',
  unitId: 'a',
  dueOn: '2026-12-31',
  metric: 'wait',
  unitIds: ['a', 'b'],
  size: 2.5,
  guards: [{ metric: 'success_rate', tolerance: 1.1 }],
  design: 'did',
  startOn: '2026-12-01',
  analysisOn: '2027-03-01',
}

suite('a plan as it is typed', () => {
  test('an improvement is typed without a sign and gets the one that is better', () => {
    assert.equal(effectOf(wait, 2), -120)
    assert.equal(effectOf(success, 1.5), 0.015)
  })

  test('what was registered is typed back as it was', () => {
    for (const size of [0.1, 1.1, 2.5, 33]) {
      assert.equal(entered('seconds', effectOf(wait, size)), size)
      assert.equal(entered('share', effectOf(success, size)), size)
    }
  })

  test('guards are measured in the same units as the measure', () => {
    const plan = planOf(draft, [wait, success], 'f1')
    assert.equal(plan?.title, '增开午间窗口')
    assert.deepEqual(plan?.measure, { metric: 'wait', touchpointId: null, unitIds: ['a', 'b'], segment: null })
    assert.deepEqual(plan?.guards, [
      { metric: 'success_rate', touchpointId: null, unitIds: ['a', 'b'], segment: null, tolerance: 0.011 },
    ])
  })

  test('a tolerance left blank is none stated, which 0 is not', () => {
    const toleranceOf = (tolerance?: number | null) =>
      planOf({ ...draft, guards: [{ metric: 'success_rate', tolerance }] }, [wait, success], null)?.guards?.[0]
        ?.tolerance
    assert.equal(toleranceOf(null), null)
    assert.equal(toleranceOf(undefined), null)
    assert.equal(toleranceOf(0), 0)
  })

  test('without its metric there is no plan', () => {
    assert.equal(planOf(draft, [success], null), undefined)
  })
})
