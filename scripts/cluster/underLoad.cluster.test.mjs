// Each part fails once while the bank is at work: docs/reliability.md says what this shows, and its table is made here.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { after, before, test } from 'node:test'
import { everyday, isCatalogued, kinds, openBank, seen } from './bank.mjs'
import { canMount, coverFull, overlayFull } from './full.mjs'
import { bringPart, killPart } from './parts.mjs'
import { query } from './postgres.mjs'
import { sleep } from './process.mjs'
import { openState } from './state.mjs'
import { activeNodes, ask } from './trino.mjs'

const state = openState()
const quiet = () => {}
const whole = ['server1', 'server2', 'proxy'].every((part) => state.running(part))
/** How long a part stays away, so that every kind of call meets the failure. */
const awaySeconds = 12
/** Not an expectation of the test: where it ends when nothing recovers. */
const patienceSeconds = 600
/** After all was well again: who asks seldom may meet the last of a failure only then. */
const settlingMs = 30_000

let bank
const rows = []
/** When something was broken, until all was well again. */
const windows = []
let imports = 0
let undo = () => {}

before(async () => {
  if (!whole) return
  bank = await openBank(state)
  bank.start()
  await until(() => bank.goodSince(0), 'the load to begin')
})
after(() => undo())

async function until(condition, what, seconds = patienceSeconds) {
  for (const end = Date.now() + seconds * 1000; !(await condition()); await sleep(250))
    assert.ok(Date.now() < end, `waited ${seconds} s for ${what}`)
}

const ofStore = (text) => query(state.settings.databaseUrl, text)
const readiness = async () => {
  const answer = await fetch(`${state.settings.proxyUrl}/api/v1/ready`).catch(() => undefined)
  return answer?.ok ? (await answer.json()).warehouse : 'unready'
}

/** Breaks something under load, mends it, and waits until every kind of call is answered well again. */
async function fail(name, breakIt, mendIt, { whileAway = async () => {} } = {}) {
  const from = Date.now()
  const window = { name, from, to: Number.POSITIVE_INFINITY }
  windows.push(window)
  const importing = bank.importInteractions(imports++)
  // Under way when it is cut.
  await sleep(1_500)
  await breakIt()
  const broken = Date.now()
  try {
    await sleep(awaySeconds * 1000)
    await whileAway()
  } finally {
    await mendIt()
  }
  const mended = Date.now()
  await until(() => bank.goodSince(mended), `good answers after ${name}`)
  const { failures, failure, ended } = await importing
  assert.equal(failure, undefined, `the import after ${name} never succeeded: ${failures}`)
  for (const code of failures) assert.ok(isCatalogued(code), `the import of ${name} failed with ${code}`)
  await until(() => caughtUp(mended), `the intake to catch up after ${name}`)
  const to = Date.now()
  window.to = to
  rows.push({
    name,
    awayMs: mended - broken,
    recoveredMs: to - mended,
    importEnded: ended - mended,
    failures,
    seen: seen(bank.records, from, to),
  })
  console.log(tableOf(rows.slice(-1)))
  for (const record of bank.records.filter(({ at }) => at >= from)) assertAnswer(record, name)
  return bank.records.filter(({ at, end }) => end >= broken && at <= mended)
}

/** Whatever was taken in before this moment is in the lake; the load goes on meanwhile. */
const caughtUp = (moment) =>
  ofStore(
    `select 1 from intake_batches where moved_at is null and received_at < to_timestamp(${moment} / 1000.0) limit 1`,
  )
    .then((found) => found.length === 0)
    .catch(() => false)

const waiting = async () =>
  ofStore('select count(*)::int as n from intake_batches where moved_at is null')
    .then(([row]) => row.n)
    .catch(() => Number.POSITIVE_INFINITY)

/** Right, or refused in a way that a caller can act on. */
function assertAnswer(record, during) {
  const said = `${record.kind} during ${during}: ${JSON.stringify(record)}`
  if (record.good) return assert.equal(record.wrong, undefined, said)
  // What somebody looks at again after an edit whose answer was lost.
  if (record.kind === 'action' && record.code === 'changed_meanwhile') return
  assert.ok(record.problem && isCatalogued(record.code), said)
  if (record.status >= 500) assert.ok(Number(record.retryAfter) > 0, said)
}

const goneOn = (records, during) =>
  assert.deepEqual(
    records.filter((record) => everyday.includes(record.kind) && record.status >= 500),
    [],
    `everyday calls during ${during}`,
  )

const nodesBack = (...names) =>
  until(async () => {
    const active = await activeNodes(state).catch(() => [])
    return names.every((name) => active.includes(name))
  }, `${names} to take part`)

const skip = whole ? false : 'no servers run here'

test('a worker is killed', { skip }, async () => {
  const during = await fail(
    'a worker',
    () => killPart(state, 'worker2'),
    async () => {
      await bringPart(state, 'worker2', quiet)
      await nodesBack('worker2')
    },
  )
  goneOn(during, 'a worker')
})

test('the coordinator is killed', { skip }, async () => {
  let said
  const during = await fail(
    'the coordinator',
    () => killPart(state, 'coordinator'),
    async () => {
      await bringPart(state, 'coordinator', quiet)
      await nodesBack('worker1', 'worker2')
    },
    {
      whileAway: async () => {
        said = await readiness()
      },
    },
  )
  goneOn(during, 'the coordinator')
  assert.equal(said, 'away')
})

