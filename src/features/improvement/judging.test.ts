import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { scopeOfUser } from '#access/mint.ts'
import { type DailyRow, writeDaily } from '#features/findings/testing.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import { uniform } from '#methods/surveillance/simulatedBank.ts'
import { openTestHome, openWarehouseToLose, type TestHome } from '#server/testing.ts'
import { openTestStore } from '#store/testing.ts'
import { TrinoError } from '#warehouse/lake/trinoError.ts'
import { sql } from '#warehouse/sql.ts'
import { listActions, wholeAction } from './data.ts'
import { chartOf } from './data/chart.ts'
import { controlChart } from './data/controlled.ts'
import { myWork } from './data/work.ts'
import { finishAction, lockAction, planAction, reviseAction, startAction, undoStep } from './mutations.ts'
import { estimateDue, estimateEffect, recheckEffect } from './mutations/effects.ts'
import { remind } from './mutations/reminders.ts'
import {
  bankIn,
  branches,
  codes,
  effectOf,
  fillBank,
  helping,
  liveAction,
  opened,
  ownerIn,
  plan,
  start,
  treated,
  type Plan,
} from './testing.ts'

const atOne = { unitId: 'b1', measure: { ...plan.measure, unitIds: ['b1'] }, guards: [] } satisfies Partial<Plan>

const addFinding = (home: TestHome, firstPeriod: string) =>
  home.store.query(
    `insert into findings (id, finder, metric, touchpoint_id, unit_id, direction, first_period, last_period, last_seen_period)
     values ('fnd_1', 'worse_than_past', 'csat', 'open', 'b1', 'worse', $1, '2024-12', '2024-12')`,
    [firstPeriod],
  )

/** Points taken off b1 from a day until the start: a harm that the action mends. */
const harmSince = (since: Day, points: number) => ({
  extra: (branch: string, day: Day) => (branch === 'b1' && day >= since && day < start ? -points : 0),
})

