import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeFormat } from './format.ts'
import { writeInterval } from './interval.ts'

const zh = makeFormat('zh')
const en = makeFormat('en')

test('an even interval is written with ±, an uneven one with its ends', () => {
  const measured = { value: 31.4, low: 30.2, high: 32.6, n: 8214, shown: 'ok' } as const
  assert.equal(writeInterval(measured, { style: 'number', digits: 1 }, zh), '±1.2')
  assert.equal(writeInterval({ ...measured, low: 31, high: 34 }, { style: 'number', digits: 1 }, zh), '[31.0, 34.0]')
  assert.equal(writeInterval({ ...measured, low: null }, { style: 'number' }, zh), '')
})

test('times are said in the unit a person would choose', () => {
  assert.equal(zh.seconds(48), '48 秒')
  assert.equal(en.seconds(390), '6.5 min')
  assert.equal(zh.seconds(11_520), '3.2 小时')
  assert.equal(en.seconds(354_240), '4.1 d')
  assert.equal(en.seconds(-390, true), '−6.5 min')
})

test('a minus is a minus and an absent number a dash', () => {
  assert.equal(en.number(-2.14, { digits: 1, signed: true }), '−2.1')
  assert.equal(en.number(2.14, { digits: 1, signed: true }), '+2.1')
  assert.equal(zh.percent(0.9231), '92.3%')
  assert.equal(zh.number(null), '—')
})
