import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { simulatedBank, type SimulatedPlant } from '#methods/surveillance/simulatedBank.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { addMonths } from './data/bank.ts'
import { type FindingRow, listFindings, readFinding } from './data.ts'
import { runFinders } from './jobs.ts'
import { rowsOf, writeDaily, writeSimulatedBank } from './testing.ts'

const lastMonth = '2025-06'
const months = 24
const bank = { seed: 7, branches: 16, answers: 60, waits: 60, months }
const touchpoints = ['open', 'info', 'docs', 'transfer', 'advice', 'wealth', 'care', 'loan', 'machine']
const fall: SimulatedPlant = { measure: 'csat', touchpoint: 'open', units: ['branch3'], from: 17, size: 1.2 }
const growth = touchpoints.map(
  (touchpoint): SimulatedPlant => ({
    ...{ measure: 'wait', touchpoint, units: ['branch5'], from: 18, size: 0.35, grows: true },
  }),
)
const plants = [fall, ...growth]

/** The same bank with more months, of which only a new one is used. */
const monthOf = (index: number, planted: SimulatedPlant[]) =>
  rowsOf(simulatedBank({ ...bank, months: index + 1, plants: planted }).cells, addMonths(lastMonth, 1 - months), index)

describe('each finder, in a bank that has something for it', () => {
  let home: TestHome
  const found = async () => {
    const listed = await listFindings(home.services, home.operator, { state: 'all', folded: true, limit: 500 })
    assert.ok(listed.ok)
    return listed.value.items
  }
  const at = async (finder: string, unit: string, touchpoint: string | null): Promise<FindingRow> => {
    const one = (await found()).find((f) => f.finder === finder && f.unitId === unit && f.touchpointId === touchpoint)
    assert.ok(one, `${finder} at ${touchpoint} in ${unit}`)
    return one
  }
  const target = (touchpoint: string, value: number, from: string) =>
    home.store.query(
      "insert into targets (id, metric, touchpoint_id, value, effective_from, set_by) values ($1, 'csat', $1, $2, $3, 'operator')",
      [touchpoint, value, from],
    )
  before(async () => {
    home = await openTestHome({ units: false, now: '2025-07-10T02:00:00Z' })
    await writeSimulatedBank(home, { ...bank, plants, lastMonth })
    await home.store.query(
      `insert into touchpoints (id, stage_id, name, name_en, facet, channel, position) values ('silent', 's', 'silent', 'silent', 'service', 'branch', 99)`,
    )
    await writeDaily(home.services, [
      { day: '2025-06-30', metric: 'volume', unit: 'branch1', touchpoint: 'silent', n: 900 },
    ])
    await target('open', 4, '2023-01-01')
    // Nobody reaches five; but nobody had to before June.
    await target('info', 5, '2025-06-01')
    await runFinders(home.services, home.operator)
  })
  after(() => home.close())

  it('tells what misses its target, and holds no month to a target that came later', async () => {
    const below = await at('below_target', 'branch3', 'open')
    assert.equal(below.reference, 4)
    assert.ok(below.value! < 4 && below.high! < 0)
    assert.match(below.title.en, /short of its target 4\.00/)
    const held = (await found()).filter((f) => f.finder === 'below_target').map((f) => f.touchpointId)
    assert.deepEqual(new Set(held), new Set(['open']))
    const [{ n } = { n: 0 }] = await home.store.query<{ n: number }>(
      "select sum(hypotheses) as n from finder_periods where finder = 'below_target'",
    )
    assert.ok(Number(n) > 12 * 16, 'each branch was held to the target that was in force')
  })

  it('tells a wait that grows by its first and last month as they were, and the rise by its trend', async () => {
    const growing = await at('growing_wait', 'branch5', null)
    assert.match(growing.title.en, /grown from/)
    assert.ok(growing.value! > growing.reference! && growing.low! > 0)
    const whole = await readFinding(home.services, home.operator, growing.id)
    assert.ok(whole.ok)
    const { evidence } = whole.value.observations.find((o) => o.evidence.comparedWith.kind === 'trend')!
    const answer = await home.services.ask(evidence.value.question, evidence.value.parameters, home.operator)
    assert.ok(answer.ok)
    const rows = answer.value.rows.filter((row) => row.month !== null)
    const observed = whole.value.observations.find((o) => o.evidence === evidence)!
    assert.ok(Math.abs(Number(rows.at(-1)!.value) - observed.value!) < 1e-9)
    assert.ok(Math.abs(Number(rows[0]!.value) - observed.reference!) < 1e-9)
    assert.equal(answer.value.rows.find((row) => row.month === null)!.n, observed.n)
    const first = await home.services.ask(evidence.reference!.question, evidence.reference!.parameters, home.operator)
    assert.ok(first.ok && Math.abs(Number(first.value.rows.at(-1)!.value) - observed.reference!) < 1e-9)
  })

  it('names a touchpoint where customers pass and nobody asks them, at no cost of error', async () => {
    const silent = (await found()).filter((f) => f.finder === 'unmeasured')
    assert.deepEqual(
      silent.map((f) => [f.touchpointId, f.direction, f.state, f.current]),
      [['silent', 'missing', 'new', true]],
    )
    const [line] = await home.store.query<{ alpha: number }>(
      "select max(alpha) as alpha from finder_periods where finder = 'unmeasured'",
    )
    assert.equal(Number(line!.alpha), 0)
  })

  it('go on while there is no evidence of recovery', async () => {
    const milder = [{ ...fall, size: 0.3 }, ...growth.map((g) => ({ ...g, size: 0 }))]
    await writeDaily(home.services, monthOf(months, milder))
    await writeDaily(home.services, monthOf(months + 1, milder))
    await writeDaily(home.services, monthOf(months + 2, milder))
    await writeDaily(home.services, [
      {
        day: '2025-09-10',
        metric: 'csat',
        unit: 'branch1',
        touchpoint: 'silent',
        n: 40,
        total: 170,
        totalSquares: 760,
      },
    ])
    home.setClock('2025-10-10T02:00:00Z')
    await runFinders(home.services, home.operator)
    const still = await at('worse_than_past', 'branch3', 'open')
    assert.equal(still.lastPeriod, '2025-09')
    assert.ok(still.current && still.high! < 0)
    assert.match(still.title.en, /worse than its own past/)
  })

  it('end when there is: a wait that came down again, a touchpoint that is measured now', async () => {
    for (const [finder, unit, touchpoint] of [
      ['growing_wait', 'branch5', null],
      ['unmeasured', 'hq', 'silent'],
    ] as const)
      assert.equal((await at(finder, unit, touchpoint)).current, false, finder)
    assert.match((await at('growing_wait', 'branch5', null)).title.en, /shows signs of recovery/)
  })
})
