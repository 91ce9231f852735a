import {
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBIntegerVector,
  DuckDBTimestampValue,
  type DuckDBTimestampVector,
  BIGINT,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
  type DuckDBBigIntVector,
} from '@duckdb/node-api'
import { ByteDictionary } from './dictionary.ts'
import { jsonPointer, quoted, type Staging, type StagedLog } from './staging.ts'

const chunkRows = 2048

/** An attribute of the log that is none of the usual ones, as a column of the text view. */
export interface AttributeColumn {
  key: string
  of: 'event' | 'case'
  name: string
}

/** Writes an event log into its coded tables a vector at a time. */
export class LogTables {
  readonly activities = new ByteDictionary()
  readonly lifecycles = new ByteDictionary()
  readonly resources = new ByteDictionary()
  private readonly staging: Staging
  private readonly rows: DuckDBAppender
  private readonly cases: DuckDBAppender
  private readonly attributes: DuckDBAppender
  private readonly chunk = DuckDBDataChunk.create([BIGINT, INTEGER, INTEGER, INTEGER, INTEGER, TIMESTAMP])
  private readonly rowNumbers = new Float64Array(chunkRows)
  private readonly codes = [0, 1, 2, 3].map(() => new Int32Array(chunkRows))
  private readonly micros = new Float64Array(chunkRows)
  private filled = 0
  rowCount = 0
  /** Traces that turned out to continue a case of the same name; known after `finish`. */
  repeatedTraces = 0

  private constructor(staging: Staging, rows: DuckDBAppender, cases: DuckDBAppender, attributes: DuckDBAppender) {
    this.staging = staging
    this.rows = rows
    this.cases = cases
    this.attributes = attributes
  }

  static async create(staging: Staging): Promise<LogTables> {
    const codes = ['case', 'activity', 'lifecycle', 'resource'].map((name) => `${name}_code integer`)
    await staging.table('_rows', `(row_number bigint, ${codes.join(', ')}, "at" timestamp)`)
    await staging.table('_cases', '(case_code integer, case_id varchar, attributes varchar)')
    await staging.table('_attributes', '(row_number bigint, attributes varchar)')
    return new LogTables(
      staging,
      await staging.appender('_rows'),
      await staging.appender('_cases'),
      await staging.appender('_attributes'),
    )
  }

  addRow(rowNumber: number, caseCode: number, activity: number, lifecycle: number, resource: number, micros: number) {
    const i = this.filled++
    this.rowNumbers[i] = rowNumber
    this.codes[0]![i] = caseCode
    this.codes[1]![i] = activity
    this.codes[2]![i] = lifecycle
    this.codes[3]![i] = resource
    this.micros[i] = micros
    this.rowCount++
    if (this.filled === chunkRows) this.flush()
  }

  addAttributes(rowNumber: number, json: string): void {
    this.attributes.appendBigInt(BigInt(rowNumber))
    this.attributes.appendVarchar(json)
    this.attributes.endRow()
  }

  addCase(code: number, name: string | null, json: string | null): void {
    this.cases.appendInteger(code)
    if (name === null) this.cases.appendNull()
    else this.cases.appendVarchar(name)
    if (json === null) this.cases.appendNull()
    else this.cases.appendVarchar(json)
    this.cases.endRow()
  }

  private flush(): void {
    const { chunk, filled } = this
    chunk.reset()
    chunk.rowCount = filled
    const rowNumbers = chunk.getColumnVector(0) as DuckDBBigIntVector
    for (let i = 0; i < filled; i++) rowNumbers.setItem(i, BigInt(this.rowNumbers[i]!))
    rowNumbers.flush()
    for (let column = 0; column < 4; column++) {
      const vector = chunk.getColumnVector(column + 1) as DuckDBIntegerVector
      const codes = this.codes[column]!
      for (let i = 0; i < filled; i++) vector.setItem(i, codes[i]!)
      vector.flush()
    }
    const at = chunk.getColumnVector(5) as DuckDBTimestampVector
    for (let i = 0; i < filled; i++) {
      const micros = this.micros[i]!
      at.setItem(i, Number.isNaN(micros) ? null : new DuckDBTimestampValue(BigInt(micros)))
    }
    at.flush()
    this.rows.appendDataChunk(chunk)
    this.filled = 0
  }