describe('the facts of a verdict', () => {
  it('must reach beyond its last day: until then it waits, says so, and reminds its owner once', async (t) => {
    const home = await bankIn(t, helping)
    await home.services.warehouse.write((writer) =>
      writer.run(sql`delete from daily where metric = 'wait' and local_day > '2025-02-05'`),
    )
    // One row of a date that has not come is a slip and no sign that the rest is there.
    const slip = { day: '2026-12-31', metric: 'wait', unit: 'b1', touchpoint: 'open', n: 1, total: 300 }
    await writeDaily(home.services, [slip])
    const id = await liveAction(home)
    home.setClock('2025-06-01T16:05:00Z')
    assert.deepEqual(await estimateDue(home.services, home.operator), [])
    home.setClock('2025-06-10T02:00:00Z')
    const refused = await estimateEffect(home.services, home.operator, id)
    assert.deepEqual(refused.ok ? 'judged' : [refused.reason, refused.detail], [
      'effect_facts_missing',
      { have: '2025-02-05', need: '2025-06-03' },
    ])
    const whole = await wholeAction(home.services, home.operator, id)
    assert.deepEqual(whole!.action.factsMissing, { have: '2025-02-05', need: '2025-06-03' })
    assert.deepEqual(whole!.effects, [])
    await remind(home.services, home.operator)
    assert.deepEqual(await remind(home.services, home.operator), { added: 0, ended: 0 })
    const owner = await scopeOfUser(home.store, await ownerIn(home))
    const work = await myWork(home.services, owner)
    assert.ok(work.overdue[0]!.factsMissing)
    assert.deepEqual(work.reminders.map(({ kind }) => kind).sort(), ['action_overdue', 'effect_due'])

    const rest = branches.flatMap((unit) =>
      Array.from({ length: daysBetween('2025-02-05', '2025-06-03') }, (_, i): DailyRow => {
        const wait = 300 + ((7 * i) % 11)
        const day = addDays('2025-02-06', i)
        return { day, metric: 'wait', unit, touchpoint: 'open', n: 20, total: 20 * wait, totalSquares: 40 * wait ** 2 }
      }),
    )
    await writeDaily(home.services, rest)
    assert.equal((await estimateDue(home.services, home.operator)).length, 1)
    const judged = await wholeAction(home.services, home.operator, id)
    assert.equal(judged!.effects[0]!.verdict, 'proved')
    assert.equal(judged!.action.factsMissing, null)
    await remind(home.services, home.operator)
    const later = await myWork(home.services, owner)
    assert.ok(!later.reminders.some(({ kind }) => kind === 'effect_due'))
  })

  it('are unknown while the warehouse is away: actions are listed, read and carried out all the same', async (t) => {
    const lake = await openWarehouseToLose()
    const home = await openTestHome({ ...opened, stores: { store: await openTestStore(), warehouse: lake.warehouse } })
    t.after(() => home.close())
    await fillBank(home, helping)
    const id = await liveAction(home)
    const owner = await scopeOfUser(home.store, await ownerIn(home))
    const { services, operator } = home
    lake.lose(new TrinoError('gone', 'away'))
    const listed = await listActions(services, operator)
    assert.ok(listed.ok)
    const work = await myWork(services, owner)
    const whole = await wholeAction(services, operator, id)
    const finished = await finishAction(services, operator, id)
    assert.ok(finished.ok)
    for (const action of [listed.value.items[0], work.overdue[0], whole?.action, finished.value])
      assert.deepEqual([action?.id, action?.factsUnknown, action?.factsMissing], [id, true, null])
    // Nothing is judged on what cannot be seen.
    await assert.rejects(estimateEffect(services, operator, id), /gone/)

    lake.lose(new Error('a slip of the pen'))
    await assert.rejects(wholeAction(services, operator, id), /slip/)
    lake.bringBack()
    assert.equal((await wholeAction(services, operator, id))?.action.factsUnknown, false)
    assert.ok((await estimateEffect(services, operator, id)).ok)
  })

  it('must not end early where the action took place, whatever the rest of the bank sends', async (t) => {
    const home = await bankIn(t, helping)
    await home.services.warehouse.write((writer) =>
      writer.run(
        sql`delete from daily where metric = 'csat' and unit_id in ('b0', 'b1', 'b2', 'b3') and local_day > '2025-03-20'`,
      ),
    )
    const effect = await effectOf(home)
    assert.ok(effect.low! > 0)
    assert.equal(effect.verdict, 'not_proved')
    assert.ok(codes(effect.reasons).includes('facts_end_early'))
  })

  it('are looked at again after half a year, of which the owner is reminded once', async (t) => {
    const home = await bankIn(t, { ...helping, last: '2025-12-14' })
    const id = await liveAction(home)
    const judged = await estimateEffect(home.services, home.operator, id)
    assert.ok(judged.ok && judged.value.verdict === 'proved')
    const owner = await scopeOfUser(home.store, await ownerIn(home))
    const kinds = async () => (await myWork(home.services, owner)).reminders.map(({ kind }) => kind)
    home.setClock('2025-11-30T02:00:00Z')
    await remind(home.services, home.operator)
    assert.ok(!(await kinds()).includes('recheck_due'))
    home.setClock('2025-12-15T02:00:00Z')
    await remind(home.services, home.operator)
    assert.ok((await kinds()).includes('recheck_due'))
    assert.deepEqual(await remind(home.services, home.operator), { added: 0, ended: 0 })
    assert.ok((await recheckEffect(home.services, home.operator, judged.value.id)).ok)
    await remind(home.services, home.operator)
    assert.ok(!(await kinds()).includes('recheck_due'))
  })
})

