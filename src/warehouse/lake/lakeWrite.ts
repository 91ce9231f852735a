import { setTimeout as sleep } from 'node:timers/promises'
import type { Files } from '#files/files.ts'
import { writerOn } from '../duckdb.ts'
import type { FactKind } from '../facts.ts'
import { nameUnmapped } from '../loading.ts'
import { compile, raw, type Sql, sql } from '../sql.ts'
import { duckdb, trino } from '../dialect.ts'
import type { Result, Wanted, Writer } from '../warehouse.ts'
import { columnsOf, resultOf } from './cellsOfTrino.ts'
import type { LakeState, StaleDays, Turn } from './lakeState.ts'
import { readStaleDays } from './lakeState.ts'
import { columnsOfTable, createLakeTable, createStageTable, isFact, logOfTable, orderOfTable } from './lakeTables.ts'
import { literalOf, withLiterals } from './literal.ts'
import type { StatementOptions, TrinoClient } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'
import type { Workbench } from './workbench.ts'

interface Parts {
  turn: Turn
  client: TrinoClient
  files: Files
  bench: Workbench
  state: LakeState
  /** Told when a publishing has been done. */
  published(): Promise<void>
}

/** How a writer's queries are found on the cluster. */
export const sourceOf = (writeId: number): string => `zhiyin write ${writeId}`

const writeSession = { query_max_run_time: '6h' }
const idsInText = 1_000
/** Files below this are put together. */
const smallFile = '64MB'

const direct = (query: Sql) =>
  compile(query, (name) => {
    throw new Error(`a writer names tables directly, not the handle ${name}`)
  })

/**
 * One write on the lake: any number of commits to its tables, which nobody sees before `publish`. See ADR 0015.
 */
export class LakeWrite {
  private readonly parts: Parts
  private state: LakeState
  /** Tables changed since the last publishing, by the snapshot they had; undefined where they are new. */
  private readonly changed = new Map<string, string | undefined>()
  private readonly queries = new Set<string>()
  /** Snapshots of ours that carry no query: registering files writes none. */
  private readonly registered = new Set<string>()
  private readonly dropped = new Set<string>()
  private moved = new Set<number>()
  private staleDays: StaleDays = { stale_days: [], stale_episode_days: [] }
  private stages: string[] = []
  private staged = 0

  constructor(parts: Parts) {
    this.parts = parts
    this.state = parts.state
  }

  async open(): Promise<void> {
    const { bench, turn } = this.parts
    await bench.open()
    const meta = [...this.state.meta]
    await bench.append('warehouse_meta', ['key', 'value'], [meta.map(([key]) => key), meta.map(([, value]) => value)])
    this.staleDays = await readStaleDays(turn.connection)
    for (const kind of ['stale_days', 'stale_episode_days'] as const)
      await bench.append(kind, ['local_day'], [this.staleDays[kind]])
  }

  /** What the loading code is given. */
  writer(): Writer {
    const { bench } = this.parts
    return {
      ...writerOn(bench.connection),
      dialect: trino,
      bring: (table, wanted) => this.bring(table, wanted),
      whole: (query) => this.whole(query),
      remove: (table, where) => this.remove(table, where),
      fill: (table, columns, query) => this.fill(table, columns, query),
      settle: async () => {
        await bench.connection.run('commit')
        await this.publish(false)
        await bench.connection.run('begin transaction')
      },
    }
  }

  private async statement(text: string, options: Pick<StatementOptions, 'onRows'> = {}) {
    const { client, turn } = this.parts
    // Whoever lost the turn must not write any more: another may have it, and has taken this write back.
    await turn.check()
    const statement = await client.run(text, { source: sourceOf(turn.id), session: writeSession, ...options })
    this.queries.add(statement.queryId)
    return statement
  }

  private async answer(query: Sql): Promise<Result> {
    const { text, values } = direct(query)
    return resultOf(await this.statement(withLiterals(text, values)))
  }

  private async whole(query: Sql): Promise<Result> {
    await this.flushAll()
    return this.answer(query)
  }

