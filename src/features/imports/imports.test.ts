import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { sharedData } from '#lib/sharedData.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { loadErrors, readLoad } from './data/loads.ts'
import { cancelLoad } from './mutations/cancelLoad.ts'
import { loadAndWait, startLoad } from './mutations/loadFile.ts'
import { moveIntake } from './mutations/moveIntake.ts'
import { undoLoad } from './mutations/undo.ts'
import { takeInteractions } from './mutations.ts'

let home: TestHome
let folder: string
before(async () => {
  home = await openTestHome()
  folder = await mkdtemp(join(tmpdir(), 'zhiyin-imports-'))
})
after(async () => {
  await home.close()
  await rm(folder, { recursive: true })
})

const fileOf = async (path: string) => ({
  path,
  fileName: basename(path),
  hash: createHash('sha256')
    .update(await readFile(path))
    .digest('hex'),
})
const written = async (name: string, text: string) => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const mappingOf = (input: unknown) => {
  const read = readMapping(input)
  assert.ok(read.ok, JSON.stringify(read))
  return read.value
}
async function load(path: string, mapping: unknown, strict = false) {
  const { services, operator } = home
  const id = await loadAndWait(services, operator, await fileOf(path), mappingOf(mapping), strict)
  const done = await readLoad(services, operator, id)
  assert.ok(done)
  return done
}
const count = async (table: string, where = 'superseded_by = 0') => {
  const { rows } = await home.services.warehouse.write((writer) =>
    writer.run(sql`select count(*) as n from ${raw(table)} where ${raw(where)}`),
  )
  return Number(rows[0]?.n)
}

const transactions = {
  kind: 'transactions',
  source: 'core',
  columns: { source_id: 'id', start_at: 'at', amount: 'amount', customer: 'who', unit: 'unit' },
}
const head = 'id,at,amount,who,unit\n'

test('the same file twice changes nothing; an overlapping extract adds and corrects only what differs; undo takes each back', async () => {
  const first = await written('a.csv', `${head}t1,2026-01-01 10:00,5,C1,hz-xihu\nt2,2026-01-01 11:00,6,C2,hz-xihu\n`)
  const second = await written('b.csv', `${head}t2,2026-01-01 11:00,7,C2,hz-xihu\nt3,2026-01-02 11:00,8,C1,nj-gulou\n`)
  const a = await load(first, transactions)
  assert.deepEqual(a.rows, { read: 2, new: 2, same: 0, corrected: 0, rejected: 0, skipped: 0 })
  const again = await load(first, transactions)
  assert.deepEqual([again.rows.new, again.rows.same, again.rows.corrected], [0, 2, 0])
  const b = await load(second, transactions)
  assert.deepEqual([b.rows.new, b.rows.same, b.rows.corrected], [1, 0, 1])
  assert.equal(await count('transactions'), 3)
  assert.equal(await count('transactions', "superseded_by = 0 and source_id = 't2' and amount = 7"), 1)
  assert.equal(await count('transactions', 'superseded_by = 0 and customer_key is not null'), 3)
  const undone = await undoLoad(home.services, home.operator, b.id)
  assert.ok(undone.ok)
  assert.equal(await count('transactions'), 2)
  assert.equal(await count('transactions', "superseded_by = 0 and source_id = 't2' and amount = 6"), 1)
  const twice = await undoLoad(home.services, home.operator, b.id)
  assert.ok(!twice.ok && twice.reason === 'load_not_done')
})

