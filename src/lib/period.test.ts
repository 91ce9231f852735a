import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparedPeriod, defaultPeriod, monthOf, openingPeriod, quarterOf, weekOf } from './period.ts'

test('a quarter, a month and a week hold their day', () => {
  assert.deepEqual(quarterOf('2026-11-24'), { from: '2026-10-01', to: '2026-12-31' })
  assert.deepEqual(monthOf('2024-02-29'), { from: '2024-02-01', to: '2024-02-29' })
  assert.deepEqual(weekOf('2026-11-22'), { from: '2026-11-16', to: '2026-11-22' })
})

test('the overview opens with this quarter, or with the last whole one while this is young', () => {
  assert.deepEqual(defaultPeriod('2026-11-24'), { from: '2026-10-01', to: '2026-11-24' })
  assert.deepEqual(defaultPeriod('2026-10-05'), { from: '2026-07-01', to: '2026-09-30' })
})

test('an old extract opens at the quarter of its newest day, fresh facts at today', () => {
  assert.deepEqual(openingPeriod('2026-11-24', '1999-02-28'), { from: '1999-01-01', to: '1999-03-31' })
  assert.deepEqual(openingPeriod('2026-11-24', '2026-10-03'), { from: '2026-10-01', to: '2026-11-24' })
  assert.deepEqual(openingPeriod('2026-10-05', '2026-10-04'), { from: '2026-07-01', to: '2026-09-30' })
  assert.deepEqual(openingPeriod('2026-11-24', null), { from: '2026-10-01', to: '2026-11-24' })
})

test('a quarter so far is compared with the whole quarter before, days with as many days', () => {
  assert.deepEqual(comparedPeriod({ from: '2026-10-01', to: '2026-11-24' }, 'previous'), {
    from: '2026-07-01',
    to: '2026-09-30',
  })
  assert.deepEqual(comparedPeriod({ from: '2026-03-01', to: '2026-03-31' }, 'previous'), {
    from: '2026-02-01',
    to: '2026-02-28',
  })
  assert.deepEqual(comparedPeriod({ from: '2026-11-18', to: '2026-11-24' }, 'previous'), {
    from: '2026-11-11',
    to: '2026-11-17',
  })
  assert.deepEqual(comparedPeriod({ from: '2024-02-29', to: '2024-02-29' }, 'last_year'), {
    from: '2023-02-28',
    to: '2023-02-28',
  })
})
