import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { birthDemo } from './birth.ts'

const drop = { kind: 'score_drop', metric: 'csat', from: '-430d', by: 0.8 }
const action = { kind: 'action', metric: 'csat', from: '-210d', design: 'did', expected: 0.6 }
const plants = [
  { ...drop, touchpoint: 'tp_counter_transfer', unit: 'zj' },
  { ...action, title: '真措施', touchpoint: 'tp_counter_transfer', unit: 'zj', effect: 0.8 },
  { ...drop, touchpoint: 'tp_care_counter', unit: 'js' },
  { ...action, title: '假措施', touchpoint: 'tp_care_counter', unit: 'js', effect: 0 },
  { ...action, title: '在办措施', touchpoint: 'tp_wealth_advice', unit: 'hz', effect: 0.2, from: '-20d' },
]

interface Chain {
  title: string
  state: string
  locked_at: string
  start_on: string
  finding_state: string | null
  last_seen: string | null
  estimate: number | null
  low: number | null
  high: number | null
  verdict: string | null
  decision: string | null
}

describe('a demo bank with a story', () => {
  let home: TestHome
  const chains = new Map<string, Chain>()
  before(async () => {
    home = await openTestHome({ units: false, now: '2026-07-04T02:00:00Z' })
    await birthDemo(home.services, { customers: 8000, seed: 2, until: '2026-06-30', plant: { plants } })
    const rows = await home.store.query<Chain>(
      `select a.title, a.state, a.locked_at, a.start_on, f.state as finding_state, f.last_seen_period as last_seen, e.estimate, e.low, e.high, e.verdict, e.decision
       from actions a left join findings f on f.id = a.finding_id left join effects e on e.action_id = a.id`,
    )
    for (const row of rows) chains.set(row.title, row)
  })
  after(() => home.close())

  it('answers a finding, registers each action before it begins, and judges it on its day', () => {
    for (const title of ['真措施', '假措施']) {
      const chain = chains.get(title)
      assert.notEqual(chain?.finding_state, null, title)
      assert.ok((chain?.locked_at ?? '') < (chain?.start_on ?? ''), title)
      assert.notEqual(chain?.verdict, null, title)
    }
  })

  it('shows the true effect, with an interval that holds it, and makes it the standard', () => {
    const { low, high, verdict, decision, finding_state, state } = chains.get('真措施') as Chain
    assert.equal(verdict, 'proved')
    assert.ok((low as number) < 0.8 && 0.8 < (high as number), `${low} to ${high}`)
    assert.deepEqual([state, decision, finding_state], ['decided', 'standardise', 'resolved'])
  })

  it('makes the sham look like a sham, and leaves what to do about it to the reader', () => {
    const { low, high, verdict, decision, finding_state } = chains.get('假措施') as Chain
    assert.notEqual(verdict, 'proved')
    assert.ok((low as number) < 0 && 0 < (high as number), `${low} to ${high}`)
    assert.deepEqual([decision, finding_state], [null, 'accepted'])
  })

  it('goes on saying that what the sham left in place is worse', () => {
    assert.equal(chains.get('假措施')?.last_seen, '2026-06')
  })

  it('ranks what was planted, and nothing else', async () => {
    const ranked = await home.services.ask('findings.ranked', {}, home.operator)
    assert.ok(ranked.ok && ranked.value.rows.length >= 2)
    const harmed = ['tp_counter_transfer', 'tp_care_counter']
    assert.deepEqual(
      ranked.value.rows.filter((row) => row.metric !== 'csat' || !harmed.includes(String(row.touchpoint))),
      [],
    )
  })

  it('leaves under way what is not due yet, without a verdict', () => {
    const { state, verdict } = chains.get('在办措施') as Chain
    assert.deepEqual([state, verdict], ['running', null])
  })
})
