/**
 * Takes interactions in through equal servers on one PostgreSQL and one lake, in batches of 1,000, each acknowledged when
 * it is durable; the servers move them to the lake meanwhile. The cluster is named as for engines.ts.
 * node bench/ingestServers.ts [batches] [callers] [servers] [interactions a second, as fast as it goes where it is 0] [sources that take turns]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFiles } from '#files/files.ts'
import { homePaths } from '#store/home.ts'
import { openPostgres } from '#store/postgres.ts'
import { createTestDatabase } from '#store/testing.ts'
import { TrinoClient, trinoAddress } from '#warehouse/lake/trinoClient.ts'
import { testCluster } from '#warehouse/testing/testLake.ts'
import { batchOf, batchSize, insertUnit, send } from './intakeBatches.ts'
import { machine, quantileOf } from './machine.ts'

const [batches = 400, callers = 4, servers = 2, aSecond = 0, sources = 1] = process.argv.slice(2).map(Number)
const rate = aSecond || Number.POSITIVE_INFINITY
const cluster = testCluster()
const schema = `bench_${randomBytes(4).toString('hex')}`
const warehouseUrl = cluster.warehouseUrl.replace(/\/[^/?]+(\?|$)/, `/${schema}$1`)
const database = await createTestDatabase(cluster.databaseUrl)
const folder = await mkdtemp(join(tmpdir(), 'zhiyin-ingest-'))

interface Server {
  child: ChildProcess
  address: string
  secret: string
}
async function startServer(i: number): Promise<Server> {
  const home = join(folder, `home${i}`)
  const child = spawn(
    join(import.meta.dirname, '../bin/zhiyin'),
    ['serve', '--home', home, '--port', '0', '--drain-seconds', '0'],
    {
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        WAREHOUSE_URL: warehouseUrl,
        WAREHOUSE_FILES: cluster.filesUrl,
        ...(i > 0 ? { ZHIYIN_KEY_FILE: homePaths(join(folder, 'home0')).keys } : {}),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  for (let tries = 0; tries < 600; tries++) {
    const token = await readFile(homePaths(home).token, 'utf8').catch(() => undefined)
    if (token) return { child, ...(JSON.parse(token) as { address: string; secret: string }) }
    await sleep(200)
  }
  throw new Error('a server does not start')
}

console.log(machine())
const running: Server[] = []
try {
  for (let i = 0; i < servers; i++) running.push(await startServer(i))
  const engine = await openPostgres(database.url)
  await engine.objects(insertUnit)
  // Of today, as what comes in as it happens.
  const apartMs = 20
  const firstMs = Date.now() - batches * batchSize * apartMs
  const latencies: number[] = []
  const start = performance.now()
  let next = 0
  const caller = async (c: number) => {
    for (let n = next++; n < batches; n = next++) {
      const body = batchOf(n, firstMs, apartMs)
      // Whoever is late catches up: what comes in does not wait for us.
      await sleep(Math.max(0, (n * batchSize * 1000) / rate - (performance.now() - start)))
      latencies.push(await send(running[c % running.length]!, body, `app${n % sources}`))
    }
  }
  // How long what was acknowledged waits, looked at each half second.
  const waits: number[] = []
  let looking = true
  const watch = (async () => {
    while (looking) {
      const [row] = await engine.objects<{ s: number | null }>(
        'select extract(epoch from now() - min(received_at))::double precision as s from intake_batches where moved_at is null',
      )
      waits.push(row?.s ?? 0)
      await sleep(500)
    }
  })()
  await Promise.all(Array.from({ length: callers }, (_, c) => caller(c)))
  const seconds = (performance.now() - start) / 1000
  console.log(
    `${servers} servers, ${batches} batches of ${batchSize} from ${sources} sources by ${callers} callers: ${((batches * batchSize) / seconds).toFixed(0)} interactions/s durable; a batch p50 ${quantileOf(latencies, 0.5).toFixed(0)} ms, p95 ${quantileOf(latencies, 0.95).toFixed(0)} ms`,
  )
  const moving = performance.now()
  for (;;) {
    const [row] = await engine.objects<{ n: number; failed: number }>(
      'select count(*)::int as n, count(failed_at)::int as failed from intake_batches where moved_at is null',
    )
    if (row?.failed) throw new Error('a batch stands aside')
    if (row?.n === 0) break
    await sleep(200)
  }
  looking = false
  await watch
  const client = new TrinoClient(trinoAddress(warehouseUrl))
  const { rows } = await client.run('select count(*), count(distinct source_id) from interactions')
  console.log(
    `all in the lake ${((performance.now() - moving) / 1000).toFixed(1)} s after the last answer; the oldest waited ${Math.max(...waits).toFixed(1)} s; there are ${rows[0]?.join(' rows, ')} different`,
  )
  console.log(machine())
  await engine.close()
} finally {
  for (const { child } of running) {
    child.kill('SIGTERM')
    await Promise.race([once(child, 'exit'), sleep(20_000)])
    if (child.exitCode === null) child.kill('SIGKILL')
  }
  const client = new TrinoClient(trinoAddress(warehouseUrl))
  const { rows } = await client.run('show tables')
  for (const [table] of rows) await client.run(`drop table if exists ${String(table)}`)
  await client.run(`drop schema if exists ${schema}`)
  await (await openFiles(cluster.filesUrl)).removeAll(`${schema}_files/`)
  await database.drop()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)
