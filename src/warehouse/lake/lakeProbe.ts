import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Files } from '#files/files.ts'
import { duckdb, trino } from '../dialect.ts'
import { tallyQuery } from '../moving/checksum.ts'
import { createStageTable } from './lakeTables.ts'
import { headText } from './lakeChanges.ts'
import { keyOf } from './lakeStages.ts'
import type { TrinoClient } from './trinoClient.ts'

/** One thing that a lake needs of its cluster and its storage, tried out. */
export type ProbeStep =
  | 'create'
  | 'put'
  | 'add_files'
  | 'instants'
  | 'insert'
  | 'merge'
  | 'roll_back'
  | 'fetch'
  | 'drop'

export interface ProbeResult {
  done: ProbeStep[]
  failed?: { step: ProbeStep; said: string }
}

const columns = { n: 'bigint', moment: 'timestamp', day: 'date', text: 'text', value: 'double' } as const
/** Instants that do not exist, or exist twice, where clocks are put forward and back: a node that counts in its own zone moves them. */
const instants = [
  ...['2024-03-31 02:30:00.123456', '2024-10-27 02:30:00', '1986-05-04 00:30:00', '2018-11-04 00:30:00'],
  ...['1900-12-31 23:54:17', '2024-02-29 23:59:59.999999', '1970-01-01 00:00:00', '2025-06-30 16:00:00'],
]
const rows = `select * from (values ${instants
  .map((at, i) => `(bigint '${i}', timestamp '${at}', date '${at.slice(0, 10)}', '知音 ''${i}'' 🙂', ${i} / 10e0)`)
  .join(', ')}) t (n, moment, day, text, value)`

/**
 * Tries in a table of its own what a lake does to its tables, over files written by DuckDB and by the cluster. Half of
 * the rows are written by the one, half by the other, and both count the same.
 */
export async function probeLake({
  client,
  files,
  scratch,
}: {
  client: TrinoClient
  files: Files
  scratch: string
}): Promise<ProbeResult> {
  const name = `stage_doctor_${randomBytes(4).toString('hex')}`
  const prefix = `${client.address.schema}_files/stage/${name}/`
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const run = (text: string) => client.run(text, { source: 'zhiyin doctor', session: { query_max_run_time: '2m' } })
  const done: ProbeStep[] = []
  let at: ProbeStep = 'create'
  const step = async <T>(next: ProbeStep, work: () => Promise<T>): Promise<T> => {
    at = next
    const value = await work()
    done.push(next)
    return value
  }
  const here = async (query: string) => (await connection.runAndReadAll(query)).getRowsJson()[0]!.map(String)
  const there = async (query: string) => (await run(query)).rows[0]!.map(String)
  const same = (a: readonly string[], b: readonly string[]) => {
    const modulus = 1n << 64n
    const of = (text: string | undefined) => ((BigInt(text ?? 0) % modulus) + modulus) % modulus
    if (a[0] !== b[0] || of(a[1]) !== of(b[1])) throw new Error(`${a.join(' ')} is not ${b.join(' ')}`)
  }
  let made = false
  let schemaMade = false
  try {
    await step('create', async () => {
      const known = await run(`show schemas like '${client.address.schema.replaceAll('_', '\\_')}' escape '\\'`)
      if (known.rows.length === 0) {
        await run(`create schema ${client.address.schema}`)
        schemaMade = true
      }
      await run(createStageTable(name, columns))
      made = true
    })
    await connection.run(`set timezone = 'UTC'; create table rows as ${rows}`)
    await step('put', async () => {
      const path = join(scratch, 'rows.parquet')
      await connection.run(`copy (select * from rows where n % 2 = 0) to '${path}' (format parquet, compression zstd)`)
      await files.put(`${prefix}rows.parquet`, path)
    })
    await step('add_files', () =>
      run(`alter table ${name} execute add_files(location => '${files.location}${prefix}', format => 'PARQUET')`),
    )
    const base = (await there(headText(name)))[0]!
    await step('insert', () => run(`insert into ${name} select * from (${rows}) where n % 2 = 1`))
    await step('instants', async () => {
      same(
        await here(tallyQuery(duckdb, columns, 'select * from rows')),
        await there(tallyQuery(trino, columns, `select * from ${name}`)),
      )
      const days = `select count(*), sum(date_diff('day', day, cast(moment as date)) + date_diff('day', day, cast(date_trunc('day', moment) as date))) from`
      same(await here(`${days} rows`), await there(`${days} ${name}`))
    })
    await step('fetch', async () => {
      const found = await run(`select file_path from "${name}$files"`)
      const paths: string[] = []
      for (const [i, [path]] of found.rows.entries()) {
        const file = await files.fetch(keyOf(files.location, String(path)))
        try {
          const local = join(scratch, `fetched${i}.parquet`)
          await connection.run(
            `copy (select * from read_parquet('${file.path.replaceAll("'", "''")}')) to '${local}' (format parquet)`,
          )
          paths.push(`'${local}'`)
        } finally {
          await file.release()
        }
      }
      same(
        await here(tallyQuery(duckdb, columns, `select * from read_parquet([${paths.join(', ')}])`)),
        await here(tallyQuery(duckdb, columns, 'select * from rows')),
      )
    })
    await step('merge', async () => {
      await run(
        `merge into ${name} t using (values bigint '1') s (n) on t.n = s.n when matched then update set text = 'x'`,
      )
      await run(`delete from ${name} where n = 2`)
    })
    await step('roll_back', async () => {
      await run(`alter table ${name} execute rollback_to_snapshot(snapshot_id => ${BigInt(base)})`)
      const [n] = await there(`select count(*) from ${name}`)
      if (Number(n) !== instants.length / 2) throw new Error(`${n} rows after rolling back`)
    })
    await step('drop', () => run(`drop table ${name}`))
    made = false
    return { done }
  } catch (error) {
    return { done, failed: { step: at, said: (error as Error).message } }
  } finally {
    if (made) await run(`drop table if exists ${name}`).catch(() => undefined)
    if (schemaMade) await run(`drop schema if exists ${client.address.schema}`).catch(() => undefined)
    await files.removeAll(prefix).catch(() => undefined)
    connection.closeSync()
    instance.closeSync()
  }
}