test('PostgreSQL is killed', { skip }, async () => {
  let said
  await fail(
    'PostgreSQL',
    () => killPart(state, 'postgres'),
    () => bringPart(state, 'postgres', quiet),
    {
      whileAway: async () => {
        said = await readiness()
      },
    },
  )
  assert.equal(said, 'unready')
  await until(async () => (await readiness()) === 'here', 'the servers to be ready again')
})

test('a server is killed', { skip }, () =>
  fail(
    'a server',
    () => killPart(state, 'server2'),
    () => bringPart(state, 'server2', quiet),
  ),
)

const noMount = whole && !canMount(state.path('mount')) && 'this needs root on Linux, to mount a small file system'

test('the disk of the exchange is full', { skip: skip || noMount }, async () => {
  const during = await fail(
    'the exchange full',
    () => {
      undo = coverFull(state.path('exchange'))
    },
    mend,
  )
  goneOn(during, 'the full exchange')
})

test('the disk of the lake is full', { skip: skip || noMount }, async () => {
  const during = await fail(
    'the lake full',
    () => {
      undo = overlayFull(state.path('lake'), state.path('mount'))
    },
    mend,
  )
  goneOn(during, 'the full lake')
})

function mend() {
  undo()
  undo = () => {}
}

test('afterwards nothing is lost, doubled or half there', { skip }, async () => {
  await bank.stop()
  for (const record of bank.records) {
    const during = windows.find(({ from, to }) => record.end >= from && record.at <= to + settlingMs)
    assertAnswer(record, during?.name ?? 'no failure')
    assert.ok(record.good || during, `nothing was broken: ${JSON.stringify(record)}`)
  }
  await until(async () => (await waiting()) === 0, 'the intake to be empty')
  await until(async () => (await ofStore("select 1 from loads where state = 'running'")).length === 0, 'loads to end')
  const { value } = await bank.must('GET', '/api/v1/loads')
  assert.deepEqual(value.intake, { waiting: 0, setAside: [] })
  for (const { state: ended, failure } of value.loads)
    assert.ok(ended === 'done' || isCatalogued(failure), `a load ended as ${ended} with ${failure}`)

  const batches = [...bank.batches.values()]
  assert.deepEqual(
    batches.filter(({ acknowledged }) => !acknowledged),
    [],
  )
  assert.ok(
    batches.some(({ sent }) => sent > 1),
    'no batch was ever refused',
  )

  const [published, heads] = await atRest()
  assert.deepEqual(heads, published)

  const schema = new URL(state.settings.warehouseUrl).pathname.slice(1).replace('/', '.')
  const found = async (source) =>
    new Map(
      (
        await ask(
          state.settings.trinoUrl,
          `select source_id, count(*) from ${schema}.interactions where source = '${source}' and superseded_by = 0 group by source_id`,
        )
      ).map(([id, n]) => [id, Number(n)]),
    )
  const pushed = await found(bank.source)
  const sent = batches.flatMap(({ ids }) => ids)
  assert.deepEqual(
    sent.filter((id) => pushed.get(id) !== 1),
    [],
  )
  assert.deepEqual(
    [...pushed].filter(([, n]) => n !== 1),
    [],
  )
  const imported = await found(`${bank.source}-file`)
  assert.equal(imported.size, imports * bank.rowsOfImport)
  assert.deepEqual(
    [...imported].filter(([, n]) => n !== 1),
    [],
  )

  const audit = await bank.must('GET', '/api/v1/audit/verification')
  assert.equal(audit.value.intact, true, JSON.stringify(audit.value))
  console.log(
    `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB; ${sent.length} interactions in ${batches.length} batches`,
  )
  console.log(tableOf(rows))
})

/** Each table's published snapshot and its head, at a moment when nobody writes. */
async function atRest() {
  const [catalog, schema] = new URL(state.settings.warehouseUrl).pathname.slice(1).split('/')
  const read = () => ofStore('select name, snapshot from lake_tables order by name')
  for (let tries = 0; ; tries++) {
    await until(async () => (await ofStore('select 1 from lake_writes')).length === 0, 'writes to end')
    const before = await read()
    const heads = await ask(
      state.settings.trinoUrl,
      before
        .map(
          ({ name }) =>
            `select '${name}', cast(snapshot_id as varchar) from ${catalog}.${schema}."${name}$refs" where name = 'main'`,
        )
        .join(' union all '),
    )
    const busy = (await ofStore('select 1 from lake_writes')).length > 0
    if (!busy && JSON.stringify(before) === JSON.stringify(await read()))
      return [
        Object.fromEntries(before.map(({ name, snapshot }) => [name, snapshot])),
        Object.fromEntries(heads.sort(([a], [b]) => (a < b ? -1 : 1))),
      ]
    assert.ok(tries < 60, 'somebody writes all the time')
  }
}

function tableOf(failures) {
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
  const cell = ({ calls, codes, awayMs, longestMs }) => {
    const told = Object.entries(codes).map(([code, n]) => `${n} × ${code}`)
    return told.length
      ? `${told.join(', ')} of ${calls}; ${seconds(awayMs)}`
      : `answered, ${seconds(longestMs)} at most`
  }
  const columns = [...kinds, 'import']
  return [
    `| failed | away | all well after | ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length + 3)}`,
    ...failures.map(
      (row) =>
        `| ${row.name} | ${seconds(row.awayMs)} | ${seconds(row.recoveredMs)} | ${columns.map((kind) => cell(row.seen[kind])).join(' | ')}${row.failures.length ? ` (${row.failures.join(', ')})` : ''} |`,
    ),
  ].join('\n')
}

after(() => {
  if (whole) rmSync(state.path('mount'), { recursive: true, force: true })
})
