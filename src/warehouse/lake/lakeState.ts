import { log } from '#lib/log.ts'
import type { HeldConnection, Runner, Store } from '#store/store.ts'
import { arrayText } from '#store/arrayText.ts'
import type { Notes } from '../moving/sides.ts'

/** What is published: readers see these snapshots, and answers are kept by this version. */
export interface LakeState {
  /** The published snapshot of each table. */
  readonly snapshots: ReadonlyMap<string, string>
  /** warehouse_meta. */
  readonly meta: ReadonlyMap<string, string>
}

// Any constant: it names the lake's writer within one database.
export const writerLock = 7_700_2028

export async function readState(runner: Pick<Runner, 'objects'>): Promise<LakeState> {
  // One statement, so that both are of one moment.
  const rows = await runner.objects<{ what: string; key: string; value: string }>(
    `select 'table' as what, name as key, snapshot as value from lake_tables
     union all select 'meta', key, value from lake_meta`,
  )
  const of = (what: string) => new Map(rows.filter((row) => row.what === what).map(({ key, value }) => [key, value]))
  return { snapshots: of('table'), meta: of('meta') }
}

export interface StaleDays {
  stale_days: string[]
  stale_episode_days: string[]
}

export async function readStaleDays(runner: Pick<Runner, 'objects'>): Promise<StaleDays> {
  const rows = await runner.objects<{ kind: string; local_day: string }>(
    'select kind, local_day::text as local_day from lake_stale_days order by local_day',
  )
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.local_day)
  return { stale_days: of('stale_days'), stale_episode_days: of('stale_episode_days') }
}

/** What was published beside the tables, without what only a lake notes: as warehouse_meta and its neighbours have it. */
export async function readNotes(runner: Pick<Runner, 'objects'>): Promise<Notes> {
  const { meta } = await readState(runner)
  const batches = await runner.objects<Record<'batch_id' | 'load_id' | 'row_count', number>>(
    'select batch_id, load_id, row_count from lake_batches order by batch_id',
  )
  return {
    meta: new Map([...meta].filter(([key]) => !['published_version', 'move', 'moved'].includes(key))),
    batches: batches.map(({ batch_id, load_id, row_count }) => ({
      batch_id: Number(batch_id),
      load_id: Number(load_id),
      row_count: Number(row_count),
    })),
    staleDays: await readStaleDays(runner),
  }
}

/** Snapshots by table that were read until so many seconds ago or less, or are read still. */
export async function readInUse(
  runner: Pick<Runner, 'objects'>,
  seconds: number,
): Promise<Map<string, ReadonlySet<string>>> {
  const rows = await runner.objects<{ name: string; snapshots: string[] }>(
    `select name, array_agg(snapshot) as snapshots from lake_in_use
     where until > now() - make_interval(secs => $1) group by name`,
    [seconds],
  )
  return new Map(rows.map(({ name, snapshots }) => [name, new Set(snapshots)]))
}

/** After upkeep: what is older has nothing left that it names. */
export async function forgetInUse(runner: Pick<Runner, 'objects'>, seconds: number): Promise<void> {
  await runner.objects('delete from lake_in_use where until <= now() - make_interval(secs => $1)', [seconds])
}

const aheadMinutes = 60

/** Has upkeep leave these snapshots while `work` reads them, and the stages that it makes; a killed one's for an hour. */
export async function whileInUse<T>(
  runner: Pick<Runner, 'objects'>,
  snapshots: ReadonlyMap<string, string>,
  stages: string,
  work: () => Promise<T>,
): Promise<T> {
  const named = [
    [...snapshots.keys(), stages],
    [...snapshots.values(), ''],
  ].map((each) => arrayText(each))
  const ahead = () =>
    runner.objects(
      `insert into lake_in_use (name, snapshot, until)
       select name, snapshot, now() + interval '${aheadMinutes} minutes' from unnest($1::text[], $2::text[]) as t(name, snapshot)
       on conflict (name, snapshot) do update set until = excluded.until`,
      named,
    )
  await ahead()
  const timer = setInterval(
    () =>
      void ahead().catch((error: unknown) => log('warn', 'what a backup reads was not noted', { said: String(error) })),
    (aheadMinutes / 6) * 60_000,
  )
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await runner
      .objects(
        `update lake_in_use set until = now() where (name, snapshot) in (select * from unnest($1::text[], $2::text[]))`,
        named,
      )
      .catch(() => undefined)
  }
}

/** A writer that did not end: its queries must be ended and its tables rolled back before anybody else writes. */
export interface DeadWrite {
  id: number
  server: string
  tables: string[]
}