  private async bring(table: string, wanted: Wanted): Promise<void> {
    const { bench, turn } = this.parts
    if (table === 'moved_batches') {
      const { text, values } = direct(wanted.where ?? sql`true`)
      const rows = await turn.connection.objects<Record<string, number>>(
        `select batch_id, load_id, row_count from lake_batches where ${withLiterals(text, values)}`,
      )
      for (const row of rows) this.moved.add(Number(row.batch_id))
      const columns = ['batch_id', 'load_id', 'row_count']
      return bench.append(
        table,
        columns,
        columns.map((column) => rows.map((row) => row[column]!)),
      )
    }
    await this.flush(table)
    const conditions = [wanted.where ?? sql`true`]
    if (wanted.among) {
      const among = await this.among(table, wanted.among)
      if (!among) return bench.markBrought(table, wanted.toRead ?? false)
      conditions.push(among)
    }
    const columns = Object.keys(columnsOfTable(table))
    const { text, values } = direct(
      sql`select ${raw(columns.join(', '))} from ${raw(table)} where ${conditions[0]!}${
        conditions[1] ? sql` and ${conditions[1]}` : raw('')
      }`,
    )
    const query = withLiterals(text, values)
    if (wanted.toRead && isFact(table)) await this.unload(table, query)
    else
      await this.statement(query, {
        onRows: async (rows, found) => bench.append(table, columns, columnsOf(rows, found)),
      })
    await bench.markBrought(table, wanted.toRead ?? false)
  }

  /** The condition that rows are among those of a table of the workbench; undefined where that one is empty. */
  private async among(
    table: string,
    { columns, table: given }: NonNullable<Wanted['among']>,
  ): Promise<Sql | undefined> {
    const { bench } = this.parts
    const types = columnsOfTable(table)
    const cast = (column: string) => `cast(${column} as ${duckdb.type(types[column]!)}) as ${column}`
    const query = `select distinct ${columns.map(cast).join(', ')} from ${given} where ${columns.map((c) => `${c} is not null`).join(' and ')}`
    const n = Number((await bench.rows<{ n: string }>(`select count(*) as n from (${query})`))[0]!.n)
    if (n === 0) return undefined
    if (n <= idsInText) {
      const rows = await bench.rows<Record<string, string>>(query)
      const tuples = rows.map((row) => {
        const values = columns.map((column) => literalOf(String(row[column])))
        return values.length === 1 ? values[0]! : `(${values.join(', ')})`
      })
      return raw(`${columns.length === 1 ? columns[0]! : `(${columns.join(', ')})`} in (${tuples.join(', ')})`)
    }
    const stage = await this.stage(query, Object.fromEntries(columns.map((column) => [column, types[column]!])))
    return raw(
      `exists (select 1 from ${stage} s where ${columns.map((column) => `s.${column} = ${table}.${column}`).join(' and ')})`,
    )
  }

  /** Has the cluster write rows as Parquet, and reads the files: many rows at the speed of the disk. */
  private async unload(table: string, query: string): Promise<void> {
    const { bench, files, client } = this.parts
    const name = this.stageName()
    this.stages.push(name)
    await this.statement(`create table ${name} with (format = 'PARQUET') as ${query}`)
    const { rows } = await this.statement(`select file_path from "${name}$files" where record_count > 0`)
    const columns = Object.keys(columnsOfTable(table)).join(', ')
    for (const [path] of rows) {
      const file = await files.fetch(keyOf(files.location, String(path), client))
      try {
        await bench.connection.run(
          `insert into ${table} (${columns}) select ${columns} from read_parquet('${file.path.replaceAll("'", "''")}')`,
        )
      } finally {
        await file.release()
      }
    }
  }

  private async remove(table: string, where?: Sql): Promise<void> {
    const { bench } = this.parts
    if (table === 'fact_repeats' || isFact(table)) await this.flush(table)
    // What is appended now takes the place of what was there.
    else if (!where && !isRollup(table)) await bench.settle(table)
    await this.willChange(table)
    const { text, values } = direct(where ?? sql`true`)
    await this.statement(where ? `delete from ${table} where ${withLiterals(text, values)}` : `delete from ${table}`)
  }

  private async fill(table: string, columns: readonly string[], query: Sql): Promise<void> {
    await this.flushAll()
    await this.willChange(table)
    const { text, values } = direct(query)
    await this.statement(`insert into ${table} (${columns.join(', ')}) ${withLiterals(text, values)}`)
  }

  private async flushAll(): Promise<void> {
    const { bench } = this.parts
    // What was brought to be read stays for whoever reads it.
    for (const table of await bench.filled()) if (!bench.isToRead(table)) await this.flush(table)
  }

