import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { coverage, experienceModel, listTargets, targetsOn } from './data.ts'
import { addNode, addTarget, changeNode, endTarget, setArchived } from './mutations.ts'

let home: TestHome
before(async () => {
  home = await openTestHome({ now: '2026-03-01T04:00:00Z' })
})
after(() => home.close())

const must = async <T>(outcome: Promise<{ ok: true; value: T } | { ok: false; reason: string }>): Promise<T> => {
  const done = await outcome
  assert.ok(done.ok, JSON.stringify(done))
  return done.value
}

async function touchpoint(name: string) {
  const { services, operator } = home
  const journey = await must(addNode(services, operator, 'journeys', { name: `${name}旅程`, nameEn: 'Journey' }))
  const stage = await must(
    addNode(services, operator, 'stages', { name: '办理', nameEn: 'Doing', phase: 'during', parentId: journey.id }),
  )
  const added = await must(
    addNode(services, operator, 'touchpoints', {
      name,
      nameEn: name,
      facet: 'channel',
      channel: 'app',
      parentId: stage.id,
      ownerUnitId: 'bank',
    }),
  )
  return { journey: journey.id, stage: stage.id, touchpoint: added.id }
}

test('a journey with its stage, touchpoint and moment of truth is read back as a tree', async () => {
  const { services, operator } = home
  const ids = await touchpoint('转账')
  await must(
    addNode(services, operator, 'moments', {
      name: '转账失败',
      nameEn: 'Transfer fails',
      parentId: ids.touchpoint,
      why: '资金安全',
    }),
  )
  const journey = (await experienceModel(services, operator)).find((j) => j.id === ids.journey)
  assert.equal(journey?.stages[0]?.touchpoints[0]?.name, '转账')
  assert.equal(journey?.stages[0]?.touchpoints[0]?.moments[0]?.why, '资金安全')
})

test('of two people who edit the same touchpoint the second is told, and nothing of his is written', async () => {
  const { services, operator } = home
  const { touchpoint: id } = await touchpoint('查询')
  await must(changeNode(services, operator, 'touchpoints', id, { revision: 1, name: '余额查询' }))
  const late = await changeNode(services, operator, 'touchpoints', id, { revision: 1, name: '别的名字' })
  assert.ok(!late.ok && late.reason === 'changed_meanwhile')
  const names = (await experienceModel(services, operator)).flatMap((j) =>
    j.stages.flatMap((s) => s.touchpoints.map((t) => t.name)),
  )
  assert.ok(names.includes('余额查询') && !names.includes('别的名字'))
})

test('a stage without phase, a touchpoint under nothing and an unknown owner are refused', async () => {
  const { services, operator } = home
  const journey = await must(addNode(services, operator, 'journeys', { name: '空', nameEn: 'Empty' }))
  const noPhase = await addNode(services, operator, 'stages', { name: '一', nameEn: 'One', parentId: journey.id })
  assert.ok(!noPhase.ok && noPhase.reason === 'model_field_missing')
  const nowhere = await addNode(services, operator, 'stages', {
    name: '一',
    nameEn: 'One',
    phase: 'after',
    parentId: 'none',
  })
  assert.ok(!nowhere.ok && nowhere.reason === 'model_parent_unknown')
  const { stage } = await touchpoint('有主')
  const owner = await addNode(services, operator, 'touchpoints', {
    name: 'x',
    nameEn: 'x',
    facet: 'people',
    channel: 'branch',
    parentId: stage,
    ownerUnitId: 'mars',
  })
  assert.ok(!owner.ok && owner.reason === 'model_parent_unknown')
})

test('an archived touchpoint leaves the model and comes back whole', async () => {
  const { services, operator } = home
  const { touchpoint: id } = await touchpoint('停用')
  const has = async () =>
    (await experienceModel(services, operator)).some((j) =>
      j.stages.some((s) => s.touchpoints.some((t) => t.id === id)),
    )
  await must(setArchived(services, operator, 'touchpoints', id, true))
  assert.equal(await has(), false)
  await must(setArchived(services, operator, 'touchpoints', id, false))
  assert.equal(await has(), true)
})