/** The turn to write: nobody else has it, in the whole bank, until the work ends or the connection to the Store is lost. */
export interface Turn {
  readonly connection: HeldConnection
  /** Written down before a table is changed, and committed: for whoever finds this writer dead. */
  willChange(table: string): Promise<void>
  /** The point of commit. Publishes these changes; the note of what was being changed begins anew. */
  publish(changes: Changes): Promise<void>
  /** Throws once the turn is lost: its lock dies with its connection to the Store. */
  check(): Promise<void>
  /** Nothing of this write is left to be taken back. Without it whoever writes next takes it back. */
  end(): Promise<void>
  readonly id: number
}

export interface Changes {
  snapshots: ReadonlyMap<string, string>
  droppedTables: readonly string[]
  meta: ReadonlyMap<string, string | null>
  batches: readonly { batch_id: number; load_id: number; row_count: number }[]
  staleDays: StaleDays
}

export async function takeTurn<T>(
  store: Store,
  server: string,
  recover: (dead: DeadWrite, check: Turn['check']) => Promise<void>,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  const hold = store.engine.hold
  if (!hold) throw new Error('a lake needs PostgreSQL')
  return hold(async (connection) => {
    await connection.objects('select pg_advisory_lock($1)', [writerLock])
    const check = async () => {
      await connection.objects('select 1')
    }
    const dead = await connection.objects<DeadWrite>('select id, server, tables from lake_writes order by id')
    for (const write of dead) {
      await recover(write, check)
      await connection.objects('delete from lake_writes where id = $1', [write.id])
    }
    const [begun] = await connection.objects<{ id: number }>(
      'insert into lake_writes (server) values ($1) returning id',
      [server],
    )
    const id = begun!.id
    const turn: Turn = {
      id,
      connection,
      willChange: async (table) => {
        await connection.objects('update lake_writes set tables = array_append(tables, $2) where id = $1', [id, table])
      },
      check,
      publish: (changes) =>
        connection.transaction(async (runner) => {
          await writeChanges(runner, changes)
          const [mine] = await runner.objects("update lake_writes set tables = '{}' where id = $1 returning id", [id])
          // Somebody took this writer for dead: his word counts.
          if (!mine) throw new Error('the turn to write was lost')
        }),
      end: async () => {
        await connection.objects('delete from lake_writes where id = $1', [id])
      },
    }
    const value = await work(turn)
    // The work is done and published; what stays noted of it names nothing, and whoever comes next strikes it out.
    await turn.end().catch((error: unknown) => log('warn', 'a write was not struck out', { said: String(error) }))
    return value
  })
}

export async function writeChanges(runner: Pick<Runner, 'objects'>, changes: Changes): Promise<void> {
  const { snapshots, droppedTables, meta, batches, staleDays } = changes
  await runner.objects(
    `insert into lake_in_use (name, snapshot) select name, snapshot from lake_tables where name = any($1::text[])
     on conflict (name, snapshot) do update set until = greatest(lake_in_use.until, now())`,
    [arrayText([...snapshots.keys(), ...droppedTables])],
  )
  if (snapshots.size > 0)
    await runner.objects(
      `insert into lake_tables (name, snapshot) select * from unnest($1::text[], $2::text[])
       on conflict (name) do update set snapshot = excluded.snapshot`,
      [arrayText([...snapshots.keys()]), arrayText([...snapshots.values()])],
    )
  if (droppedTables.length > 0)
    await runner.objects('delete from lake_tables where name = any($1::text[])', [arrayText([...droppedTables])])
  const set = [...meta].filter((entry): entry is [string, string] => entry[1] !== null)
  const unset = [...meta].filter(([, value]) => value === null).map(([key]) => key)
  if (set.length > 0)
    await runner.objects(
      `insert into lake_meta (key, value) select * from unnest($1::text[], $2::text[])
       on conflict (key) do update set value = excluded.value`,
      [arrayText(set.map(([key]) => key)), arrayText(set.map(([, value]) => value))],
    )
  if (unset.length > 0) await runner.objects('delete from lake_meta where key = any($1::text[])', [arrayText(unset)])
  for (const batch of batches)
    await runner.objects('insert into lake_batches (batch_id, load_id, row_count) values ($1, $2, $3)', [
      batch.batch_id,
      batch.load_id,
      batch.row_count,
    ])
  for (const kind of ['stale_days', 'stale_episode_days'] as const) {
    await runner.objects('delete from lake_stale_days where kind = $1 and not local_day = any($2::date[])', [
      kind,
      arrayText(staleDays[kind]),
    ])
    await runner.objects(
      `insert into lake_stale_days (kind, local_day) select $1, day from unnest($2::date[]) as d(day)
       on conflict do nothing`,
      [kind, arrayText(staleDays[kind])],
    )
  }
}
