import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { questions } from '#server/registry.ts'
import { filled, fromAddress, parametersOf } from './schema.ts'

const described = (schema: z.ZodType) =>
  parametersOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>)

test('a form knows each parameter by its schema', () => {
  const form = described(
    z.strictObject({
      from: z.iso.date(),
      metric: z.enum(['nps', 'csat']),
      touchpoint: z.string().max(64).nullable().optional(),
      limit: z.int().min(1).max(1000).default(100),
      metrics: z.array(z.enum(['nps', 'csat'])),
      weekly: z.boolean().default(false),
      where: z.record(z.string(), z.unknown()).optional(),
    }),
  )
  assert.deepEqual(
    form.map(({ name, shape, needed }) => [name, shape, needed]),
    [
      ['from', 'day', true],
      ['metric', 'choice', true],
      ['touchpoint', 'text', false],
      ['limit', 'whole', false],
      ['metrics', 'choices', true],
      ['weekly', 'yes-no', false],
      ['where', 'json', false],
    ],
  )
  assert.deepEqual([form[3]?.low, form[3]?.high, form[3]?.fallback], [1, 1000, 100])
  assert.deepEqual(form[4]?.choices, ['nps', 'csat'])
})

test('every registered question has a form without raw JSON', () => {
  for (const question of questions)
    for (const { name, shape } of described(question.parameters))
      assert.notEqual(shape, 'json', `${question.id} ${name}`)
})

test('what was left empty is not sent', () => {
  const form = described(
    z.strictObject({ from: z.iso.date(), unit: z.string().optional(), on: z.boolean().default(true) }),
  )
  assert.deepEqual(filled(form, { from: '2026-01-01', unit: '', on: false }), { from: '2026-01-01', on: false })
})

test('an address that was tampered with is told apart from one that says nothing', () => {
  assert.equal(fromAddress(undefined), undefined)
  assert.equal(fromAddress('{'), null)
  assert.equal(fromAddress('[1]'), null)
  assert.deepEqual(fromAddress('{"metric":"nps"}'), { metric: 'nps' })
})