test('the most specific target in force wins, and a new one ends the one before it', async () => {
  const { services, operator } = home
  const { touchpoint: id } = await touchpoint('目标')
  const set = (value: number, place: { touchpointId?: string; unitId?: string }, from: string) =>
    addTarget(services, operator, {
      metric: 'csat',
      touchpointId: null,
      unitId: null,
      ...place,
      value,
      effectiveFrom: from,
    })
  await must(set(4.0, {}, '2026-01-01'))
  await must(set(4.2, { touchpointId: id }, '2026-01-01'))
  await must(set(4.4, { touchpointId: id, unitId: 'hz' }, '2026-02-01'))
  await must(set(4.1, {}, '2026-02-01'))
  const january = await targetsOn(services, '2026-01-15')
  const march = await targetsOn(services, '2026-03-01')
  assert.equal(january('csat', null, ['hz-xihu', 'hz', 'zj', 'bank']), 4.0)
  assert.equal(march('csat', null, ['hz-xihu', 'hz']), 4.1)
  assert.equal(march('csat', id, ['hz-xihu', 'hz', 'zj', 'bank']), 4.4)
  assert.equal(march('csat', id, ['nj']), 4.2)
  assert.equal(march('nps', id, ['nj']), null)
  const again = await set(4.5, {}, '2026-02-01')
  assert.ok(!again.ok && again.reason === 'target_already_ahead')
  const unknown = await addTarget(services, operator, {
    metric: 'joy',
    touchpointId: null,
    unitId: null,
    value: 1,
    effectiveFrom: '2026-01-01',
  })
  assert.ok(!unknown.ok && unknown.reason === 'target_metric_unknown')
})

test('a target of another unit is neither seen nor ended by a branch', async () => {
  const { services, operator } = home
  const { id } = await must(
    addTarget(services, operator, {
      metric: 'wait',
      touchpointId: null,
      unitId: 'nj',
      value: 600,
      effectiveFrom: '2026-01-01',
    }),
  )
  const { scope } = await home.user({ role: 'CXM', unit: 'hz-xihu' })
  assert.equal(
    (await listTargets(services, scope)).some((target) => target.id === id),
    false,
  )
  const ended = await endTarget(services, scope, id, '2026-05-01')
  assert.ok(!ended.ok && ended.reason === 'not_found')
})

test('a right held in one branch changes neither the model nor a bank-wide target', async () => {
  const { services, operator } = home
  const { touchpoint: id } = await touchpoint('全行口径')
  const { scope } = await home.user({ role: 'CXM', unit: 'hz-xihu' })
  const refused = [
    await addNode(services, scope, 'journeys', { name: 'x', nameEn: 'x' }),
    await changeNode(services, scope, 'touchpoints', id, { revision: 1, name: 'x' }),
    await setArchived(services, scope, 'touchpoints', id, true),
    await addTarget(services, scope, {
      metric: 'ces',
      touchpointId: id,
      unitId: null,
      value: 5,
      effectiveFrom: '2026-01-01',
    }),
  ]
  for (const outcome of refused) assert.ok(!outcome.ok && outcome.reason === 'not_allowed')
  await must(
    addTarget(services, scope, {
      metric: 'ces',
      touchpointId: id,
      unitId: 'hz-xihu',
      value: 5,
      effectiveFrom: '2026-01-01',
    }),
  )
  const wide = await must(
    addTarget(services, operator, {
      metric: 'ces',
      touchpointId: id,
      unitId: null,
      value: 5,
      effectiveFrom: '2026-01-01',
    }),
  )
  const ended = await endTarget(services, scope, wide.id, '2026-05-01')
  assert.ok(!ended.ok && ended.reason === 'not_allowed')
})

test('coverage names touchpoints that nobody measures', async () => {
  const { services, operator } = home
  const { touchpoint: id } = await touchpoint('无人测量')
  const { rows } = await coverage(services, operator)
  assert.equal(rows.find((row) => row.touchpointId === id)?.state, 'unmeasured')
})
