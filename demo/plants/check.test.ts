import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { checkPlants, dayIndex, type PlantFault } from './check.ts'

const bank = { customers: 50_000, until: '2026-06-30' }
const faultsOf = (input: unknown): PlantFault[] => {
  const checked = checkPlants(input, bank)
  assert.ok(!checked.ok, 'the plants were taken')
  assert.equal(checked.reason, 'plant_invalid')
  return checked.detail?.faults as PlantFault[]
}
const drop = { kind: 'score_drop', metric: 'csat', touchpoint: 'tp_open_counter', unit: 'hz', from: '-90d', by: 0.4 }

test('the story shipped with the demo is valid for the default bank and for small ones', async () => {
  const story: unknown = JSON.parse(await readFile(new URL('default.json', import.meta.url), 'utf8'))
  for (const customers of [50_000, 10_000]) assert.ok(checkPlants(story, { ...bank, customers }).ok)
})

test('an empty list plants nothing', () => {
  assert.deepEqual(checkPlants({ plants: [] }, bank), { ok: true, value: { plants: [] } })
})

test('unknown kinds, fields, touchpoints and units are refused by name', () => {
  const [field] = faultsOf({ plants: [{ ...drop, touchpiont: 'x' }] })
  assert.equal(field?.plant, 0)
  assert.match(field?.field ?? '', /touchpiont/)
  assert.match(faultsOf({ plants: [drop, { ...drop, touchpoint: 'tp_nowhere' }] })[0]?.message ?? '', /tp_nowhere/)
  assert.match(faultsOf({ plants: [{ ...drop, unit: 'atlantis' }] })[0]?.message ?? '', /atlantis/)
  assert.equal(faultsOf({ plants: [{ kind: 'miracle' }] })[0]?.plant, 0)
  assert.equal(faultsOf({ plant: [] }).length > 0, true)
  assert.equal(faultsOf([]).length > 0, true)
})

test('a touchpoint that never occurs in a unit, or a queue where nobody waits, is refused', () => {
  assert.match(faultsOf({ plants: [{ ...drop, unit: 'dg-mobile' }] })[0]?.message ?? '', /never occurs/)
  const queue = { kind: 'wait_growth', unit: 'dg-mobile', from: '-50d', servers: -1 }
  assert.match(faultsOf({ plants: [queue] })[0]?.message ?? '', /nobody waits/)
})

test('a wait grows by fewer servers or by slower service, by one of both', () => {
  const plant = { kind: 'wait_growth', unit: 'hz-xihu', from: '-50d' }
  assert.ok(checkPlants({ plants: [{ ...plant, servers: -1 }] }, bank).ok)
  assert.ok(checkPlants({ plants: [{ ...plant, slower: 1.3 }] }, bank).ok)
  faultsOf({ plants: [plant] })
  faultsOf({ plants: [{ ...plant, servers: -1, slower: 1.3 }] })
})

test('days are dates or days before the end, inside the history', () => {
  assert.equal(dayIndex('-0d', '2026-06-30', 730), 729)
  assert.equal(dayIndex('2026-06-01', '2026-06-30', 730), 700)
  assert.match(faultsOf({ plants: [{ ...drop, from: '-5000d' }] })[0]?.message ?? '', /outside the history/)
  assert.match(faultsOf({ plants: [{ ...drop, from: '2026-13-45' }] })[0]?.message ?? '', /not a day/)
  faultsOf({ plants: [{ ...drop, from: 'yesterday' }] })
})

test('a day that is in no calendar, and an end before its beginning, are refused', () => {
  assert.match(faultsOf({ plants: [{ ...drop, from: '2026-02-30' }] })[0]?.message ?? '', /not a day/)
  const [fault] = faultsOf({ plants: [{ ...drop, from: '-90d', to: '-120d' }] })
  assert.equal(fault?.field, 'to')
  assert.ok(checkPlants({ plants: [{ ...drop, from: '-90d', to: '-90d' }] }, bank).ok)
})

test('a mean that would leave its scale is refused', () => {
  const [fault] = faultsOf({ plants: [drop, { ...drop, by: 40 }] })
  assert.deepEqual([fault?.plant, fault?.field], [1, 'by'])
  assert.match(fault?.message ?? '', /ends at 1/)
  const action = { kind: 'action', title: 't', touchpoint: 'tp_open_counter', unit: 'hz', from: '-90d', design: 'did' }
  assert.equal(faultsOf({ plants: [{ ...action, metric: 'csat', effect: 9 }] })[0]?.field, 'effect')
  assert.equal(faultsOf({ plants: [{ ...action, metric: 'success_rate', effect: 1.5 }] })[0]?.field, 'effect')
  assert.ok(checkPlants({ plants: [{ ...action, metric: 'nps', effect: 30 }] }, bank).ok)
})

test('an action is refused where it cannot be decided on, or nothing be seen of it', () => {
  const action = { kind: 'action', title: 't', touchpoint: 'tp_open_counter', unit: 'hz', metric: 'csat', effect: 0.5 }
  const early = faultsOf({ plants: [{ ...action, design: 'did', from: '-729d' }] })
  assert.deepEqual([early[0]?.field, early.length], ['from', 1])
  assert.ok(checkPlants({ plants: [{ ...action, design: 'did', from: '-726d' }] }, bank).ok)
  const blind = [
    { kind: 'unmeasured', touchpoint: 'tp_open_counter' },
    { ...action, design: 'did', from: '-90d' },
  ]
  assert.deepEqual(
    faultsOf({ plants: blind }).map(({ plant, field }) => [plant, field]),
    [[1, 'touchpoint']],
  )
})
