import type { Store } from '#store/store.ts'
import { recoverWrite } from './lake.ts'
import { type LakeState, readState, takeTurn, writerLock } from './lakeState.ts'
import { rollBackTables } from './lakeChanges.ts'
import type { TrinoClient } from './trinoClient.ts'

/** A commit to a table of a lake that was never published. */
export interface ForeignCommit {
  table: string
  published: string
  head: string
  at: string
  operation: string
  user: string
  queryId: string
  /** Rows added, rows deleted, as the snapshot says. */
  added: string
  deleted: string
}

export interface TableShape {
  table: string
  files: number
  bytes: number
  format: string
}

type Query = Pick<Store, 'query'>
const source = { source: 'zhiyin doctor' }

export const stateOf = (store: Query): Promise<LakeState> =>
  readState({ objects: (text, values) => store.query(text, values) })

/** Heads that are not what is published, and tables that are not there at all. Those that somebody is writing now are left out. */
export async function unpublished(
  client: TrinoClient,
  { snapshots }: LakeState,
  underWrite: ReadonlySet<string>,
): Promise<{ changed: ForeignCommit[]; missing: string[] }> {
  const { rows: listed } = await client.run('show tables', source)
  const present = new Set(listed.map(([name]) => String(name)))
  const tables = [...snapshots.keys()].filter((table) => present.has(table) && !underWrite.has(table))
  const missing = [...snapshots.keys()].filter((table) => !present.has(table))
  if (tables.length === 0) return { changed: [], missing }
  const { rows } = await client.run(
    tables
      .map(
        (
          table,
        ) => `select '${table}', cast(s.snapshot_id as varchar), cast(s.committed_at at time zone 'UTC' as varchar), s.operation,
          coalesce(element_at(s.summary, 'trino_user'), ''), coalesce(element_at(s.summary, 'trino_query_id'), ''),
          coalesce(element_at(s.summary, 'added-records'), '0'),
          coalesce(element_at(s.summary, 'added-position-deletes'), element_at(s.summary, 'deleted-records'), '0')
        from "${table}$snapshots" s join "${table}$refs" r on r.snapshot_id = s.snapshot_id and r.name = 'main'
        where s.snapshot_id <> ${BigInt(snapshots.get(table)!)}`,
      )
      .join(' union all '),
    source,
  )
  const changed = rows.map((row) => {
    const [table, head, at, operation, user, queryId, added, deleted] = row.map(String) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    return { table, published: snapshots.get(table)!, head, at, operation, user, queryId, added, deleted }
  })
  return { changed, missing }
}

export interface Writes {
  /** Whether somebody has the turn to write now. */
  turnTaken: boolean
  writes: { id: number; server: string; began_at: string; tables: string[] }[]
}

/** Writes that are noted; where nobody has the turn, whoever began them is dead. */
export async function writesOf(store: Query): Promise<Writes> {
  const [lock] = await store.query<{ taken: boolean }>(
    `select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1
       and ((classid::bigint << 32) | objid::bigint) = $1
       and database = (select oid from pg_database where datname = current_database())) as taken`,
    [writerLock],
  )
  const writes = await store.query<Writes['writes'][number]>(
    'select id::int as id, server, began_at::text as began_at, tables from lake_writes order by id',
  )
  return { turnTaken: lock?.taken === true, writes }
}

/** How many files each table has, of which size, and in which format of Iceberg. */
export async function shapesOf(client: TrinoClient, tables: readonly string[]): Promise<TableShape[]> {
  if (tables.length === 0) return []
  const { rows } = await client.run(
    tables
      .map(
        (table) => `select '${table}', f.n, f.bytes, p.value from (
          select count(*) as n, coalesce(sum(file_size_in_bytes), 0) as bytes from "${table}$files") f
          left join (select value from "${table}$properties" where key = 'format' or key = 'write.format.default' limit 1) p on true`,
      )
      .join(' union all '),
    source,
  )
  return rows.map(([table, files, bytes, format]) => ({
    table: String(table),
    files: Number(files),
    bytes: Number(bytes),
    format: String(format ?? ''),
  }))
}

/** Tables of stages that no write of now can be using: those of dead writers, of the doctor and of moves. */
export async function stageTables(client: TrinoClient): Promise<string[]> {
  const { rows } = await client.run("show tables like 'stage\\_%' escape '\\'", source)
  return rows.map(([name]) => String(name))
}

/**
 * Takes every table back to what is published, in the writer's turn: so no write of ours is taken for a foreign one, and
 * dead ones are taken back on the way. Answers the tables that were rolled back.
 */
export async function restorePublished(client: TrinoClient, store: Store): Promise<string[]> {
  return takeTurn(
    store,
    'zhiyin doctor',
    (dead, check) => recoverWrite(client, store, dead, check),
    async (turn) => {
      const state = await readState(turn.connection)
      const { changed } = await unpublished(client, state, new Set())
      await rollBackTables(
        { client, source: source.source, check: turn.check },
        new Map(changed.map(({ table }) => [table, state.snapshots.get(table)])),
      )
      for (const name of await stageTables(client))
        if (/^stage_(\d+_\d+|doctor_[0-9a-f]+)$/.test(name)) await client.run(`drop table if exists ${name}`, source)
      return changed.map(({ table }) => table)
    },
  )
}
