// What a cluster is for: a part of it fails, and nobody loses an answer.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { bringPart, killPart, stopPart } from './parts.mjs'
import { sleep } from './process.mjs'
import { openState } from './state.mjs'
import { activeNodes, ask } from './trino.mjs'

const state = openState()
const schema = `lake.failures_${randomBytes(4).toString('hex')}`
const trino = (sql, session) => ask(state.settings.trinoUrl, sql, session)
const quiet = () => {}
const parquetFiles = () =>
  readdirSync(state.path('lake'), { recursive: true }).filter((name) => /\.parquet$/.test(name))

async function until(condition) {
  while (!(await condition())) await sleep(50)
}

before(() => trino(`create schema ${schema}`))
after(() => trino(`drop schema ${schema} cascade`))

test('rows that were deleted leave the files at once where that is asked for', async () => {
  const rows = `${schema}.rows_deleted`
  const before = parquetFiles().length
  await trino(`create table ${rows} as select * from unnest(sequence(1, 1000)) t(id)`)
  await trino(`delete from ${rows} where id <= 400`)
  await trino(`alter table ${rows} execute optimize`)
  await trino(`alter table ${rows} execute expire_snapshots(retention_threshold => '0s')`)
  // What the newest snapshot itself took out of the table does not go with the older ones.
  await trino(`alter table ${rows} execute remove_orphan_files(retention_threshold => '0s')`)
  assert.deepEqual(await trino(`select count(*), min(id) from ${rows}`), [[600, 401]])
  assert.equal((await trino(`select 1 from ${schema}."rows_deleted$snapshots"`)).length, 1)
  assert.equal(parquetFiles().length, before + 1)
})

test('a query whose worker is killed ends with the right answer where its tasks may be tried again', async () => {
  const rows = `${schema}.rows_joined`
  await trino(`create table ${rows} as select id, id % 200 as k from unnest(sequence(1, 9999)) a(n)
    cross join unnest(sequence(n * 30, n * 30 + 29)) b(id)`)
  const marker = randomBytes(4).toString('hex')
  const joined = trino(
    `select count(*), sum(a.id + b.id) from ${rows} a join ${rows} b on a.k = b.k /* ${marker} */`,
    'retry_policy=TASK',
  )
  const works = `select 1 from system.runtime.tasks t join system.runtime.queries q using (query_id)
    where q.query like '%/* ${marker} */%' and q.source = 'cluster' and q.query not like '%system.runtime%'
      and t.node_id = 'worker2' and t.state = 'RUNNING'`
  await until(async () => (await trino(works)).length > 0)
  await killPart(state, 'worker2')
  try {
    const [[count, sum]] = await joined
    const [expected] = await trino(`select sum(n * n), sum(2 * n * s)
      from (select k, count(*) as n, sum(id) as s from ${rows} group by k)`)
    assert.deepEqual([count, sum], expected)
  } finally {
    await bringPart(state, 'worker2', quiet)
    await until(async () => (await activeNodes(state)).includes('worker2'))
  }
})

test('a worker in another time zone counts as the others do', async () => {
  // Alone, so that it is he who counts.
  await stopPart(state, 'worker1', quiet)
  await stopPart(state, 'worker2', quiet)
  process.env.ZHIYIN_CLUSTER_WORKER2_TIMEZONE = 'America/New_York'
  try {
    await bringPart(state, 'worker2', quiet)
    await until(async () => (await activeNodes(state)).includes('worker2'))
    assert.match(readFileSync(state.path('trino', 'worker2', 'etc', 'jvm.config'), 'utf8'), /user\.timezone=America/)
    const tests = ['src/warehouse/lake/sameAnswers.cluster.test.ts', 'src/warehouse/lake/differences.cluster.test.ts']
    const run = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--test', ...tests], {
      // A test inside a test would report to the outer one and end with 0.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    for await (const chunk of run.stdout) said += chunk
    assert.match(said, /fail 0\n/, said.slice(-3000))
    assert.match(said, /pass [1-9]\d/)
  } finally {
    delete process.env.ZHIYIN_CLUSTER_WORKER2_TIMEZONE
    await stopPart(state, 'worker2', quiet)
    for (const worker of ['worker1', 'worker2']) await bringPart(state, worker, quiet)
    await until(async () => (await activeNodes(state)).length === 3)
  }
})

test('callers of the proxy notice neither a server that is stopped nor one that is killed', async (t) => {
  if (!['server1', 'server2', 'proxy'].every((part) => state.running(part))) return t.skip('no servers run here')
  let asking = true
  const statuses = new Map()
  const served = new Set()
  const asked = (async () => {
    for (; asking; await sleep(10)) {
      const answer = await fetch(`${state.settings.proxyUrl}/api/v1/door`)
      await answer.arrayBuffer()
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      served.add(answer.headers.get('x-served-by'))
    }
  })()
  try {
    for (const end of [stopPart, killPart])
      for (const server of ['server1', 'server2']) {
        await end(state, server, quiet)
        await bringPart(state, server, quiet)
        served.clear()
        // Both take their part again before the next one goes.
        await until(() => served.size === 2)
      }
  } finally {
    asking = false
    await asked
  }
  assert.deepEqual([...statuses.keys()], [200])
})
