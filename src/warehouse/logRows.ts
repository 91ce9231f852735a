import { businessDaysSql, businessMicrosSql } from './businessTime.ts'
import { localDaySql } from './localDay.ts'
import { type LogView, logTable } from './logTables.ts'
import { raw, type Sql, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

/** What a process's events look like, which decides how little has to be carried through the sort. */
export interface LogShape {
  events: number
  /** Lower case, '' for none. */
  lifecycles: readonly string[]
  /** Some row says another lifecycle than "complete". */
  lifecycle: boolean
  /** Some rows end after they start. */
  spans: boolean
  units: boolean
  attributes: boolean
  resources: boolean
  /** More than one load, whose files break ties one after the other. */
  loads: boolean
  startMs: number
  endMs: number
  /** The events of the process that can be prepared. */
  which: Sql
}

const temporary = ['business_days', 'prep_cases', 'prep_units', 'prep_events', 'prep_work_items', 'prep_next']

export async function dropPrepared(writer: Writer): Promise<void> {
  await writer.script(temporary.map((table) => `drop table if exists temp.${table}`).join('; '))
}

export const endsComplete = (lifecycle: string): boolean => lifecycle === '' || lifecycle === 'complete'

/** What the events of a process are like. Passes over single columns: the engine knows their dictionaries. */
export async function shapeOf(writer: Writer, process: string): Promise<LogShape | undefined> {
  const which = sql`process = ${process} and superseded_by = 0
    and case_key is not null and activity is not null and start_at is not null`
  const { rows } = await writer.run(sql`select count(*) as n, min(start_at) as first,
      greatest(max(start_at), max(end_at)) as last, count_if(end_at > start_at) > 0 as spans,
      count(unit_id) > 0 as units, count(attributes) > 0 as attributes, count(resource) > 0 as resources,
      min(load_id) <> max(load_id) as loads
    from events where ${which}`)
  const found = rows[0]!
  if (!found.n) return undefined
  const named = await writer.run(sql`select distinct lower(coalesce(lifecycle, '')) as lifecycle from (
    select distinct lifecycle from events where ${which}) order by 1`)
  const lifecycles = named.rows.map((row) => String(row.lifecycle))
  return {
    events: Number(found.n),
    lifecycles,
    lifecycle: !lifecycles.every(endsComplete),
    spans: Boolean(found.spans),
    units: Boolean(found.units),
    attributes: Boolean(found.attributes),
    resources: Boolean(found.resources),
    loads: Boolean(found.loads),
    startMs: Date.parse(String(found.first)),
    endMs: Date.parse(String(found.last)),
    which,
  }
}

/** Dictionaries: activities, resources, lifecycles and units by name, cases by their start. */
export async function codeTexts(writer: Writer, log: number, shape: LogShape): Promise<void> {
  const numbered = (column: string) => sql`select cast(row_number() over (order by name) as integer) as no, name
    from (select distinct ${raw(column)} as name from events where ${shape.which}) where name is not null`
  await writer.run(sql`insert into ${raw(logTable(log, 'activities'))} ${numbered('activity')}`)
  if (shape.resources) await writer.run(sql`insert into ${raw(logTable(log, 'resources'))} ${numbered('resource')}`)
  if (shape.units)
    await writer.run(sql`create or replace temp table prep_units as
      select no as unit_no, name as unit_id from (${numbered('unit_id')})`)
  const lifecycles = shape.lifecycles.map((name, i) => `(${i + 1}, '${name.replaceAll("'", "''")}')`)
  await writer.script(`insert into ${logTable(log, 'lifecycles')} values ${lifecycles.join(', ')}`)
  await writer.run(sql`create or replace temp table prep_cases as
    select case_key, cast(row_number() over (order by first, case_key) as integer) as case_no
    from (select case_key, min(start_at) as first from events where ${shape.which} group by case_key)`)
}

/** The coded rows of all events, sorted, into prep_events. */
export async function sortRows(
  writer: Writer,
  { log, timeZone }: { log: number; timeZone: string },
  shape: LogShape,
): Promise<void> {
  const { startMs, endMs } = shape
  const day = (column: string) => localDaySql(column, timeZone, startMs, endMs)
  const business = (column: string, days: string) => businessMicrosSql(column, days, timeZone, startMs, endMs)
  const end = 'greatest(e.start_at, coalesce(e.end_at, e.start_at))'
  const several = shape.lifecycles.length > 1
  const columns = [
    'k.case_no, a.activity_no, e.start_at',
    shape.resources ? 'r.resource_no' : 'cast(null as integer) as resource_no',
    several ? 'l.lifecycle_no' : 'cast(1 as smallint) as lifecycle_no',
    `${business('e.start_at', 'b')} as business_start`,
    ...(shape.spans ? [`${end} as end_at`, `${business(end, 'f')} as business_end`] : []),
    ...(shape.units ? ['u.unit_no'] : []),
    ...(shape.attributes ? ['case when e.attributes is not null then e.row_key end as attributes_row'] : []),
  ]
  const joins = [
    'join prep_cases k on k.case_key = e.case_key',
    `join ${logTable(log, 'activities')} a on a.activity = e.activity`,
    shape.resources ? `left join ${logTable(log, 'resources')} r on r.resource = e.resource` : '',
    several ? `join ${logTable(log, 'lifecycles')} l on l.lifecycle = lower(coalesce(e.lifecycle, ''))` : '',
    shape.units ? 'left join prep_units u on u.unit_id = e.unit_id' : '',
    `left join business_days b on b.day = ${day('e.start_at')}`,
    shape.spans ? `left join business_days f on f.day = ${day(end)}` : '',
  ]
  await writer.script(businessDaysSql)
  await writer.run(sql`create or replace temp table prep_events as
    select ${raw(columns.join(', '))}
    from (select *, rowid as row_key from events where ${shape.which}) e ${raw(joins.join('\n    '))}
    order by k.case_no, e.start_at, ${raw(shape.loads ? 'e.load_id, ' : '')}e.position`)
}

/**
 * Writes sorted rows (a table or `table where …`) as a view, with what follows each. The rows keep the order in which they stand, so the
 * next row is the next one in the table; only this narrow step runs on one core.
 */
export async function writeView(
  writer: Writer,
  { log, view, rows }: { log: number; view: LogView; rows: string },
  shape: { spans: boolean },
): Promise<void> {
  const end = shape.spans ? 'end_at' : 'start_at'
  const businessEnd = shape.spans ? 'business_end' : 'business_start'
  const follows = 'next_case_no = case_no'
  await writer.script(`
    create or replace temp table prep_next as
      select case_no, activity_no, resource_no, lifecycle_no, start_at, ${end} as end_at, ${businessEnd} as business_end,
        lag(case_no) over () as last_case_no, lead(case_no) over () as next_case_no,
        lead(activity_no) over () as next_activity_no, lead(start_at) over () as next_start_at,
        lead(business_start) over () as next_business_start
      from ${rows}`)
  // Row ids inside a transaction begin beyond what a double holds exactly: as text.
  const { rows: found } = await writer.run(sql`select cast(min(rowid) as varchar) as base from prep_next`)
  await writer.script(`
    insert into ${logTable(log, view)}
        (row_no, case_no, begins, activity_no, resource_no, lifecycle_no, start_at, end_at,
         next_activity_no, gap_micros, business_gap_micros)
      select rowid - ${found[0]!.base} + 1, case_no, last_case_no is distinct from case_no, activity_no, resource_no, lifecycle_no, start_at, end_at,
        case when ${follows} then next_activity_no end,
        case when ${follows} then epoch_us(next_start_at) - epoch_us(end_at) end,
        case when ${follows} then next_business_start - business_end end
      from prep_next;`)
}
