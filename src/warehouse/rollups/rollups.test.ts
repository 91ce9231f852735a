import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Scope } from '#access/scope.ts'
import { openDuckdb } from '../duckdb.ts'
import { eraseCustomers } from '../erasing.ts'
import type { FactKind } from '../facts.ts'
import { loadFacts, undoLoad } from '../loading.ts'
import { foldFiner, foldRollups, loadAddingUp, loadSourcesAddingUp } from './adding.ts'
import { refreshInTurns } from './inTurns.ts'
import { rebuildRollups, refreshRollups } from './making.ts'
import { dailyOf } from './ofFacts.ts'
import { raw, sql } from '../sql.ts'
import type { Cell } from '../warehouse.ts'

const warehouse = await openDuckdb(':memory:')
after(() => warehouse.close())

type StagedRow = Record<string, Cell>

/** As a file is loaded; or as intake is moved, which adds to the sums. */
async function load(kind: FactKind, loadId: number, rows: StagedRow[], by: 'file' | 'intake' = 'file') {
  await warehouse.session(async ({ connection, write }) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    await connection.run(`create temp table staged (${columns.map((column) => `${column} varchar`).join(', ')})`)
    for (const row of rows)
      await connection.run(
        `insert into staged values (${columns.map(() => '?').join(', ')})`,
        columns.map((column) => (row[column] === undefined ? null : String(row[column]))),
      )
    await write(async (writer) => {
      const target = { loadId, source: kind, timeZone: 'UTC' }
      if (by === 'intake') await loadAddingUp(writer, kind, target, 'staged')
      else await loadFacts(writer, kind, target, 'staged')
      await refreshRollups(writer, { episodes: by === 'intake' ? 'later' : 'now' })
    })
  })
}

const rowsOf = async (text: string) => (await warehouse.write((writer) => writer.run(raw(text)))).rows

async function clear() {
  await warehouse.write(async (writer) => {
    const made = ['daily', 'daily_bins', 'stale_days', 'stale_episode_days']
    for (const table of ['interactions', 'tickets', 'responses', 'complaints', ...made])
      await writer.run(sql`delete from ${raw(table)}`)
    await writer.run(sql`delete from warehouse_meta where key = 'rollup_days_remaining'`)
  })
}

const day = (date: number, hour = 8) => new Date(Date.UTC(2025, 2, date, hour)).toISOString().slice(0, 19)
const metric = async (name: string) =>
  rowsOf(
    `select cast(local_day as varchar) as day, n, total, hits, misses from daily where metric = '${name}' order by 1, channel`,
  )

