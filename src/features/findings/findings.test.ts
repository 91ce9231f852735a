import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { simulatedBank, type SimulatedPlant } from '#methods/surveillance/simulatedBank.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { addMonths } from './data/bank.ts'
import { findingById, type FindingRow, listFindings, readFinding, ledgerOf } from './data.ts'
import { runFinders } from './jobs.ts'
import { decide, setWatched, undo } from './mutations.ts'
import { materiallyWorse } from './mutations/record.ts'
import { rowsOf, writeDaily, writeSimulatedBank } from './testing.ts'

const lastMonth = '2025-06'
const months = 24
const bank = { seed: 7, branches: 16, answers: 60, waits: 60, months }
const fall: SimulatedPlant = { measure: 'csat', touchpoint: 'open', units: ['branch3'], from: 17, size: 1.2 }

/** The same bank with more months: what it has in common with the shorter one is drawn anew, so only new months are used. */
const monthOf = (index: number, plants: SimulatedPlant[]) =>
  rowsOf(simulatedBank({ ...bank, months: index + 1, plants }).cells, addMonths(lastMonth, 1 - months), index)

async function bankAtWork(plants: SimulatedPlant[] = [fall]): Promise<TestHome> {
  const home = await openTestHome({ units: false, now: '2025-07-10T02:00:00Z' })
  await writeSimulatedBank(home, { ...bank, plants, lastMonth })
  return home
}

const everything = { state: 'all', folded: true, limit: 500 } as const

async function all(home: TestHome): Promise<FindingRow[]> {
  const listed = await listFindings(home.services, home.operator, everything)
  assert.ok(listed.ok)
  return listed.value.items
}

async function planted(home: TestHome): Promise<FindingRow> {
  const found = (await all(home)).find(
    (f) => f.finder === 'worse_than_past' && f.unitId === 'branch3' && f.touchpointId === 'open' && f.metric === 'csat',
  )
  assert.ok(found, 'the planted fall was found')
  return found
}

describe('the finders in a bank with one harm', () => {
  let home: TestHome
  before(async () => {
    home = await bankAtWork()
    await runFinders(home.services, home.operator)
  })
  after(() => home.close())

  it('find it, say since when and how sure, and open its evidence', async () => {
    const finding = await planted(home)
    assert.equal(finding.state, 'new')
    assert.ok(finding.current)
    assert.ok(finding.firstPeriod >= '2024-12' && finding.firstPeriod <= lastMonth)
    assert.ok(finding.value! < finding.reference!)
    assert.ok(finding.high! < 0, 'the whole interval lies on the worse side')
    const whole = await readFinding(home.services, home.operator, finding.id)
    assert.ok(whole.ok)
    const { evidence } = whole.value.observations.at(-1)!
    const answer = await home.services.ask(evidence.value.question, evidence.value.parameters, home.operator)
    assert.ok(answer.ok)
    const total = answer.value.rows.find((row) => row.month === null)
    assert.equal(total?.n, finding.n)
    assert.ok(Math.abs(Number(total?.value) - finding.value!) < 1e-9)
  })

  it('fold the units above it under it', async () => {
    const finding = await planted(home)
    const above = (await all(home)).filter(
      (f) => f.metric === 'csat' && f.touchpointId === 'open' && f.unitId !== 'branch3' && f.current,
    )
    assert.ok(above.length > 0, 'the city is significant, too')
    for (const f of above) assert.equal(f.parentId, finding.id, `${f.unitId} is explained by branch3`)
    const ranked = await home.services.ask('findings.ranked', {}, home.operator)
    assert.ok(ranked.ok)
    assert.ok(ranked.value.rows.every((row) => row.foldedInto === null))
    assert.ok(ranked.value.rows.some((row) => row.id === finding.id && row.state === 'new'))
  })

  it('test each closed period once, at the error allotted to it, however often they run', async () => {
    const count = async () => ({
      ledger: await home.store.query('select finder, period, tested_at from finder_periods order by 1, 2'),
      observations: await home.store.query('select count(*) as n from finding_observations'),
    })
    const once = await count()
    assert.equal(once.ledger.length, 4 * 12)
    const again = await runFinders(home.services, home.operator)
    assert.deepEqual(again.tested, [])
    assert.deepEqual(await count(), once)
    const [sum] = await home.store.query<{ alpha: number }>('select sum(alpha) as alpha from finder_periods')
    assert.ok(Math.abs(Number(sum!.alpha) - 0.02) < 1e-12, 'a year spends its budget and no more')
  })

  it('see late facts once more without testing the period again', async () => {
    const finding = await planted(home)
    const ledger = () =>
      home.store.query<{ tested_at: string; late_n: number }>(
        "select tested_at, late_n from finder_periods where finder = 'worse_than_past' and period = $1",
        [lastMonth],
      )
    const [tested] = await ledger()
    await writeDaily(home.services, [
      { day: '2025-06-30', metric: 'csat', unit: 'branch3', touchpoint: 'open', n: 5, total: 10, totalSquares: 22 },
    ])
    const run = await runFinders(home.services, home.operator)
    assert.deepEqual(run.tested, [])
    const [now] = await ledger()
    assert.equal(now!.tested_at, tested!.tested_at)
    assert.equal(now!.late_n, 5)
    const whole = await readFinding(home.services, home.operator, finding.id)
    assert.ok(whole.ok)
    const last = whole.value.observations.filter((o) => o.period === lastMonth)
    assert.deepEqual(
      last.map((o) => o.late),
      [false, true],
    )
    assert.equal(last[1]!.n, last[0]!.n + 5)
    await runFinders(home.services, home.operator)
    const after = await readFinding(home.services, home.operator, finding.id)
    assert.ok(after.ok)
    assert.equal(after.value.observations.length, whole.value.observations.length)
  })

  it('are counted in the ledger for whoever sees the whole bank; others learn what was tested when', async () => {
    const own = await home.user({ role: 'TEL', unit: 'branch3' })
    const [whole, part] = [await ledgerOf(home.services, home.operator), await ledgerOf(home.services, own.scope)]
    assert.ok(whole.some(({ hypotheses, factsN }) => Number(hypotheses) > 0 && Number(factsN) > 0))
    assert.deepEqual(
      part,
      whole.map((line) => ({ ...line, hypotheses: null, rejected: null, factsN: null, lateN: null })),
    )
  })

  it('are seen only by those whose units hold them', async () => {
    const finding = await planted(home)
    const own = await home.user({ role: 'BM', unit: 'branch3' })
    const other = await home.user({ role: 'BM', unit: 'branch5' })
    assert.ok(await findingById(home.services, own.scope, finding.id))
    assert.equal(await findingById(home.services, other.scope, finding.id), undefined)
    const refused = await decide(home.services, other.scope, finding.id, 'accept', {})
    assert.equal(refused.ok ? 'accepted' : refused.reason, 'not_found')
    const cell = { metric: 'csat', touchpoint: 'open', unit: 'branch3', from: '2025-01-01', to: '2025-06-30' }
    const asked = await home.services.ask('findings.cell', cell, other.scope)
    assert.equal(asked.ok ? 'answered' : asked.reason, 'not_found')
  })
})

