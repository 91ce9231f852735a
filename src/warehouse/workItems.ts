import { endsComplete, type LogShape } from './logRows.ts'
import type { Writer } from './warehouse.ts'

const numbersWhere = (shape: LogShape, wanted: (lifecycle: string) => boolean, alias = ''): string => {
  const numbers = shape.lifecycles.flatMap((lifecycle, i) => (wanted(lifecycle) ? [i + 1] : []))
  return numbers.length ? `${alias}lifecycle_no in (${numbers.join(', ')})` : 'false'
}

const isStart = (lifecycle: string): boolean => lifecycle === 'start'

/** The condition under which a row says that something was completed. */
export const completed = (shape: LogShape): string => numbersWhere(shape, endsComplete)

/**
 * Pairs starts with completions into work items, sorted by case and start, into prep_work_items. A completion without a
 * start is an item of no duration, a start without a completion one without an end; a row that spans time is an item by
 * itself. Other transitions (scheduled, suspended …) are no work. The rows of prep_events must be settled.
 */
export async function pairWorkItems(writer: Writer, shape: LogShape): Promise<void> {
  const end = shape.spans ? 'end_at' : 'start_at'
  const businessEnd = shape.spans ? 'business_end' : 'business_start'
  const starts = numbersWhere(shape, isStart)
  const completes = completed(shape)
  const spanning = shape.spans ? 'end_at > start_at' : 'false'
  const row = { starts: numbersWhere(shape, isStart, 's.'), completes: numbersWhere(shape, endsComplete, 's.') }
  const alone = shape.spans ? `(${row.completes} or s.end_at > s.start_at)` : row.completes
  const pairing = new Pairing()
  const transitions = await writer.connection.stream(`
    select case_no, activity_no, coalesce(resource_no, 0) as resource_no, ${starts} as starts, cast(rowid as integer) as row_no
    from prep_events
    where (${starts} or ${completes}) and not ${spanning}
      and activity_no in (select distinct activity_no from prep_events where ${starts})
    order by rowid`)
  for (
    let chunk = await transitions.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await transitions.fetchChunk()
  ) {
    const [cases, activities, resources, begins, rows] = chunk.getColumns() as [
      number[],
      number[],
      number[],
      boolean[],
      number[],
    ]
    for (let i = 0; i < rows.length; i++) pairing.add(cases[i]!, activities[i]!, resources[i]!, begins[i]!, rows[i]!)
  }
  const { startRows, endRows } = pairing.finish()
  await writer.script('create or replace temp table prep_pairs (start_row integer, end_row integer)')
  await writer.append('prep_pairs', ['start_row', 'end_row'], [startRows, endRows])
  await writer.script(`
    create or replace temp table prep_ends as
      select p.start_row, c.resource_no, c.lifecycle_no, c.${end} as end_at, c.${businessEnd} as business_end
      from prep_events c join prep_pairs p on p.end_row = c.rowid;
    create or replace temp table prep_work_items as
      select s.case_no, s.activity_no, coalesce(e.resource_no, s.resource_no) as resource_no,
        coalesce(e.lifecycle_no, s.lifecycle_no) as lifecycle_no, s.start_at, s.business_start,
        case when e.start_row is not null then e.end_at when ${alone} then s.${end} end as end_at,
        case when e.start_row is not null then e.business_end when ${alone} then s.${businessEnd} end as business_end
      from prep_events s anti join prep_pairs p on p.end_row = s.rowid left join prep_ends e on e.start_row = s.rowid
      where ${row.starts} or ${row.completes}
      order by s.rowid;
    drop table prep_ends; drop table prep_pairs;`)
}

interface Transition {
  activity: number
  row: number
}

/**
 * First in, first out within a case: a completion ends the oldest open start of its activity and resource; what is left
 * at the end of the case is paired in the same way without regard to the resource. Rows come by case and in time.
 */
export class Pairing {
  private caseNo = -1
  /** Open starts by activity and resource, oldest first. */
  private open = new Map<number, Transition[]>()
  private lone: Transition[] = []
  private readonly startRows: number[] = []
  private readonly endRows: number[] = []

  add(caseNo: number, activity: number, resource: number, starts: boolean, row: number): void {
    if (caseNo !== this.caseNo) this.closeCase()
    this.caseNo = caseNo
    // Codes are counted from 1 and far below 2^26.
    const key = activity * 2 ** 26 + resource
    const open = this.open.get(key)
    if (starts) {
      if (open) open.push({ activity, row })
      else this.open.set(key, [{ activity, row }])
      return
    }
    const first = open?.shift()
    if (first) this.pair(first.row, row)
    else this.lone.push({ activity, row })
  }

  finish(): { startRows: number[]; endRows: number[] } {
    this.closeCase()
    return { startRows: this.startRows, endRows: this.endRows }
  }

  private closeCase(): void {
    if (this.lone.length > 0) {
      const left = [...this.open.values()].flat().sort((a, b) => a.row - b.row)
      for (const { activity, row } of this.lone) {
        const at = left.findIndex((start) => start.activity === activity && start.row < row)
        if (at >= 0) this.pair(left.splice(at, 1)[0]!.row, row)
      }
    }
    this.open.clear()
    this.lone = []
  }

  private pair(startRow: number, endRow: number): void {
    this.startRows.push(startRow)
    this.endRows.push(endRow)
  }
}
