import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFiles } from '#files/files.ts'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { TrinoClient, trinoAddress } from '#warehouse/lake/trinoClient.ts'
import { columnsOfTable } from '#warehouse/lake/lakeTables.ts'
import { loadFacts, markBatchMoved } from '#warehouse/loading.ts'
import { openEmbeddedSource } from '#warehouse/moving/embedded.ts'
import { refreshRollups } from '#warehouse/rollups/making.ts'
import { loadFixedFacts } from '#warehouse/testing/fixedFacts.ts'
import { loadGeneratedFacts } from '#warehouse/testing/generatedFacts.ts'
import { testCluster } from '#warehouse/testing/testLake.ts'
import { openHome } from '../../open.ts'
import { seedUnits, type TestHome } from '../../testing.ts'

/** Values on which engines, or a file between them, might differ. */
const hardDoubles = [
  '-0.0',
  '0.0',
  '0.1',
  '1e300',
  '-1e-300',
  '5e-324',
  '1.7976931348623157e308',
  '9007199254740993',
  '1e16',
  '0.30000000000000004',
]
const hardTexts = [
  "''",
  "'-'",
  "'1:-'",
  "'O''Brien \"x\" \\n'",
  "'知音🙂👩‍👧'",
  "'a' || chr(31) || chr(10) || chr(9)",
  "repeat('很长 long ', 30000)",
]
const hardInstants = [
  '1900-01-01 00:00:00.000001',
  '1969-12-31 23:59:59.999999',
  '1986-05-04 00:30:00',
  '2024-02-29 23:59:59.5',
  '2024-03-31 02:30:00.123456',
  '2400-02-29 12:00:00',
]
export const hardRows = `select ${['wait_seconds', 'duration_seconds'].map((name, k) => `[${hardDoubles.map((v) => `cast('${v}' as double)`).join(', ')}][(i * ${k + 1}) % ${hardDoubles.length} + 1] as ${name}`).join(', ')},
  [${hardTexts.join(', ')}][i % ${hardTexts.length} + 1] as segment, [null, ${hardTexts.join(', ')}][i % ${hardTexts.length + 1} + 1] as attributes,
  [null, 9007199254740993, 9223372036854775807, -9223372036854775807][i % 4 + 1] as customer_key,
  [${hardInstants.map((at) => `timestamp '${at}'`).join(', ')}][i % ${hardInstants.length} + 1] as start_at, 'u' || i % 3 as unit_id from range(840) r(i)`

/** A bank of its own in a folder: all kinds of facts and logs, rows without ids, batches, days that are behind, hard values. */
export async function makeBank(folder: string): Promise<void> {
  const opened = await openHome({ folder, kind: 'real' })
  if (!opened.ok) throw new Error(opened.reason)
  const { services } = opened.value
  const home = { services, store: services.store } as TestHome
  await seedUnits(services.store)
  await loadFixedFacts(home)
  await loadGeneratedFacts(home, 1500)
  const load = (loadId: number, source: string, rows: string) =>
    services.warehouse.session(async ({ connection, write }) => {
      await connection.run(`create or replace temp table staged as ${rows}`)
      await write(async (writer) => {
        await loadFacts(writer, 'interactions', { loadId, source, timeZone: 'Asia/Shanghai' }, 'staged')
        await markBatchMoved(writer, { batchId: loadId, loadId, rowCount: 1 })
      })
    })
  await load(201, 'hard', hardRows)
  await load(202, 'again', `${hardRows} union all ${hardRows}`)
  await load(203, 'again', hardRows)
  // Known twice, so that it is noted as a repeat; and an instant that nobody knows.
  await load(204, 'named', "select 'n' || i as source_id, cast(null as timestamp) as start_at from range(9) r(i)")
  await load(205, 'named', "select 'n' || i as source_id, cast(null as timestamp) as start_at from range(5) r(i)")
  await services.warehouse.write((writer) => refreshRollups(writer))
  await load(206, 'late', hardRows)
  await services.store.query("insert into settings (key, value) values ('odd', $1)", [
    JSON.stringify({ 数: [0.1, 1e-300, null, ''], text: '\\"\u2028' }),
  ])
  await opened.value.close()
  // What a home's opening copies from the store is copied now, and not by whoever opens the moved one.
  const again = await openHome({ folder })
  if (!again.ok) throw new Error(again.reason)
  await again.value.close()
}

/** The first rows that only one of the two has, table by table: nothing where both hold the same. */
export function differences(a: Record<string, string[]>, b: Record<string, string[]>): string[] {
  const without = (rows: string[] = [], others: string[] = []) => {
    const left = new Map<string, number>()
    for (const row of others) left.set(row, (left.get(row) ?? 0) + 1)
    return rows.filter((row) => {
      const n = left.get(row) ?? 0
      left.set(row, n - 1)
      return n <= 0
    })
  }
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((table) => [
    ...without(a[table], b[table])
      .slice(0, 3)
      .map((row) => `${table} lost ${row.slice(0, 300)}`),
    ...without(b[table], a[table])
      .slice(0, 3)
      .map((row) => `${table} gained ${row.slice(0, 300)}`),
  ])
}

/** Every row of every table of a home's warehouse that nobody has open, each fact with its id. */
export async function rowsOfWarehouse(folder: string): Promise<Record<string, string[]>> {
  const scratch = join(folder, 'reading')
  const source = await openEmbeddedSource(join(homePaths(folder).warehouse, 'warehouse.duckdb'), scratch)
  if ('schema' in source) throw new Error('another schema')
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const reader = await (await DuckDBInstance.create(':memory:')).connect()
  const found: Record<string, string[]> = {}
  for (const table of await source.tables()) {
    const rows: string[] = []
    for (const chunk of await source.chunksOf(table))
      await source.unload(chunk, async ([path]) => {
        const columns = Object.keys(columnsOfTable(table)).join(', ')
        const read = await reader.runAndReadAll(`select ${columns} from read_parquet('${path}')`)
        rows.push(...read.getRowsJson().map((row) => JSON.stringify(row)))
      })
    found[table] = rows.sort()
  }
  const { meta, batches, staleDays } = await source.notes()
  found.notes = [JSON.stringify([[...meta].sort(), batches, staleDays])]
  await source.close()
  await rm(scratch, { recursive: true, force: true })
  return found
}

/** An empty database and the name of an empty schema. */
export async function makeTarget(cluster = testCluster()) {
  const database = await createTestDatabase(cluster.databaseUrl)
  const schema = `test_${randomBytes(5).toString('hex')}`
  const url = cluster.warehouseUrl.replace(/\/[^/?]+(\?|$)/, `/${schema}$1`)
  const client = new TrinoClient(trinoAddress(url))
  return {
    databaseUrl: database.url,
    warehouse: { url, files: cluster.filesUrl },
    client,
    drop: async () => {
      const { rows } = await client.run('show tables').catch(() => ({ rows: [] as unknown[][] }))
      for (const [table] of rows) await client.run(`drop table if exists ${String(table)}`)
      await client.run(`drop schema if exists ${schema}`)
      await (await openFiles(cluster.filesUrl)).removeAll(`${schema}_files/`)
      await database.drop()
    },
  }
}
