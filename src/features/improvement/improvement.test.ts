import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addDays, daysBetween } from '#lib/time.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { hashOf, listActions, wholeAction } from './data.ts'
import { chartOf } from './data/chart.ts'
import { askPower } from './data/power.ts'
import { proposalsFor } from './data/proposals.ts'
import { myWork, ownersIn } from './data/work.ts'
import { cancelAction, finishAction, lockAction, planAction, reviseAction, startAction, undoStep } from './mutations.ts'
import { decideEffect, estimateDue, estimateEffect, recheckEffect, undoDecision } from './mutations/effects.ts'
import { remind, settleReminder } from './mutations/reminders.ts'
import {
  effectOf,
  fillBank,
  liveAction,
  opened,
  ownerIn,
  type Plan,
  plan,
  type Story,
  start,
  treated,
} from './testing.ts'

const bankWith = async (story: Story): Promise<TestHome> => fillBank(await openTestHome(opened), story)

describe('an action that truly helps', () => {
  let home: TestHome
  let id: string
  before(async () => {
    home = await bankWith({ effect: (b) => (treated(b) ? 0.3 : 0) })
    id = await liveAction(home)
  })
  after(() => home.close())

  it('is not judged before its day, and shows its running chart meanwhile', async () => {
    home.setClock('2025-05-01T02:00:00Z')
    const early = await estimateEffect(home.services, home.operator, id)
    assert.equal(early.ok ? 'judged' : early.reason, 'effect_not_due')
    const chart = await chartOf(home.services, home.operator, id)
    assert.ok(chart.ok)
    assert.equal(chart.value.mayBeJudged, false)
    assert.ok(chart.value.limits)
    assert.equal(chart.value.points.filter((p) => p.after).length, Math.floor(daysBetween(start, '2025-05-01') / 7))
    assert.equal(chart.value.controlUnits.length, 8)
    home.setClock('2025-06-10T02:00:00Z')
  })

  it('is proved by comparison with untreated units, with its interval and grade', async () => {
    assert.deepEqual((await estimateDue(home.services, home.operator)).length, 1)
    const whole = await wholeAction(home.services, home.operator, id)
    const effect = whole!.effects[0]!
    assert.equal(effect.verdict, 'proved', JSON.stringify(effect.reasons))
    assert.equal(effect.designUsed, 'did')
    assert.ok(effect.grade <= 'B')
    assert.ok(effect.low! > 0 && effect.low! < 0.27 && effect.high! > 0.2)
    assert.equal(effect.through, '2025-06-01', 'on the facts up to its day, however late the judging')
    assert.equal(effect.guards[0]!.holds, true)
    assert.equal(effect.controlUnits.length, 8)
  })

  it('shows a reader of its units how many others it was compared with, not which', async () => {
    const manager = await home.user({ role: 'BM', unit: 'c1' })
    const seen = (await wholeAction(home.services, manager.scope, id))!.effects[0]!
    assert.deepEqual([seen.controls, seen.controlUnits], [8, []])
    assert.ok(seen.points.some(({ control }) => control !== null))
    // Two others together would tell each of them what the other is like.
    const detail = JSON.stringify({ points: seen.points, controlUnits: ['b10', 'b11'] })
    const [kept] = await home.store.query<{ detail: string }>('select detail::text as detail from effects')
    await home.store.query('update effects set detail = $1::jsonb', [detail])
    const few = (await wholeAction(home.services, manager.scope, id))!.effects[0]!
    assert.deepEqual([few.controls, few.controlUnits], [2, []])
    assert.ok(few.points.length > 0 && few.points.every(({ control }) => control === null))
    const whole = (await wholeAction(home.services, home.operator, id))!.effects[0]!
    assert.deepEqual(whole.controlUnits, ['b10', 'b11'])
    assert.ok(whole.points.some(({ control }) => control !== null))
    await home.store.query('update effects set detail = $1::jsonb', [kept!.detail])
  })

  it('is estimated once, and decided on by whoever may, with a way back', async () => {
    assert.deepEqual(await estimateDue(home.services, home.operator), [])
    const again = await estimateEffect(home.services, home.operator, id)
    assert.equal(again.ok ? 'again' : again.reason, 'effect_exists')
    const effect = (await wholeAction(home.services, home.operator, id))!.effects[0]!
    const without = await decideEffect(home.services, home.operator, effect.id, { decision: 'roll_back' })
    assert.equal(without.ok ? 'rolled back' : without.reason, 'note_needed')
    const decided = await decideEffect(home.services, home.operator, effect.id, { decision: 'standardise' })
    assert.ok(decided.ok)
    assert.equal((await wholeAction(home.services, home.operator, id))!.action.state, 'decided')
    const twice = await decideEffect(home.services, home.operator, effect.id, { decision: 'adjust' })
    assert.equal(twice.ok ? 'twice' : twice.reason, 'effect_decided')
    assert.ok((await undoDecision(home.services, home.operator, effect.id)).ok)
    assert.equal((await wholeAction(home.services, home.operator, id))!.action.state, 'running')
    const outside = await home.user({ role: 'CXM', unit: 'c2' })
    const refused = await decideEffect(home.services, outside.scope, effect.id, { decision: 'adjust' })
    assert.equal(refused.ok ? 'decided' : refused.reason, 'not_found')
  })

  it('can be rechecked on later facts', async () => {
    home.setClock('2025-09-01T02:00:00Z')
    const effect = (await wholeAction(home.services, home.operator, id))!.effects[0]!
    const recheck = await recheckEffect(home.services, home.operator, effect.id)
    assert.ok(recheck.ok)
    assert.equal(recheck.value.kind, 'recheck')
    assert.equal(recheck.value.through, '2025-08-29', 'on the facts that have settled')
    assert.equal(recheck.value.verdict, 'proved')
  })

  it('is proposed for a similar finding with what it measured', async () => {
    await home.store.query(
      `insert into findings (id, finder, metric, touchpoint_id, unit_id, direction, first_period, last_period, last_seen_period)
       values ('fnd_x', 'worse_than_past', 'csat', 'open', 'b7', 'worse', '2025-04', '2025-05', '2025-05'),
              ('fnd_y', 'worse_than_past', 'wait', 'open', 'b7', 'worse', '2025-04', '2025-05', '2025-05')`,
    )
    const same = await proposalsFor(home.services, home.operator, 'fnd_x')
    assert.ok(same.ok)
    assert.equal(same.value.items[0]!.action.id, id)
    assert.ok(same.value.items[0]!.similarity.includes('same_touchpoint'))
    const other = await proposalsFor(home.services, home.operator, 'fnd_y')
    assert.deepEqual(other.ok && other.value.items, [])
  })
})

