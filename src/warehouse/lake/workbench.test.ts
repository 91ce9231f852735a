import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { openFiles } from '#files/files.ts'
import { exportLake } from './lakeExport.ts'
import { TrinoClient, trinoAddress } from './trinoClient.ts'
import { Workbench } from './workbench.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-workbench-'))
const before = process.env.TMPDIR
after(async () => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  await rm(root, { recursive: true, force: true })
})

test('whatever is on its way to the lake or back lies in the home, which clears it, and nowhere else', async () => {
  const files = await openFiles(pathToFileURL(root).href)
  // Nothing can be written to the machine's own folder.
  process.env.TMPDIR = join(root, 'not there')
  const scratch = join(root, "the bank's", 'workbench')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const seen = await new Workbench(connection, scratch).toParquet('select 1 as n', async (path) => {
    const read = await connection.runAndReadAll(`select n from read_parquet('${path.replaceAll("'", "''")}')`)
    return [path.startsWith(scratch), read.getRowsJson()]
  })
  assert.deepEqual(seen, [true, [[1]]])

  const client = new TrinoClient(trinoAddress('trino://nowhere/lake/bank'))
  const nothing = { snapshots: new Map(), meta: new Map() }
  const notes = { meta: new Map(), batches: [], staleDays: { stale_days: [], stale_episode_days: [] } }
  const tables = await exportLake({ client, files }, nothing, notes, join(root, 'backup'), scratch)
  assert.ok(tables.some(({ name }) => name === 'warehouse_meta'))
  assert.deepEqual(await readdir(scratch), [], 'and nothing of it stays')
})
