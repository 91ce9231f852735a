import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api'
import type { Progress } from './bytes.ts'

export type FileFormat = 'csv' | 'jsonl' | 'parquet' | 'xlsx' | 'xes'

/** What a reader leaves behind: one table of text columns that later steps read with SQL. */
export interface Staged {
  format: FileFormat
  /** Names the relation with `row_number BIGINT` and the columns below, as it must stand in SQL. */
  table: string
  columns: StagedColumn[]
  rows: number
  /** Rows that could not be read; they are in `rejectTable` and not in `table`. */
  rejects: number
  /** (row_number BIGINT, column_name VARCHAR, reason VARCHAR, detail VARCHAR, excerpt VARCHAR) */
  rejectTable: string
  /** What the reader found out about the form of the file, e.g. encoding and delimiter. */
  found: Record<string, string | number | boolean>
  /** XES only: the coded form of the log. */
  log?: StagedLog
  /** Every table and view made, in an order in which they can be dropped. */
  drop(): Promise<void>
}

export interface StagedColumn {
  name: string
  /** Up to five different values from the first rows. */
  samples: string[]
}

/**
 * The coded form behind an event log's `table`. Joining it is much faster than working on the texts: code 0 and a code
 * without a row in its dictionary mean "none".
 */
export interface StagedLog {
  /** (row_number BIGINT, case_code INTEGER, activity_code INTEGER, lifecycle_code INTEGER, resource_code INTEGER, at TIMESTAMP) */
  rows: string
  /** (case_code INTEGER, case_id VARCHAR, attributes VARCHAR): one row a case, also of cases without events. */
  cases: string
  /** (code INTEGER, name VARCHAR) each. */
  activities: string
  lifecycles: string
  resources: string
  /** (row_number BIGINT, attributes VARCHAR): further attributes of an event as JSON; only of events that have some. */
  attributes: string
  eventAttributes: string[]
  caseAttributes: string[]
}

export interface ReadOptions {
  /** Name of the staging table; its companions add a suffix. Default `staging`. */
  table?: string
  /** Default true: the tables live in the connection's temporary schema, beside the transaction log. */
  temporary?: boolean
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
  /** Zone of times written without an offset (XES); UTC when absent. */
  timeZone?: string
  /** False where nobody looks at the columns' samples. */
  samples?: boolean
  /** Stops after about so many rows, for a first look; `found.partial` then says so. */
  firstRows?: number
  /** Text files: overrides what is found out. */
  encoding?: string
  delimiter?: string
  quote?: string
  header?: boolean
  /** XLSX: name of the sheet; the first one when absent. */
  sheet?: string
}

/** The tables of one reading: makes them, opens appenders on them, drops them all if reading fails. */
export class Staging {
  readonly connection: DuckDBConnection
  private readonly name: string
  private readonly temporary: boolean
  private readonly made: string[] = []

  constructor(connection: DuckDBConnection, options: ReadOptions) {
    this.connection = connection
    this.name = options.table ?? 'staging'
    this.temporary = options.temporary ?? true
    if (!/^[a-z][a-z0-9_]{0,47}$/.test(this.name)) throw new Error(`not a name for a staging table: ${this.name}`)
  }

  named(suffix = ''): string {
    return `${this.temporary ? 'temp.main.' : ''}${this.name}${suffix}`
  }

  /** `definition` is what follows the name: a column list or `as select …`. */
  async table(suffix: string, definition: string): Promise<string> {
    return this.make('table', suffix, definition)
  }

  async view(suffix: string, query: string): Promise<string> {
    return this.make('view', suffix, `as ${query}`)
  }

  private async make(kind: 'table' | 'view', suffix: string, definition: string): Promise<string> {
    const name = this.named(suffix)
    // The bare name is a view for event logs and a table for all else.
    const other = kind === 'view' ? 'table' : 'view'
    if (!suffix) await this.connection.run(`drop ${other} if exists ${name}`).catch(() => undefined)
    await this.connection.run(`create or replace ${this.temporary ? 'temp ' : ''}${kind} ${name} ${definition}`)
    this.made.unshift(`drop ${kind} if exists ${name}`)
    return name
  }

  appender(suffix: string): Promise<DuckDBAppender> {
    return this.temporary
      ? this.connection.createAppender(`${this.name}${suffix}`, 'main', 'temp')
      : this.connection.createAppender(`${this.name}${suffix}`)
  }

  async count(relation: string): Promise<number> {
    const result = await this.connection.runAndReadAll(`select count(*) from ${relation}`)
    return Number(result.getRows()[0]![0])
  }

  async drop(): Promise<void> {
    const drops = this.made.splice(0)
    if (drops.length > 0) await this.connection.run(drops.join('; '))
  }
}

/** Column names for SQL: empty ones get a number, repeated ones a suffix (DuckDB does not tell upper from lower case). */
export function columnNames(raw: readonly string[]): string[] {
  const taken = new Set(['row_number'])
  return raw.map((text, i) => {
    const plain =
      text
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim()
        .slice(0, 200) || `column_${i + 1}`
    let name = plain
    for (let again = 2; taken.has(name.toLowerCase()); again++) name = `${plain}_${again}`
    taken.add(name.toLowerCase())
    return name
  })
}

export const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`

/** The way to a member of a JSON object (RFC 6901), as SQL text. */
export function jsonPointer(path: readonly string[]): string {
  const pointer = path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return `'${pointer.replaceAll("'", "''")}'`
}

/** The first few different values of each column, from the first rows; `base` is the table behind a view. */
export async function sampled(
  staging: Staging,
  { samples: wanted = true }: ReadOptions,
  relation: string,
  names: readonly string[],
  base = relation,
): Promise<StagedColumn[]> {
  if (!names.length) return []
  if (!wanted) return names.map((name) => ({ name, samples: [] }))
  const list = names.map((name) => `${quoted(name)}::varchar`).join(', ')
  const result = await staging.connection.runAndReadAll(
    `select ${list} from ${relation} where row_number < (select min(row_number) + 1000 from ${base}) limit 200`,
  )
  const rows = result.getRows()
  return names.map((name, i) => {
    const samples = new Set<string>()
    for (const row of rows) {
      const value = row[i]
      if (typeof value === 'string' && value !== '') samples.add(value.slice(0, 200))
      if (samples.size === 5) break
    }
    return { name, samples: [...samples] }
  })
}