describe('what only looks like an effect', () => {
  it('a sham is not proved, by no design', async (t) => {
    const home = await bankWith({})
    t.after(() => home.close())
    for (const design of ['did', 'its', 'xmr'] as const) {
      const effect = await effectOf(home, { design, measure: { ...plan.measure, unitIds: ['b1'] }, guards: [] })
      assert.equal(effect.verdict, 'not_proved', `${design}: ${JSON.stringify(effect.reasons)}`)
      await home.store.query("update actions set state = 'cancelled'")
    }
  })

  it('what all units share is not taken for an effect', async (t) => {
    const home = await bankWith({ effect: () => 0.3 })
    t.after(() => home.close())
    const effect = await effectOf(home)
    assert.notEqual(effect.verdict, 'proved')
    assert.ok(Math.abs(effect.estimate!) < 0.1)
  })

  it('a unit picked for being extreme is warned of, and its return to the mean is not proved', async (t) => {
    // Branches differ by luck alone; b1 had half a year of it before it was picked.
    const home = await bankWith({
      level: () => 4.1,
      extra: (b, day) => (b === 'b1' && day >= addDays(start, -168) && day < start ? -0.12 : 0),
      answersPerDay: 1,
    })
    t.after(() => home.close())
    await home.store.query(
      `insert into findings (id, finder, metric, touchpoint_id, unit_id, direction, first_period, last_period, last_seen_period)
       values ('fnd_1', 'worse_than_past', 'csat', 'open', 'b1', 'worse', '2024-09', '2024-12', '2024-12')`,
    )
    const effect = await effectOf(home, {
      findingId: 'fnd_1',
      unitId: 'b1',
      design: 'its',
      measure: { ...plan.measure, unitIds: ['b1'] },
      guards: [],
    })
    assert.notEqual(effect.verdict, 'proved')
    assert.ok(
      effect.warnings.some(({ code }) => code === 'regression_to_mean'),
      JSON.stringify(effect.warnings),
    )
  })

  it('a gain bought with a broken guard is not proved', async (t) => {
    const home = await bankWith({
      effect: (b) => (treated(b) ? 0.3 : 0),
      waits: (b) => (treated(b) ? 150 : 0),
    })
    t.after(() => home.close())
    const effect = await effectOf(home)
    assert.ok(effect.low! > 0)
    assert.equal(effect.verdict, 'not_proved')
    assert.equal(effect.guards[0]!.holds, false)
    assert.ok(effect.reasons.some(({ code }) => code === 'guard_breached'))
  })

  it('an action beside another one at the same place is graded down', async (t) => {
    const home = await bankWith({ effect: (b) => (treated(b) ? 0.3 : 0) })
    t.after(() => home.close())
    await liveAction(home, { title: '同期另一项措施', measure: { ...plan.measure, unitIds: ['b2'] }, guards: [] })
    const effect = await effectOf(home)
    assert.equal(effect.grade, 'D')
    assert.notEqual(effect.verdict, 'proved')
    assert.ok(effect.warnings.some(({ code }) => code === 'other_action'))
  })

  it('without untreated units a difference-in-differences falls back to a weaker design and says so', async (t) => {
    const home = await bankWith({ effect: () => 0.4 })
    t.after(() => home.close())
    const effect = await effectOf(home, {
      unitId: 'hq',
      measure: { ...plan.measure, unitIds: ['hq'] },
      guards: [],
    })
    assert.notEqual(effect.designUsed, 'did')
    assert.ok(effect.grade >= 'C')
    assert.ok(effect.reasons.some(({ code }) => code === 'design_fell_back'))
  })
})

