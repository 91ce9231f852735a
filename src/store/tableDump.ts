import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type Tally, tallyOf } from '#lib/tally.ts'
import { setIdentity, identities, type Identity } from './identities.ts'
import type { Tx } from './store.ts'

export interface DumpedTable {
  name: string
  columns: { name: string; type: string }[]
  rows: number
}
export interface StoreDump {
  tables: DumpedTable[]
  identities: Identity[]
  /** Tables whose rows are left out: nobody stays signed in through a restore. */
  omitted: string[]
}

/**
 * Secrets, counters of the moment and files on their way; the migrations are in the manifest. What a lake keeps here is
 * the warehouse's half: it names snapshots that the copy will not have.
 */
const omitted = [
  ...['sessions', 'one_time_links', 'sign_in_attempts', 'rate_buckets'],
  ...['lake_tables', 'lake_meta', 'lake_batches', 'lake_stale_days', 'lake_writes', 'lake_in_use', 'move_chunks'],
]
const skipped = ['schema_migrations']
const rowsAtOnce = 1000
const bytesAtOnce = 4_000_000

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

async function describe(tx: Tx): Promise<Omit<DumpedTable, 'rows'>[]> {
  const rows = await tx.query<{ table: string; name: string; type: string }>(
    `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by c.relname, a.attnum`,
  )
  const tables = new Map<string, { name: string; type: string }[]>()
  for (const { table, ...column } of rows) {
    if (skipped.includes(table)) continue
    tables.set(table, [...(tables.get(table) ?? []), column])
  }
  return [...tables].map(([name, columns]) => ({ name, columns }))
}

/**
 * Writes every table as gzipped lines of JSON arrays, each value in PostgreSQL's own text form, which every engine and
 * version reads back exactly. The caller's transaction sees one point in time.
 */
export async function dumpTables(tx: Tx, folder: string): Promise<StoreDump> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const tables: DumpedTable[] = []
  for (const table of await describe(tx)) {
    let rows = 0
    if (!omitted.includes(table.name)) {
      const lines = async function* () {
        for await (const batch of linesOf(tx, table)) {
          rows += batch.length
          yield `${batch.join('\n')}\n`
        }
      }
      const file = createWriteStream(join(folder, `${table.name}.jsonl.gz`), { mode: 0o600, flush: true })
      await pipeline(Readable.from(lines()), createGzip({ level: 3 }), file)
    }
    tables.push({ ...table, rows })
  }
  return { tables, identities: await identities(tx), omitted }
}

const lineOf = ({ columns }: Omit<DumpedTable, 'rows'>): string =>
  `to_json(array[${columns.map((column) => `${quoted(column.name)}::text`).join(', ')}])::text`

/** What each dumped table holds, so that a copy can be compared with what it was made from, whichever engine either is. */
export async function tallyTables(tx: Tx): Promise<Map<string, Tally>> {
  await tx.query("select set_config('timezone', 'UTC', true)")
  const found = new Map<string, Tally>()
  for (const table of await describe(tx)) {
    if (omitted.includes(table.name)) continue
    const [sum] = await tx.query<{ n: number; checksum: string | null }>(
      `select count(*) as n, sum(('x' || substr(md5(line), 1, 16))::bit(64)::bigint)::text as checksum
       from (select ${lineOf(table)} as line from ${quoted(table.name)}) t`,
    )
    found.set(table.name, tallyOf(sum!.n, sum!.checksum))
  }
  return found
}

async function* linesOf(tx: Tx, table: Omit<DumpedTable, 'rows'>): AsyncGenerator<string[]> {
  await tx.query(`declare dump no scroll cursor for select ${lineOf(table)} as line from ${quoted(table.name)}`)
  let count = 50
  for (;;) {
    const rows = await tx.query<{ line: string }>(`fetch ${count} from dump`)
    if (rows.length > 0) yield rows.map((row) => row.line)
    if (rows.length < count) break
    // Some rows hold whole batches of facts, most a few words: about four megabytes at a time.
    const size = rows.reduce((sum, row) => sum + row.line.length, 0)
    count = Math.max(1, Math.min(rowsAtOnce, Math.floor((count * bytesAtOnce) / size)))
  }
  await tx.query('close dump')
}

/** Replaces the rows of every table by those of a dump whose files have been checked. One transaction: all or nothing. */
export async function loadTables(tx: Tx, folder: string, dump: StoreDump): Promise<void> {
  const here = new Map((await describe(tx)).map((table) => [table.name, table]))
  for (const table of dump.tables)
    if (JSON.stringify(here.get(table.name)?.columns) !== JSON.stringify(table.columns))
      throw new Error(`table ${table.name} of the backup has another shape than its migrations make`)
  await tx.query("select set_config('timezone', 'UTC', true)")
  // Rows come table by table, so references hold only at the end: they are put back, and checked, there.
  const references = await tx.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  )
  for (const { table, name } of references) await tx.query(`alter table ${table} drop constraint ${quoted(name)}`)
  await tx.query(`truncate ${[...here.keys()].map(quoted).join(', ')}`)
  for (const table of dump.tables) if (!dump.omitted.includes(table.name)) await loadTable(tx, folder, table)
  for (const { table, name, definition } of references)
    await tx.query(`alter table ${table} add constraint ${quoted(name)} ${definition}`)
  for (const identity of dump.identities) await setIdentity(tx, identity)
}

async function loadTable(tx: Tx, folder: string, { name, columns, rows }: DumpedTable): Promise<void> {
  const names = columns.map((column) => quoted(column.name)).join(', ')
  const values = columns.map((column, i) => `(line ->> ${i})::${column.type}`).join(', ')
  const insert = `insert into ${quoted(name)} (${names}) overriding system value select ${values} from json_array_elements($1::json) as line`
  let loaded = 0
  let batch: string[] = []
  let size = 0
  const flush = async () => {
    if (batch.length === 0) return
    await tx.query(insert, [`[${batch.join(',')}]`])
    loaded += batch.length
    batch = []
    size = 0
  }
  for await (const line of linesIn(join(folder, `${name}.jsonl.gz`))) {
    batch.push(line)
    size += line.length
    if (batch.length >= rowsAtOnce || size > bytesAtOnce) await flush()
  }
  await flush()
  if (loaded !== rows) throw new Error(`${name} has ${loaded} rows in the backup, not ${rows}`)
}

/** Not node:readline: it also ends a line at U+2028, which JSON leaves as it is. */
async function* linesIn(path: string): AsyncGenerator<string> {
  const source = createReadStream(path)
  const text = source.pipe(createGunzip()).setEncoding('utf8')
  source.on('error', (error) => text.destroy(error))
  let rest = ''
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() as string
    yield* lines
  }
  if (rest !== '') yield rest
}

/** SHA-256 and size of a file, read once. */
export async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash: Hash = createHash('sha256')
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done()
    },
  })
  await pipeline(createReadStream(path), count)
  return { bytes, sha256: hash.digest('hex') }
}
