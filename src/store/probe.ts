import { Client } from 'pg'

/** What a database says of itself, for whoever judges whether it will do. Nothing is left in it. */
export interface DatabaseFacts {
  version: number
  versionText: string
  encoding: string
  settings: Record<'fsync' | 'synchronous_commit' | 'full_page_writes' | 'max_connections' | 'TimeZone', string>
  connections: number
  mayCreate: boolean
  /** A lock of one connection held from one statement to the next, and kept another connection out. */
  sessionLocks: boolean
  /** Milliseconds since 1970 by the database's clock. */
  now(): Promise<number>
  query<T>(text: string, values?: readonly unknown[]): Promise<T[]>
  close(): Promise<void>
}

// Any constant: nobody else uses it.
const probeLock = 7_700_2033

/** Looks at a database over connections of its own; throws where none can be had. */
export async function probeDatabase(url: string): Promise<DatabaseFacts> {
  const connect = async () => {
    const client = new Client({
      connectionString: url,
      application_name: 'zhiyin doctor',
      connectionTimeoutMillis: 10_000,
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const client = await connect()
  const query = async <T>(text: string, values: readonly unknown[] = []) =>
    (await client.query(text, [...values])).rows as T[]
  const setting = async (name: string) =>
    (await query<{ value: string }>('select current_setting($1) as value', [name]))[0]!.value
  try {
    const [basic] = await query<{ encoding: string; connections: string; create: boolean }>(
      `select pg_encoding_to_char(encoding) as encoding,
         (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
         coalesce(has_schema_privilege(current_schema(), 'create'), false) as create
       from pg_database where datname = current_database()`,
    )
    const temporary = await query('create temp table zhiyin_probe (n integer)').then(
      () => true,
      () => false,
    )
    if (temporary) await query('drop table zhiyin_probe')
    return {
      version: Number(await setting('server_version_num')),
      versionText: await setting('server_version'),
      encoding: basic!.encoding,
      settings: {
        fsync: await setting('fsync'),
        synchronous_commit: await setting('synchronous_commit'),
        full_page_writes: await setting('full_page_writes'),
        max_connections: await setting('max_connections'),
        TimeZone: await setting('TimeZone'),
      },
      connections: Number(basic!.connections),
      mayCreate: basic!.create && temporary,
      sessionLocks: await holdsSessionLocks(client, connect),
      now: async () =>
        Number(
          (await query<{ ms: string }>('select (extract(epoch from clock_timestamp()) * 1000)::text as ms'))[0]!.ms,
        ),
      query,
      close: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** A pooler that lends connections by the transaction gives the next statement another one, and the lock to anybody. */
async function holdsSessionLocks(client: Client, connect: () => Promise<Client>): Promise<boolean> {
  const pidOf = async (of: Client) => (await of.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid
  await client.query('select pg_advisory_lock($1)', [probeLock])
  const pid = await pidOf(client)
  const other = await connect()
  try {
    // In a transaction it keeps whatever connection the pooler had free.
    await other.query('begin')
    const { rows } = await other.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [probeLock])
    const same = (await pidOf(client)) === pid
    return same && !rows[0]!.held
  } finally {
    await other.end()
    await client.query('select pg_advisory_unlock($1)', [probeLock]).catch(() => undefined)
  }
}