describe('a registration is kept to', () => {
  it('with a start that cannot be chosen after the fact', async (t) => {
    const home = await bankIn(t, helping)
    const { services, operator } = home
    const id = await liveAction(home, { guards: [] })
    home.setClock('2025-02-20T02:00:00Z')
    assert.ok((await undoStep(services, operator, id)).ok)
    const shopped = await startAction(services, operator, id, '2025-02-10')
    assert.equal(shopped.ok ? 'started' : shopped.reason, 'start_backdated')
    assert.ok((await startAction(services, operator, id, '2025-02-18')).ok, 'a few days are forgotten easily')
    home.setClock('2025-06-10T02:00:00Z')
    const effect = await estimateEffect(services, operator, id)
    assert.ok(effect.ok)
    assert.ok(effect.value.low! > 0)
    assert.equal(effect.value.verdict, 'not_proved')
    assert.ok(effect.value.grade >= 'C')
    assert.ok(codes(effect.value.reasons).includes('start_moved'))
  })

  it('locked before its start by the bank’s own calendar', async (t) => {
    const home = await bankIn(t, helping)
    const planned = await planAction(home.services, home.operator, {
      ...plan,
      guards: [],
      ownerUserId: await ownerIn(home),
    })
    assert.ok(planned.ok)
    // Four in the morning of the 7th where the bank is; still the 6th in Greenwich.
    home.setClock('2025-01-06T20:00:00Z')
    assert.ok((await lockAction(home.services, home.operator, planned.value.id)).ok)
    assert.ok((await startAction(home.services, home.operator, planned.value.id, start)).ok)
    home.setClock('2025-06-10T02:00:00Z')
    const effect = await estimateEffect(home.services, home.operator, planned.value.id)
    assert.ok(effect.ok)
    assert.equal(effect.value.verdict, 'not_proved')
    assert.ok(codes(effect.value.reasons).includes('locked_late'))
  })

  it('by somebody, and over sixty days at least', async (t) => {
    const home = await bankIn(t, { last: '2024-01-31' })
    const { services, operator } = home
    home.setClock('2024-12-20T02:00:00Z')
    const short = await planAction(services, operator, { ...plan, analysisOn: addDays(start, 59) })
    assert.equal(short.ok ? 'planned' : short.reason, 'action_dates')
    const planned = await planAction(services, operator, { ...plan, analysisOn: addDays(start, 60) })
    assert.ok(planned.ok)
    const { id, revision } = planned.value
    const alone = await lockAction(services, operator, id)
    assert.equal(alone.ok ? 'locked' : alone.reason, 'owner_needed')
    assert.ok((await reviseAction(services, operator, id, { revision, ownerUserId: await ownerIn(home) })).ok)
    const locked = await lockAction(services, operator, id)
    assert.ok(locked.ok)
    const left = await reviseAction(services, operator, id, { revision: locked.value.revision, ownerUserId: null })
    assert.equal(left.ok ? 'left' : left.reason, 'owner_needed')
  })
})

describe('a verdict', () => {
  it('holds a guard to the margin that was stated: none at all is a margin, none stated is not', async (t) => {
    const home = await bankIn(t, helping)
    const outcome = async (tolerance: number | null) => {
      const effect = await effectOf(home, { guards: [{ ...plan.guards![0]!, tolerance }] })
      await home.store.query("update actions set state = 'cancelled'")
      return [effect.guards[0]!.holds, effect.verdict]
    }
    assert.deepEqual(await outcome(60), [true, 'proved'])
    assert.deepEqual(await outcome(null), [true, 'proved'])
    assert.deepEqual(await outcome(0), [false, 'not_proved'])
  })

  it('minds another action on all touchpoints, also where it compares', async (t) => {
    const home = await bankIn(t, helping)
    const everywhere = { ...plan.measure, touchpointId: null }
    await liveAction(home, { guards: [], unitId: 'c1', measure: everywhere })
    await liveAction(home, { guards: [], unitId: 'b5', measure: { ...everywhere, unitIds: ['b5'] } })
    const effect = await effectOf(home)
    assert.ok(codes(effect.warnings).includes('other_action'))
    assert.equal(effect.grade, 'D')
    assert.ok(!effect.controlUnits.includes('b5'))
  })

  it('of harm needs the evidence that one of good needs', async (t) => {
    const home = await bankIn(t, { effect: (branch) => (branch === 'b1' ? -0.5 : 0) })
    const compared = await effectOf(home, atOne)
    assert.equal(compared.verdict, 'worse')
    await home.store.query("update actions set state = 'cancelled'")
    await addFinding(home, '2024-10')
    const mere = await effectOf(home, { ...atOne, findingId: 'fnd_1', design: 'xmr' })
    assert.equal(mere.designUsed, 'before_after', 'what was done is what is stored')
    assert.equal(mere.chart, null)
    assert.equal(mere.grade, 'D')
    assert.ok(mere.high! < 0)
    assert.equal(mere.verdict, 'not_proved')
  })
})