  /** What was changed of a table on the workbench goes to the lake. */
  private async flush(table: string): Promise<void> {
    const { bench } = this.parts
    if (bench.isToRead(table)) return bench.settle(table)
    if (isFact(table)) await this.nameRows(table)
    const { added, others } = await bench.changesOf(table)
    if (added + others > 0) {
      await this.willChange(table)
      const columns = columnsOfTable(table)
      const names = Object.keys(columns)
      if (others === 0) {
        const stage = await this.stage(bench.changesQuery(table, false), columns)
        const order = orderOfTable(table)
        const { updated } = await this.statement(
          `insert into ${table} (${names.join(', ')}) select ${names.join(', ')} from ${stage}${order.length ? ` order by ${order.join(', ')}` : ''}`,
        )
        // A cluster that loses rows on the way must not be believed.
        if (updated !== added) throw new TrinoError(`${table}: ${updated} of ${added} rows were inserted`, 'fault')
      } else {
        const stage = await this.stage(bench.changesQuery(table, true), { ...columns, op: 'text' })
        await this.statement(mergeText(table, stage, names))
      }
    }
    await bench.settle(table)
  }

  /** Every fact of a lake has its id. */
  private async nameRows(kind: string): Promise<void> {
    const { bench } = this.parts
    const unnamed = await bench.rows<{ source: string }>(`select distinct source from ${kind} where source_id is null`)
    for (const { source } of unnamed) await nameUnmapped(writerOn(bench.connection), kind as FactKind, source)
  }

  private stageName(): string {
    return `stage_${this.parts.turn.id}_${++this.staged}`
  }

  /** Rows of the workbench as a table of the lake that is dropped after the write. */
  private async stage(query: string, columns: Parameters<typeof createStageTable>[1]): Promise<string> {
    const name = this.stageName()
    this.stages.push(name)
    await this.statement(createStageTable(name, columns))
    await this.register(name, query, `stage/${name}/`)
    return name
  }

  /** Puts rows of the workbench under a prefix of the storage, as they are ordered, and has a table hold them. */
  private async register(table: string, query: string, prefix: string): Promise<void> {
    const { bench, files, client } = this.parts
    const { schema } = client.address
    await bench.toParquet(query, (path) => files.put(`${schema}_files/${prefix}rows.parquet`, path))
    await this.statement(
      `alter table ${table} execute add_files(location => '${files.location}${schema}_files/${prefix}', format => 'PARQUET')`,
    )
  }

  private async noteRegistered(table: string, rows: number): Promise<void> {
    const found = await this.statement(
      `select cast(s.snapshot_id as varchar), element_at(s.summary, 'added-records'), element_at(s.summary, 'trino_query_id')
       from "${table}$snapshots" s join "${table}$refs" r on r.snapshot_id = s.snapshot_id and r.name = 'main'`,
    )
    const [head] = found.rows as [string, string | null, string | null][]
    if (!head || head[2] !== null || Number(head[1]) !== rows)
      throw new TrinoError(`${table} was changed by another program meanwhile`, 'changed_elsewhere')
    this.registered.add(head[0])
  }

  /** Written down before the first change, and seen to be as it was published. */
  private async willChange(table: string): Promise<void> {
    if (this.changed.has(table)) return
    const base = this.state.snapshots.get(table)
    await this.parts.turn.willChange(table)
    this.changed.set(table, base)
    if (base === undefined) return
    const { rows } = await this.statement(headText(table))
    if (String(rows[0]?.[0]) !== base)
      throw new TrinoError(`${table} is not as it was published: somebody else wrote to it`, 'changed_elsewhere')
  }