describe('a pre-registration', () => {
  let home: TestHome
  before(async () => {
    home = await bankWith({ last: '2025-06-04', effect: (b) => (treated(b) ? 0.3 : 0) })
  })
  after(() => home.close())

  it('freezes what is measured, how and when; the rest may still change', async () => {
    home.setClock('2024-12-20T02:00:00Z')
    const ownerUserId = await ownerIn(home)
    const planned = await planAction(home.services, home.operator, { ...plan, ownerUserId })
    assert.ok(planned.ok)
    const { id } = planned.value
    const before = await reviseAction(home.services, home.operator, id, { revision: 1, expectedEffect: 0.25 })
    assert.ok(before.ok)
    const locked = await lockAction(home.services, home.operator, id)
    assert.ok(locked.ok)
    assert.equal(locked.value.registrationIntact, true)
    assert.match(locked.value.registrationHash!, /^[0-9a-f]{64}$/)
    const { revision } = locked.value
    for (const change of [
      { expectedEffect: 0.1 },
      { analysisOn: '2025-07-01' },
      { design: 'xmr' as const },
      { measure: { ...plan.measure, unitIds: ['b1'] } },
      { guards: [] },
      { title: '改个名字' },
    ]) {
      const refused = await reviseAction(home.services, home.operator, id, { revision, ...change })
      assert.equal(refused.ok ? 'changed' : refused.reason, 'registration_locked', JSON.stringify(change))
    }
    const allowed = await reviseAction(home.services, home.operator, id, { revision, dueOn: '2025-03-15' })
    assert.ok(allowed.ok)
    assert.equal(allowed.value.registrationIntact, true)
    const undone = await undoStep(home.services, home.operator, id)
    assert.equal(undone.ok ? 'undone' : undone.reason, 'nothing_to_undo')
    const again = await lockAction(home.services, home.operator, id)
    assert.equal(again.ok ? 'locked' : again.reason, 'action_state')
  })

  it('that was tampered with is seen as broken and proves nothing', async () => {
    const id = await liveAction(home, { title: '被改动的登记' })
    await home.store.query("update actions set measure = jsonb_set(measure, '{unitIds}', '[\"b1\"]') where id = $1", [
      id,
    ])
    const whole = await wholeAction(home.services, home.operator, id)
    assert.equal(whole!.action.registrationIntact, false)
    await home.store.query(
      "update actions set registration = registration || ' ', registration_hash = $2 where id = $1",
      [id, hashOf('something else')],
    )
    assert.equal((await wholeAction(home.services, home.operator, id))!.action.registrationIntact, false)
    const judged = await estimateEffect(home.services, home.operator, id)
    assert.ok(judged.ok)
    assert.notEqual(judged.value.verdict, 'proved')
  })

  it('keeps its order: no start without a lock, no dates in the future, nothing after the end', async () => {
    home.setClock('2024-12-20T02:00:00Z')
    const { services, operator } = home
    const planned = await planAction(services, operator, { ...plan, ownerUserId: await ownerIn(home) })
    assert.ok(planned.ok)
    const { id } = planned.value
    const unlocked = await startAction(services, operator, id)
    assert.equal(unlocked.ok ? 'started' : unlocked.reason, 'action_state')
    assert.ok((await lockAction(services, operator, id)).ok)
    const future = await startAction(services, operator, id, '2025-01-01')
    assert.equal(future.ok ? 'started' : future.reason, 'action_dates')
    assert.ok((await startAction(services, operator, id)).ok)
    assert.ok((await undoStep(services, operator, id)).ok, 'a start can be taken back')
    assert.ok((await startAction(services, operator, id)).ok)
    assert.ok((await finishAction(services, operator, id)).ok)
    assert.ok((await cancelAction(services, operator, id, '试点网点装修')).ok)
    const late = await finishAction(services, operator, id)
    assert.equal(late.ok ? 'finished' : late.reason, 'action_state')
  })

  it('refuses plans that cannot be', async () => {
    const reasons = async (changes: Partial<Plan>, scope = home.operator) => {
      const outcome = await planAction(home.services, scope, { ...plan, ...changes })
      return outcome.ok ? 'planned' : outcome.reason
    }
    assert.equal(await reasons({ expectedEffect: -0.3 }), 'effect_direction')
    assert.equal(await reasons({ analysisOn: '2025-01-20' }), 'action_dates')
    assert.equal(await reasons({ measure: { ...plan.measure, metric: 'happiness' } }), 'metric_unknown')
    assert.equal(
      await reasons({ measure: { ...plan.measure, metric: 'channel_hops', segment: 'gold' } }),
      'segment_episodes',
    )
    assert.equal(await reasons({ measure: { ...plan.measure, touchpointId: 'nowhere' } }), 'target_place_unknown')
    assert.equal(await reasons({ ownerUserId: 'usr_nobody' }), 'owner_unknown')
    assert.equal(await reasons({ findingId: 'fnd_none' }), 'not_found')
    const manager = await home.user({ role: 'BM', unit: 'b1' })
    assert.equal(await reasons({}, manager.scope), 'target_place_unknown')
  })

  it('says how long it will take until the expected effect can be seen', async () => {
    home.setClock('2024-12-20T02:00:00Z')
    const asked = { measure: { ...plan.measure, unitIds: [...plan.measure.unitIds] }, design: 'did' as const }
    const large = await askPower(home.services, home.operator, { ...asked, expectedEffect: 0.3 })
    const small = await askPower(home.services, home.operator, { ...asked, expectedEffect: 0.08 })
    assert.equal(large.controls.length, 8)
    assert.equal(large.advised, 'did')
    assert.ok(large.weeks !== null && large.weeks >= 4)
    assert.ok(small.weeks === null || small.weeks > large.weeks)
    const [early, late] = [large.curve[0]!, large.curve.at(-1)!]
    assert.ok(late.detectable < early.detectable && late.power >= early.power)
  })
})

