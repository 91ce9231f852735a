import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { openDuckdb } from './duckdb.ts'
import { warehouseCodeOf } from './errors.ts'

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-errors-'))
after(() => rm(folder, { recursive: true, force: true }))

const tooMuch = 'create table t as select range as a, random() as b from range(5000000)'

/** What DuckDB says of statements in 30 MB of memory. */
async function saidOf(...statements: string[]): Promise<unknown> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '30MB' })
  const connection = await instance.connect()
  try {
    for (const statement of statements) await connection.run(statement)
    return undefined
  } catch (error) {
    return error
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

test('a disk without room and memory that does not suffice are told by their codes', async () => {
  const spill = `set temp_directory = '${join(folder, 'spill')}'`
  assert.equal(warehouseCodeOf(await saidOf(spill, tooMuch)), undefined, 'what is too much for the memory is spilled')
  assert.equal(
    warehouseCodeOf(await saidOf(spill, "set max_temp_directory_size = '1MB'", tooMuch)),
    'warehouse_full',
    'a spill that finds no room',
  )
  assert.equal(warehouseCodeOf(await saidOf("set temp_directory = ''", tooMuch)), 'question_too_large')
})

test('a file that finds no room is told by its code', {
  skip: process.platform === 'linux' ? false : 'without /dev/full',
}, async () => {
  const error = await saidOf(`copy (select * from range(500000)) to '/dev/full' (format csv, use_tmp_file false)`)
  assert.equal(warehouseCodeOf(error), 'warehouse_full')
})

test('a warehouse that a newer program made is refused and left as it is', async () => {
  const path = join(folder, 'warehouse.duckdb')
  const first = await openDuckdb(path)
  await first.write((writer) => writer.script("update warehouse_meta set value = '99' where key = 'schema_version'"))
  await first.close()
  const opening = await openDuckdb(path).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.equal(warehouseCodeOf(opening), 'warehouse_newer')
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  const found = await connection.runAndReadAll("select value from warehouse_meta where key = 'schema_version'")
  assert.deepEqual(found.getRowsJson(), [['99']])
  connection.closeSync()
  instance.closeSync()
})