  close(): void {
    if (this.filled) this.flush()
    for (const appender of [this.rows, this.cases, this.attributes]) appender.closeSync()
  }

  /** Writes the dictionaries, joins traces of the same name into one case, and lays the text view over it all. */
  async finish(
    withAttributes: boolean,
    others: readonly AttributeColumn[],
  ): Promise<Omit<StagedLog, 'eventAttributes' | 'caseAttributes'>> {
    const { staging } = this
    const named = {
      rows: staging.named('_rows'),
      cases: staging.named('_cases'),
      attributes: staging.named('_attributes'),
      activities: await this.dictionary('_activities', this.activities),
      lifecycles: await this.dictionary('_lifecycles', this.lifecycles),
      resources: await this.dictionary('_resources', this.resources),
    }
    const repeats = await staging.connection.runAndReadAll(
      `select count(case_id) - count(distinct case_id) from ${named.cases}`,
    )
    this.repeatedTraces = Number(repeats.getRows()[0]![0])
    if (this.repeatedTraces) await this.mergeCases(named.rows, named.cases)
    const other = ({ key, of, name }: AttributeColumn) =>
      `, json_extract_string(${of === 'event' ? 'x' : 'c'}.attributes, ${jsonPointer([key])}) as ${quoted(name)}`
    await staging.view(
      '',
      `select r.row_number, c.case_id, a.name as activity, l.name as lifecycle, r."at", s.name as resource,
        ${withAttributes ? 'x.attributes' : 'null::varchar as attributes'}${others.map(other).join('')}
      from ${named.rows} r
      left join ${named.cases} c on c.case_code = r.case_code
      left join ${named.activities} a on a.code = r.activity_code
      left join ${named.lifecycles} l on l.code = r.lifecycle_code
      left join ${named.resources} s on s.code = r.resource_code
      ${withAttributes ? `left join ${named.attributes} x on x.row_number = r.row_number` : ''}`,
    )
    return named
  }

  private async dictionary(suffix: string, dictionary: ByteDictionary): Promise<string> {
    const name = await this.staging.table(suffix, '(code integer, name varchar)')
    const appender = await this.staging.appender(suffix)
    const chunk = DuckDBDataChunk.create([INTEGER, VARCHAR])
    for (let from = 1; from < dictionary.size; from += chunkRows) {
      const codes = Array.from({ length: Math.min(chunkRows, dictionary.size - from) }, (_, i) => from + i)
      chunk.reset()
      chunk.setColumns([codes, codes.map((code) => dictionary.text(code))])
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
    return name
  }

  /** Traces that carry the same name are one case: the first one's code, the later ones' attributes over the earlier. */
  private async mergeCases(rows: string, cases: string): Promise<void> {
    const { connection } = this.staging
    const merged = await this.staging.table(
      '_merged',
      `as select case_code, min(case_code) over (partition by case_id) as first_code
       from ${cases} where case_id is not null qualify first_code < case_code`,
    )
    await connection.run(
      `update ${rows} set case_code = m.first_code from ${merged} m where ${rows}.case_code = m.case_code`,
    )
    await connection.run(
      `update ${cases} set attributes = j.attributes from (
         select min(c.case_code) as case_code,
           list_reduce(
             list(c.attributes order by c.case_code) filter (where c.attributes is not null),
             lambda a, b: json_merge_patch(a, b)::varchar) as attributes
         from ${cases} c
         where c.case_id in (select case_id from ${cases} join ${merged} using (case_code))
         group by c.case_id having count(c.attributes) > 0) j
       where ${cases}.case_code = j.case_code`,
    )
    await connection.run(`delete from ${cases} where case_code in (select case_code from ${merged})`)
  }
}
