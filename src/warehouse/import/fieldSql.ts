import type { ColumnType } from '../facts.ts'
import type { ImportField } from './kinds.ts'
import type { FieldSource, Mapping } from './mapping.ts'
import { literal, name } from './sqlText.ts'

/** A column of the staging table; everything is text but what a typed file (Parquet, XES) brought as an instant. */
export interface StagedColumn {
  name: string
  type: 'text' | 'timestamp'
}

/**
 * How one field is read, in three steps that stand on each other: its raw text over the staging table (also to say what
 * was wrong), its value over the raw text, and the conditions over both that make a row bad.
 */
export interface FieldSql {
  raw: string
  value: string
  faults: { reason: ImportFault; when: string }[]
}

/** The column of a field's raw text. No column of a file begins with a control character. */
export const rawColumn = (field: string): string => name(`\u0001${field}`)

/** Why a row was not loaded; the texts stand in features/imports/texts.ts. */
export type ImportFault =
  | 'missing'
  | 'not_a_number'
  | 'not_an_integer'
  | 'not_a_date'
  | 'not_a_time'
  | 'not_yes_or_no'
  | 'not_in_list'
  | 'unit_unknown'
  | 'touchpoint_unknown'
  | 'time_out_of_range'
  | 'date_out_of_range'
  | 'ends_before_it_starts'
  | 'negative'
  | 'outside_scale'
  | 'case_without_process'
  | 'parent_unknown'

const dateForms = ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y年%m月%d日', '%Y%m%d']
const timeForms = [
  ...dateForms.flatMap((date) => ['%H:%M:%S', '%H:%M:%S.%f', '%H:%M'].map((time) => `${date} ${time}`)),
  // As DB2 writes them, and without any separator.
  '%Y-%m-%d-%H.%M.%S.%f',
  '%Y-%m-%d-%H.%M.%S',
  '%Y%m%d%H%M%S',
]
const list = (forms: readonly string[]) => `[${forms.map(literal).join(', ')}]`

const text = (column: string) => `nullif(trim(${name(column)}), '')`

function joined(columns: readonly string[], separator: string): string {
  const parts = columns.map(text)
  const all = parts.join(` || ${literal(separator)} || `)
  return parts.length === 1 ? all : `(${all})`
}

function translated(raw: string, source: Exclude<FieldSource, string | { constant: unknown }>): string {
  if (!source.values) return raw
  const cases = Object.entries(source.values).map(
    ([from, to]) => `when ${literal(from)} then ${literal(to === null ? null : String(to))}`,
  )
  const otherwise =
    source.otherwise === undefined ? raw : literal(source.otherwise === null ? null : String(source.otherwise))
  return cases.length === 0 ? otherwise : `(case ${raw} ${cases.join(' ')} else ${otherwise} end)`
}

/** The condition of a row test on a column of the file. */
export function testSql(
  column: string,
  test: NonNullable<Exclude<FieldSource, string | { constant: unknown }>['is']>,
): string {
  const raw = text(column)
  const number = `try_cast(${raw} as double)`
  const conditions = [
    ...(test.in ? [`coalesce(${raw} in (${test.in.map(literal).join(', ') || 'null'}), false)`] : []),
    ...(test.notIn ? [`not coalesce(${raw} in (${test.notIn.map(literal).join(', ') || 'null'}), false)`] : []),
    ...(test.below !== undefined ? [`coalesce(${number} < ${literal(test.below)}, false)`] : []),
    ...(test.above !== undefined ? [`coalesce(${number} > ${literal(test.above)}, false)`] : []),
    ...(test.empty !== undefined ? [`(${raw} is null) = ${literal(test.empty)}`] : []),
  ]
  return conditions.length === 0 ? 'false' : `(${conditions.join(' and ')})`
}

/** Beyond it nothing a bank measures or pays lies, and the squares of rollups stay finite. */
const greatestNumber = '1e15'

/**
 * A number in the file's own writing. Marks between thousands are taken only where they stand between thousands: `1,5` is
 * not fifteen. With a decimal comma the point is the mark.
 */
export function numberSql(raw: string, decimal: '.' | ',' = '.'): string {
  const mark = decimal === ',' ? '[.\\s]' : '[,，\\s]'
  const point = decimal === ',' ? ',' : '\\.'
  const grouped = `when regexp_matches(${raw}, '^[+-]?\\d{1,3}(${mark}\\d{3})+(${point}\\d+)?$') then replace(regexp_replace(${raw}, '${mark}', '', 'g'), ',', '.')`
  const number =
    decimal === ','
      ? `try_cast(case ${grouped} when regexp_matches(${raw}, '^[+-]?\\d+(,\\d+)?$') then replace(${raw}, ',', '.') end as double)`
      : `coalesce(try_cast(${raw} as double), try_cast(case ${grouped} end as double))`
  // Neither NaN nor infinities are measurements.
  return `(case when abs(${number}) <= ${greatestNumber} then ${number} end)`
}

const integerSql = (raw: string) =>
  `(case when regexp_matches(${raw}, '^[+-]?\\d{1,15}(\\.0+)?$') then try_cast(${raw} as bigint)
    when regexp_matches(${raw}, '^[+-]?\\d{1,3}([,，\\s]\\d{3}){1,4}$') then try_cast(regexp_replace(${raw}, '[,，\\s]', '', 'g') as bigint) end)`

const zone = '(Z|UTC|GMT|[+-](0\\d|1[0-4])(:?[0-5]\\d)?)$'
const offset = '([+-])(\\d\\d):?(\\d\\d)?$'