  /** New tables of the standing kind. */
  async create(tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      await this.willChange(table)
      await this.statement(createLakeTable(table))
    }
  }

  /**
   * Puts small files together and applies the deletions noted beside them; `all` rewrites large files as well, so that
   * none holds a deleted row.
   */
  async compact(table: string, { all = false } = {}): Promise<void> {
    await this.willChange(table)
    await this.statement(`alter table ${table} execute optimize(file_size_threshold => '${all ? '100TB' : smallFile}')`)
  }

  /** Forgets snapshots older than this, and the files that only they hold. Not while a table is being changed. */
  async expire(table: string, olderThan: string): Promise<void> {
    if (this.changed.has(table)) throw new Error(`${table} is being changed`)
    await this.statement(`alter table ${table} execute expire_snapshots(retention_threshold => '${olderThan}')`)
  }

  /** Files under a table that no snapshot knows: what a killed query left. */
  async removeOrphans(table: string, olderThan: string): Promise<void> {
    await this.statement(`alter table ${table} execute remove_orphan_files(retention_threshold => '${olderThan}')`)
  }

  ask(text: string): Promise<unknown[][]> {
    return this.statement(text).then(({ rows }) => rows)
  }

  stageTables(): readonly string[] {
    return this.stages
  }

  tables(): string[] {
    return [...this.state.snapshots.keys()]
  }

  private async pushLogs(): Promise<void> {
    const { bench, turn } = this.parts
    for (const table of await bench.logTables()) {
      const known = this.state.snapshots.has(table)
      await this.willChange(table)
      await this.statement(createLakeTable(table))
      if (known) await this.statement(`delete from ${table}`)
      const columns = Object.keys(columnsOfTable(table)).join(', ')
      const rows = await bench.count(table)
      if (rows > 0) {
        await this.register(table, `select ${columns} from ${table}`, `${table}/${turn.id}_${++this.staged}/`)
        await this.noteRegistered(table, rows)
      }
      await bench.connection.run(`drop table ${table} cascade`)
      this.dropped.delete(table)
    }
  }

  /** The point of commit. */
  async publish(publishNow: boolean): Promise<void> {
    const { bench, turn, published } = this.parts
    await this.flushAll()
    const logs = await bench.logTables()
    await this.pushLogs()
    const meta = await this.metaChanges()
    this.markDroppedLogs(meta, logs)
    const batches = (
      await bench.rows<Record<'batch_id' | 'load_id' | 'row_count', string>>(
        'select batch_id, load_id, row_count from moved_batches',
      )
    )
      .map((row) => ({
        batch_id: Number(row.batch_id),
        load_id: Number(row.load_id),
        row_count: Number(row.row_count),
      }))
      .filter((row) => !this.moved.has(row.batch_id))
    const staleDays = {
      stale_days: await this.daysOf('stale_days'),
      stale_episode_days: await this.daysOf('stale_episode_days'),
    }
    const sameDays = JSON.stringify(staleDays) === JSON.stringify(this.staleDays)
    if (this.changed.size + meta.size + batches.length + this.dropped.size === 0 && sameDays) return
    const snapshots = await this.snapshotsOfChanged()
    const version = String(Number(this.state.meta.get('data_version') ?? 1) + 1)
    meta.set('data_version', version)
    meta.set('changed_at', new Date().toISOString())
    if (publishNow) meta.set('published_version', version)
    await turn.publish({ snapshots, droppedTables: [...this.dropped], meta, batches, staleDays })
    const nextMeta = new Map(this.state.meta)
    for (const [key, value] of meta)
      if (value === null) nextMeta.delete(key)
      else nextMeta.set(key, value)
    const next = new Map([...this.state.snapshots, ...snapshots])
    for (const table of this.dropped) next.delete(table)
    this.state = { snapshots: next, meta: nextMeta }
    for (const batch of batches) this.moved.add(batch.batch_id)
    this.staleDays = staleDays
    this.changed.clear()
    await published()
    await this.forget([...this.dropped])
    this.dropped.clear()
  }

  private async metaChanges(): Promise<Map<string, string | null>> {
    const rows = await this.parts.bench.rows<{ key: string; value: string }>('select key, value from warehouse_meta')
    const now = new Map(rows.map(({ key, value }) => [key, value]))
    const changes = new Map<string, string | null>()
    for (const [key, value] of now) if (this.state.meta.get(key) !== value) changes.set(key, value)
    for (const key of this.state.meta.keys()) if (!now.has(key)) changes.set(key, null)
    return changes
  }

  /** Tables of a log that is no longer noted, and views that are the same as another since it was prepared anew. */
  private markDroppedLogs(meta: ReadonlyMap<string, string | null>, pushed: readonly string[]): void {
    for (const table of this.state.snapshots.keys()) {
      const log = logOfTable(table)
      if (!log || pushed.includes(table)) continue
      if (meta.has(`log_${log.log}`)) this.dropped.add(table)
    }
  }

  private async daysOf(table: 'stale_days' | 'stale_episode_days'): Promise<string[]> {
    const rows = await this.parts.bench.rows<{ day: string }>(
      `select distinct cast(local_day as varchar) as day from ${table} order by 1`,
    )
    return rows.map(({ day }) => day)
  }

  /** The new snapshot of each changed table; refused where one of those in between is not of this write. */
  private async snapshotsOfChanged(): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    const tables = [...this.changed.keys()]
    if (tables.length === 0) return found
    const { rows } = await this.statement(
      tables
        .map(
          (table) => `select '${table}', cast(s.snapshot_id as varchar), cast(s.parent_id as varchar),
            element_at(s.summary, 'trino_query_id'), s.snapshot_id = r.snapshot_id
          from "${table}$snapshots" s cross join (select snapshot_id from "${table}$refs" where name = 'main') r`,
        )
        .join(' union all '),
    )
    for (const table of tables) {
      const mine = rows.filter(([name]) => name === table) as [string, string, string | null, string | null, boolean][]
      const byId = new Map(mine.map((row) => [row[1], row]))
      const base = this.changed.get(table)
      let at = mine.find((row) => row[4])
      if (at) found.set(table, at[1])
      while (at && at[1] !== base) {
        if (!this.registered.has(at[1]) && !this.queries.has(at[3] ?? ''))
          throw new TrinoError(`${table} was changed by ${at[3] ?? 'another program'} meanwhile`, 'changed_elsewhere')
        at = at[2] === null ? undefined : byId.get(at[2])
      }
    }
    return found
  }

  /** As if nothing had been done since the last publishing. */
  async rollBack(): Promise<void> {
    // Without the turn it is whoever has it next who takes this back: doing it here would undo what he writes.
    await this.parts.turn.check()
    // One whose answer was lost may still be going on.
    if (this.changed.size > 0) await endQueries(this.parts.client, sourceOf(this.parts.turn.id))
    await rollBackTables(this.parts.client, sourceOf(this.parts.turn.id), this.changed)
    await this.parts.turn.end()
  }

  /** Tables that nobody reads any more. What fails here is swept up by the lake's upkeep. */
  async forget(tables: readonly string[]): Promise<void> {
    for (const table of tables) await this.statement(`drop table if exists ${table}`).catch(() => undefined)
  }

  async close(): Promise<void> {
    const { files, client, bench } = this.parts
    await bench.clear()
    await this.forget(this.stages)
    for (const name of this.stages)
      await files.removeAll(`${client.address.schema}_files/stage/${name}/`).catch(() => undefined)
  }
}