test('answers of every scale are counted on the metric’s own', async () => {
  await clear()
  const answer = (kind: string, score: number, scale?: [number, number]) => ({
    start_at: day(1),
    metric: kind,
    score,
    ...(scale ? { scale_min: scale[0], scale_max: scale[1] } : {}),
  })
  await load('responses', 1, [
    ...[10, 9, 7, 6, 0].map((score) => answer('nps', score)),
    ...[5, 3].map((score) => answer('csat', score)),
    answer('csat', 10, [0, 10]),
    answer('csat', 5, [0, 10]),
    answer('ces', 5),
    answer('other', 5),
  ])
  assert.deepEqual(await metric('nps'), [{ day: '2025-03-01', n: 5, total: 32, hits: 2, misses: 2 }])
  assert.deepEqual(await metric('csat'), [{ day: '2025-03-01', n: 4, total: 5 + 3 + 5 + 3, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('ces'), [{ day: '2025-03-01', n: 1, total: 5, hits: 1, misses: 0 }])
})

test('waits are those measured: of tickets only who queued, hits within ten minutes', async () => {
  await clear()
  await load('tickets', 1, [
    { start_at: day(1), queued: true, wait_seconds: 600, service_seconds: 60, outcome: 'served' },
    { start_at: day(1), queued: true, wait_seconds: 601, outcome: 'abandoned' },
    { start_at: day(1), queued: false, wait_seconds: 0, service_seconds: 700, outcome: 'served' },
  ])
  await load('interactions', 2, [{ start_at: day(1), wait_seconds: 30, duration_seconds: 10, outcome: 'failure' }])
  assert.deepEqual(await metric('wait'), [{ day: '2025-03-01', n: 3, total: 1231, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('duration'), [{ day: '2025-03-01', n: 3, total: 770, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('success_rate'), [{ day: '2025-03-01', n: 4, total: 0, hits: 2, misses: 0 }])
  assert.deepEqual(await metric('volume'), [{ day: '2025-03-01', n: 1, total: 0, hits: 0, misses: 0 }])
  assert.deepEqual(await rowsOf("select bin, n from daily_bins where metric = 'wait' order by bin"), [
    { bin: Math.floor(8 * Math.log2(31)), n: 1 },
    { bin: Math.floor(8 * Math.log2(601)), n: 2 },
  ])
})

test('an episode begins after seven quiet days and hops when a second channel follows within seven', async () => {
  await clear()
  const contact = (date: number, channel: string, customer_key = 1, intent = 'loan') => ({
    start_at: day(date),
    channel,
    customer_key,
    intent,
  })
  await load('interactions', 1, [contact(1, 'app'), contact(9, 'app'), contact(1, 'app', 2), contact(20, 'phone', 1)])
  assert.deepEqual(await metric('channel_hops'), [
    { day: '2025-03-01', n: 2, total: 0, hits: 0, misses: 0 },
    { day: '2025-03-09', n: 1, total: 0, hits: 0, misses: 0 },
    { day: '2025-03-20', n: 1, total: 0, hits: 0, misses: 0 },
  ])
  // A call in between joins the first two episodes of customer 1: it is within a week of the one and of the other.
  await load('interactions', 2, [contact(7, 'phone')])
  assert.deepEqual(await metric('channel_hops'), [
    { day: '2025-03-01', n: 2, total: 0, hits: 1, misses: 0 },
    { day: '2025-03-20', n: 1, total: 0, hits: 0, misses: 0 },
  ])
})

test('under intake episodes may wait for the next refresh that makes them', async () => {
  await clear()
  const contact = (date: number, channel: string) => ({ start_at: day(date), channel, customer_key: 1, intent: 'loan' })
  await load('interactions', 1, [contact(1, 'app')])
  await warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as select timestamp '${day(2)}' as start_at, 'phone' as channel,
      1 as customer_key, 'loan' as intent`)
    await write(async (writer) => {
      await loadFacts(writer, 'interactions', { loadId: 2, source: 'intake', timeZone: 'UTC' }, 'staged')
      await refreshRollups(writer, { episodes: 'later' })
    })
  })
  const hits = async () => (await metric('channel_hops')).map((row) => row.hits)
  assert.equal((await metric('volume')).length, 2)
  assert.deepEqual(await hits(), [0])
  await warehouse.write((writer) => refreshRollups(writer))
  assert.deepEqual(await hits(), [1])
})

const rollups = () =>
  rowsOf(`select * from daily union all by name select *, 0.0::double as total from daily_bins order by all`)

const interactionShape = {
  source_id: fc.integer({ min: 1, max: 12 }).map(String),
  // Over the end of a month, where the parts of a cluster meet.
  start_at: fc.integer({ min: 20, max: 44 }).map((date) => day(date)),
  channel: fc.constantFrom('app', 'phone'),
  customer_key: fc.constantFrom(1, 2),
  intent: fc.constantFrom('loan', 'card'),
  unit_id: fc.constantFrom('hz', 'nj'),
  wait_seconds: fc.integer({ min: 0, max: 2000 }),
  outcome: fc.constantFrom('success', 'failure'),
}
const interaction = fc.record(interactionShape)

test('after any loads and undos the rollups are those made from the facts at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(interaction, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
      async (loads, undone) => {
        await clear()
        // Something far away keeps the refresh from writing everything anew.
        await load(
          'interactions',
          99,
          Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' })),
        )
        for (const [i, rows] of loads.entries()) await load('interactions', i + 1, rows)
        for (const id of undone)
          await warehouse.write(async (writer) => {
            await undoLoad(writer, id)
            await refreshRollups(writer)
          })
        const kept = await rollups()
        await warehouse.write((writer) => rebuildRollups(writer))
        assert.deepEqual(kept, await rollups())
        const summed = await sums()
        // A few days at a time, and of them a few customers, as on a cluster, which takes so much at once.
        await warehouse.write((writer) => rebuildRollups(writer, 2))
        assert.deepEqual(summed, await sums())
      },
    ),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 15) },
  )
})

/** The sums of each key, in however many rows they stand. */
const sums = (but = '') =>
  rowsOf(`select metric, local_day, unit_id, touchpoint_id, channel, segment, null as bin, sum(n) as n, sum(total) as total,
      sum(hits) as hits from daily where metric <> '${but}' group by all
    union all select metric, local_day, unit_id, null, channel, null, bin, sum(n), 0, 0 from daily_bins group by all order by all`)

test('what is added to the sums, corrected or not, adds up to what is made from the facts at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          rows: fc.array(interaction, { minLength: 1, maxLength: 6 }),
          by: fc.constantFrom('intake' as const, 'intake' as const, 'file' as const),
          after: fc.constantFrom('nothing', 'fold', 'refresh', 'turns'),
        }),
        { minLength: 2, maxLength: 6 },
      ),
      async (loads) => {
        await clear()
        const far = Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' }))
        await load('interactions', 99, far)
        for (const [i, { rows, by, after }] of loads.entries()) {
          await load('interactions', i + 1, rows, by)
          if (after === 'fold') await warehouse.write((writer) => foldRollups(writer))
          if (after === 'refresh') await warehouse.write((writer) => refreshRollups(writer))
          if (after === 'turns') await refreshInTurns(warehouse, '2026-01-01')
        }
        const added = await sums('channel_hops')
        await refreshInTurns(warehouse, '2026-01-01')
        const [inTurns, kept] = [await sums(), await rollups()]
        await warehouse.write((writer) => rebuildRollups(writer))
        assert.deepEqual(added, await sums('channel_hops'))
        assert.deepEqual(inTurns, await sums())
        assert.deepEqual(kept, await rollups(), 'one row for each key')
      },
    ),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 8) },
  )
})

test('a segment’s rows are those that a bank of it alone would have', async () => {
  const at = { unit_id: 'hz', touchpoint_id: 'open' }
  const rowsFor = (segment: string, i: number): [FactKind, StagedRow[]][] => [
    [
      'interactions',
      [{ ...at, segment, start_at: day(1 + i), channel: 'app', wait_seconds: 40 * i, outcome: 'success' }],
    ],
    ['tickets', [{ ...at, segment, start_at: day(1 + i), queued: true, wait_seconds: 700, service_seconds: 9 * i }]],
    ['responses', [{ ...at, segment, start_at: day(1 + i), metric: 'nps', score: i, scale_min: 0, scale_max: 10 }]],
    ['complaints', [{ ...at, segment, start_at: day(1 + i) }]],
  ]
  const fill = async (segments: readonly string[]) => {
    await clear()
    let id = 0
    for (let i = 0; i < 6; i++)
      for (const [kind, rows] of rowsFor(i % 3 ? 'gold' : 'mass', i))
        if (segments.includes(String(rows[0]!.segment))) await load(kind, ++id, rows)
  }
  const columns = 'metric, local_day, unit_id, touchpoint_id, channel, n, total, total_squares, hits, misses'
  await fill(['gold'])
  const alone = await rowsOf(`select ${columns} from daily where metric <> 'channel_hops' order by all`)
  assert.ok(alone.length > 20)
  await fill(['gold', 'mass'])
  const gold = await warehouse.read(
    sql`select ${raw(columns)} from ${dailyOf(sql`segment = ${'gold'}`)} d order by all`,
    { units: 'all' } as Scope,
  )
  assert.deepEqual(gold.rows, alone)
})

test('what an older program kept by segment is added up, day by day of a lake, and can be subtracted from before', async () => {
  await clear()
  const contact = (customer_key: number, date: number) => ({
    source_id: `${customer_key}-${date}`,
    start_at: day(date),
    channel: 'app',
    customer_key,
    intent: 'loan',
    wait_seconds: 60,
  })
  await load('interactions', 1, [contact(1, 1), contact(2, 1), contact(3, 1), contact(1, 2)])
  const made = await rollups()
  const finer = (metric: string, n: number, segment: string) =>
    `select local_day, metric, unit_id, touchpoint_id, channel, '${segment}', ${n}, total * ${n} / n, total_squares * ${n} / n,
      hits * ${n} // n, misses from daily where metric = '${metric}' and local_day = '2025-03-01'`
  const asOlder = async () => {
    for (const metric of ['volume', 'wait', 'channel_hops'])
      await rowsOf(`create or replace temp table older as ${finer(metric, 2, 'gold')} union all ${finer(metric, 1, 'mass')};
        delete from daily where metric = '${metric}' and local_day = '2025-03-01';
        insert into daily select * from older`)
  }
  await asOlder()
  assert.equal((await rowsOf('select count(*) as n from daily where segment is not null'))[0]!.n, 6)
  assert.equal(await warehouse.write((writer) => foldFiner(writer)), 1)
  assert.deepEqual(await rollups(), made)
  assert.equal(await warehouse.write((writer) => foldFiner(writer)), 0)
  await asOlder()
  await warehouse.write((writer) => eraseCustomers(writer, [2]))
  const erased = await sums()
  await warehouse.write((writer) => rebuildRollups(writer))
  assert.deepEqual(erased, await sums())
})

test('several sources loaded at once are as each loaded by itself, whichever of them corrects what', async () => {
  const line = fc.record({ ...interactionShape, source: fc.constantFrom('core', 'app', 'core@hz') })
  const staged = async (rows: readonly StagedRow[], loadIdOf: (source: string) => number) => {
    await warehouse.session(async ({ connection, write }) => {
      const columns = Object.keys(rows[0]!)
      await connection.run(
        `create temp table staged (load_id bigint, ${columns.map((c) => `${c} varchar`).join(', ')})`,
      )
      for (const row of rows)
        await connection.run(`insert into staged values (?, ${columns.map(() => '?').join(', ')})`, [
          loadIdOf(String(row.source)),
          ...columns.map((column) => String(row[column])),
        ])
      await write(async (writer) => {
        await loadSourcesAddingUp(writer, 'interactions', { timeZone: 'UTC' }, 'staged')
        await refreshRollups(writer, { episodes: 'later' })
      })
    })
  }
  const kept = () => rowsOf('select * exclude (attributes) from interactions order by all')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 4 }),
      async (moves) => {
        const loads = moves.map((_, i) => (source: string) => 10 * i + 1 + ['core', 'app', 'core@hz'].indexOf(source))
        await clear()
        for (const [i, rows] of moves.entries()) await staged(rows, loads[i]!)
        const [together, added] = [await kept(), await sums('channel_hops')]
        await warehouse.write((writer) => rebuildRollups(writer))
        assert.deepEqual(added, await sums('channel_hops'))
        await clear()
        for (const [i, rows] of moves.entries())
          for (const source of ['core', 'app', 'core@hz']) {
            const own = rows.filter((row) => row.source === source)
            if (own.length) await staged(own, loads[i]!)
          }
        assert.deepEqual(together, await kept())
      },
    ),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 8) },
  )
})

