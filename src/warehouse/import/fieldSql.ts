import type { ColumnType } from '../facts.ts'
import type { ImportField } from './kinds.ts'
import type { FieldSource, Mapping } from './mapping.ts'
import { literal, name } from './sqlText.ts'

/** A column of the staging table; everything is text but what a typed file (Parquet, XES) brought as an instant. */
export interface StagedColumn {
  name: string
  type: 'text' | 'timestamp'
}

/** How one field is read: its raw text (to say what was wrong), its value, and the conditions that make a row bad. */
export interface FieldSql {
  raw: string
  value: string
  faults: { reason: ImportFault; when: string }[]
}

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
  | 'ends_before_it_starts'
  | 'negative'
  | 'outside_scale'

const dateForms = ['%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y年%m月%d日', '%Y%m%d']
const timeForms = dateForms.flatMap((date) => ['%H:%M:%S', '%H:%M:%S.%f', '%H:%M'].map((time) => `${date} ${time}`))
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

const grouped = (raw: string) => `regexp_replace(${raw}, '[,，\\s]', '', 'g')`

/** A local time without an offset was written in `zone`; one with an offset says itself. */
function instant(raw: string, format: string | undefined, zone: string): string {
  const local = format
    ? `try_strptime(${raw}, ${literal(format)})`
    : `coalesce(try_cast(${raw} as timestamp), try_strptime(${raw}, ${list(timeForms)}), try_strptime(${raw}, ${list(dateForms)}))`
  const fromLocal = `timezone('UTC', timezone(${literal(zone)}, ${local}))`
  if (format?.includes('%z')) return `try_strptime(${raw}, ${literal(format)})`
  return `(case when regexp_matches(${raw}, '(Z|[+-]\\d\\d:?\\d\\d|[+-]\\d\\d)$') and regexp_matches(${raw}, '\\d:\\d') then timezone('UTC', try_cast(${raw} as timestamptz)) else ${fromLocal} end)`
}

function typed(
  type: ColumnType,
  raw: string,
  source: FieldSource,
  zone: string,
): { value: string; fault?: ImportFault } {
  const options = typeof source === 'object' && !('constant' in source) ? source : undefined
  switch (type) {
    case 'text':
      return { value: raw }
    case 'double': {
      const number = `try_cast(${grouped(raw)} as double)`
      const factor = options?.factor
      // NaN and infinities are no measurements.
      const finite = `(case when isfinite(${number}) then ${number} end)`
      return { value: factor === undefined ? finite : `(${finite} * ${literal(factor)})`, fault: 'not_a_number' }
    }
    case 'bigint':
      return { value: `try_cast(${grouped(raw)} as bigint)`, fault: 'not_an_integer' }
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
      return { value: instant(raw, options?.format, zone), fault: 'not_a_time' }
  }
}

/** The SQL of one mapped field over the staging table. */
export function fieldSql(
  fieldName: string,
  field: ImportField,
  source: FieldSource,
  columns: readonly StagedColumn[],
  given: Pick<Mapping, 'timeZone'>,
  homeZone: string,
): FieldSql {
  const zone = given.timeZone ?? homeZone
  const single = typeof source === 'string' ? source : 'column' in source ? source.column : undefined
  if (single && columns.find((column) => column.name === single)?.type === 'timestamp' && field.type === 'timestamp') {
    return { raw: `cast(${name(single)} as varchar)`, value: name(single), faults: requiredFault(field, name(single)) }
  }
  if (typeof source === 'object' && 'column' in source && source.is && single) {
    const value = testSql(single, source.is)
    return { raw: text(single), value: field.type === 'boolean' ? value : `cast(${value} as varchar)`, faults: [] }
  }
  const raw =
    typeof source === 'string'
      ? text(source)
      : 'constant' in source
        ? literal(String(source.constant))
        : translated(joined(source.columns ?? [source.column as string], source.separator), source)
  const { value, fault } = typed(field.type, raw, source, zone)
  const faults: FieldSql['faults'] = requiredFault(field, raw)
  if (fault) faults.push({ reason: fault, when: `${raw} is not null and (${value}) is null` })
  if (field.oneOf)
    faults.push({
      reason: 'not_in_list',
      when: `${raw} is not null and ${raw} not in (${field.oneOf.map(literal).join(', ')})`,
    })
  if (fieldName.endsWith('_seconds')) faults.push({ reason: 'negative', when: `(${value}) < 0` })
  return { raw, value, faults }
}

const requiredFault = (field: ImportField, raw: string): FieldSql['faults'] =>
  field.required ? [{ reason: 'missing', when: `${raw} is null` }] : []
