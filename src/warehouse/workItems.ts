import { endsComplete, type LogShape, rowsTable } from './logRows.ts'
import type { Writer } from './warehouse.ts'

const numbersWhere = (
  shape: Pick<LogShape, 'lifecycles'>,
  wanted: (lifecycle: string) => boolean,
  alias = '',
): string => {
  const numbers = shape.lifecycles.flatMap((lifecycle, i) => (wanted(lifecycle) ? [i + 1] : []))
  return numbers.length ? `${alias}lifecycle_no in (${numbers.join(', ')})` : 'false'
}

const isStart = (lifecycle: string): boolean => lifecycle === 'start'

/** The condition under which a row says that something was completed. */
export const completed = (shape: Pick<LogShape, 'lifecycles'>): string => numbersWhere(shape, endsComplete)

export interface Pairs {
  startRows: number[]
  endRows: number[]
}

type Shape = Pick<LogShape, 'lifecycles' | 'spans'>

/**
 * Pairs starts with completions in the rowsTable of the events, which must be settled: rows of starts with the rows that end them.
 * A row that spans time is an item by itself. Fetches what must be paired and returns the pairing, for which the connection
 * is no longer needed: other statements may run meanwhile.
 */
export async function pairMoves(writer: Writer, shape: Shape): Promise<() => Promise<Pairs>> {
  const starts = numbersWhere(shape, isStart)
  const spanning = shape.spans ? 'end_at > start_at' : 'false'
  // Three narrow columns: what crosses into JavaScript is what this step costs.
  const moves = await writer.connection.run(`
    select case_no, cast(activity_no as double) * ${queuesOfActivity} + coalesce(resource_no, 0) as queue,
      cast(case when ${starts} then rowid else -1 - rowid end as integer) as move
    from ${events}
    where (${starts} or ${completed(shape)}) and not ${spanning}
      and activity_no in (select distinct activity_no from ${events} where ${starts})
    order by rowid`)
  return async () => {
    const pairing = new Pairing()
    for (let chunk = await moves.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await moves.fetchChunk()) {
      const [cases, queues, rows] = chunk.getColumns() as [number[], number[], number[]]
      for (let i = 0; i < rows.length; i++) pairing.add(cases[i]!, queues[i]!, rows[i]!)
    }
    return pairing.finish()
  }
}

/** Puts pairs where workItemRows reads them. */
export async function writePairs(writer: Writer, { startRows, endRows }: Pairs): Promise<void> {
  await writer.script('create or replace temp table prep_pairs (start_row integer, end_row integer)')
  await writer.append('prep_pairs', ['start_row', 'end_row'], [Int32Array.from(startRows), Int32Array.from(endRows)])
  await writer.settle()
}

/**
 * SQL for the work items of prep_pairs, sorted by case and start. A completion without a start is an item of no duration,
 * a start without a completion one without an end. Other transitions (scheduled, suspended …) are no work.
 */
export function workItemRows(shape: Shape): string {
  const end = shape.spans ? 'end_at' : 'start_at'
  const businessEnd = shape.spans ? 'business_end' : 'business_start'
  const starts = numbersWhere(shape, isStart, 's.')
  const completes = numbersWhere(shape, endsComplete, 's.')
  const alone = shape.spans ? `(${completes} or s.end_at > s.start_at)` : completes
  return `select s.case_no, s.activity_no, coalesce(e.resource_no, s.resource_no) as resource_no,
      coalesce(e.lifecycle_no, s.lifecycle_no) as lifecycle_no, s.start_at, s.business_start,
      case when e.start_row is not null then e.end_at when ${alone} then s.${end} end as end_at,
      case when e.start_row is not null then e.business_end when ${alone} then s.${businessEnd} end as business_end
    from ${events} s anti join prep_pairs p on p.end_row = s.rowid
      left join (select p.start_row, c.resource_no, c.lifecycle_no, c.${end} as end_at, c.${businessEnd} as business_end
        from ${events} c join prep_pairs p on p.end_row = c.rowid) e on e.start_row = s.rowid
    where ${starts} or ${completes}
    order by s.rowid`
}

const events = rowsTable('events')

/** Queues are numbered by activity and, within it, by resource: codes are counted from 1 and far below this. */
const queuesOfActivity = 2 ** 26

/**
 * First in, first out within a case: a completion ends the oldest open start of its activity and resource; what is left
 * at the end of the case is paired in the same way without regard to the resource. Rows come by case and in time.
 */
export class Pairing {
  private caseNo = -1
  /** Rows of open starts by queue, oldest first. */
  private open = new Map<number, number[]>()
  /** Completions that found no start, with their queue. */
  private lone: { queue: number; row: number }[] = []
  private readonly startRows: number[] = []
  private readonly endRows: number[] = []

  /** `move` is the row of a start, or -1 less the row of a completion. */
  add(caseNo: number, queue: number, move: number): void {
    if (caseNo !== this.caseNo) this.closeCase()
    this.caseNo = caseNo
    const open = this.open.get(queue)
    if (move >= 0) {
      if (open) open.push(move)
      else this.open.set(queue, [move])
      return
    }
    const row = -1 - move
    const first = open?.shift()
    if (first === undefined) this.lone.push({ queue, row })
    else this.pair(first, row)
  }

  finish(): Pairs {
    this.closeCase()
    return { startRows: this.startRows, endRows: this.endRows }
  }

  private closeCase(): void {
    if (this.lone.length > 0) {
      const left = [...this.open]
        .flatMap(([queue, rows]) => rows.map((row) => ({ activity: activityOf(queue), row })))
        .sort((a, b) => a.row - b.row)
      for (const { queue, row } of this.lone) {
        const at = left.findIndex((start) => start.activity === activityOf(queue) && start.row < row)
        if (at >= 0) this.pair(left.splice(at, 1)[0]!.row, row)
      }
      this.lone = []
    }
    this.open.clear()
  }

  private pair(startRow: number, endRow: number): void {
    this.startRows.push(startRow)
    this.endRows.push(endRow)
  }
}

const activityOf = (queue: number): number => Math.floor(queue / queuesOfActivity)
