import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutMap, type Edge, mostEdges, mostSteps, slowest, stepCounts, usualShare } from './cutMap.ts'

const edge = (from: string | null, to: string | null, n: number, mean = 60): Edge => ({
  from,
  to,
  n,
  mean_seconds: mean,
  p50_seconds: mean,
  p90_seconds: mean,
  mean_business_seconds: mean,
  times: n < 10 ? 'few' : 'ok',
})
const loans = [
  edge(null, 'apply', 100, 0),
  edge('apply', 'check', 90),
  edge('check', 'approve', 60, 3600),
  edge('check', 'decline', 30),
  edge('apply', 'decline', 10, 86_400),
  edge('decline', 'appeal', 4, 900_000),
  edge('appeal', 'approve', 4),
  edge('approve', null, 64, 0),
  edge('decline', null, 36, 0),
]

test('an activity happens as often as it is entered', () => {
  assert.deepEqual(
    [...stepCounts(loans)],
    [
      ['apply', 100],
      ['check', 90],
      ['approve', 64],
      ['decline', 40],
      ['appeal', 4],
    ],
  )
})

test('whatever is cut, every step that stays can be entered and left', () => {
  const cut = cutMap(loans, { steps: 80, paths: 1 })
  assert.deepEqual(cut.steps, ['apply', 'check', 'approve', 'decline'])
  for (const step of cut.steps) {
    assert.ok(
      cut.edges.some(({ to }) => to === step),
      step,
    )
    assert.ok(
      cut.edges.some(({ from }) => from === step),
      step,
    )
  }
  assert.equal(cut.hiddenSteps, 1)
  assert.ok(!cut.edges.some(({ from, to }) => from === 'appeal' || to === 'appeal'))
  assert.equal(cutMap(loans, { steps: 100, paths: 100 }).hiddenEdges, 0)
})

test('the most walked path is never cut, even where it leads a step back to itself', () => {
  const again = edge('check', 'check', 500)
  assert.ok(cutMap([...loans, again], { steps: 100, paths: 1 }).edges.includes(again))
})

test('a map never grows beyond what can be read', () => {
  const names = Array.from({ length: 60 }, (_, i) => `step ${i}`)
  const dense = names.flatMap((from) => names.map((to) => edge(from, to, 5)))
  const cut = cutMap(dense, { steps: 100, paths: 100 })
  assert.equal(cut.steps.length, mostSteps)
  assert.ok(cut.edges.length <= mostEdges)
})

test('what is shown at first holds four fifths of what happens', () => {
  const share = usualShare(loans)
  const total = loans.reduce((sum, { n }) => sum + n, 0)
  const kept = [...loans].sort((a, b) => b.n - a.n).slice(0, Math.round((share / 100) * loans.length))
  assert.ok(kept.reduce((sum, { n }) => sum + n, 0) >= 0.8 * total)
})

test('the slowest paths are those where most time passes in all, judged from ten times on', () => {
  assert.deepEqual(
    slowest(loans, 2).map(({ from, to }) => [from, to]),
    [
      ['apply', 'decline'],
      ['check', 'approve'],
    ],
  )
})
