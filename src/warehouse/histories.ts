import { type FactKind, facts } from './facts.ts'
import { raw, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

// Not content: who brought the row, what follows from its content, and its place in a file.
const notContent = new Set(['load_id', 'superseded_by', 'source', 'source_id', 'local_day', 'position'])

/** The columns that make two versions of a fact the same or different. */
export const contentColumns = (kind: FactKind): string[] => Object.keys(facts[kind]).filter((c) => !notContent.has(c))

/** A row's content as one value to compare, as SQL. */
export const contentStruct = (kind: FactKind, alias: string): string =>
  `struct_pack(${contentColumns(kind)
    .map((c) => `${c} := ${alias}.${c}`)
    .join(', ')})`

interface Rebuild {
  /** This load is left out. */
  without: number
  /** Rows of a load that take part: a table with `source_id` and these columns, all of one source. */
  add?: { loadId: number; table: string; columns: readonly string[] }
}

/**
 * Puts the history of the facts in the temporary table history_ids (source, source_id) together anew: which loads knew
 * the fact, in order of their ids, each with its content; equal neighbours are one row, held by the first of them and
 * noted as repeats for the others; each row is superseded by the next. So the state is a function of the set of loads,
 * whatever the order in which they came and went.
 */
export async function rebuildHistories(writer: Writer, kind: FactKind, { without, add }: Rebuild): Promise<void> {
  const found = await writer.run(sql`select count(*) as n from history_ids`)
  if (found.rows[0]!.n === 0) return
  const table = raw(kind)
  const columns = Object.keys(facts[kind]).filter((column) => column !== 'superseded_by')
  const names = raw(columns.join(', '))
  const carried = columns.filter((column) => column !== 'load_id')
  const content = raw(contentStruct(kind, 'history'))
  for (const name of ['history', 'runs']) await writer.script(`drop table if exists temp.${name}`)
  await writer.run(sql`create temp table history as
    select ${names} from ${table} where (source, source_id) in (select source, source_id from history_ids)`)
  await writer.run(sql`insert into history (${raw(['load_id', ...carried].join(', '))})
    select r.load_id, ${raw(carried.map((column) => `h.${column}`).join(', '))}
    from (select * from fact_repeats where kind = ${kind} and (source, source_id) in (select source, source_id from history_ids)) r
    asof join (select * from history) h
      on r.source = h.source and r.source_id = h.source_id and r.load_id >= h.load_id`)
  await writer.run(sql`delete from history where load_id = ${without}`)
  if (add)
    await writer.run(sql`insert into history (load_id, source, source_id, ${raw(add.columns.join(', '))})
      select ${add.loadId}, i.source, s.source_id, ${raw(add.columns.map((column) => `s.${column}`).join(', '))}
      from ${raw(add.table)} s join history_ids i on i.source_id = s.source_id`)
  await writer.run(sql`create temp table runs as
    select *, case when row_number() over w > 1 and ${content} is not distinct from lag(${content}) over w
      then false else true end as heads
    from history window w as (partition by source, source_id order by load_id)`)
  await writer.run(sql`delete from ${table} where (source, source_id) in (select source, source_id from history_ids)`)
  await writer.run(sql`delete from fact_repeats
    where kind = ${kind} and (source, source_id) in (select source, source_id from history_ids)`)
  await writer.run(sql`insert into ${table} (${names}, superseded_by)
    select ${names}, coalesce(lead(load_id) over (partition by source, source_id order by load_id), 0)
    from runs where heads`)
  await writer.run(sql`insert into fact_repeats (kind, source, source_id, load_id)
    select ${kind}, source, source_id, load_id from runs where not heads`)
  for (const name of ['history', 'runs']) await writer.script(`drop table if exists temp.${name}`)
}
