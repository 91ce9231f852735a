import type { Files } from '#files/files.ts'
import { duckdb, trino } from '../dialect.ts'
import { writerOn } from '../duckdb.ts'
import type { FactKind } from '../facts.ts'
import { nameUnmapped } from '../loading.ts'
import { type Sql, sql } from '../sql.ts'
import type { Result, Wanted, Writer } from '../warehouse.ts'
import { columnsOf } from './cellsOfTrino.ts'
import { LakeChanges } from './lakeChanges.ts'
import { LakeNotes } from './lakeNotes.ts'
import { dropStage, filesOf, type Passage, registerFiles, registerStage, unloadQuery } from './lakeStages.ts'
import { forgetInUse, type LakeState, readInUse, type Turn } from './lakeState.ts'
import { directText, LakeStatements, sourceOf } from './lakeStatements.ts'
import {
  besideEpoch,
  columnsOfTable,
  createLakeTable,
  createStageTable,
  isFact,
  logOfTable,
  orderOfTable,
  unsorted,
} from './lakeTables.ts'
import { literalOf } from './literal.ts'
import type { Statement, TrinoClient } from './trinoClient.ts'
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

const idsInText = 1_000

/**
 * One write on the lake: any number of commits to its tables, which nobody sees before `publish`. See ADR 0015.
 */
export class LakeWrite {
  readonly statements: LakeStatements
  private readonly parts: Parts
  private readonly changes: LakeChanges
  private readonly notes: LakeNotes
  private readonly passage: Passage
  private state: LakeState
  /** Whether rows have changed since the last publishing; compaction changes tables, but no rows. */
  private rowsChanged = false
  /** Stage tables that go when the write has ended. */
  private readonly stages: string[] = []
  private staged = 0

  constructor(parts: Parts) {
    const { turn, client, files, bench } = parts
    this.parts = parts
    this.state = parts.state
    this.statements = new LakeStatements(client, turn)
    this.changes = new LakeChanges(this.statements, turn)
    this.notes = new LakeNotes(bench, turn)
    this.passage = { client, files, run: (text) => this.statements.run(text) }
  }

