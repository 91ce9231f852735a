import type { LogShape } from './logRows.ts'
import { caseColumns, type LogView, logTable, logViews } from './logTables.ts'
import { sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

/**
 * Writes the case table; returns the number of variants of all events. A variant is told by the number of its rows and
 * the exclusive or of hashes of (activity, place): sorting each case's rows into one text would cost as much as all the rest.
 * Hashed twice: the engine joins hashes of several columns by an exclusive or, which alone would forget the order.
 */
export async function writeCases(
  writer: Writer,
  log: number,
  own: readonly LogView[],
  shape: LogShape,
): Promise<number> {
  for (const view of own) {
    const table = logTable(log, view)
    await writer.script(`
      create or replace temp table prep_spans as
        select case_no, min(row_no) as first_row, cast(count(*) as integer) as events, min(start_at) as start_at,
          max(coalesce(end_at, start_at)) as end_at
        from ${table} group by case_no;
      create or replace temp table prep_of_${view} as
        select s.*, h.signature from prep_spans s join (
          select r.case_no, bit_xor(hash(hash(r.activity_no, r.row_no - s.first_row))) as signature
          from ${table} r join prep_spans s on s.case_no = r.case_no group by r.case_no) h on h.case_no = s.case_no;
      drop table prep_spans;`)
  }
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
  await caseContext(writer, shape)
  await writer.script(`
    insert into ${logTable(log, 'cases')} (case_no, case_key, unit_id, attributes, ${columns.map(([name]) => name).join(', ')})
      select k.case_no, k.case_key, x.unit_id, x.attributes, ${columns.map(([, value]) => value).join(', ')}
      from prep_cases k left join prep_context x on x.case_no = k.case_no ${joined.join('\n      ')}
      order by k.case_no;
    drop table prep_variants; drop table prep_context;
    ${own.map((view) => `drop table prep_of_${view};`).join('\n')}`)
  return variants
}

/** The owning unit of a case is that of its first event that has one; likewise its attributes. */
async function caseContext(writer: Writer, shape: LogShape): Promise<void> {
  const columns = [
    shape.units ? 'u.unit_id' : 'cast(null as varchar) as unit_id',
    shape.attributes ? 'e.attributes' : 'cast(null as varchar) as attributes',
  ]
  const firsts = [
    ...(shape.units ? ['arg_min(unit_no, rowid) as unit_no'] : []),
    ...(shape.attributes ? ['arg_min(attributes_row, rowid) as attributes_row'] : []),
  ]
  if (firsts.length === 0) {
    await writer.script(
      `create or replace temp table prep_context (case_no integer, unit_id varchar, attributes varchar)`,
    )
    return
  }
  await writer.script(`create or replace temp table prep_context as
    select f.case_no, ${columns.join(', ')}
    from (select case_no, ${firsts.join(', ')} from prep_events group by case_no) f
    ${shape.units ? 'left join prep_units u on u.unit_no = f.unit_no' : ''}
    ${shape.attributes ? 'left join events e on e.rowid = f.attributes_row' : ''}`)
}

/** The most frequent variant of all events is number 1; ties by length and by the first case. */
async function numberVariants(writer: Writer, own: readonly LogView[]): Promise<number> {
  const counted = own.map(
    (view, place) => `select events, signature, ${place} as place, count(*) as cases, min(case_no) as case_no
      from prep_of_${view} group by events, signature`,
  )
  await writer.script(`
    create or replace temp table prep_variants as
      select cast(row_number() over (order by cases desc, place, events, case_no) as integer) as variant_no, events, signature
      from (select events, signature, min(place) as place, min(case_no) as case_no,
              coalesce(sum(cases) filter (where place = 0), 0) as cases
            from (${counted.join(' union all ')}) group by events, signature)`)
  const { rows } = await writer.run(sql`select count(distinct (events, signature)) as n from prep_of_events`)
  return Number(rows[0]!.n)
}
