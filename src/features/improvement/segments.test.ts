import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unitsOf } from '#features/findings/data.ts'
import type { TestHome } from '#server/testing.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { readDays } from './data/panel.ts'
import { bankIn, branches, codes, effectOf, helping, plan, start } from './testing.ts'

describe('segments', () => {
  /** Facts of every day and branch, by the query that names their columns. */
  async function load(home: TestHome, kind: FactKind, columns: string) {
    await home.services.warehouse.session(async ({ connection, write }) => {
      await connection.run(`create or replace temp table staged as
        select 'open' as touchpoint_id, 'app' as channel, b.unit_id, d.day + to_hours(2) as start_at, ${columns}
        from range(timestamp '2024-01-01', timestamp '2025-06-05', interval 1 day) d(day)
        cross join (values ${branches.map((id) => `('${id}')`).join(', ')}) b(unit_id)
        cross join range(6) r(i)`)
      await write((writer) => loadFacts(writer, kind, { loadId: 1, source: kind, timeZone: 'UTC' }, 'staged'))
    })
  }
  const after = `d.day >= timestamp '${start}'`

  it('whose mix changed are said: part of the difference may be mix', async (t) => {
    for (const [gold, warned] of [
      ['i < 2', false],
      [`i < case when ${after} then 4 else 2 end`, true],
    ] as const) {
      const home = await bankIn(t, helping)
      await load(home, 'interactions', `case when ${gold} then 'gold' else 'mass' end as segment`)
      const { warnings } = await effectOf(home)
      assert.equal(codes(warnings).includes('mix_changed'), warned)
    }
  })

  it('can be what is measured: from their own facts, inside the units that the reader sees', async (t) => {
    const home = await bankIn(t, {})
    const better = `b.unit_id in ('b0', 'b1', 'b2', 'b3') and ${after} and i < 3`
    await load(
      home,
      'responses',
      `case when i < 3 then 'gold' else 'mass' end as segment, 'csat' as metric,
        1 + (hash(d.day, b.unit_id, i) % 3) + case when ${better} then 2 else 0 end as score`,
    )
    const measure = { ...plan.measure, segment: 'gold' }
    const gold = await effectOf(home, { measure, guards: [] })
    assert.ok(Math.abs(gold.estimate! - 2) < 0.1, JSON.stringify(gold.estimate))
    await home.store.query("update actions set state = 'cancelled'")
    const mass = await effectOf(home, { measure: { ...measure, segment: 'mass' }, guards: [] })
    assert.ok(Math.abs(mass.estimate!) < 0.1, JSON.stringify(mass.estimate))
    assert.equal(mass.n, gold.n)
    const manager = await home.user({ role: 'BM', unit: 'b1' })
    const { services } = home
    const seen = await readDays(
      services,
      manager.scope,
      await unitsOf(services),
      { ...measure, unitIds: 'all' },
      {
        from: '2024-01-01',
        to: start,
      },
    )
    assert.deepEqual([...new Set(seen.map(({ unit }) => unit))], ['b1'])
  })
})