describe('a control chart', () => {
  it('takes its baseline from where the harm set in, so that a mend is not thinned by the time before', async (t) => {
    const home = await bankIn(t, harmSince('2024-08-01', 0.8))
    await addFinding(home, '2024-08')
    const effect = await effectOf(home, { ...atOne, findingId: 'fnd_1', design: 'xmr' })
    assert.equal(effect.designUsed, 'xmr')
    assert.ok(effect.low! > 0.5 && effect.high! > 0.7, JSON.stringify([effect.low, effect.high]))
  })

  it('knows from the window of the first observation when the harm set in', async (t) => {
    const home = await bankIn(t, harmSince('2024-08-01', 0.8))
    await addFinding(home, '2024-11')
    await home.store.query(
      `insert into finding_observations (id, finding_id, period, window_months, n, significant, definition_version, evidence)
       values ('obs_1', 'fnd_1', '2024-11', 4, 300, true, 1, '{}')`,
    )
    const effect = await effectOf(home, { ...atOne, findingId: 'fnd_1', design: 'xmr' })
    assert.equal(effect.designUsed, 'xmr')
    assert.equal(effect.points[0]!.from, addDays(start, -22 * 7))
  })

  it('gives way openly where the harm is younger than twenty points', async (t) => {
    const home = await bankIn(t, harmSince('2024-10-01', 0.8))
    await addFinding(home, '2024-10')
    const effect = await effectOf(home, { ...atOne, findingId: 'fnd_1', design: 'xmr' })
    assert.equal(effect.designUsed, 'before_after')
    assert.ok(codes(effect.reasons).includes('design_fell_back'))
    assert.equal(effect.grade, 'D')
  })

  it('never rests on survey means of fewer than thirty answers', async (t) => {
    const chartOfOne = async (answersPerDay: number) => {
      const home = await bankIn(t, { answersPerDay })
      const chart = await chartOf(home.services, home.operator, await liveAction(home, atOne))
      assert.ok(chart.ok)
      return chart.value
    }
    const weekly = await chartOfOne(6)
    assert.deepEqual([weekly.pointDays, weekly.chart, weekly.fewestOnChart], [7, 'xmr', 30])
    const fortnightly = await chartOfOne(3)
    assert.equal(fortnightly.pointDays, 14)
    assert.ok(fortnightly.limits && fortnightly.points.every(({ n }) => n >= 30))
    const thin = await chartOfOne(1)
    assert.equal(thin.limits, null)
    assert.ok(thin.points.every(({ signals, lower }) => signals.length === 0 && lower === null))
  })

  it('is one of shares or of rates where the measure is, with limits that follow the number behind a point', () => {
    const random = uniform(5)
    const series = (scale: number, share: number) =>
      Array.from({ length: 40 }, (_, i) => {
        const n = 400 + 40 * (i % 5)
        const hits = Array.from({ length: n }, () => random() < share).filter(Boolean).length
        return { n, sum: scale * hits, value: (scale * hits) / n }
      })
    const shares = controlChart('share', series(1, 0.9), 26)
    assert.ok(shares.ok && shares.value.kind === 'p')
    assert.ok(shares.value.points[0]!.lower < shares.value.points[4]!.lower, 'more trials, closer limits')
    const rates = controlChart('rate', series(10_000, 0.02), 26)
    assert.ok(rates.ok && rates.value.kind === 'u')
    assert.ok(Math.abs(rates.value.points[0]!.centre - 200) < 30, 'on the scale of the metric')
  })
})

describe('effects whose day has come', () => {
  it('are estimated though one of them asks too much of the warehouse', async (t) => {
    const home = await bankIn(t, helping)
    const [tooMuch, other] = [await liveAction(home, atOne), await liveAction(home)]
    const { warehouse } = home.services
    const refusing: typeof warehouse = {
      ...warehouse,
      read: (query, ...rest) =>
        query.parts.some((part) => 'value' in part && part.value === 'b1') &&
        !query.parts.some((part) => 'value' in part && part.value === 'b2')
          ? Promise.reject(new TrinoError('Query exceeded the maximum run time limit', 'too_long'))
          : warehouse.read(query, ...rest),
    }
    const done = await estimateDue({ ...home.services, warehouse: refusing }, home.operator)
    assert.equal(done.length, 1)
    const judged = async (id: string) => (await wholeAction(home.services, home.operator, id))?.effects.length
    assert.deepEqual([await judged(tooMuch), await judged(other)], [0, 1])
  })
})

