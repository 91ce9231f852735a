import type { DuckDBAppender } from '@duckdb/node-api'
import type { Staging } from './staging.ts'

export interface Reject {
  rowNumber: number
  column?: string | undefined
  /** A code of the row-level catalogue. */
  reason: RejectReason
  /** What the reason counts, e.g. '3/10' fields. */
  detail?: string | undefined
  excerpt?: string
}

export type RejectReason =
  | 'field_count_wrong'
  | 'quote_misplaced'
  | 'quote_unterminated'
  | 'encoding_invalid'
  | 'control_character'
  | 'row_too_long'
  | 'json_malformed'
  | 'json_not_object'
  | 'timestamp_invalid'

const longestExcerpt = 200

/** Collects the rows that could not be read in a table of their own, so that there may be any number of them. */
export class RejectTable {
  readonly name: string
  private readonly appender: DuckDBAppender
  count = 0

  private constructor(name: string, appender: DuckDBAppender) {
    this.name = name
    this.appender = appender
  }

  static async create(staging: Staging): Promise<RejectTable> {
    const name = await staging.table(
      '_rejects',
      '(row_number bigint, column_name varchar, reason varchar, detail varchar, excerpt varchar)',
    )
    return new RejectTable(name, await staging.appender('_rejects'))
  }

  add({ rowNumber, column, reason, detail, excerpt }: Reject): void {
    const { appender } = this
    appender.appendBigInt(BigInt(rowNumber))
    for (const text of [column, reason, detail, excerpt === undefined ? undefined : excerptOf(excerpt)]) {
      if (text === undefined) appender.appendNull()
      else appender.appendVarchar(text)
    }
    appender.endRow()
    this.count++
  }

  close(): void {
    this.appender.closeSync()
  }
}

/** One line, without control characters, cut between characters. */
function excerptOf(text: string): string {
  const plain = text
    .slice(0, longestExcerpt * 2)
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .trim()
  const cut = [...plain].slice(0, longestExcerpt).join('')
  return cut.length < plain.length || text.length > longestExcerpt * 2 ? `${cut}…` : cut
}
