import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Language } from '#lib/text.ts'
import { waitingWords } from './waiting.ts'

const words = (language: Language, action: Parameters<typeof waitingWords>[0]) =>
  waitingWords(action, (text) => text[language], { day: String })

test('an action whose day has come says what it waits for, also when nobody can know', () => {
  const need = '2025-06-03'
  assert.match(words('zh', { factsMissing: { have: '2025-02-05', need }, factsUnknown: false })!, /数据只到/)
  assert.match(words('en', { factsMissing: { have: null, need }, factsUnknown: false })!, /no facts of its measures/)
  assert.match(words('zh', { factsMissing: null, factsUnknown: true })!, /分析引擎暂时无法访问/)
  assert.match(words('en', { factsMissing: null, factsUnknown: true })!, /cannot be reached at present/)
  assert.equal(words('en', { factsMissing: null, factsUnknown: false }), null)
})
