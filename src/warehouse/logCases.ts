import { type LogShape, rowsTable } from './logRows.ts'
import { caseColumns, draftTable, type LogView, logViews } from './logTables.ts'
import { sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

/**
 * What a view has of each case, from its rowsTable into prep_of_<view>. A variant is told by the number of its rows and the
 * exclusive or of hashes of (activity, place): sorting each case's rows into one text would cost as much as all the rest.
 * Hashed twice: the engine joins hashes of several columns by an exclusive or, which alone would forget the order.
 */
export async function spanCases(
  writer: Writer,
  view: LogView,
  { spans, units }: { spans: boolean; units: boolean },
): Promise<void> {
  // The owning unit of a case is that of its first event that has one.
  const unit = view === 'events' && units ? ', arg_min(unit_no, rowid) as unit_no' : ''
  await writer.script(`
    create or replace temp table prep_of_${view} as
      with spans as (
        select case_no, min(rowid) as first_row, cast(count(*) as integer) as events, min(start_at) as start_at,
          max(${spans ? 'coalesce(end_at, start_at)' : 'start_at'}) as end_at${unit}
        from ${rowsTable(view)} group by case_no)
      select s.*, h.signature from spans s join (
        select r.case_no, bit_xor(hash(hash(r.activity_no, r.rowid - s.first_row))) as signature
        from ${rowsTable(view)} r join spans s on s.case_no = r.case_no group by r.case_no) h on h.case_no = s.case_no`)
}

/**
 * The attributes of each case, those of its first event that has some, into prep_attributes. In the transaction that
 * sorted the rows: row ids of facts hold no longer.
 */
export async function firstAttributes(writer: Writer): Promise<void> {
  await writer.script(`create or replace temp table prep_attributes as
    select f.case_no, e.attributes
    from (select case_no, arg_min(attributes_row, rowid) as attributes_row from ${rowsTable('events')}
      where attributes_row is not null group by case_no) f
    join events e on e.rowid = f.attributes_row`)
}

/** Writes the case table from what each view has of the cases; returns the number of variants of all events. */
export async function writeCases(
  writer: Writer,
  log: number,
  own: readonly LogView[],
  shape: LogShape,
): Promise<number> {
  const variants = await numberVariants(writer, own)
  const joined = own.map(
    (view) => `left join prep_of_${view} ${view} on ${view}.case_no = k.case_no
      left join prep_variants ${view}_v on ${view}_v.events = ${view}.events and ${view}_v.signature = ${view}.signature`,
  )
  const columns: [string, string][] = logViews.flatMap((view): [string, string][] => {
    // A view that is the same as another has the same cases.
    const source = own.includes(view) ? view : 'events'
    const names = caseColumns(view)
    return [
      [names.startAt, `${source}.start_at`],
      [names.endAt, `${source}.end_at`],
      [names.events, `${source}.events`],
      [names.variantNo, `${source}_v.variant_no`],
    ]
  })
  if (shape.units) {
    columns.push(['unit_id', 'u.unit_id'])
    joined.push('left join prep_units u on u.unit_no = events.unit_no')
  }
  if (shape.attributes) {
    columns.push(['attributes', 'x.attributes'])
    joined.push('left join prep_attributes x on x.case_no = k.case_no')
  }
  await writer.script(`
    insert into ${draftTable(log, 'cases')} (case_no, case_key, ${columns.map(([name]) => name).join(', ')})
      select k.case_no, k.case_key, ${columns.map(([, value]) => value).join(', ')}
      from prep_cases k ${joined.join('\n      ')}
      order by k.case_no`)
  return variants
}

/** The most frequent variant of all events is number 1; ties by length and by the first case. */
async function numberVariants(writer: Writer, own: readonly LogView[]): Promise<number> {
  const counted = own.map(
    (view, place) => `select events, signature, ${place} as place, count(*) as cases, min(case_no) as case_no
      from prep_of_${view} group by events, signature`,
  )
  await writer.script(`
    create or replace temp table prep_variants as
      select cast(row_number() over (order by cases desc, place, events, case_no, signature) as integer) as variant_no, events, signature
      from (select events, signature, min(place) as place, min(case_no) as case_no,
              coalesce(sum(cases) filter (where place = 0), 0) as cases
            from (${counted.join(' union all ')}) group by events, signature)`)
  const { rows } = await writer.run(sql`select count(distinct (events, signature)) as n from prep_of_events`)
  return Number(rows[0]!.n)
}
