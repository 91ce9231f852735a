import assert from 'node:assert/strict'
import type { Answer, Refusal } from './refusals.ts'

/** Only for tests: the value of an answer that must be given. */
export function answered<T>(answer: Answer<T>): T {
  assert.ok(answer.ok, answer.ok ? '' : `refused: ${answer.reason} ${JSON.stringify(answer.detail)}`)
  return answer.value
}

export function refusedFor<T>(answer: Answer<T>, reason: Refusal): void {
  assert.equal(answer.ok ? 'answered' : answer.reason, reason)
}

/** Equal to the published figure at the digits it was published with, or to a relative error. */
export function near(actual: number, expected: number, relative = 1e-9): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300)
  assert.ok(error <= relative || Math.abs(actual - expected) < 1e-14, `${actual} is not ${expected} (${error})`)
}

export const digits = (actual: number, expected: string): void =>
  assert.equal(actual.toFixed(expected.split('.')[1]?.length ?? 0), expected)
