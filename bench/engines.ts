/**
 * Every registered question on DuckDB and on Trino over the same bank, the overview on both, and how long each takes to
 * load. The cluster is the one of scripts/cluster.sh up --without-servers, named by ZHIYIN_CLUSTER_DATABASE_URL,
 * ZHIYIN_CLUSTER_WAREHOUSE_URL and ZHIYIN_CLUSTER_WAREHOUSE_FILES.
 * node bench/engines.ts [interactions] [events] [readings] [engines, by default duckdb,trino]; ZHIYIN_WAREHOUSE_MEMORY limits DuckDB
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { scopeOfOperator } from '#access/mint.ts'
import { overview } from '#features/experience/data.ts'
import type { Services } from '#features/services.ts'
import { openFiles } from '#files/files.ts'
import { addDays } from '#lib/time.ts'
import { openHome } from '#server/open.ts'
import { questions } from '#server/registry.ts'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { TrinoClient, trinoAddress } from '#warehouse/lake/trinoClient.ts'
import { loadFacts } from '#warehouse/loading.ts'
import { metricIds } from '#warehouse/metrics.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import { ask } from '#warehouse/question.ts'
import { rebuildRollups } from '#warehouse/rollups/making.ts'
import { sql } from '#warehouse/sql.ts'
import { testCluster } from '#warehouse/testing/testLake.ts'
import { branches, lastDay, makeModel, rowsOf } from './bank.ts'
import { loadEvents } from './eventLog.ts'
import { machine, quantileOf, timed } from './machine.ts'

const [interactions = 1_000_000, events = Math.min(interactions, 10_000_000), readings = 20] = process.argv
  .slice(2, 5)
  .map(Number)
const engines = (process.argv[5] ?? 'duckdb,trino').split(',')
const customers = 200_000
/** A load of more would be sorted in one piece. */
const atOnce = 10_000_000

const span = { from: addDays(lastDay, -89), to: lastDay }
const before = { comparedFrom: addDays(lastDay, -179), comparedTo: addDays(lastDay, -90) }
const weeks = { weeksFrom: addDays(lastDay, -181), weeksTo: lastDay }
const cell = { ...span, touchpoint: 't3', unit: 'p1' }
/** As the pages ask them. */
const asked: Record<string, Record<string, unknown>> = {
  'experience.complaint_times': { ...span, days: 7, asOf: lastDay },
  'experience.coverage': span,
  'experience.days': { ...span, ...before, ...weeks, metrics: ['nps', 'wait', 'volume'] },
  'experience.newest': { since: addDays(lastDay, -40) },
  'experience.recognised': span,
  'experience.scores': { metric: 'nps' },
  'experience.sums': { ...span, ...before, by: ['none', 'touchpoint', 'unit', 'channel'] },
  'experience.trend': { metric: 'wait' },
  'experience.wait_bins': { ...span, ...before, ...weeks },
  'experience.weekly': { ...span, metrics: ['csat', 'volume'] },
  'findings.cases': { ...cell, metric: 'wait' },
  'findings.cell': { ...cell, metric: 'csat' },
  'findings.peers': { ...cell, metric: 'complaint_rate' },
  'imports.reach': { kind: 'complaints', load: 4 },
  'processes.edges': { process: 'bench' },
  'processes.summary': { process: 'bench' },
  'processes.variants': { process: 'bench', limit: 20 },
}

async function fill(services: Services): Promise<string> {
  const { warehouse, home, store } = services
  await makeModel(services)
  await store.query(`insert into processes (id, name, name_en) values ('bench', 'bench', 'bench')`)
  const [process] = await store.query<{ log: number }>(`select log from processes where id = 'bench'`)
  let loadId = 1
  const load = (kind: FactKind, query: string, source: string) =>
    warehouse.session(async ({ connection, write }) => {
      await connection.run(`create temp table staged as ${query}`)
      await write((writer) => loadFacts(writer, kind, { loadId: ++loadId, source, timeZone: home.timeZone }, 'staged'))
    })
  const sizes: [FactKind, number][] = [
    ['interactions', interactions],
    ['tickets', interactions / 10],
    ['responses', interactions / 10],
    ['complaints', interactions / 500],
  ]
  const loaded = await timed(async () => {
    for (const [kind, count] of sizes)
      for (let from = 0; from < count; from += atOnce)
        await load(kind, rowsOf(kind, Math.floor(Math.min(atOnce, count - from)), customers, from), `bench ${from}`)
  })
  const rolled = await timed(() => warehouse.write((writer) => rebuildRollups(writer), { publish: true }))
  const log = await timed(() => loadEvents(warehouse, events))
  const prepared = await timed(() =>
    warehouse.session(({ write }) =>
      write((writer) => prepareLog(writer, { process: 'bench', log: process!.log, timeZone: home.timeZone }), {
        publish: true,
      }),
    ),
  )
  await warehouse.write(
    (writer) =>
      refreshDimensions(writer, {
        units: branches.map((id, i) => ({ unit_id: id, name: id, level: 'branch', path: `/hq/p${i % 4}/${id}/` })),
        touchpoints: Array.from({ length: 24 }, (_, i) => ({ touchpoint_id: `t${i}`, position: i })),
      }),
    { publish: true },
  )
  const seconds = ({ ms }: { ms: number }) => `${(ms / 1000).toFixed(1)} s`
  const stored = await warehouse.write((writer) => writer.whole(sql`select count(*) as n from daily`))
  return `load ${seconds(loaded)}, ${String(stored.rows[0]!.n)} rows of sums a day, all rollups ${seconds(rolled)}, ${events} events ${seconds(log)}, prepared ${seconds(prepared)}`
}