test('bad rows are reported by row, column and reason; strict loads none of the good ones', async () => {
  const path = await written(
    'bad.csv',
    `${head}x1,2026-02-01 10:00,5,C1,hz-xihu\nx2,never,6,C2,hz-xihu\nx3,2026-02-01 11:00,much,C2,mars\n`,
  )
  const strict = await load(path, { ...transactions, source: 'bad' }, true)
  assert.deepEqual([strict.state, strict.failure], ['failed', 'load_rows_rejected'])
  assert.equal(await count('transactions', "source = 'bad'"), 0)
  const lenient = await load(path, { ...transactions, source: 'bad' })
  assert.equal(lenient.state, 'done')
  assert.deepEqual([lenient.rows.new, lenient.rows.rejected], [1, 2])
  const { errors } = await loadErrors(home.services, home.operator, lenient.id, 0, 100)
  assert.deepEqual(
    errors.map(({ row, column, reason, excerpt }) => [row, column, reason, excerpt]),
    [
      [3, 'at', 'not_a_time', 'never'],
      [4, 'amount', 'not_a_number', 'much'],
      [4, 'unit', 'unit_unknown', 'mars'],
    ],
  )
})

test('no number of a customer or of staff reaches the warehouse', async () => {
  const path = await written('people.csv', `${head.trim()},teller\np1,2026-02-02 10:00,5,SECRET-77,hz-xihu,TELLER-9\n`)
  await load(path, { ...transactions, source: 'people', columns: { ...transactions.columns, staff: 'teller' } })
  const { rows } = await home.services.warehouse.write((writer) =>
    writer.run(sql`select * from transactions where source = 'people'`),
  )
  assert.equal(rows.length, 1)
  assert.doesNotMatch(JSON.stringify(rows), /SECRET-77|TELLER-9/)
})

test('units, customers and staff load into the store, corrections are undone in any order', async () => {
  const { services, operator } = home
  const units = {
    kind: 'units',
    source: 'org',
    columns: { code: 'code', name: 'name', level: 'level', parent: 'parent' },
  }
  const one = await load(
    await written('u1.csv', 'code,name,level,parent\nhz-new,新支行,branch,hz\nhz-new-1,一组,team,hz-new\n'),
    units,
  )
  assert.deepEqual([one.state, one.rows.new], ['done', 2])
  const two = await load(await written('u2.csv', 'code,name,level,parent\nhz-new,改名支行,branch,hz\n'), units)
  assert.deepEqual([two.rows.new, two.rows.corrected], [0, 1])
  const nameOf = async () =>
    (await services.store.query<{ name: string; path: string }>("select name, path from units where id = 'hz-new'"))[0]
  assert.deepEqual(await nameOf(), { name: '改名支行', path: '/bank/zj/hz/hz-new/' })
  assert.ok((await undoLoad(services, operator, two.id)).ok)
  assert.equal((await nameOf())?.name, '新支行')
  assert.ok((await undoLoad(services, operator, one.id)).ok)
  assert.equal(await nameOf(), undefined)
  const circle = await load(await written('u3.csv', 'code,name,level,parent\nq1,a,branch,q2\nq2,b,branch,q1\n'), units)
  assert.deepEqual([circle.state, circle.failure], ['failed', 'units_not_a_tree'])

  const people = {
    kind: 'customers',
    source: 'crm',
    columns: { customer: 'no', name: 'name', phone: 'phone', unit: 'unit' },
  }
  const c = await load(
    await written('c.csv', 'no,name,phone,unit\nK1,王伟,100123,hz-xihu\nK2,李娜,100124,nj-gulou\n'),
    people,
  )
  assert.deepEqual([c.rows.new, c.rows.same], [2, 0])
  const same = await load(await written('c2.csv', 'no,name,phone,unit\nK1,王伟,100123,hz-xihu\n'), people)
  assert.deepEqual([same.rows.new, same.rows.same], [0, 1])
  const [stored] = await services.store.query<{ n: Uint8Array }>(
    'select name_enc n from customers where name_index = $1',
    [services.cipher.blindIndex('customer.name', '王伟')],
  )
  assert.equal(stored && services.cipher.decrypt(stored.n), '王伟')
  // What the second load brought again is its own once the first is gone.
  const names = async () =>
    (await services.store.query<{ n: Uint8Array }>('select name_enc as n from customers')).map(({ n }) =>
      services.cipher.decrypt(n),
    )
  assert.ok((await undoLoad(services, operator, c.id)).ok)
  assert.deepEqual(await names(), ['王伟'])
  assert.ok((await undoLoad(services, operator, same.id)).ok)
  assert.deepEqual(await names(), [])
})

