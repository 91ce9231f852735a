import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Scope } from '#access/scope.ts'
import { type DailyRow, writeDaily, writeModel } from '#features/findings/testing.ts'
import { addDays, daysBetween } from '#lib/time.ts'
import { uniform } from '#methods/surveillance/simulatedBank.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { lockAction, planAction, startAction } from './mutations.ts'
import { estimateEffect } from './mutations/effects.ts'

const first = '2024-01-01'
export const start = '2025-01-06'
export const analysis = '2025-06-02'
export const branches = Array.from({ length: 12 }, (_, i) => `b${i}`)

export interface Story {
  /** Points added from the start on, by branch. */
  effect?: (branch: string) => number
  /** Level of a branch; equal ones differ by their luck only. */
  level?: (branch: string) => number
  /** Points added over a span, by branch: a harm, or luck. */
  extra?: (branch: string, day: string) => number
  /** Added to the mean wait from the start on. */
  waits?: (branch: string) => number
  answersPerDay?: number
  last?: string
}

/** How the home of such a bank is opened: without the units of others, after the day of judgement. */
export const opened = { units: false, now: '2025-06-10T02:00:00Z' } as const

/** Only for tests: twelve branches with daily satisfaction and waits; all share the same weather. */
export async function fillBank(home: TestHome, story: Story): Promise<TestHome> {
  const parentOf = new Map<string, string | null>([
    ['hq', null],
    ['c1', 'hq'],
    ['c2', 'hq'],
    ...branches.map((b, i): [string, string] => [b, i < 4 ? 'c1' : 'c2']),
  ])
  await writeModel(home.store, parentOf, ['open', 'care'], (unit) =>
    unit === 'hq' ? 'head_office' : unit.startsWith('c') ? 'city' : 'branch',
  )
  const random = uniform(11)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const { answersPerDay = 5, last = '2025-08-31' } = story
  const weather = new Map<number, number>()
  const rows: DailyRow[] = []
  for (let d = 0; d <= daysBetween(first, last); d++) {
    const day = addDays(first, d)
    const week = Math.floor(d / 7)
    if (!weather.has(week)) weather.set(week, 0.04 * normal())
    for (const [i, unit] of branches.entries()) {
      const level = story.level?.(unit) ?? 4.1 + 0.02 * i
      const mean =
        level + weather.get(week)! + (story.extra?.(unit, day) ?? 0) + (day >= start ? (story.effect?.(unit) ?? 0) : 0)
      const scores = Array.from({ length: answersPerDay }, () =>
        Math.max(1, Math.min(5, Math.round(mean + 0.8 * normal()))),
      )
      rows.push({
        day,
        metric: 'csat',
        unit,
        touchpoint: 'open',
        n: scores.length,
        total: scores.reduce((a, b) => a + b, 0),
        totalSquares: scores.reduce((a, b) => a + b * b, 0),
        hits: scores.filter((s) => s >= 4).length,
      })
      const wait = 300 + 15 * normal() + (day >= start ? (story.waits?.(unit) ?? 0) : 0)
      rows.push({
        day,
        metric: 'wait',
        unit,
        touchpoint: 'open',
        n: 20,
        total: 20 * wait,
        totalSquares: 20 * 2 * wait ** 2,
      })
      rows.push({ day, metric: 'volume', unit, touchpoint: 'open', n: 40 })
    }
  }
  await writeDaily(home.services, rows)
  return home
}

export type Plan = Parameters<typeof planAction>[2]

export const plan: Plan = {
  title: '预审资料，一次办结',
  description: '',
  findingId: null,
  unitId: 'c1',
  ownerUserId: null,
  dueOn: '2025-03-01',
  measure: { metric: 'csat', touchpointId: 'open', unitIds: ['c1'], segment: null },
  guards: [{ metric: 'wait', touchpointId: 'open', unitIds: ['c1'], segment: null, tolerance: 60 }],
  design: 'did',
  expectedEffect: 0.3,
  startOn: start,
  analysisOn: analysis,
  cost: 50_000,
}

const owners = new WeakMap<TestHome, string>()
/** Somebody to answer for the actions of a home. */
export async function ownerIn(home: TestHome): Promise<string> {
  const known = owners.get(home) ?? (await home.user({ role: 'CXM', unit: 'hq' })).id
  owners.set(home, known)
  return known
}

/** An action as it is lived: planned and locked before its start, started on its day. */
export async function liveAction(
  home: TestHome,
  changes: Partial<Plan> = {},
  scope: Scope = home.operator,
): Promise<string> {
  home.setClock('2024-12-20T02:00:00Z')
  const ownerUserId = await ownerIn(home)
  const planned = await planAction(home.services, scope, { ...plan, ownerUserId, ...changes })
  assert.ok(planned.ok, JSON.stringify(planned))
  const { id } = planned.value
  assert.ok((await lockAction(home.services, scope, id)).ok)
  home.setClock(`${start}T02:00:00Z`)
  assert.ok((await startAction(home.services, scope, id)).ok)
  home.setClock('2025-06-10T02:00:00Z')
  return id
}

export async function effectOf(home: TestHome, changes: Partial<Plan> = {}) {
  const id = await liveAction(home, changes)
  const outcome = await estimateEffect(home.services, home.operator, id)
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.value
}

/** Branches of the city c1, where actions happen. */
export const treated = (branch: string) => branches.indexOf(branch) < 4

/** A home of such a bank, for the length of a test. */
export async function bankIn(t: TestContext, story: Story): Promise<TestHome> {
  const home = await fillBank(await openTestHome(opened), story)
  t.after(() => home.close())
  return home
}

/** An effect of 0.3 where actions happen. */
export const helping: Story = { effect: (branch) => (treated(branch) ? 0.3 : 0) }

export const codes = (list: readonly { code: string }[]): string[] => list.map(({ code }) => code)