/** What DuckDB holds in memory and on its spilling disk at the most, looked at each half second. */
function watchMemory({ warehouse }: Services): { stop(): Promise<string> } {
  let [memory, spilled, going] = [0, 0, true]
  const watching = warehouse.session(async ({ connection }) => {
    while (going) {
      const found = await connection.runAndReadAll(
        'select sum(memory_usage_bytes)::double, sum(temporary_storage_bytes)::double from duckdb_memory()',
      )
      const [now] = found.getRows() as [number, number][]
      memory = Math.max(memory, now?.[0] ?? 0)
      spilled = Math.max(spilled, now?.[1] ?? 0)
      await sleep(500)
    }
  })
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GB`
  return {
    stop: async () => {
      going = false
      await watching
      return `DuckDB's memory ${gigabytes(memory)} at most (limit ${process.env.ZHIYIN_WAREHOUSE_MEMORY ?? 'its own'}), spilled ${gigabytes(spilled)}; the process ${gigabytes(process.resourceUsage().maxRSS * 1024)}`
    },
  }
}

interface Engine {
  name: string
  services: Services
  /** Bytes of what is stored. */
  bytes(): Promise<number>
  close(): Promise<void>
}

async function openEngine(name: string): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-engines-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const open = async (options: Parameters<typeof openHome>[0]) => {
    const opened = await openHome(options)
    if (!opened.ok) throw new Error(JSON.stringify(opened))
    opened.value.services.clock = () => new Date(`${lastDay}T15:00:00Z`)
    return opened.value
  }
  if (name === 'duckdb') {
    const home = await open({ folder, kind: 'real' })
    return {
      name,
      services: home.services,
      bytes: async () => (await stat(join(homePaths(folder).warehouse, 'warehouse.duckdb'))).size,
      close: () => home.close().then(remove),
    }
  }
  const cluster = testCluster()
  const schema = `bench_${randomBytes(4).toString('hex')}`
  const url = cluster.warehouseUrl.replace(/\/[^/?]+(\?|$)/, `/${schema}$1`)
  const database = await createTestDatabase(cluster.databaseUrl)
  const home = await open({
    folder,
    kind: 'real',
    databaseUrl: database.url,
    shared: true,
    warehouse: { url, files: cluster.filesUrl },
  })
  return {
    name,
    services: home.services,
    bytes: async () => {
      const client = new TrinoClient(trinoAddress(url))
      const { rows } = await client.run('show tables')
      const each = rows.map(([table]) => `select sum(file_size_in_bytes) as bytes from "${String(table)}$files"`)
      const sum = await client.run(`select sum(bytes) from (${each.join(' union all ')}) f`)
      return Number(sum.rows[0]![0])
    },
    close: async () => {
      await home.close()
      await database.drop()
      const client = new TrinoClient(trinoAddress(url))
      const { rows } = await client.run('show tables')
      for (const [table] of rows) await client.run(`drop table if exists ${String(table)}`)
      await client.run(`drop schema if exists ${schema}`)
      await (await openFiles(cluster.filesUrl)).removeAll(`${schema}_files/`)
      await remove()
    },
  }
}

console.log(machine())
const opened: Engine[] = []
const times = new Map<string, Record<string, number>>()
try {
  for (const name of engines) {
    const engine = await openEngine(name)
    opened.push(engine)
    const watched = watchMemory(engine.services)
    console.log(`${name}: ${interactions} interactions: ${await fill(engine.services)}`)
    console.log(`${name}: ${((await engine.bytes()) / 2 ** 30).toFixed(2)} GB stored; ${await watched.stop()}`)
  }
  const scope = scopeOfOperator()
  for (const question of questions.filter(({ sql }) => sql)) {
    const parameters = asked[question.id] ?? {}
    const row: Record<string, number> = {}
    for (const { name, services } of opened) {
      const taken: number[] = []
      for (let i = 0; i < 3; i++) {
        // Without the cache of answers.
        const context = { warehouse: services.warehouse, scope, services, today: lastDay }
        const { ms, value } = await timed(() => ask(question, parameters, context))
        if (!value.ok) throw new Error(`${question.id}: ${JSON.stringify(value)}`)
        taken.push(ms)
      }
      row[name] = quantileOf(taken, 0.5)
    }
    times.set(question.id, row)
    const each = Object.entries(row).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
    const ratio = row.duckdb && row.trino ? `, ratio ${(row.trino / row.duckdb).toFixed(1)}` : ''
    console.log(`  ${question.id.padEnd(28)} ${each.join('  ')}${ratio}`)
  }
  for (const { name, services } of opened) {
    const taken: number[] = []
    for (let i = 0; i < readings; i++) {
      const to = addDays(lastDay, -(i % 30))
      const unit = i % 3 === 0 ? undefined : i % 3 === 1 ? `p${i % 4}` : branches[i % 60]
      const { ms, value } = await timed(() =>
        overview(services, scope, { metric: metricIds[i % 8]!, unit, from: addDays(to, -89), to, compare: 'previous' }),
      )
      if (!value.ok) throw new Error(JSON.stringify(value))
      taken.push(ms)
    }
    console.log(
      `${name}: overview uncached median ${quantileOf(taken, 0.5).toFixed(0)} ms, p95 ${quantileOf(taken, 0.95).toFixed(0)} ms over ${readings} readings`,
    )
  }
  console.log(machine())
} finally {
  for (const engine of opened) await engine.close()
}
process.exit(0)