const isRollup = (table: string) => table === 'daily' || table === 'daily_bins'

export const headText = (table: string): string =>
  `select cast(snapshot_id as varchar) from "${table}$refs" where name = 'main'`

/** A query that commits after its writer was taken back would stand in everybody's way. */
export async function endQueries(client: TrinoClient, source: string): Promise<void> {
  for (let round = 0; round < 60; round++) {
    const { rows } = await client.run(
      "select query_id from system.runtime.queries where source = ? and state not in ('FINISHED', 'FAILED')",
      { values: [source], source: 'zhiyin recovery' },
    )
    if (rows.length === 0) return
    for (const [id] of rows)
      await client
        .run(`call system.runtime.kill_query(query_id => ?, message => 'its writer is gone')`, { values: [String(id)] })
        .catch(() => undefined)
    await sleep(1_000)
  }
  throw new TrinoError(`queries of ${source} do not end`, 'away')
}

/** Takes tables back to their published snapshots; those without one were new and go. */
export async function rollBackTables(
  client: TrinoClient,
  source: string,
  tables: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  for (const [table, base] of tables) {
    if (base === undefined) {
      await client.run(`drop table if exists ${table}`, { source })
      continue
    }
    const { rows } = await client.run(headText(table), { source })
    if (String(rows[0]?.[0]) !== base)
      await client.run(`alter table ${table} execute rollback_to_snapshot(snapshot_id => ${BigInt(base)})`, { source })
  }
}

function mergeText(table: string, stage: string, columns: readonly string[]): string {
  const key = isFact(table) ? ['load_id', 'source', 'source_id'] : columns
  const rest = columns.filter((column) => !key.includes(column))
  const set = rest.map((column) => `${column} = s.${column}`).join(', ')
  return `merge into ${table} t using ${stage} s on ${key.map((column) => `t.${column} = s.${column}`).join(' and ')}
    when matched and s.op = 'cut' then delete
    ${set ? `when matched then update set ${set}` : ''}
    when not matched and s.op = 'add' then insert (${columns.join(', ')}) values (${columns.map((column) => `s.${column}`).join(', ')})`
}

/** The key of a file that the cluster names by its whole address. */
export function keyOf(location: string, path: string, client: TrinoClient): string {
  if (path.startsWith(location)) return path.slice(location.length)
  throw new Error(`${client.address.schema}: ${path} lies outside ${location}`)
}
