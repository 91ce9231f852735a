import { businessMicrosSql } from './businessTime.ts'
import { draftTable, type LogView, logViews } from './logTables.ts'
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

const temporary = [
  ...['business_days', 'prep_cases', 'prep_units', 'prep_pairs', 'prep_attributes', 'prep_variants'],
  ...logViews.flatMap((view) => [rowsTable(view), `prep_of_${view}`]),
]

export async function dropPrepared(writer: Writer): Promise<void> {
  await writer.script(temporary.map((table) => `drop table if exists temp.${table}`).join('; '))
}

export const endsComplete = (lifecycle: string): boolean => lifecycle === '' || lifecycle === 'complete'

/** What the events of a process are like. Passes over single columns: the engine knows their dictionaries. */
export async function shapeOf(writer: Writer, process: string): Promise<LogShape | undefined> {
  const current = sql`process = ${process} and superseded_by = 0`
  const whole = sql`case_key is not null and activity is not null and start_at is not null`
  const look = async (which: Sql) =>
    (
      await writer.run(sql`select count(*) as n, count_if(${whole}) as whole, min(start_at) as first,
      greatest(max(start_at), max(end_at)) as last, count_if(end_at > start_at) > 0 as spans,
      count(lifecycle) > 0 as lifecycles, count(unit_id) > 0 as units, count(attributes) > 0 as attributes,
      count(resource) > 0 as resources, min(load_id) <> max(load_id) as loads
    from events where ${which}`)
    ).rows[0]!
  let which = current
  let found = await look(which)
  // Every pass below would pay for conditions that hold for all rows, as they nearly always do.
  if (found.n !== found.whole) {
    which = sql`${current} and ${whole}`
    found = await look(which)
  }
  if (!found.n) return undefined
  const named = found.lifecycles
    ? await writer.run(sql`select distinct lower(coalesce(lifecycle, '')) as lifecycle from (
        select distinct lifecycle from events where ${which}) order by 1`)
    : { rows: [{ lifecycle: '' }] }
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
  await writer.run(sql`insert into ${raw(draftTable(log, 'activities'))} ${numbered('activity')}`)
  if (shape.resources) await writer.run(sql`insert into ${raw(draftTable(log, 'resources'))} ${numbered('resource')}`)
  if (shape.units)
    await writer.run(sql`create or replace temp table prep_units as
      select no as unit_no, name as unit_id from (${numbered('unit_id')})`)
  const lifecycles = shape.lifecycles.map((name, i) => `(${i + 1}, '${name.replaceAll("'", "''")}')`)
  await writer.script(`insert into ${draftTable(log, 'lifecycles')} values ${lifecycles.join(', ')}`)
  await writer.run(sql`create or replace temp table prep_cases as
    select case_key, cast(row_number() over (order by first, case_key) as integer) as case_no
    from (select case_key, min(start_at) as first from events where ${shape.which} group by case_key)`)
}

/** The coded rows of all events, sorted by case and time. */
export function sortedRows({ log, timeZone }: { log: number; timeZone: string }, shape: LogShape): Sql {
  const { startMs, endMs } = shape
  const business = (column: string, days: string) => businessMicrosSql(column, days, timeZone, startMs, endMs)
  const end = 'greatest(e.start_at, coalesce(e.end_at, e.start_at))'
  const businessStart = business('e.start_at', 'b')
  const businessEnd = business(end, 'f')
  const several = shape.lifecycles.length > 1
  const columns = [
    'k.case_no, a.activity_no, e.start_at',
    shape.resources ? 'r.resource_no' : 'cast(null as integer) as resource_no',
    several ? 'l.lifecycle_no' : 'cast(1 as smallint) as lifecycle_no',
    `${businessStart.micros} as business_start`,
    ...(shape.spans ? [`${end} as end_at`, `${businessEnd.micros} as business_end`] : []),
    ...(shape.units ? ['u.unit_no'] : []),
    ...(shape.attributes ? ['case when e.attributes is not null then e.row_key end as attributes_row'] : []),
  ]
  const joins = [
    'join prep_cases k on k.case_key = e.case_key',
    `join ${draftTable(log, 'activities')} a on a.activity = e.activity`,
    shape.resources ? `left join ${draftTable(log, 'resources')} r on r.resource = e.resource` : '',
    several ? `join ${draftTable(log, 'lifecycles')} l on l.lifecycle = lower(coalesce(e.lifecycle, ''))` : '',
    shape.units ? 'left join prep_units u on u.unit_id = e.unit_id' : '',
    businessStart.join,
    shape.spans ? businessEnd.join : '',
  ]
  return sql`select ${raw(columns.join(', '))}
    from (select *, rowid as row_key from events where ${shape.which}) e ${raw(joins.join('\n    '))}
    order by k.case_no, e.start_at, ${raw(shape.loads ? 'e.load_id, ' : '')}e.position`
}

/** Where the rows of a view are put together, with what stands before and after each. */
export function rowsTable(view: LogView): string {
  return `prep_rows_${view}`
}

/** Sorted rows with what stands before and after each, into the view's rowsTable. Reads them in order, on one core. */
export async function followRows(
  writer: Writer,
  view: LogView,
  rows: Sql,
  { spans }: { spans: boolean },
  also: readonly string[] = [],
): Promise<void> {
  const carried = [...(spans ? ['end_at', 'business_end'] : []), ...also].map((column) => `${column}, `).join('')
  await writer.run(sql`create or replace temp table ${raw(rowsTable(view))} as
    select case_no, activity_no, resource_no, lifecycle_no, start_at, business_start, ${raw(carried)}
      lag(case_no) over () as last_case_no, lead(case_no) over () as next_case_no,
      lead(activity_no) over () as next_activity_no, lead(start_at) over () as next_start_at,
      lead(business_start) over () as next_business_start
    from (${rows})`)
}

/** Writes a view from its rowsTable, in the order in which the rows stand there. */
export async function writeView(
  writer: Writer,
  log: number,
  view: LogView,
  { spans }: { spans: boolean },
): Promise<void> {
  const end = spans ? 'end_at' : 'start_at'
  const follows = 'next_case_no = case_no'
  await writer.script(`
    insert into ${draftTable(log, view)}
        (row_no, case_no, begins, activity_no, resource_no, lifecycle_no, start_at, end_at,
         next_activity_no, gap_micros, business_gap_micros)
      select rowid + 1, case_no, last_case_no is distinct from case_no, activity_no, resource_no, lifecycle_no, start_at, ${end},
        case when ${follows} then next_activity_no end,
        case when ${follows} then epoch_us(next_start_at) - epoch_us(${end}) end,
        case when ${follows} then next_business_start - ${spans ? 'business_end' : 'business_start'} end
      from ${rowsTable(view)};`)
}
