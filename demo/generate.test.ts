import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { generateHistory, type History } from './generate.ts'
import { type Plant, plantFileSchema } from './plants/schema.ts'
import { createWorld, type World } from './world.ts'

const until = '2026-06-30'
const bank = (seed: number, plants: Plant[] = [], customers = 5000, days = 365) => {
  const world = createWorld({ customers, seed, until, timeZone: 'Asia/Shanghai', plants, days })
  return { world, history: generateHistory(world) }
}
const plant = (fields: Record<string, unknown>): Plant => plantFileSchema.parse({ plants: [fields] }).plants[0] as Plant

type Kind = keyof History['out']
const column = (history: History, kind: Kind, name: string): Int32Array | Float64Array => {
  const table = history.out[kind]
  return (table.of as Record<string, Int32Array | Float64Array>)[name]?.subarray(0, table.length) as Int32Array
}

function fingerprint({ out, texts }: History): string {
  const hash = createHash('sha256')
  for (const kind of Object.keys(out) as Kind[])
    for (const name of out[kind].names) {
      const { buffer, byteOffset, byteLength } = column({ out } as History, kind, name)
      hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength))
    }
  for (const { text } of texts) hash.update(text)
  return hash.digest('hex')
}

const plain = bank(1)

test('the same seed gives the same bank, another seed another one', () => {
  assert.equal(fingerprint(plain.history), fingerprint(bank(1).history))
  assert.notEqual(fingerprint(plain.history), fingerprint(bank(2).history))
})

/** Names of the columns in which two histories differ, with the rows that do. */
function differences(a: History, b: History): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const kind of Object.keys(a.out) as Kind[]) {
    const rows = Math.min(a.out[kind].length, b.out[kind].length)
    for (const name of a.out[kind].names) {
      const [before, after] = [column(a, kind, name), column(b, kind, name)]
      const differing: number[] = []
      for (let row = 0; row < rows; row++) if (before[row] !== after[row]) differing.push(row)
      if (differing.length) found.set(`${kind}.${name}`, differing)
    }
    if (a.out[kind].length !== b.out[kind].length) found.set(`${kind} rows`, [a.out[kind].length, b.out[kind].length])
  }
  return found
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Rows of a kind at a place since a day of the history. */
function rowsAt(
  { world, history }: { world: World; history: History },
  kind: Kind,
  touchpoint: string | null,
  unit: string,
  from: number,
) {
  const t = world.touchpoints.findIndex((one) => one.id === touchpoint)
  const path = world.paths.get(unit) as string
  const rows: number[] = []
  for (let row = 0; row < history.out[kind].length; row++) {
    const where = world.paths.get(world.units[column(history, kind, 'unit')[row] as number]?.id as string) as string
    if (touchpoint !== null && column(history, kind, 'touchpoint')[row] !== t) continue
    if (where.startsWith(path) && (column(history, kind, 'day')[row] as number) >= from) rows.push(row)
  }
  return rows
}

test('a score drop moves these scores by what it says, and nothing else', () => {
  for (const [metric, code, by] of [
    ['csat', 0, 0.5],
    ['ces', 1, 0.6],
  ] as const) {
    const drop = plant({ kind: 'score_drop', metric, touchpoint: 'tp_counter_transfer', unit: 'zj', from: '-300d', by })
    const planted = bank(1, [drop])
    const changed = differences(plain.history, planted.history)
    assert.deepEqual([...changed.keys()], ['responses.score'])
    const place = rowsAt(plain, 'responses', 'tp_counter_transfer', 'zj', 64).filter(
      (row) => column(plain.history, 'responses', 'metric')[row] === code,
    )
    const inside = new Set(place)
    assert.ok((changed.get('responses.score') as number[]).every((row) => inside.has(row)))
    const scores = (of: History) => mean(place.map((row) => column(of, 'responses', 'score')[row] as number))
    const fell = scores(plain.history) - scores(planted.history)
    // Common random numbers leave only the rounding of single answers as noise.
    assert.ok(Math.abs(fell - by) < 0.12, `${metric} fell by ${fell}, not by ${by}, over ${place.length} answers`)
  }
})