describe('my work', () => {
  let home: TestHome
  before(async () => {
    home = await bankWith({ last: '2024-06-30' })
  })
  after(() => home.close())

  it('holds what is assigned, due and overdue, to its owner and nobody else', async () => {
    home.setClock('2025-01-01T02:00:00Z')
    const manager = await home.user({ role: 'CXM', unit: 'c1' })
    const other = await home.user({ role: 'CXM', unit: 'c2' })
    for (const [title, dueOn] of [
      ['逾期', '2024-12-30'],
      ['本周', '2025-01-05'],
      ['以后', '2025-03-01'],
    ] as const)
      assert.ok((await planAction(home.services, manager.scope, { ...plan, title, dueOn, ownerUserId: manager.id })).ok)
    const mine = await myWork(home.services, manager.scope)
    assert.deepEqual(
      [mine.overdue, mine.due, mine.actions].map((list) => list.map(({ title }) => title)),
      [['逾期'], ['本周'], ['以后']],
    )
    const theirs = await myWork(home.services, other.scope)
    assert.deepEqual([theirs.overdue, theirs.due, theirs.actions], [[], [], []])
    const listed = await listActions(home.services, other.scope, { state: 'all' })
    assert.equal(listed.ok && listed.value.total, 0)
    const owners = await ownersIn(home.services, manager.scope)
    assert.deepEqual(
      owners.map((owner) => owner.id),
      [manager.id],
    )
    // Of people in other units, or whose role nobody has approved yet, he is told nothing.
    const [above, waiting] = [await home.user({ role: 'CXM', unit: 'hq' }), await home.user({ role: 'BM', unit: 'b1' })]
    await home.store.query('update grants set awaits_approval = true where user_id = $1', [waiting.id])
    assert.deepEqual(
      await ownersIn(home.services, manager.scope),
      owners.map(({ id }) => ({ id, name: '测试用户', unitIds: ['c1'] })),
    )
    assert.deepEqual(
      (await ownersIn(home.services, home.operator, 'b1')).map(({ id }) => id).sort(),
      [manager.id, above.id].sort(),
    )
  })

  it('reminds once, however often the job runs, until it is done or put off', async () => {
    assert.deepEqual(await remind(home.services, home.operator), { added: 2, ended: 0 })
    assert.deepEqual(await remind(home.services, home.operator), { added: 0, ended: 0 })
    const [owner] = await home.store.query<{ user_id: string }>('select user_id from reminders limit 1')
    const { scopeOfUser } = await import('#access/mint.ts')
    const scope = await scopeOfUser(home.store, owner!.user_id)
    const work = await myWork(home.services, scope)
    assert.deepEqual(
      work.reminders.map(({ kind }) => kind),
      ['action_overdue', 'action_due_soon'],
    )
    const [overdue, soon] = work.reminders
    assert.ok((await settleReminder(home.services, scope, overdue!.id, { done: true })).ok)
    assert.ok((await settleReminder(home.services, scope, soon!.id, { until: '2025-01-03' })).ok)
    const stranger = await settleReminder(home.services, home.operator, soon!.id, { done: true })
    assert.equal(stranger.ok ? 'done' : stranger.reason, 'not_found')
    assert.deepEqual((await myWork(home.services, scope)).reminders, [])
    home.setClock('2025-01-03T02:00:00Z')
    await remind(home.services, home.operator)
    assert.deepEqual(
      (await myWork(home.services, scope)).reminders.map(({ id }) => id),
      [soon!.id],
    )
  })
})