test('a cancelled load leaves nothing, and says so', async () => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `c${i},2026-01-01 10:00,1,C${i % 50},hz-xihu`)
  const path = await written('long.csv', head + lines.join('\n'))
  const { services, operator } = home
  const id = await startLoad(services, operator, await fileOf(path), mappingOf({ ...transactions, source: 'long' }), {
    strict: false,
  })
  const cancelled = await cancelLoad(services, id)
  assert.ok(cancelled.ok)
  const ended = await readLoad(services, operator, id)
  assert.deepEqual([ended?.state, ended?.failure], ['failed', 'load_cancelled'])
  assert.equal(await count('transactions', "source = 'long'"), 0)
})

test('a batch taken in is durable first, moved once, and a repeat adds nothing', async () => {
  const { services, operator } = home
  const line = (id: string, extra: object = {}) =>
    JSON.stringify({
      id,
      start_at: '2026-03-01T08:00:00+08:00',
      channel: 'app',
      customer: 'C1',
      unit: 'hz-xihu',
      ...extra,
    })
  const body = (...lines: string[]) => Buffer.from(lines.join('\n'))
  const take = (key: string, bytes: Buffer) => takeInteractions(services, operator, { source: 'app', key, body: bytes })
  const first = await take('k1', body(line('1'), line('2')))
  assert.ok(first.ok && !first.value.repeated)
  const repeat = await take('k1', body(line('1'), line('2')))
  assert.ok(repeat.ok && repeat.value.repeated && repeat.value.batch === first.value.batch)
  const other = await take('k1', body(line('3')))
  assert.ok(!other.ok && other.reason === 'idempotency_key_reused')
  await take('k2', body(line('2', { outcome: 'failure' }), line('4')))
  assert.equal(await count('interactions', "source = 'app'"), 0)
  while ((await moveIntake(services)) > 0);
  assert.equal(await count('interactions', "source = 'app' and superseded_by = 0"), 3)
  assert.equal(await count('interactions', "source = 'app' and superseded_by = 0 and outcome = 'failure'"), 1)
  // The note in the store is lost, as after a kill between the two: the warehouse knows.
  await services.store.query('update intake_batches set moved_at = null, body_enc = $1', [
    services.cipher.encryptBytes(Buffer.from('not read')),
  ])
  while ((await moveIntake(services)) > 0);
  assert.equal(await count('interactions', "source = 'app' and superseded_by = 0"), 3)
  const { scope } = await home.user({ role: 'OPS', unit: 'nj' })
  const outside = await takeInteractions(services, scope, { source: 'app', key: 'k9', body: body(line('9')) })
  assert.ok(!outside.ok && outside.reason === 'intake_line_invalid')
})