test('a net promoter score falls by points of the index', () => {
  const planted = bank(1, [
    plant({ kind: 'score_drop', metric: 'nps', touchpoint: 'tp_mobile_transfer', from: '-360d', by: 25 }),
  ])
  assert.deepEqual([...differences(plain.history, planted.history).keys()], ['responses.score'])
  const place = rowsAt(plain, 'responses', 'tp_mobile_transfer', 'hq', 4).filter(
    (row) => column(plain.history, 'responses', 'metric')[row] === 2,
  )
  const index = (of: History) =>
    100 *
    mean(
      place.map((row) => {
        const score = column(of, 'responses', 'score')[row] as number
        return score >= 9 ? 1 : score <= 6 ? -1 : 0
      }),
    )
  assert.ok(Math.abs(index(plain.history) - index(planted.history) - 25) < 6)
})

test('a sham action changes nothing at all, a true one lifts what it says', () => {
  const action = {
    kind: 'action',
    title: '试',
    touchpoint: 'tp_loan_docs',
    unit: 'js',
    from: '-200d',
    metric: 'ces',
    design: 'did',
  }
  assert.equal(fingerprint(bank(1, [plant({ ...action, effect: 0 })]).history), fingerprint(plain.history))
  const real = bank(1, [plant({ ...action, effect: 0.5 })])
  assert.deepEqual([...differences(plain.history, real.history).keys()], ['responses.score'])
})

test('a rise of failures changes outcomes only', () => {
  const planted = bank(1, [plant({ kind: 'failure_rise', touchpoint: 'tp_mobile_transfer', from: '-200d', by: 0.05 })])
  const changed = differences(plain.history, planted.history)
  assert.deepEqual([...changed.keys()].sort(), ['interactions.outcome', 'transactions.outcome'])
  const place = rowsAt(plain, 'interactions', 'tp_mobile_transfer', 'hq', 164)
  assert.ok(Math.abs((changed.get('interactions.outcome')?.length ?? 0) / place.length - 0.05) < 0.008)
})

test('a surge of complaints adds complaints and their cases, and leaves every row before them as it was', () => {
  const planted = bank(1, [plant({ kind: 'complaint_surge', touchpoint: 'tp_open_counter', from: '-360d', factor: 4 })])
  const changed = differences(plain.history, planted.history)
  assert.ok(
    [...changed.keys()].every((name) => name.endsWith(' rows')),
    [...changed.keys()].join(),
  )
  const before = rowsAt(plain, 'complaints', 'tp_open_counter', 'hq', 0).length
  const after = rowsAt(planted, 'complaints', 'tp_open_counter', 'hq', 0).length
  assert.ok(after / before > 2.8 && after / before < 5.2, `${before} became ${after}`)
})

test('an unmeasured touchpoint keeps its volume and loses every measurement', () => {
  const { world, history } = bank(1, [plant({ kind: 'unmeasured', touchpoint: 'tp_wealth_counter' })])
  const t = world.touchpoints.findIndex((one) => one.id === 'tp_wealth_counter')
  const count = (kind: Kind) => column(history, kind, 'touchpoint').filter((code) => code === t).length
  assert.equal(count('interactions'), column(plain.history, 'interactions', 'touchpoint').filter((c) => c === t).length)
  for (const kind of ['responses', 'tickets', 'complaints'] as const) assert.equal(count(kind), 0)
  const touched = column(history, 'interactions', 'touchpoint')
  assert.ok(column(history, 'interactions', 'outcome').every((code, row) => touched[row] !== t || code === -1))
})

test('with a window less the waits of that branch grow, and answers, outcomes and everyone else stay', () => {
  // Large enough for branches of two windows.
  const plain = bank(1, [], 10_000)
  const planted = bank(1, [plant({ kind: 'wait_growth', unit: 'nj-gulou', from: '-150d', servers: -1 })], 10_000)
  const changed = differences(plain.history, planted.history)
  const same = [
    'responses.score',
    'responses.customer',
    'interactions.outcome',
    'tickets.outcome',
    'transactions.amount',
  ]
  for (const name of same) assert.ok(!changed.has(name), name)
  const place = new Set(rowsAt(plain, 'tickets', null, 'nj-gulou', 214))
  assert.ok((changed.get('tickets.wait') as number[]).every((row) => place.has(row)))
  const waits = (of: History) => mean([...place].map((row) => column(of, 'tickets', 'wait')[row] as number))
  assert.ok(waits(planted.history) > 2.5 * waits(plain.history), `${waits(plain.history)} → ${waits(planted.history)}`)
})