test('adding costs no day of facts: one that only adds leaves what is there, one that corrects makes its days anew', async () => {
  await clear()
  const far = Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' }))
  await load('interactions', 99, far)
  const contact = (id: string, wait_seconds: number) => ({
    source_id: id,
    start_at: day(1),
    channel: 'app',
    wait_seconds,
  })
  await load('interactions', 1, [contact('a', 60)], 'intake')
  await load('interactions', 2, [contact('b', 30)], 'intake')
  const waits = () => rowsOf("select n, total from daily where metric = 'wait' and unit_id is null order by total")
  assert.deepEqual(await waits(), [
    { n: 1, total: 30 },
    { n: 1, total: 60 },
  ])
  await warehouse.write((writer) => foldRollups(writer))
  assert.deepEqual(await waits(), [{ n: 2, total: 90 }])
  await load('interactions', 3, [contact('c', 10)], 'intake')
  await load('interactions', 4, [contact('a', 600)], 'intake')
  assert.deepEqual(await waits(), [{ n: 3, total: 640 }])
})

test('what comes in while sums are made anew in turns is neither lost nor counted twice', async () => {
  await clear()
  const far = Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' }))
  await load('interactions', 99, far)
  const contact = (id: number, date: number) => ({
    source_id: String(id),
    start_at: day(date),
    channel: id % 2 ? 'app' : 'phone',
    customer_key: 1,
    intent: 'loan',
  })
  for (const date of [1, 2, 3]) await load('interactions', date, [contact(date, date)], 'intake')
  for (let at = 0; at < 6; at++) {
    let turns = 0
    let killed = false
    const between: typeof warehouse.write = async (work, options) => {
      if (turns++ === at) {
        await load('interactions', 10 + at, [contact(10 + at, 1 + (at % 3))], 'intake')
        killed = at % 2 === 1
      }
      if (killed) throw new Error('killed')
      return warehouse.write(work, options)
    }
    await refreshInTurns({ write: between }, '2026-01-01').catch((error: Error) =>
      assert.equal(error.message, 'killed'),
    )
    const added = await sums('channel_hops')
    await refreshInTurns(warehouse, '2026-01-01')
    const inTurns = await sums()
    await warehouse.write((writer) => rebuildRollups(writer))
    assert.deepEqual(added, await sums('channel_hops'))
    assert.deepEqual(inTurns, await sums())
    assert.ok(turns > 0)
  }
})