const map = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../../demo/maps/${name}.json`, import.meta.url), 'utf8')) as unknown

test('the bank’s own head office takes the place of the one a new home began with', async () => {
  const fresh = await openTestHome({ units: false })
  try {
    const { services, operator, store } = fresh
    await store.query(
      "insert into units (id, code, name, level, kind, path) values ('head-office', 'HEAD', '总行', 'head_office', 'administration', '/head-office/')",
    )
    const path = await written('own.csv', 'code,name,level,parent\nBANK,某某银行,head_office,\nB1,一支行,branch,BANK\n')
    const id = await loadAndWait(
      services,
      operator,
      await fileOf(path),
      mappingOf({
        kind: 'units',
        source: 'org',
        columns: { code: 'code', name: 'name', level: 'level', parent: 'parent' },
      }),
    )
    assert.equal((await readLoad(services, operator, id))?.state, 'done')
    const units = await store.query('select id, code, name, path from units order by path')
    assert.deepEqual(units, [
      { id: 'head-office', code: 'BANK', name: '某某银行', path: '/head-office/' },
      { id: 'B1', code: 'B1', name: '一支行', path: '/head-office/B1/' },
    ])
  } finally {
    await fresh.close()
  }
})

const calls = sharedData('queue/anonymous_bank_calls_1999_02.tsv.gz')
test('the call-centre log loads as published', { skip: calls ? false : 'shared/data is absent' }, async () => {
  const done = await load(calls as string, await map('anonymous_bank_calls'))
  assert.deepEqual(done.rows, { read: 33_344, new: 33_043, same: 0, corrected: 0, rejected: 0, skipped: 301 })
  const again = await load(calls as string, await map('anonymous_bank_calls'))
  assert.deepEqual([again.rows.new, again.rows.same, again.rows.corrected], [0, 33_043, 0])
  const { rows } = await home.services.warehouse.write((writer) =>
    writer.run(sql`select count_if(queued) as queued, avg(wait_seconds) filter (where queued) as queued_wait, avg(wait_seconds) as wait,
      count_if(outcome = 'abandoned') as gone from tickets where superseded_by = 0 and source = 'anonymous_bank'`),
  )
  const [row] = rows
  assert.equal(row?.queued, 18_005)
  assert.equal(Number(row?.queued_wait).toFixed(1), '75.8')
  assert.equal(Number(row?.wait).toFixed(1), '41.3')
  assert.equal(row?.gone, 5_902)
  // Through the registered question the wait is that of those who had to wait: a call answered at once never queued.
  const scores = await home.services.ask('experience.scores', { metric: 'wait', groupBy: 'none' }, home.operator)
  assert.ok(scores.ok, JSON.stringify(scores))
  assert.equal(scores.value.rows[0]?.n, 18_005)
  assert.equal(Number(scores.value.rows[0]?.value).toFixed(1), '75.8')
})

const survey = sharedData('voice/bank_satisfaction_survey.csv')
test('the satisfaction survey gives its NPS with the published interval', {
  skip: survey ? false : 'shared/data is absent',
}, async () => {
  const done = await load(survey as string, await map('bank_satisfaction_survey'))
  assert.deepEqual([done.state, done.rows.read, done.rows.rejected], ['done', 250, 0])
  const scores = await home.services.ask('experience.scores', { metric: 'nps', groupBy: 'none' }, home.operator)
  assert.ok(scores.ok, JSON.stringify(scores))
  const [nps] = scores.value.rows
  assert.deepEqual(
    [nps?.n, Number(nps?.value).toFixed(1), Number(nps?.low).toFixed(2), Number(nps?.high).toFixed(2)],
    [250, '-8.4', '-17.81', '1.21'],
  )
})

const bpi = sharedData('process/bpi2012.xes.gz')
test('BPI 2012 loads, is prepared, and gives the published figures', {
  skip: bpi ? false : 'shared/data is absent',
}, async () => {
  const done = await load(bpi as string, await map('bpi2012'))
  assert.deepEqual([done.state, done.rows.new, done.rows.rejected], ['done', 262_200, 0])
  const answer = await home.services.ask('processes.summary', { process: 'bpi2012' }, home.operator)
  assert.ok(answer.ok, JSON.stringify(answer))
  const [row] = answer.value.rows
  assert.deepEqual(
    [row?.cases, row?.events, row?.activities, row?.variants, row?.edges, row?.resources],
    [13_087, 262_200, 24, 4_366, 125, 68],
  )
  assert.equal(Number(row?.mean_days).toFixed(4), '8.6238')
  assert.equal(Number(row?.median_days).toFixed(4), '0.8085')
  const complete = await home.services.ask('processes.summary', { process: 'bpi2012', view: 'complete' }, home.operator)
  assert.ok(complete.ok)
  assert.deepEqual([complete.value.rows[0]?.events, complete.value.rows[0]?.activities], [164_506, 23])
  const variants = await home.services.ask('processes.variants', { process: 'bpi2012' }, home.operator)
  assert.ok(variants.ok)
  assert.equal(variants.value.rows[0]?.cases, 3_429)
})
