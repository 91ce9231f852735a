import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { questions } from '#server/registry.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { sqlOf } from './data.ts'

let home: TestHome
before(async () => {
  home = await openTestHome()
})
after(() => home.close())

const asked = (id: string) => {
  const found = questions.find((question) => question.id === id)
  assert.ok(found)
  return found
}

test('the SQL shown is that of the reader: his units are in it, as bound values', async () => {
  const { scope } = await home.user({ role: 'AN', unit: 'hz' })
  const answer = await sqlOf(home.services, asked('experience.trend'), { metric: 'wait' }, scope)
  assert.ok(answer.ok)
  assert.match(answer.value.text ?? '', /from \(select \* from daily where unit_id in \(\?/)
  assert.ok(answer.value.values.includes('hz-xihu'))
  assert.ok(!answer.value.values.includes('nj'))
  const whole = await sqlOf(home.services, asked('experience.trend'), { metric: 'wait' }, home.operator)
  assert.ok(whole.ok && !whole.value.values.includes('hz-xihu'))
})

test('parameters are checked as for an answer, and a question from the store has no SQL', async () => {
  const { scope } = await home.user({ role: 'AN', unit: 'bank' })
  const wrong = await sqlOf(home.services, asked('experience.trend'), { metric: 'luck' }, scope)
  assert.ok(!wrong.ok && wrong.reason === 'validation_failed')
  const kept = await sqlOf(home.services, asked('findings.ranked'), {}, scope)
  assert.deepEqual(kept, { ok: true, value: { engine: 'duckdb', text: null, values: [] } })
})