/** A local time without an offset was written in `homeZone`; one with an offset says itself. */
function instant(raw: string, format: string | undefined, homeZone: string): string {
  const inHomeZone = (local: string) => `timezone('UTC', timezone(${literal(homeZone)}, ${local}))`
  if (format) {
    const parsed = `try_strptime(${raw}, ${literal(format)})`
    if (/%z/i.test(format)) return `timezone('UTC', ${parsed})`
    return /[^%]Z$/.test(format) ? parsed : inHomeZone(parsed)
  }
  const local = (text: string) =>
    `coalesce(try_cast(${text} as timestamp), try_strptime(${text}, ${list(timeForms)}), try_strptime(${text}, ${list(dateForms)}))`
  const part = (group: number) => `regexp_extract(${raw}, '${offset}', ${group})`
  const seconds = `(coalesce(try_cast(${part(2)} as integer), 0) * 3600 + coalesce(try_cast(${part(3)} as integer), 0) * 60) * (case ${part(1)} when '-' then -1 else 1 end)`
  const shifted = `${local(`regexp_replace(${raw}, '\\s*${zone}', '', 'i')`)} - to_seconds(${seconds})`
  return `(case when regexp_matches(${raw}, '\\d:\\d.*${zone}', 'i') then coalesce(timezone('UTC', try_cast(${raw} as timestamptz)), ${shifted})
    when regexp_matches(${raw}, '\\d:\\d.*[-+a-zA-Z]') then null
    else ${inHomeZone(local(raw))} end)`
}

function typed(
  type: ColumnType,
  raw: string,
  source: FieldSource,
  homeZone: string,
): { value: string; fault?: ImportFault } {
  const options = typeof source === 'object' && !('constant' in source) ? source : undefined
  switch (type) {
    case 'text':
      return { value: raw }
    case 'double': {
      const number = numberSql(raw, options?.decimal)
      const factor = options?.factor
      return { value: factor === undefined ? number : `(${number} * ${literal(factor)})`, fault: 'not_a_number' }
    }
    case 'bigint':
      return { value: integerSql(raw), fault: 'not_an_integer' }
    case 'boolean':
      return {
        value: `(case when lower(${raw}) in ('1', 'true', 't', 'yes', 'y', '是', '有') then true when lower(${raw}) in ('0', 'false', 'f', 'no', 'n', '否', '无') then false end)`,
        fault: 'not_yes_or_no',
      }
    case 'date':
      return {
        value: options?.format
          ? `cast(try_strptime(${raw}, ${literal(options.format)}) as date)`
          : `cast(coalesce(try_cast(${raw} as timestamp), try_strptime(${raw}, ${list(dateForms)})) as date)`,
        fault: 'not_a_date',
      }
    case 'timestamp':
      return { value: instant(raw, options?.format, homeZone), fault: 'not_a_time' }
  }
}

/** The SQL of one mapped field; `valueColumn` is what its value is called. */
export function fieldSql(
  fieldName: string,
  valueColumn: string,
  field: ImportField,
  source: FieldSource,
  columns: readonly StagedColumn[],
  given: Pick<Mapping, 'timeZone'>,
  homeZone: string,
): FieldSql {
  const raw = rawColumn(fieldName)
  const value = name(valueColumn)
  const missing: FieldSql['faults'] = field.required ? [{ reason: 'missing', when: `${raw} is null` }] : []
  const outside = outsideFault(field, value)
  const single = typeof source === 'string' ? source : 'column' in source ? source.column : undefined
  const staged = columns.find((column) => column.name === single)
  if (single && staged?.type === 'timestamp' && field.type === 'timestamp')
    return { raw: `cast(${name(single)} as varchar)`, value: name(single), faults: [...missing, ...outside] }
  if (typeof source === 'object' && 'column' in source && source.is && single) {
    const test = testSql(single, source.is)
    return { raw: text(single), value: field.type === 'boolean' ? test : `cast(${test} as varchar)`, faults: [] }
  }
  const read =
    typeof source === 'string'
      ? text(source)
      : 'constant' in source
        ? literal(String(source.constant))
        : translated(joined(source.columns ?? [source.column as string], source.separator), source)
  const { value: parsed, fault } = typed(field.type, raw, source, given.timeZone ?? homeZone)
  const faults = [...missing, ...outside]
  if (fault) faults.push({ reason: fault, when: `${raw} is not null and ${value} is null` })
  if (field.oneOf)
    faults.push({
      reason: 'not_in_list',
      when: `${raw} is not null and ${raw} not in (${field.oneOf.map(literal).join(', ')})`,
    })
  if (fieldName.endsWith('_seconds')) faults.push({ reason: 'negative', when: `${value} < 0` })
  return { raw: read, value: parsed, faults }
}

/** A day or year that no calendar of a bank holds was read in the wrong order or is a placeholder. */
function outsideFault(field: ImportField, value: string): FieldSql['faults'] {
  if (field.type === 'timestamp')
    return [
      {
        reason: 'time_out_of_range',
        when: `${value} not between timestamp '1970-01-01' and now()::timestamp + interval 2 day`,
      },
    ]
  if (field.type === 'date')
    return [{ reason: 'date_out_of_range', when: `${value} not between date '1900-01-01' and date '2100-12-31'` }]
  return field.year ? [{ reason: 'date_out_of_range', when: `${value} not between 1900 and year(now())` }] : []
}