describe('a decision on a finding', () => {
  let home: TestHome
  let id: string
  before(async () => {
    home = await bankAtWork()
    await runFinders(home.services, home.operator)
    id = (await planted(home)).id
  })
  after(() => home.close())

  it('goes from new to accepted, names its owner, and can be taken back', async () => {
    const manager = await home.user({ role: 'CXM', unit: 'hq' })
    const accepted = await decide(home.services, manager.scope, id, 'accept', { note: '由我牵头' })
    assert.ok(accepted.ok)
    assert.equal(accepted.value.state, 'accepted')
    assert.equal(accepted.value.ownerUserId, manager.id)
    const back = await undo(home.services, manager.scope, id)
    assert.ok(back.ok)
    assert.equal(back.value.state, 'new')
    assert.equal(back.value.ownerUserId, null)
    const twice = await undo(home.services, manager.scope, id)
    assert.equal(twice.ok ? 'undone' : twice.reason, 'nothing_to_undo')
  })

  it('is refused where the state does not allow it, the reason lacks its words, or somebody was quicker', async () => {
    const { services, operator } = home
    const other = await decide(services, operator, id, 'dismiss', { reason: 'other' })
    assert.equal(other.ok ? 'dismissed' : other.reason, 'note_needed')
    const stale = await decide(services, operator, id, 'accept', { revision: 1 })
    assert.equal(stale.ok ? 'accepted' : stale.reason, 'changed_meanwhile')
    const resolved = await decide(services, operator, id, 'resolve', { reason: 'cause_gone' })
    assert.ok(resolved.ok)
    const accepted = await decide(services, operator, id, 'accept', {})
    assert.equal(accepted.ok ? 'accepted' : accepted.reason, 'finding_state')
    assert.ok((await undo(services, operator, id)).ok)
  })

  it('merges into another finding, never in a circle', async () => {
    const { services, operator } = home
    const self = await decide(services, operator, id, 'merge', { into: id })
    assert.equal(self.ok ? 'merged' : self.reason, 'merge_circular')
    const other = (await all(home)).find((f) => f.id !== id)
    if (!other) return
    assert.ok((await decide(services, operator, id, 'merge', { into: other.id })).ok)
    const circle = await decide(services, operator, other.id, 'merge', { into: id })
    assert.equal(circle.ok ? 'merged' : circle.reason, 'merge_circular')
    assert.ok((await undo(services, operator, id)).ok)
  })

  it('is audited with what it replaced', async () => {
    const records = await home.store.query<{ detail: { before: { state: string } } }>(
      "select detail from audit_records where action = 'finding.resolve'",
    )
    assert.equal(records[0]!.detail.before.state, 'new')
  })

  it('puts a finding on the list of whoever watches it, and of nobody else', async () => {
    const reader = await home.user({ role: 'EXE', unit: 'hq' })
    assert.ok((await setWatched(home.services, reader.scope, id, true)).ok)
    const mine = await listFindings(home.services, reader.scope, { watched: true })
    assert.deepEqual(mine.ok && mine.value.items.map((f) => f.id), [id])
    const operators = await setWatched(home.services, home.operator, id, true)
    assert.equal(operators.ok ? 'watched' : operators.reason, 'users_only')
  })

  it('pages through the ranking without losing or repeating one', async () => {
    const whole = await all(home)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await listFindings(home.services, home.operator, { ...everything, limit: 2, cursor })
      assert.ok(page.ok)
      paged.push(...page.value.items.map((f) => f.id))
      cursor = page.value.next ?? undefined
    } while (cursor)
    assert.deepEqual(
      paged,
      whole.map((f) => f.id),
    )
  })
})

