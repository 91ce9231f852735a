import type { ColumnType, FactKind } from './facts.ts'
import { facts, factKinds } from './facts.ts'
import { contentColumns, contentStruct, rebuildHistories } from './histories.ts'
import { localDaySql } from './localDay.ts'
import { join, list, raw, type Sql, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

export interface LoadTarget {
  /** Later loads have greater ids: among versions of a fact, that of the greatest load is current. */
  loadId: number
  /** The system the rows come from; ids are unique within it. */
  source: string
  /** The home's zone, for local days. */
  timeZone: string
}

export interface LoadCounts {
  rows: number
  new: number
  same: number
  corrected: number
}

/** What changed, for what is made from facts: rollups of these days, prepared logs of these processes. */
export interface Touched {
  days: string[]
  processes: string[]
}

/**
 * Loads the rows of a staging table into a fact table and says what they were: new, the same as before, or corrected.
 * `staging` names a table on the writer's connection with columns named as the fact's (others are refused), in the
 * order of the file, or with a `row_number` where its own order is another; columns it lacks stay null; `local_day`,
 * waits and durations are derived. A mapped `source_id`
 * identifies a row across loads of its source, later rows of one file correct earlier ones; a row without one is
 * recognised by its content, the n-th of its kind within the file. Touched days are marked stale for the rollups.
 */
export async function loadFacts(
  writer: Writer,
  kind: FactKind,
  target: LoadTarget,
  staging: string,
): Promise<LoadCounts & Touched> {
  const present = await stagedColumns(writer, kind, staging)
  const values = await valuesOf(writer, kind, target, staging, present)
  const { rows } = await writer.run(sql`select count(*) as n from ${raw(staging)}`)
  const total = Number(rows[0]!.n)
  const counts = (await allAreNew(writer, kind, target.source, staging, present))
    ? await loadAllNew(writer, kind, target, staging, present, values, total)
    : await loadCompared(writer, kind, target, staging, present, values)
  // Every row that this load made or corrected is at hand.
  const touched = await touchedBy(writer.run, kind, sql`load_id = ${target.loadId} or superseded_by = ${target.loadId}`)
  if (rolledUp.has(kind)) await markStale(writer, touched.days)
  return { rows: total, ...counts, ...touched }
}

/**
 * The sources of a staging table that says of each row its `source`, of which some row is to be compared: with another of
 * its id, with one that is known by it, or, without an id, with all that look like it.
 */
export async function sourcesToCompare(writer: Writer, kind: FactKind, staging: string): Promise<string[]> {
  const table = raw(staging)
  const { rows: sources } = await writer.run(sql`select distinct source from ${table}`)
  await writer.bring(kind, {
    where: sql`source in ${list(sources.map(({ source }) => String(source)))}`,
    among: { columns: ['source', 'source_id'], table: staging },
  })
  const { rows } = await writer.run(sql`
    select source from ${table} group by source having count(nullif(source_id, '')) < count(*) or count(distinct source_id) < count(*)
    union select s.source from ${table} s join ${raw(kind)} f on f.source = s.source and f.source_id = s.source_id`)
  return rows.map(({ source }) => String(source)).sort()
}

/**
 * Loads rows that nothing is to be compared with, of any number of sources: the staging table says of each its `source` and
 * its `load_id`, and has an id for each.
 */
export async function loadNewFacts(
  writer: Writer,
  kind: FactKind,
  { timeZone }: Pick<LoadTarget, 'timeZone'>,
  staging: string,
): Promise<LoadCounts & Touched> {
  const present = await stagedColumns(writer, kind, staging)
  const values = await valuesOf(writer, kind, { timeZone }, staging, present)
  const { rows } = await writer.run(sql`select load_id, count(*) as n from ${raw(staging)} group by load_id`)
  const total = rows.reduce((sum, { n }) => sum + Number(n), 0)
  await writer.run(
    sql`insert into ${raw(kind)} (load_id, superseded_by, source, source_id, ${raw([...values.keys()].join(', '))})
      select load_id, 0, source, source_id, ${raw([...values.values()].join(', '))} from ${raw(staging)}`,
  )
  const loads = list(rows.map((row) => Number(row.load_id)))
  const touched = await touchedBy(writer.run, kind, sql`load_id in ${loads}`)
  if (rolledUp.has(kind)) await markStale(writer, touched.days)
  return { rows: total, new: total, same: 0, corrected: 0, ...touched }
}

/** Takes a load back: as if only the other loads had ever been made, in whichever order loads are undone. */
export async function undoLoad(writer: Writer, loadId: number): Promise<{ removed: number } & Touched> {
  const days = new Set<string>()
  const stale = new Set<string>()
  const processes = new Set<string>()
  let removed = 0
  for (const kind of await kindsOf(writer, loadId)) {
    const table = raw(kind)
    const touched = await touchedBy(writer.whole, kind, sql`load_id = ${loadId} or superseded_by = ${loadId}`)
    for (const day of touched.days) {
      days.add(day)
      if (rolledUp.has(kind)) stale.add(day)
    }
    for (const process of touched.processes) processes.add(process)
    const { rows } = await writer.whole(sql`select count(*) as n from ${table} where load_id = ${loadId}`)
    removed += Number(rows[0]!.n)
    await writer.remove('fact_repeats', sql`kind = ${kind} and load_id = ${loadId}`)
    // Facts of this load that other loads know as well.
    const shared = sql`select source, source_id from ${table} where superseded_by = ${loadId}
      union all select source, source_id from ${table} where load_id = ${loadId} and superseded_by <> 0
      union all select f.source, f.source_id from ${table} f join fact_repeats r
        on r.kind = ${kind} and r.source = f.source and r.source_id = f.source_id where f.load_id = ${loadId}`
    const isShared = (of: Sql) =>
      sql`exists (select 1 from (${shared}) h where h.source = ${of}.source and h.source_id = ${of}.source_id)`
    await writer.bring(kind, { where: isShared(table) })
    await writer.bring('fact_repeats', { where: sql`kind = ${kind} and ${isShared(raw('fact_repeats'))}` })
    await writer.script('drop table if exists temp.history_ids')
    await writer.run(sql`create temp table history_ids as select distinct source, source_id from (${shared})`)
    await rebuildHistories(writer, kind, { without: loadId })
    await writer.remove(kind, sql`load_id = ${loadId}`)
  }
  const touched = { days: [...days].sort(), processes: [...processes].sort() }
  await markStale(writer, [...stale])
  return { removed, ...touched }
}

/** The kinds of fact that a load brought, corrected or knew already. */
async function kindsOf(writer: Writer, loadId: number): Promise<FactKind[]> {
  const each = factKinds.map(
    (
      kind,
    ) => sql`select ${kind} as kind where exists (select 1 from ${raw(kind)} where load_id = ${loadId} or superseded_by = ${loadId})
      or exists (select 1 from fact_repeats where kind = ${kind} and load_id = ${loadId})`,
  )
  const { rows } = await writer.whole(join(each, ' union all '))
  return rows.map((row) => row.kind as FactKind)
}

/** The facts that daily rollups are made of. */
export const rolledUp: ReadonlySet<FactKind> = new Set(['interactions', 'tickets', 'responses', 'complaints'])

/** Notes that an intake batch is in this transaction; false when it was moved before and nothing may be loaded. */
export async function markBatchMoved(
  writer: Writer,
  batch: { batchId: number; loadId: number; rowCount: number },
): Promise<boolean> {
  await writer.bring('moved_batches', { where: sql`batch_id = ${batch.batchId}` })
  const { rows } = await writer.run(sql`select 1 as found from moved_batches where batch_id = ${batch.batchId} limit 1`)
  if (rows.length) return false
  await writer.run(
    sql`insert into moved_batches (batch_id, load_id, row_count) values (${batch.batchId}, ${batch.loadId}, ${batch.rowCount})`,
  )
  return true
}

async function stagedColumns(writer: Writer, kind: FactKind, staging: string): Promise<Set<string>> {
  const { columns } = await writer.run(sql`select * from ${raw(staging)} limit 0`)
  const names = new Set(columns.map((column) => column.name))
  for (const name of names)
    if (!(name in facts[kind]) && name !== 'row_number') throw new Error(`${staging}.${name} is no column of ${kind}`)
  return names
}

const orderOf = (present: ReadonlySet<string>) => (present.has('row_number') ? 'row_number' : 'rowid')

/** The fact's columns as expressions on the staging table, in the order of facts.ts, without identity. */
async function valuesOf(
  writer: Writer,
  kind: FactKind,
  { timeZone }: Pick<LoadTarget, 'timeZone'>,
  staging: string,
  present: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const value = (column: string) => {
    const type = (facts[kind] as Record<string, ColumnType>)[column]!
    const sqlType = writer.dialect.type(type)
    return present.has(column) ? `cast(${column} as ${sqlType})` : `cast(null as ${sqlType})`
  }
  const values = new Map(contentColumns(kind).map((column) => [column, value(column)]))
  const seconds = (start: string, end: string) => `((epoch_us(${end}) - epoch_us(${start})) / 1e6)`
  const derive = (column: string, needs: readonly string[], expression: string) => {
    if (needs.some((need) => present.has(need)))
      values.set(column, present.has(column) ? `coalesce(${value(column)}, ${expression})` : expression)
  }
  if (kind === 'interactions') derive('duration_seconds', ['end_at'], seconds(value('start_at'), value('end_at')))
  if (kind === 'tickets') {
    const served = `coalesce(${value('service_start_at')}, ${value('called_at')})`
    derive('wait_seconds', ['service_start_at', 'called_at'], seconds(value('start_at'), served))
    if (present.has('service_start_at'))
      derive('service_seconds', ['end_at'], seconds(value('service_start_at'), value('end_at')))
  }
  if (kind === 'events') values.set('position', present.has('position') ? value('position') : orderOf(present))
  const bounds = await writer.run(
    sql`select min(${raw(value('start_at'))}) as first, max(${raw(value('start_at'))}) as last from ${raw(staging)}`,
  )
  const { first, last } = bounds.rows[0]!
  const day = first
    ? localDaySql(value('start_at'), timeZone, Date.parse(String(first)), Date.parse(String(last)))
    : 'cast(null as date)'
  values.set('local_day', day)
  return values
}

/** Whether there is nothing to compare with: no row of the source is known, or none of these ids and no id comes twice. */
async function allAreNew(
  writer: Writer,
  kind: FactKind,
  source: string,
  staging: string,
  present: ReadonlySet<string>,
): Promise<boolean> {
  if (await hasRepeatedIds(writer, staging, present)) return false
  const known = await writer.whole(sql`select 1 as found from ${raw(kind)} where source = ${source} limit 1`)
  if (known.rows.length === 0) return true
  if (!present.has('source_id')) return false
  const unnamed = await writer.run(
    sql`select 1 as found from ${raw(staging)} where nullif(cast(source_id as varchar), '') is null limit 1`,
  )
  if (unnamed.rows.length > 0) return false
  await bringKnown(writer, kind, source, staging)
  const met = await writer.run(sql`select 1 as found from ${raw(kind)}
    where source = ${source} and source_id in (select cast(source_id as varchar) from ${raw(staging)}) limit 1`)
  return met.rows.length === 0
}

/** Has every version of the facts at hand whose ids are in a table. */
const bringKnown = (writer: Writer, kind: FactKind, source: string, table: string): Promise<void> =>
  writer.bring(kind, { where: sql`source = ${source}`, among: { columns: ['source_id'], table } })

async function hasRepeatedIds(writer: Writer, staging: string, present: ReadonlySet<string>): Promise<boolean> {
  if (!present.has('source_id')) return false
  const { rows } = await writer.run(
    sql`select count(source_id) as ids, count(distinct source_id) as different from ${raw(staging)}`,
  )
  return rows[0]!.ids !== rows[0]!.different
}

/** The first rows of a source: nothing to compare them with, so those without an id need none yet. */
async function loadAllNew(
  writer: Writer,
  kind: FactKind,
  { loadId, source }: LoadTarget,
  staging: string,
  present: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
  total: number,
): Promise<Omit<LoadCounts, 'rows'>> {
  const id = present.has('source_id') ? "nullif(cast(source_id as varchar), '')" : 'cast(null as varchar)'
  await writer.run(
    sql`insert into ${raw(kind)} (load_id, superseded_by, source, source_id, ${raw([...values.keys()].join(', '))})
      select ${loadId}, 0, ${source}, ${raw(id)}, ${raw([...values.values()].join(', '))} from ${raw(staging)}`,
  )
  return { new: total, same: 0, corrected: 0 }
}

/** Rows of a source that is known already, or with ids that come twice: each is compared with what stands there. */
async function loadCompared(
  writer: Writer,
  kind: FactKind,
  target: LoadTarget,
  staging: string,
  present: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
): Promise<Omit<LoadCounts, 'rows'>> {
  const { loadId, source } = target
  const table = raw(kind)
  const columns = [...values.keys()]
  const names = raw(columns.join(', '))
  const contentOf = (alias: string) => contentStruct(kind, alias)
  await nameUnmapped(writer, kind, source)
  await dropTemporary(writer)

  const mapped = present.has('source_id') ? "nullif(cast(source_id as varchar), '')" : 'cast(null as varchar)'
  await writer.run(sql`create temp table load_rows as
    select ${raw(orderOf(present))} as row_order, ${raw(mapped)} as source_id,
      ${raw(columns.map((column) => `${values.get(column)} as ${column}`).join(', '))} from ${raw(staging)}`)
  await writer.run(sql`update load_rows set source_id = n.id from (
      select row_order, '#' || hash || ':' || row_number() over (partition by hash order by row_order) as id
      from (select row_order, ${contentHash(kind)} as hash from load_rows where source_id is null)) n
    where load_rows.row_order = n.row_order`)
  await bringKnown(writer, kind, source, 'load_rows')
  await writer.run(sql`create temp table load_found as
    select f.source_id, f.load_id, ${raw(contentOf('f'))} as content from ${table} f
    where f.source = ${source} and f.superseded_by = 0 and f.source_id in (select source_id from load_rows)`)
  // What is repeated is known.
  await writer.bring('fact_repeats', {
    where: sql`kind = ${kind} and source = ${source}`,
    among: { columns: ['source_id'], table: 'load_found' },
  })

  // Each row is compared with the one before it: the earlier row of its id in this file, else what stands there.
  const { rows } = await writer.run(sql`
    select count_if(not known) as new, count_if(known and not differs) as same, count_if(known and differs) as corrected
    from (
      select known, content is distinct from before as differs from (
        select ${raw(contentOf('s'))} as content,
          case when row_number() over w = 1 then f.content else lag(${raw(contentOf('s'))}) over w end as before,
          row_number() over w > 1 or f.source_id is not null as known
        from load_rows s left join load_found f on f.source_id = s.source_id
        window w as (partition by s.source_id order by s.row_order)))`)
  const counts = { new: Number(rows[0]!.new), same: Number(rows[0]!.same), corrected: Number(rows[0]!.corrected) }

  // Of one file the last row of each id counts.
  await writer.script(`delete from load_rows where row_order not in (
    select max(row_order) from load_rows group by source_id)`)

  // Facts that this or a later load knows already have their history put together anew.
  await writer.script('drop table if exists temp.history_ids')
  await writer.run(sql`create temp table history_ids as
    select cast(${source} as varchar) as source, source_id from load_found where load_id >= ${loadId}
    union select source, source_id from fact_repeats
      where kind = ${kind} and source = ${source} and load_id >= ${loadId} and source_id in (select source_id from load_rows)`)
  await rebuildHistories(writer, kind, { without: loadId, add: { loadId, table: 'load_rows', columns } })
  await writer.script('delete from load_rows where source_id in (select source_id from temp.history_ids)')

  await writer.run(sql`insert into fact_repeats (kind, source, source_id, load_id)
    select ${kind}, ${source}, s.source_id, ${loadId} from load_rows s join load_found f on f.source_id = s.source_id
    where ${raw(contentOf('s'))} is not distinct from f.content`)
  await writer.script(`delete from load_rows s where exists (select 1 from load_found f where f.source_id = s.source_id
    and ${contentOf('s')} is not distinct from f.content)`)
  await writer.run(sql`update ${table} set superseded_by = ${loadId}
    where source = ${source} and superseded_by = 0 and load_id < ${loadId}
      and source_id in (select source_id from load_rows)`)
  await writer.run(sql`insert into ${table} (load_id, superseded_by, source, source_id, ${names})
    select ${loadId}, 0, ${source}, source_id, ${names} from load_rows order by row_order`)
  await dropTemporary(writer)
  return counts
}

/** Hash of a row's content; columns that are null leave no trace, so that a column added later changes no hash. */
const contentHash = (kind: FactKind): Sql => raw(contentHashText(kind))

const contentHashText = (kind: FactKind): string =>
  `md5(concat_ws(chr(31), ${contentColumns(kind)
    .map((c) => `'${c}=' || cast(${c} as varchar)`)
    .join(', ')}))`

/** Gives the rows of a source's first load their identity by content, now that another load is compared with them. */
export async function nameUnmapped(writer: Writer, kind: FactKind, source: string): Promise<void> {
  const table = raw(kind)
  const { rows } = await writer.run(
    sql`select 1 as found from ${table} where source = ${source} and source_id is null limit 1`,
  )
  if (rows.length === 0) return
  await writer.run(sql`update ${table} set source_id = n.id from (
      select row_key, '#' || hash || ':' || row_number() over (partition by hash order by row_key) as id
      from (select rowid as row_key, ${contentHash(kind)} as hash from ${table}
            where source = ${source} and source_id is null)) n
    where ${table}.rowid = n.row_key`)
}

/** The id that nameUnmapped would give, as SQL over rows of a kind with their `rowid`: for whoever copies and changes nothing. */
export const idOrContent = (kind: FactKind): string => {
  const hash = contentHashText(kind)
  const place = `row_number() over (partition by source, source_id is null, ${hash} order by rowid)`
  return `coalesce(source_id, '#' || ${hash} || ':' || ${place})`
}

async function dropTemporary(writer: Writer): Promise<void> {
  for (const name of ['load_rows', 'load_found']) await writer.script(`drop table if exists temp.${name}`)
}

export async function touchedBy(ask: Writer['run'], kind: FactKind, which: Sql): Promise<Touched> {
  const process = raw(kind === 'events' ? 'process' : 'cast(null as varchar)')
  const { rows } = await ask(
    sql`select distinct local_day, ${process} as process from ${raw(kind)} where ${which} order by 1, 2`,
  )
  const different = (column: string) => [...new Set(rows.map((row) => row[column]))].filter((one) => one !== null)
  return { days: different('local_day').map(String), processes: different('process').map(String).sort() }
}

export async function markStale(writer: Writer, days: readonly string[]): Promise<void> {
  await writer.append('stale_days', ['local_day'], [days])
}