test('in turns an episode is made a week after it began, when nothing can join it any more, and once', async () => {
  await clear()
  const contact = (date: number, channel: string) => ({ start_at: day(date), channel, customer_key: 1, intent: 'loan' })
  await load('interactions', 1, [contact(1, 'app')], 'intake')
  await load('interactions', 2, [contact(3, 'phone'), contact(20, 'phone')], 'intake')
  const night = async (date: number) => {
    let turns = 0
    const write: typeof warehouse.write = (work, options) => {
      turns++
      return warehouse.write(work, options)
    }
    await refreshInTurns({ write }, day(date).slice(0, 10))
    return { turns, hops: (await metric('channel_hops')).map((row) => [row.day, row.hits]) }
  }
  // The first turn looks, and one makes the sums of both days; there is nothing to be made of episodes before March.
  assert.deepEqual(await night(4), { turns: 3, hops: [] })
  assert.deepEqual(await night(9), { turns: 2, hops: [['2025-03-01', 1]] })
  assert.deepEqual((await night(27)).hops, [['2025-03-01', 1]])
  assert.deepEqual((await night(28)).hops, [
    ['2025-03-01', 1],
    ['2025-03-20', 0],
  ])
  await night(60)
  assert.deepEqual((await night(60)).turns, 1, 'nothing is left to be done')
})