describe('a finding that was closed', () => {
  const nextMonths = async (home: TestHome, plants: SimulatedPlant[], count = 1) => {
    for (let m = 0; m < count; m++) await writeDaily(home.services, monthOf(months + m, plants))
    const newest = addMonths(lastMonth, count)
    home.setClock(`${addMonths(newest, 1)}-10T02:00:00Z`)
    const run = await runFinders(home.services, home.operator)
    assert.ok(run.tested.some(({ period }) => period === newest))
  }

  it('stays dismissed while it is as bad as it was', async (t) => {
    const home = await bankAtWork()
    t.after(() => home.close())
    await runFinders(home.services, home.operator)
    const finding = await planted(home)
    await decide(home.services, home.operator, finding.id, 'dismiss', { reason: 'known' })
    await nextMonths(home, [fall])
    const later = await planted(home)
    assert.equal(later.lastPeriod, '2025-07', 'it is still observed')
    assert.equal(later.state, 'dismissed')
  })

  it('returns from dismissal when it is materially worse', async (t) => {
    const home = await bankAtWork()
    t.after(() => home.close())
    await runFinders(home.services, home.operator)
    const finding = await planted(home)
    await decide(home.services, home.operator, finding.id, 'dismiss', { reason: 'too_small' })
    await nextMonths(home, [{ ...fall, size: 3 }], 2)
    const later = await planted(home)
    assert.equal(later.state, 'new')
    assert.ok(later.returnedAt)
    const returned = await home.store.query<{ detail: { loss: number; dismissedLoss: number } }>(
      "select detail from audit_records where action = 'finding.return'",
    )
    assert.equal(returned.length, 1)
    assert.ok(returned[0]!.detail.loss >= 1.5 * returned[0]!.detail.dismissedLoss)
  })

  it('reopens after its resolution when months after it are significantly worse', async (t) => {
    const home = await bankAtWork([{ ...fall, size: 2.5 }])
    t.after(() => home.close())
    home.setClock('2025-07-10T02:00:00Z')
    await runFinders(home.services, home.operator)
    const finding = await planted(home)
    home.setClock('2025-06-20T02:00:00Z')
    await decide(home.services, home.operator, finding.id, 'resolve', { reason: 'cause_gone' })
    await nextMonths(home, [{ ...fall, size: 2.5 }])
    assert.equal((await planted(home)).state, 'new')
  })

  it('does not reopen by months from before its resolution', async (t) => {
    const home = await bankAtWork()
    t.after(() => home.close())
    await runFinders(home.services, home.operator)
    const finding = await planted(home)
    await decide(home.services, home.operator, finding.id, 'resolve', { reason: 'cause_gone' })
    await nextMonths(home, [])
    assert.equal((await planted(home)).state, 'resolved')
  })

  it('counts as materially worse by half and by one step', () => {
    assert.equal(materiallyWorse(5, 4), false)
    assert.equal(materiallyWorse(6, 4), true)
    assert.equal(materiallyWorse(1.9, 1), false)
  })
})