describe('complaints', () => {
  const complaining = { metric: 'complaint_rate', touchpointId: 'open', unitIds: ['c1'], segment: null }
  const complaints: Partial<Plan> = { measure: complaining, guards: [], expectedEffect: -100 }

  async function complainingBank(t: TestContext): Promise<TestHome> {
    const home = await bankIn(t, {})
    const random = uniform(3)
    const rows = branches.flatMap((unit) =>
      Array.from({ length: daysBetween('2024-01-01', '2025-06-05') }, (_, i): DailyRow => {
        const day = addDays('2024-01-01', i)
        const chance = treated(unit) && day >= start ? 0.01 : 0.03
        const n = Array.from({ length: 40 }, () => random() < chance).filter(Boolean).length
        return { day, metric: 'complaint_rate', unit, touchpoint: 'open', n, hits: n }
      }),
    )
    await writeDaily(
      home.services,
      rows.filter(({ n }) => n > 0),
    )
    return home
  }

  it('are judged as counts: an interrupted series of ratios, a u chart', async (t) => {
    const home = await complainingBank(t)
    const series = await effectOf(home, { ...complaints, design: 'its' })
    assert.equal(series.designUsed, 'its')
    assert.ok(series.high! < 0 && Math.abs(series.estimate! + 200) < 80, JSON.stringify(series.estimate))
    const [below, above] = [series.estimate! - series.low!, series.high! - series.estimate!]
    assert.ok(above > 1.05 * below, 'a ratio’s interval is wider upwards')
    await home.store.query("update actions set state = 'cancelled'")
    const id = await liveAction(home, { ...complaints, design: 'xmr' })
    const chart = await chartOf(home.services, home.operator, id)
    assert.ok(chart.ok && chart.value.chart === 'u')
    const judged = await estimateEffect(home.services, home.operator, id)
    assert.ok(judged.ok)
    assert.deepEqual([judged.value.designUsed, judged.value.chart], ['xmr', 'u'])
    assert.ok(Math.abs(judged.value.estimate! + 200) < 40)
    assert.equal(judged.value.verdict, 'proved', JSON.stringify(judged.value.reasons))
  })
})

describe('a comparison', () => {
  it('keeps its leads, block by block', async (t) => {
    const home = await bankIn(t, helping)
    const { leads } = await effectOf(home)
    assert.deepEqual(
      leads.map(({ from }) => daysBetween(start, from) / 28),
      [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4],
    )
    assert.deepEqual(
      leads.filter(({ low, high }) => low === 0 && high === 0).map(({ from }) => from),
      [addDays(start, -28)],
    )
    assert.ok(leads.slice(0, 5).every(({ low, high }) => low <= 0 && high >= 0))
  })

  it('keeps no lead that would tell the answers of a few people', async (t) => {
    const home = await bankIn(t, { answersPerDay: 1 })
    await home.services.warehouse.write((writer) =>
      writer.run(
        sql`delete from daily where metric = 'csat' and unit_id = 'b1' and cast(extract(day from local_day) as integer) % 4 <> 0`,
      ),
    )
    const effect = await effectOf(home, atOne)
    assert.equal(effect.designUsed, 'did')
    assert.ok(effect.points.every(({ n }) => n < 10))
    assert.deepEqual(effect.leads, [])
  })

  it('after a young harm examines the time before it, and measures from within it', async (t) => {
    const home = await bankIn(t, { ...harmSince('2024-10-14', 0.8), level: () => 4.1 })
    await addFinding(home, '2024-10')
    const effect = await effectOf(home, { ...atOne, findingId: 'fnd_1' })
    assert.equal(effect.designUsed, 'did')
    assert.ok(codes(effect.warnings).includes('examined_earlier'))
    assert.ok(!codes(effect.warnings).includes('few_periods_before'))
    assert.equal(effect.points.filter(({ from }) => from < start).length, 3, 'the baseline is the harm alone')
    assert.equal(effect.leads.filter(({ from }) => from < start).length, 9)
    assert.ok(effect.low! > 0.4)
    assert.equal(effect.grade, 'B', JSON.stringify(effect.reasons))
  })
})
