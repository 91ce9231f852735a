import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openDuckdb } from './duckdb.ts'
import { raw } from './sql.ts'
import { pairMoves, workItemRows, writePairs } from './workItems.ts'

const warehouse = await openDuckdb(':memory:')
after(() => warehouse.close())

interface Move {
  caseNo: number
  activity: number
  resource: number
  starts: boolean
}
const move = fc.record({
  caseNo: fc.integer({ min: 1, max: 3 }),
  activity: fc.integer({ min: 1, max: 2 }),
  resource: fc.integer({ min: 0, max: 2 }),
  starts: fc.boolean(),
})

/** The queues of a case, one move after the other: row of the start by row of the end. */
function pairedOneByOne(moves: readonly Move[]): Map<number, number> {
  const pairs = new Map<number, number>()
  const pair = (rows: readonly number[], queueOf: (m: Move) => string) => {
    const open = new Map<string, number[]>()
    for (const row of rows) {
      const queue = open.getOrInsertComputed(queueOf(moves[row]!), () => [])
      if (moves[row]!.starts) queue.push(row)
      else if (queue.length > 0) pairs.set(row, queue.shift()!)
    }
  }
  const all = moves.map((_, row) => row)
  pair(all, (m) => `${m.caseNo} ${m.activity} ${m.resource}`)
  const used = new Set([...pairs.keys(), ...pairs.values()])
  pair(
    all.filter((row) => !used.has(row)),
    (m) => `${m.caseNo} ${m.activity}`,
  )
  return pairs
}

test('work items are those of queues served one by one, first by resource and then without', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 40 }), async (list) => {
      const moves = list.toSorted((a, b) => a.caseNo - b.caseNo)
      const pairs = pairedOneByOne(moves)
      const started = new Set(moves.filter((m) => m.starts).map((m) => m.activity))
      const ended = new Map([...pairs].map(([end, start]) => [start, end]))
      const expected = moves.flatMap((m, row) => {
        if (pairs.has(row)) return []
        const end = ended.get(row)
        return [{ row, end: end ?? (m.starts ? null : row) }]
      })
      assert.ok(expected.every(({ row, end }) => end === row || end === null || started.has(moves[row]!.activity)))
      const found = await warehouse.write(async (writer) => {
        const values = moves.map(
          (m, row) =>
            `(${m.caseNo}, ${m.activity}, ${m.resource || 'null'}, ${m.starts ? 1 : 2}, make_timestamp(${row}), ${row})`,
        )
        await writer.script(`create or replace temp table prep_rows_events as
          select case_no, activity_no, cast(resource_no as integer) as resource_no, cast(lifecycle_no as smallint) as lifecycle_no, start_at, cast(business_start as bigint) as business_start
          from (values ${values.join(', ')}) v(case_no, activity_no, resource_no, lifecycle_no, start_at, business_start)`)
        await writer.settle()
        const shape = { lifecycles: ['start', 'complete'], spans: false }
        const pair = await pairMoves(writer, shape)
        await writePairs(writer, await pair())
        const { rows } = await writer.run(
          raw(`select business_start as "row", business_end as "end" from (${workItemRows(shape)})`),
        )
        return rows.map((row) => ({ row: Number(row.row), end: row.end === null ? null : Number(row.end) }))
      })
      assert.deepEqual(found, expected)
    }),
    { numRuns: 60 },
  )
})
