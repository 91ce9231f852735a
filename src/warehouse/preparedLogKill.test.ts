import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDuckdb } from './duckdb.ts'
import { prepareLog, staleLogs } from './preparedLog.ts'
import { raw } from './sql.ts'

const dying = join(import.meta.dirname, 'testing/killedWhilePreparing.ts')

test('a process killed while it prepares leaves the old log or none, and its note to prepare it again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-prepare-'))
  const path = join(folder, 'warehouse.duckdb')
  // Each round loads more, so that an old and a new log differ; the last one dies before the final commit.
  const rounds = [1, 2, 4, 6, 7, 99]
  let cases = 0
  try {
    for (const [i, settlings] of rounds.entries()) {
      const loadId = i + 1
      const child = spawn(process.execPath, [dying, path, String(loadId), String(settlings)], { stdio: 'inherit' })
      const [, signal] = await once(child, 'exit')
      assert.equal(signal, 'SIGKILL')
      const warehouse = await openDuckdb(path)
      try {
        const before = await warehouse.log(1)
        assert.equal(before?.cases ?? 0, cases, `killed at ${settlings}: the old log stands`)
        await warehouse.write(async (writer) => {
          const count = async (table: string) =>
            Number((await writer.run(raw(`select count(*) as n from ${table}`))).rows[0]!.n)
          if (before) assert.equal(await count('log_1_events'), before.events)
          assert.deepEqual(await staleLogs(writer), [{ process: 'loan', log: 1 }])
          const prepared = await prepareLog(writer, { process: 'loan', log: 1, timeZone: 'UTC' })
          const facts = await count("events where process = 'loan' and superseded_by = 0")
          assert.deepEqual([prepared?.events, await count('log_1_events')], [facts, facts])
          assert.equal(await count('log_1_work_items'), facts / 2)
          cases = prepared!.cases
          assert.deepEqual(await staleLogs(writer), [])
          assert.equal(await count("duckdb_tables() where table_name like '%draft%'"), 0)
          assert.equal(await count("duckdb_tables() where temporary and table_name like 'prep%'"), 0)
        })
      } finally {
        await warehouse.close()
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