  async open(): Promise<void> {
    await this.parts.bench.open()
    await this.notes.open(this.state)
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
      replace: (table, where, columns, query) => this.replace(table, where, columns, query),
      settle: async () => {
        await bench.connection.run('commit')
        await this.publish(false)
        await bench.connection.run('begin transaction')
      },
    }
  }

  private async whole(query: Sql): Promise<Result> {
    await this.flushAll()
    return this.statements.ask(query)
  }

  private async bring(table: string, { where = sql`true`, among, toRead = false }: Wanted): Promise<void> {
    const { bench } = this.parts
    if (table === 'moved_batches') return this.notes.bringBatches(directText(where))
    await this.flush(table)
    const inside = among ? await this.amongText(table, among) : 'true'
    if (inside !== undefined) {
      const columns = Object.keys(columnsOfTable(table))
      const query = `select ${columns.join(', ')} from ${table} where ${directText(where)} and ${inside}`
      if (toRead && isFact(table)) await this.unload(table, query)
      else
        await this.statements.run(query, {
          onRows: async (rows, found) => bench.append(table, columns, columnsOf(rows, found)),
        })
    }
    await bench.markBrought(table, toRead)
  }

  /** The condition that rows are among those of a table of the workbench; undefined where that one is empty. */
  private async amongText(
    table: string,
    { columns, table: given }: NonNullable<Wanted['among']>,
  ): Promise<string | undefined> {
    const { bench } = this.parts
    const types = columnsOfTable(table)
    const cast = (column: string) => `cast(${column} as ${duckdb.type(types[column]!)}) as ${column}`
    const query = `select distinct ${columns.map(cast).join(', ')} from ${given} where ${columns.map((c) => `${c} is not null`).join(' and ')}`
    const n = await bench.count(`(${query})`)
    if (n === 0) return undefined
    if (n <= idsInText) {
      const tuple = (parts: readonly string[]) => (parts.length === 1 ? parts[0]! : `(${parts.join(', ')})`)
      const rows = await bench.rows<Record<string, string>>(query)
      const tuples = rows.map((row) => tuple(columns.map((column) => literalOf(String(row[column])))))
      return `${tuple(columns)} in (${tuples.join(', ')})`
    }
    const stage = await this.stage(query, Object.fromEntries(columns.map((column) => [column, types[column]!])))
    return `exists (select 1 from ${stage} s where ${columns.map((column) => `s.${column} = ${table}.${column}`).join(' and ')})`
  }

  /** Many rows at the speed of the disk. */
  private async unload(table: string, query: string): Promise<void> {
    const { bench } = this.parts
    const columns = Object.keys(columnsOfTable(table)).join(', ')
    await unloadQuery(this.passage, this.stageName(), query, async (paths) => {
      for (const path of paths)
        await bench.connection.run(
          `insert into ${table} (${columns}) select ${columns} from read_parquet('${path.replaceAll("'", "''")}')`,
        )
    })
  }

  private async remove(table: string, where?: Sql): Promise<void> {
    const { bench } = this.parts
    if (table === 'fact_repeats' || isFact(table)) await this.flush(table)
    // What is appended now takes the place of what was there.
    else if (!where && !isRollup(table)) await bench.settle(table)
    await this.willChange(table)
    this.noteRows(
      await this.statements.run(where ? `delete from ${table} where ${directText(where)}` : `delete from ${table}`),
    )
  }

  private async fill(table: string, columns: readonly string[], query: Sql): Promise<void> {
    await this.flushAll()
    await this.willChange(table)
    this.noteRows(await this.statements.run(`insert into ${table} (${columns.join(', ')}) ${directText(query)}`))
  }

  private async replace(table: string, where: Sql, columns: readonly string[], query: Sql): Promise<void> {
    await this.flushAll()
    const names = columns.join(', ')
    const stage = await this.emptyStage(columnsOfTable(table))
    const made = await this.statements.run(`insert into ${stage} (${names}) ${directText(query)}`)
    await this.willChange(table)
    this.noteRows(await this.statements.run(`delete from ${table} where ${directText(where)}`))
    const put = await this.statements.run(`insert into ${table} (${names}) select ${names} from ${stage}`)
    mustBe(table, put.updated, made.updated)
    this.noteRows(put)
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
      this.rowsChanged = true
      if (others === 0) await this.insertAdded(table, added)
      else {
        const columns = columnsOfTable(table)
        const stage = await this.stage(bench.changesQuery(table, true), { ...columns, op: 'text' })
        const { updated } = await this.statements.run(
          mergeText(table, stage, Object.keys(columns)),
          await this.sortingOf(table, bench.changesQuery(table, true)),
        )
        mustBe(table, updated, added + others)
      }
    }
    await bench.settle(table)
  }

  private async insertAdded(table: string, added: number): Promise<void> {
    const columns = columnsOfTable(table)
    const names = Object.keys(columns).join(', ')
    const stage = await this.stage(this.parts.bench.changesQuery(table, false), columns)
    const order = orderOfTable(table)
    const { updated } = await this.statements.run(
      `insert into ${table} (${names}) select ${names} from ${stage}${order.length ? ` order by ${order.join(', ')}` : ''}`,
      await this.sortingOf(table, this.parts.bench.changesQuery(table, false)),
    )
    mustBe(table, updated, added)
  }

  /** How rows are written that the workbench has, or that lie in the table: sorted, unless that would spoil one of them. */
  private async sortingOf(
    table: string,
    ofWorkbench?: string,
  ): Promise<{ session?: Readonly<Record<string, string>> }> {
    const beside = orderOfTable(table).length > 0 ? besideEpoch(table) : undefined
    if (!beside) return {}
    const found = ofWorkbench
      ? await this.parts.bench.rows(`select 1 from (${ofWorkbench}) where ${beside} limit 1`)
      : (await this.statements.run(`select 1 from ${table} where ${beside} limit 1`)).rows
    return found.length > 0 ? { session: unsorted(this.parts.client.address.catalog) } : {}
  }

  /** Every fact of a lake has its id. */
  private async nameRows(kind: FactKind): Promise<void> {
    const { bench } = this.parts
    const unnamed = await bench.rows<{ source: string }>(`select distinct source from ${kind} where source_id is null`)
    for (const { source } of unnamed) await nameUnmapped(writerOn(bench.connection), kind, source)
  }

  private stageName(): string {
    return `stage_${this.parts.turn.id}_${++this.staged}`
  }

  /** Rows of the workbench as a table of the lake that is dropped after the write. */
  private async stage(query: string, columns: Parameters<typeof createStageTable>[1]): Promise<string> {
    const name = await this.emptyStage(columns)
    await this.parts.bench.toParquet(query, (path) => registerStage(this.passage, name, [path]))
    return name
  }

  private async emptyStage(columns: Parameters<typeof createStageTable>[1]): Promise<string> {
    const name = this.stageName()
    this.stages.push(name)
    await this.statements.run(createStageTable(name, columns))
    return name
  }

  /** Of a deletion of whole files Trino may not say how many rows it took: then it took some. */
  private noteRows({ updated }: Pick<Statement, 'updated'>): void {
    if (updated !== 0) this.rowsChanged = true
  }

  private willChange(table: string): Promise<void> {
    return this.changes.willChange(table, this.state.snapshots.get(table))
  }

  /** New tables of the standing kind. */
  async create(tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      await this.willChange(table)
      await this.statements.run(createLakeTable(table))
    }
  }

  /** A statement that makes another snapshot of a table with the same rows, or forgets old ones. */
  async tend(table: string, procedure: string, { changes }: { changes: boolean }): Promise<void> {
    if (changes) await this.willChange(table)
    else if (this.changes.has(table)) throw new Error(`${table} is being changed`)
    await this.statements.run(`alter table ${table} execute ${procedure}`, changes ? await this.sortingOf(table) : {})
  }

  published(table: string): string | undefined {
    return this.state.snapshots.get(table)
  }

  /** Snapshots by table that questions which began so many seconds ago may be reading, or that a backup copies. */
  inUse(seconds: number): ReturnType<typeof readInUse> {
    return readInUse(this.parts.turn.connection, seconds)
  }

  forgetInUse(seconds: number): Promise<void> {
    return forgetInUse(this.parts.turn.connection, seconds)
  }

  stageTables(): readonly string[] {
    return this.stages
  }

  tables(): string[] {
    return [...this.state.snapshots.keys()]
  }

  private async pushLogs(): Promise<void> {
    const { bench, turn, client } = this.parts
    for (const table of await bench.logTables()) {
      await this.willChange(table)
      this.rowsChanged = true
      // One that is no longer published may still lie there for those who are reading it; its name is wanted.
      if (!this.state.snapshots.has(table)) await this.statements.run(`drop table if exists ${table}`)
      await this.statements.run(createLakeTable(table))
      if (this.state.snapshots.has(table)) await this.statements.run(`delete from ${table}`)
      const columns = Object.keys(columnsOfTable(table)).join(', ')
      const rows = await bench.count(table)
      if (rows > 0) {
        const prefix = `${filesOf(client, table)}${turn.id}_${++this.staged}/`
        await bench.toParquet(`select ${columns} from ${table}`, (path) =>
          registerFiles(this.passage, table, prefix, [path]),
        )
        await this.changes.noteRegistered(table, rows)
      }
      await bench.connection.run(`drop table ${table} cascade`)
    }
  }

  /** The point of commit. Answers are kept by the data version: it advances where rows have changed, and only there. */
  async publish(publishNow: boolean): Promise<void> {
    const { bench, turn, published } = this.parts
    await this.flushAll()
    const logs = await bench.logTables()
    await this.pushLogs()
    const { differ, meta, ...rest } = await this.notes.changes(this.state)
    const dropped = this.tablesOfNoLog(meta, logs)
    const snapshots = await this.newSnapshots()
    if (snapshots.size + dropped.length === 0 && !differ) return
    if (this.rowsChanged || dropped.length > 0) {
      const version = String(Number(this.state.meta.get('data_version') ?? 1) + 1)
      meta.set('data_version', version)
      meta.set('changed_at', new Date().toISOString())
      if (publishNow) meta.set('published_version', version)
    }
    await turn.publish({ snapshots, droppedTables: dropped, meta, ...rest })
    this.state = {
      snapshots: without(new Map([...this.state.snapshots, ...snapshots]), dropped),
      meta: withChanges(this.state.meta, meta),
    }
    this.notes.published(rest)
    this.changes.published()
    this.rowsChanged = false
    await published()
  }

  /** A statement that met no row leaves a table as it was published. */
  private async newSnapshots(): Promise<Map<string, string>> {
    const heads = await this.changes.snapshots()
    return new Map([...heads].filter(([table, snapshot]) => this.state.snapshots.get(table) !== snapshot))
  }

  /**
   * Of a log that is no longer noted, and views that are the same as another since it was prepared anew. Upkeep drops them
   * when nobody can be reading them any more.
   */
  private tablesOfNoLog(meta: ReadonlyMap<string, string | null>, pushed: readonly string[]): string[] {
    return this.tables().filter((table) => {
      const log = logOfTable(table)
      return log !== undefined && !pushed.includes(table) && meta.has(`log_${log.log}`)
    })
  }

  /** As if nothing had been done since the last publishing. */
  rollBack(): Promise<void> {
    return this.changes.rollBack(this.parts.client, sourceOf(this.parts.turn.id))
  }

  async close(): Promise<void> {
    await this.parts.bench.clear()
    for (const name of this.stages) await dropStage(this.passage, name)
  }
}

/** A cluster that loses rows on the way must not be believed. */
function mustBe(table: string, updated: number | undefined, wanted: number | undefined): void {
  if (updated === undefined || updated !== wanted)
    throw new TrinoError(`${table}: ${updated} of ${wanted} rows were written`, 'lost')
}

const isRollup = (table: string) => table === 'daily' || table === 'daily_bins'

function without<T>(map: Map<string, T>, keys: readonly string[]): Map<string, T> {
  for (const key of keys) map.delete(key)
  return map
}

function withChanges(before: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string | null>) {
  const after = new Map(before)
  for (const [key, value] of changes)
    if (value === null) after.delete(key)
    else after.set(key, value)
  return after
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