test('what an erased customer added up to goes from the sums, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(interaction, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('file' as const, 'intake' as const),
      async (loads, by) => {
        await clear()
        const far = Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' }))
        await load('interactions', 99, far)
        const ticket = { start_at: day(30), customer_key: 1, queued: true, wait_seconds: 90, outcome: 'served' }
        await load('tickets', 98, [ticket, ticket, { ...ticket, customer_key: 2 }])
        const answer = { start_at: day(30), metric: 'nps', score: 9 }
        await load('responses', 97, [{ ...answer, customer_key: 1 }, { ...answer, score: 3, customer_key: 2 }, answer])
        for (const [i, rows] of loads.entries()) await load('interactions', i + 1, rows, by)
        await warehouse.write((writer) => eraseCustomers(writer, [1]))
        // Under intake episodes are behind until they are made.
        const left = by === 'file' ? '' : 'channel_hops'
        const kept = await sums(left)
        const rows = await rollups()
        await warehouse.write((writer) => refreshRollups(writer))
        const refreshed = await sums()
        await warehouse.write((writer) => rebuildRollups(writer))
        assert.deepEqual(kept, await sums(left))
        assert.deepEqual(refreshed, await sums())
        if (by === 'file') assert.deepEqual(rows, await rollups(), 'a cell that held nobody else is gone')
      },
    ),
    { numRuns: Number(process.env.ZHIYIN_PROPERTY_RUNS ?? 8) },
  )
})

test('who is erased while his episodes are looked at beside the writers is out of them the next night', async () => {
  await clear()
  const contact = (customer_key: number) => ({ start_at: day(1), channel: 'app', customer_key, intent: 'loan' })
  await load(
    'interactions',
    99,
    Array.from({ length: 60 }, (_, i) => ({ start_at: day(100 + i), channel: 'app' })),
  )
  await load('interactions', 1, [contact(1), contact(2)], 'intake')
  // An embedded warehouse looks in the turn; a lake does as this.
  const aside: NonNullable<typeof warehouse.aside> = async (columns, queries, use) => {
    const [seen] = queries((table) => table)
    const names = raw(Object.keys(columns).join(', '))
    await warehouse.write((writer) =>
      writer.run(sql`create or replace table looked_at as select ${names} from (${seen!})`),
    )
    await warehouse.write((writer) => eraseCustomers(writer, [1]))
    try {
      return await use('looked_at')
    } finally {
      await warehouse.write((writer) => writer.script('drop table looked_at'))
    }
  }
  const episodes = async () => (await metric('channel_hops')).map((row) => row.n)
  await refreshInTurns({ write: warehouse.write, aside }, '2026-01-01')
  assert.deepEqual(await episodes(), [2])
  await refreshInTurns(warehouse, '2026-01-01')
  assert.deepEqual(await episodes(), [1])
})

test('rollup sums are those of the facts themselves', async () => {
  await clear()
  await load(
    'interactions',
    1,
    Array.from({ length: 50 }, (_, i) => ({
      start_at: day(1 + (i % 3)),
      channel: i % 2 ? 'app' : 'phone',
      ...(i % 5 ? { wait_seconds: i * 37 } : {}),
    })),
  )
  const [direct] = await rowsOf(`select count(*) as n, sum(wait_seconds) as total, count_if(wait_seconds <= 600) as hits
    from interactions where superseded_by = 0 and wait_seconds is not null`)
  const [rolled] = await rowsOf(
    `select sum(n) as n, sum(total) as total, sum(hits) as hits from daily where metric = 'wait'`,
  )
  assert.deepEqual({ ...rolled }, { ...direct })
})