test('paydays and month ends are busier than ordinary days, Mondays than Wednesdays, Sundays are quiet', () => {
  const { world, history } = plain
  const tickets = new Float64Array(world.days.length)
  const units = column(history, 'tickets', 'unit')
  const centre = world.unitIndex.get('cc')
  column(history, 'tickets', 'day').forEach((day, row) => {
    if (units[row] !== centre) tickets[day] = (tickets[day] as number) + 1
  })
  const average = (which: (day: World['days'][number]) => boolean) =>
    mean(world.days.filter(which).map((day) => tickets[day.index] as number))
  const workday = (day: World['days'][number]) => day.working && !day.makeUp
  const ordinary = average((day) => workday(day) && !day.payday && !day.monthEnd && day.branch < 1.2)
  assert.ok(average((day) => workday(day) && day.payday) > 1.15 * ordinary)
  assert.ok(average((day) => workday(day) && day.monthEnd) > 1.05 * ordinary)
  assert.ok(
    average((day) => workday(day) && day.dayOfWeek === 1) > average((day) => workday(day) && day.dayOfWeek === 3),
  )
  assert.ok(average((day) => day.dayOfWeek === 7 && !day.working) < 0.6 * ordinary)
  assert.ok(average((day) => day.makeUp) > 0.85 * ordinary, 'a Sunday worked for a holiday is a working day')
  assert.equal(
    average((day) => day.branch === 0),
    0,
    'closed at the lunar new year',
  )
})

test('the hours of a branch and of the app have their own shapes', () => {
  const { world, history } = plain
  const hours = (channel: string) => {
    const counts = new Array<number>(24).fill(0)
    const of = (name: string) => column(history, 'interactions', name)
    for (let row = 0; row < history.out.interactions.length; row++)
      if (world.touchpoints[of('touchpoint')[row] as number]?.channel === channel) {
        const midnight = world.days[of('day')[row] as number]?.midnight as number
        const hour = Math.floor(((of('start')[row] as number) - midnight) / 3600)
        counts[hour] = (counts[hour] ?? 0) + 1
      }
    return counts
  }
  const branch = hours('branch')
  assert.equal(
    branch.slice(0, 9).reduce((a, b) => a + b),
    0,
  )
  assert.ok((branch[10] as number) > 1.3 * (branch[12] as number), 'quiet at noon')
  const app = hours('app')
  assert.ok((app[20] as number) > 3 * (app[4] as number), 'evenings, not nights')
})

test('every case is a story in order: starts before it completes, no step before the one it follows', () => {
  const { history } = plain
  const of = (name: string) => column(history, 'events', name)
  let last = { process: -1, caseNo: -1, at: 0, open: -1 }
  for (let row = 0; row < history.out.events.length; row++) {
    const [process, caseNo, at] = [
      of('process')[row] as number,
      of('case_no')[row] as number,
      of('start')[row] as number,
    ]
    const isNew = process !== last.process || caseNo !== last.caseNo
    if (!isNew) assert.ok(at >= last.at, `row ${row}`)
    const starts = of('lifecycle')[row] === 0
    if (!isNew) assert.equal(starts, last.open === -1, 'start and complete take turns')
    last = { process, caseNo, at, open: starts ? 1 : -1 }
  }
  assert.ok(history.cases.account_opening > 100 && history.cases.personal_loan > 100)
})

test('a window less is felt in a bank whose branches have but one', () => {
  const [plain, planted] = [
    bank(3, [], 2000),
    bank(3, [plant({ kind: 'wait_growth', unit: 'hz-xihu', from: '-200d', servers: -1 })], 2000),
  ]
  assert.ok(plain.world.branches.every(({ windows }) => windows === 1))
  const place = rowsAt(plain, 'tickets', null, 'hz-xihu', 165)
  const at = (of: History, name: string) => mean(place.map((row) => column(of, 'tickets', name)[row] as number))
  assert.ok(at(planted.history, 'wait') > 1.5 * at(plain.history, 'wait'))
  assert.equal(at(planted.history, 'service_seconds'), at(plain.history, 'service_seconds'))
})

test('every touchpoint of the smallest bank is heard in every quarter', () => {
  for (const seed of [1, 3, 4]) {
    const { world, history } = bank(seed, [], 500, 730)
    const answers = world.touchpoints.map(() => new Int32Array(world.days.length))
    const days = column(history, 'responses', 'day')
    column(history, 'responses', 'touchpoint').forEach((t, row) => {
      const own = answers[t] as Int32Array
      own[days[row] as number] = (own[days[row] as number] as number) + 1
    })
    const silent = world.touchpoints.filter((_, t) => {
      const own = answers[t] as Int32Array
      return world.days.some(({ index }) => index >= 90 && !own.subarray(index - 90, index).some((n) => n > 0))
    })
    assert.deepEqual(
      silent.map(({ id }) => id),
      [],
      `seed ${seed}`,
    )
  }
})
