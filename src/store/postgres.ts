import { types as builtin, Pool, type PoolClient, type QueryArrayConfig, type QueryConfig } from 'pg'
import type { Engine, Runner, Value } from './store.ts'
import { typeParsers } from './types.ts'

const types = { getTypeParser: (oid: number, format: 'text') => typeParsers[oid] ?? builtin.getTypeParser(oid, format) }

const plain = (values: readonly Value[]) =>
  values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
  )

const runnerOn = (client: Pool | PoolClient): Runner => ({
  rows: async (text, values) =>
    (await client.query({ text, values: plain(values), rowMode: 'array', types } as QueryArrayConfig)).rows,
  objects: async <T>(text: string, values: readonly Value[] = []) =>
    (await client.query({ text, values: plain(values), types } as QueryConfig)).rows as T[],
})

/** Opens PostgreSQL 15 or newer. */
export async function openPostgres(url: string): Promise<Engine> {
  const pool = new Pool({ connectionString: url, max: 10, options: '-c timezone=UTC' })
  // A lost idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  const runner = runnerOn(pool)
  const [version] = await runner.objects<{ v: string }>("select current_setting('server_version_num') as v")
  if (Number(version?.v) < 150_000) {
    await pool.end()
    throw new Error(`PostgreSQL 15 or newer is needed; this is ${version?.v}`)
  }
  return {
    kind: 'postgres',
    ...runner,
    script: async (text) => {
      await pool.query(text)
    },
    transaction: async (work) => {
      const client = await pool.connect()
      let broken = false
      try {
        await client.query('begin')
        const value = await work(runnerOn(client))
        await client.query('commit')
        return value
      } catch (error) {
        await client.query('rollback').catch(() => {
          broken = true
        })
        throw error
      } finally {
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}
