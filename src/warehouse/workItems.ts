import { endsComplete, type LogShape } from './logRows.ts'
import { logTable } from './logTables.ts'
import type { Writer } from './warehouse.ts'

const numbersWhere = (shape: LogShape, wanted: (lifecycle: string) => boolean): string => {
  const numbers = shape.lifecycles.flatMap((lifecycle, i) => (wanted(lifecycle) ? [i + 1] : []))
  return numbers.length ? `lifecycle_no in (${numbers.join(', ')})` : 'false'
}

/** The condition under which a row says that something was completed. */
export const completed = (shape: LogShape): string => numbersWhere(shape, endsComplete)

/**
 * Pairs starts with completions into work items, sorted by case and start, into prep_work_items. First in, first out,
 * for each case, activity and resource; what is left over is paired without regard to the resource. A completion
 * without a start is an item of no duration, a start without a completion one without an end. Other transitions
 * (scheduled, suspended …) are no work.
 */
export async function pairWorkItems(writer: Writer, log: number, shape: LogShape): Promise<void> {
  const end = shape.spans ? 'end_at' : 'start_at'
  const businessEnd = shape.spans ? 'business_end' : 'business_start'
  const starts = numbersWhere(shape, (lifecycle) => lifecycle === 'start')
  const completes = completed(shape)
  // A row that spans time is an item by itself.
  const spanning = shape.spans ? 'end_at > start_at' : 'false'
  await writer.script(`
    create or replace temp table prep_transitions as
      select rowid as row_no, case_no, activity_no, resource_no, ${starts} as starts
      from prep_events
      where (${starts} or ${completes}) and not ${spanning}
        and activity_no in (select activity_no from prep_kinds join ${logTable(log, 'activities')} using (activity)
          where lifecycle = 'start');
    create or replace temp table prep_pairs as ${pairsSql('prep_transitions', 'case_no, activity_no, resource_no')};
    create or replace temp table prep_rest as
      select * from prep_transitions
      where row_no not in (select start_row from prep_pairs) and row_no not in (select end_row from prep_pairs);
    insert into prep_pairs ${pairsSql('prep_rest', 'case_no, activity_no')};
    create or replace temp table prep_work_items as
      select * exclude (row_no) from (
        select s.case_no, s.activity_no, coalesce(c.resource_no, s.resource_no) as resource_no, c.lifecycle_no,
          s.start_at, c.${end} as end_at, s.business_start, c.${businessEnd} as business_end, p.start_row as row_no
        from prep_pairs p join prep_events s on s.rowid = p.start_row join prep_events c on c.rowid = p.end_row
        union all
        select case_no, activity_no, resource_no, lifecycle_no, start_at,
          case when ${completes} or ${spanning} then ${end} end, business_start,
          case when ${completes} or ${spanning} then ${businessEnd} end, rowid
        from prep_events
        where (${starts} or ${completes})
          and rowid not in (select start_row from prep_pairs) and rowid not in (select end_row from prep_pairs))
      order by case_no, start_at, row_no;
    drop table prep_transitions; drop table prep_pairs; drop table prep_rest;`)
}

/**
 * Rows of starts and of the completions that end them, first in, first out. A completion that finds no open start raises
 * the running maximum of completions over starts; the others are the first, second … to end a start.
 */
const pairsSql = (table: string, keys: string): string => `
  with counted as (
    select row_no, ${keys}, starts,
      count_if(starts) over seen as start_count, count_if(not starts) over seen as end_count
    from ${table} window seen as (partition by ${keys} order by row_no rows unbounded preceding)),
  balanced as (
    select *, greatest(0, max(end_count - start_count)
      over (partition by ${keys} order by row_no rows unbounded preceding)) as unmatched
    from counted),
  numbered as (
    select *, case when starts then start_count
      when unmatched = coalesce(lag(unmatched) over (partition by ${keys} order by row_no), 0) then end_count - unmatched
      end as number
    from balanced)
  select s.row_no as start_row, c.row_no as end_row
  from numbered s join numbered c
    on ${keys
      .split(', ')
      .map((key) => `s.${key} is not distinct from c.${key}`)
      .join(' and ')} and s.number = c.number
  where s.starts and not c.starts`
