import {
  types as builtin,
  Client,
  DatabaseError,
  Pool,
  type PoolClient,
  type QueryArrayConfig,
  type QueryConfig,
} from 'pg'
import { log } from '#lib/log.ts'
import { observePool } from '#lib/telemetry.ts'
import { connectionLost, StoreError } from './errors.ts'
import type { Engine, Runner, Value } from './store.ts'
import { arrayParsers, typeParsers } from './types.ts'

const parsers = { ...arrayParsers, ...typeParsers }
const types = { getTypeParser: (oid: number, format: 'text') => parsers[oid] ?? builtin.getTypeParser(oid, format) }

const plain = (values: readonly Value[]) =>
  values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
  )

async function asStoreError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof DatabaseError)
      throw new StoreError(error.message, error.code, error.constraint, { cause: error })
    if (isOfConnection(error))
      throw new StoreError((error as Error).message, connectionLost, undefined, { cause: error })
    throw error
  }
}

/** What the driver, or the system below it, says of a connection: the driver has no class for it, only words. */
const isOfConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (typeof (error as NodeJS.ErrnoException).syscall === 'string' ||
    /^Connection terminated|^Client has encountered a connection error|^timeout (expired$|exceeded when trying to connect)/.test(
      error.message,
    ) ||
    (error instanceof AggregateError && error.errors.some(isOfConnection)))

const runnerOn = (client: Pool | PoolClient): Runner => ({
  rows: async (text, values) =>
    (await asStoreError(client.query({ text, values: plain(values), rowMode: 'array', types } as QueryArrayConfig)))
      .rows,
  objects: async <T>(text: string, values: readonly Value[] = []) =>
    (await asStoreError(client.query({ text, values: plain(values), types } as QueryConfig))).rows as T[],
})

/** Values must leave the server as types.ts reads them, whatever its own settings; options of the URL's own are kept. */
function withOptions(url: string): string {
  const own = new URL(url)
  const options = [own.searchParams.get('options'), '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex']
  own.searchParams.set('options', options.filter(Boolean).join(' '))
  return own.href
}

/** Lends a connection of the pool; one that fails to come clean is thrown away. */
async function onClient<T>(pool: Pool, work: (client: PoolClient, spoil: () => void) => Promise<T>): Promise<T> {
  const client = await asStoreError(pool.connect())
  let broken = false
  const spoil = () => {
    broken = true
  }
  // Without a listener a connection lost between two statements would end the process.
  client.on('error', spoil)
  try {
    return await work(client, spoil)
  } finally {
    client.off('error', spoil)
    client.release(broken)
  }
}

async function transactionOn<T>(
  client: PoolClient,
  work: (runner: Runner) => Promise<T>,
  spoil: () => void,
): Promise<T> {
  try {
    await asStoreError(client.query('begin'))
    const value = await work(runnerOn(client))
    const { command } = await asStoreError(client.query('commit'))
    // A statement failed inside and `work` went on: PostgreSQL then rolls back, and says so only here.
    if (command !== 'COMMIT') throw new StoreError('the transaction had failed and was rolled back', '25P02')
    return value
  } catch (error) {
    await client.query('rollback').catch(spoil)
    throw error
  }
}

/** A machine that is gone says nothing, and the system below waits for it for minutes. */
const connectMs = 20_000
const ofOne = (url: string) => ({ connectionString: url, keepAlive: true, connectionTimeoutMillis: connectMs })

/** Opens PostgreSQL 15 or newer. */
export async function openPostgres(url: string, connectionTimeoutMillis = connectMs): Promise<Engine> {
  const pool = new Pool({ connectionString: withOptions(url), max: 10, keepAlive: true, connectionTimeoutMillis })
  // A lost idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  const runner = runnerOn(pool)
  try {
    const [version] = await runner.objects<{ v: string }>("select current_setting('server_version_num') as v")
    if (Number(version?.v) < 150_000) throw new Error(`PostgreSQL 15 or newer is needed; this is ${version?.v}`)
  } catch (error) {
    await pool.end()
    throw error
  }
  const unobserve = observePool('store', () => pool.waitingCount)
  return {
    kind: 'postgres',
    ...runner,
    script: async (text) => {
      await asStoreError(pool.query(text))
    },
    transaction: (work) => onClient(pool, (client, spoil) => transactionOn(client, work, spoil)),
    hold: (work) =>
      onClient(pool, async (client, spoil) => {
        try {
          // Waiting for a turn, and having it, take as long as they take.
          await asStoreError(
            client.query(`set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0`),
          )
          return await work({ ...runnerOn(client), transaction: (inner) => transactionOn(client, inner, spoil) })
        } finally {
          // What the connection still holds must not go to whoever is given it next.
          await client
            .query(
              'select pg_advisory_unlock_all(); reset statement_timeout; reset lock_timeout; reset idle_session_timeout',
            )
            .catch(spoil)
        }
      }),
    whileAlone: (lock, work) =>
      onClient(pool, async (client, spoil) => {
        const { rows } = await asStoreError(
          client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [lock]),
        )
        if (!rows[0]?.held) return undefined
        try {
          return await work()
        } finally {
          // A connection that cannot let go is given up, and the lock with it.
          await client.query('select pg_advisory_unlock($1)', [lock]).catch(spoil)
        }
      }),
    close: async () => {
      unobserve()
      await pool.end()
    },
  }
}

// Any constants: they name Zhiyin's locks within one database.
const lockKey = 7_700_2026
const turnKey = 7_700_2030

/**
 * Takes the database for as long as the connection lives: the lock file guards one folder, not two folders on two
 * machines that name the same database. Alone, or together with other servers that share it; undefined where another
 * process has it the other way.
 */
export async function holdDatabase(
  url: string,
  shared: boolean,
  lost: (error: Error) => void,
): Promise<{ release(): Promise<void> } | undefined> {
  const take = shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'
  const client = new Client({ ...ofOne(url), application_name: 'zhiyin lock' })
  let open = true
  client.on('error', (error) => {
    if (open) lost(error)
    open = false
  })
  await asStoreError(client.connect())
  // A process killed a moment ago may still be going on the server: give it three seconds.
  for (let attempt = 0; attempt < 30; attempt++) {
    const { rows } = await asStoreError(client.query<{ held: boolean }>(`select ${take}($1) as held`, [lockKey]))
    if (rows[0]?.held)
      return {
        release: async () => {
          open = false
          await client.end()
        },
      }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  open = false
  await client.end()
  return undefined
}

/** Waits until no other server on this database is being born, joins or migrates; has the turn until it is disposed of. */
export async function takeTurn(url: string): Promise<AsyncDisposable> {
  const client = new Client({ ...ofOne(url), application_name: 'zhiyin turn' })
  client.on('error', () => undefined)
  await asStoreError(client.connect())
  try {
    const { rows } = await asStoreError(
      client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [turnKey]),
    )
    if (!rows[0]?.held) {
      log('info', 'waiting for another server that is being born, joins or migrates')
      await client.query('set statement_timeout = 0')
      await asStoreError(client.query('select pg_advisory_lock($1)', [turnKey]))
    }
  } catch (error) {
    await client.end()
    throw error
  }
  return { [Symbol.asyncDispose]: () => client.end() }
}
