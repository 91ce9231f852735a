import { nativeScale } from '../rollups/sums.ts'
import { fieldSql, type ImportFault, numberSql, rawColumn, type StagedColumn, testSql } from './fieldSql.ts'
import { importFields } from './kinds.ts'
import { columnsOf, type FieldSource, type Mapping } from './mapping.ts'
import { literal, name } from './sqlText.ts'

/** Runs SQL in the staging database. */
export interface Staging {
  script(text: string): Promise<void>
  rows(text: string): Promise<Record<string, unknown>[]>
}

export interface MappedRows {
  /** Rows of the file that became a mapped row, or several. */
  good: number
  /** Rows of which something was lost: all of it, or one answer of a wide survey. */
  rejected: number
  skipped: { because: string; rows: number }[]
}

/** Tables the mapping leaves in the staging database; see `mapRows`. */
export const mappedTable = 'mapped'
export const faultsTable = 'mapped_faults'

/**
 * Reads the staging table (as it must stand in SQL) through a mapping into two tables:
 * `mapped` (row_number, one column a field, attributes) with the good rows, and
 * `mapped_faults` (row_number, column_name as the file calls it, reason, excerpt, field) with every reason why a row is not
 * among them.
 * Units and touchpoints are looked up in the tables `known_units` and `known_touchpoints` (name, id), made by the caller.
 */
export async function mapRows(
  staging: Staging,
  table: string,
  columns: readonly StagedColumn[],
  given: Mapping,
  homeZone: string,
): Promise<MappedRows> {
  const fields = importFields[given.kind]
  const built = Object.entries(given.columns).map(([field, source]) => {
    const definition = fields[field]!
    const column = fieldColumn(field, definition.refersTo)
    return {
      field,
      definition,
      column,
      source,
      sql: fieldSql(field, column, definition, source, columns, given, homeZone),
    }
  })

  const skip = given.skip.map((test) => ({ because: test.because, when: testSql(test.column, test) }))
  const skipCase = skip.length ? `case ${skip.map((s, i) => `when ${s.when} then ${i}`).join(' ')} end` : 'null'
  const { rest } = given
  const unmapped =
    rest === 'drop'
      ? []
      : columns.filter(({ name }) => (rest === 'attributes' ? !columnsOf(given).includes(name) : rest.includes(name)))
  const attributes = unmapped.length
    ? `json_merge_patch('{}', json_object(${unmapped.map((column) => `${literal(column.name)}, ${name(column.name)}`).join(', ')}))`
    : 'null'

  const lookups = built.filter(
    ({ definition }) => definition.refersTo === 'unit' || definition.refersTo === 'touchpoint',
  )
  const faults = [
    ...built.flatMap(({ field, sql }) => sql.faults.map((fault) => ({ ...fault, field }))),
    ...faultsBetween(new Map(built.map(({ field, column }) => [field, name(column)]))),
  ]
  const found = faults.map(
    ({ field, reason, when }) =>
      `case when ${when} then {'field': ${literal(field)}, 'reason': ${literal(reason)}} end`,
  )

  await staging.script(
    `drop table if exists mapped_all; drop table if exists ${mappedTable}; drop table if exists ${faultsTable}`,
  )
  const raws = built.map(({ field, sql }) => `, ${sql.raw} as ${rawColumn(field)}`).join('')
  const values = built
    .map(({ field, column, sql }) => `, ${sql.value} as ${name(column)}, ${rawColumn(field)}`)
    .join('')
  await staging.script(`create temp table mapped_all as
    select *, list_filter([${found.join(', ') || 'cast(null as struct(field varchar, reason varchar))'}], fault -> fault is not null) as faults
    from (select row_number, ${skipCase} as skipped${values}${
      attributes === 'null'
        ? ', cast(null as varchar) as attributes'
        : `, nullif(cast(${attributes} as varchar), '{}') as attributes`
    } from (select *${raws} from ${table}))`)
  for (const { field, definition, column } of lookups) {
    const known = definition.refersTo === 'unit' ? 'known_units' : 'known_touchpoints'
    const reason = definition.refersTo === 'unit' ? 'unit_unknown' : 'touchpoint_unknown'
    // Several names may lead to one unit; a name leads to one unit only.
    await staging.script(
      `update mapped_all set ${name(column)} = known.id from ${known} known where known.name = mapped_all.${name(column)}`,
    )
    await staging.script(`update mapped_all set faults = list_append(faults, {'field': ${literal(field)}, 'reason': ${literal(reason)}})
      where ${name(column)} is not null and ${name(column)} not in (select id from ${known})`)
  }
  const ofField = (value: (entry: (typeof built)[number]) => string) =>
    built.length
      ? `case fault.field ${built.map((entry) => `when ${literal(entry.field)} then ${value(entry)}`).join(' ')} end`
      : 'cast(null as varchar)'
  await staging.script(`create temp table ${faultsTable} as
    select row_number, ${ofField(({ field, source }) => literal(columnLabel(field, source)))} as column_name, fault.reason as reason,
      left(${ofField(({ field }) => rawColumn(field))}, 200) as excerpt, fault.field as field
    from (select *, unnest(faults) as fault from mapped_all where skipped is null)`)
  const kept = built.map(({ column }) => name(column))
  await staging.script(`create temp table ${mappedTable} as
    select row_number, attributes${kept.map((column) => `, ${column}`).join('')} from mapped_all where skipped is null and len(faults) = 0`)
  if (given.items.length > 0) await spreadItems(staging, table, given, kept)

  // Of a wide row some answers may have been good and another not: it is both.
  const [counts] = await staging.rows(
    `select count(*) filter (where skipped is null and len(faults) = 0${
      given.items.length
        ? ` and (row_number in (select row_number from ${mappedTable}) or row_number not in (select row_number from ${faultsTable}))`
        : ''
    }) as good, (select count(distinct row_number) from ${faultsTable}) as rejected from mapped_all`,
  )
  const skipped = await staging.rows(
    'select skipped, count(*) as n from mapped_all where skipped is not null group by skipped order by skipped',
  )
  await staging.script('drop table mapped_all')
  return {
    good: Number(counts?.good),
    rejected: Number(counts?.rejected),
    skipped: skipped.map((row) => ({ because: skip[Number(row.skipped)]!.because, rows: Number(row.n) })),
  }
}

/** Our own key's column for a reference whose names are known here; customers and staff keep the source's name until they are mapped. */
const fieldColumn = (field: string, refersTo: string | undefined): string =>
  refersTo === 'unit' ? 'unit_id' : refersTo === 'touchpoint' ? 'touchpoint_id' : field

/** What the file calls the origin of a field; a constant stands in no column. */
export const columnLabel = (field: string, source: FieldSource): string =>
  typeof source === 'string'
    ? source
    : 'constant' in source
      ? field
      : (source.columns?.join(' + ') ?? source.column ?? field)

interface Fault {
  field: string
  reason: ImportFault
  when: string
}

/** Faults that need two fields; `column` gives a mapped field's value. */
function faultsBetween(column: ReadonlyMap<string, string>): Fault[] {
  const has = (...fields: string[]) => fields.every((field) => column.has(field))
  const value = (field: string) => column.get(field) ?? 'null'
  const faults: Fault[] = []
  const fault = (field: string, reason: ImportFault, when: string) => faults.push({ field, reason, when })
  if (has('start_at', 'end_at')) fault('end_at', 'ends_before_it_starts', `${value('end_at')} < ${value('start_at')}`)
  // Waits and times of service that the file does not say itself are made from these (loading.ts), never below zero.
  const waits = `${value('wait_seconds')} is null and`
  if (has('start_at', 'service_start_at'))
    fault('service_start_at', 'negative', `${waits} ${value('service_start_at')} < ${value('start_at')}`)
  if (has('start_at', 'called_at'))
    fault(
      'called_at',
      'negative',
      `${waits} ${value('service_start_at')} is null and ${value('called_at')} < ${value('start_at')}`,
    )
  if (has('service_start_at', 'end_at'))
    fault(
      'end_at',
      'negative',
      `${value('service_seconds')} is null and ${value('end_at')} < ${value('service_start_at')}`,
    )
  if (has('score', 'metric')) {
    fault('metric', 'missing', `${value('score')} is not null and ${value('metric')} is null`)
    const bound = (field: string, end: 0 | 1) =>
      `coalesce(${value(field)}, case ${value('metric')} ${Object.entries(nativeScale)
        .map(([metric, scale]) => `when '${metric}' then ${scale[end]}`)
        .join(' ')} end)`
    fault(
      'score',
      'outside_scale',
      `${value('score')} not between ${bound('scale_min', 0)} and ${bound('scale_max', 1)}`,
    )
  }
  return faults
}

/** Wide answers become one row an item; an empty cell is no answer, a wrong one is an error of its row and column. */
async function spreadItems(staging: Staging, table: string, given: Mapping, kept: readonly string[]): Promise<void> {
  const touchpoints = new Map(
    (await staging.rows('select name, id from known_touchpoints')).map((row) => [String(row.name), String(row.id)]),
  )
  const each = given.items.map((item) => {
    const raw = `nullif(trim(s.${name(item.column)}), '')`
    const touchpoint = item.touchpoint === undefined ? null : touchpoints.get(item.touchpoint)
    return `select m.row_number, ${literal(item.column)} as column_name, ${literal(item.item ?? item.column)} as item, ${literal(item.metric)} as metric,
      ${literal(item.scale[0])}::double as scale_min, ${literal(item.scale[1])}::double as scale_max, ${literal(touchpoint ?? null)}::varchar as item_touchpoint,
      ${literal(touchpoint === undefined)} as lost, ${raw} as raw, ${numberSql(raw)} as score
      from ${mappedTable} m join ${table} s using (row_number) where ${raw} is not null`
  })
  await staging.script(`create temp table answers as ${each.join(' union all ')}`)
  await staging.script(`insert into ${faultsTable} select row_number, column_name,
      case when lost then 'touchpoint_unknown' when score is null then 'not_a_number' else 'outside_scale' end, left(raw, 200), 'score'
    from answers where lost or score is null or score not between scale_min and scale_max`)
  const own = new Set(['item', 'metric', 'score', 'scale_min', 'scale_max', 'touchpoint_id', 'source_id', 'respondent'])
  const others = kept.filter((column) => !own.has(column.slice(1, -1)))
  const has = (column: string) => kept.includes(name(column))
  const respondent = has('respondent') ? 'm.respondent' : has('source_id') ? 'm.source_id' : 'null'
  await staging.script(`create temp table mapped_items as select m.row_number, m.attributes${others.map((column) => `, m.${column}`).join('')},
      ${has('source_id') ? "m.source_id || ':' || a.item" : 'cast(null as varchar)'} as source_id, cast(${respondent} as varchar) as respondent,
      coalesce(a.item_touchpoint, ${has('touchpoint_id') ? 'm.touchpoint_id' : 'null'}) as touchpoint_id, a.item, a.metric, a.score, a.scale_min, a.scale_max
    from ${mappedTable} m join answers a using (row_number) where not a.lost and a.score between a.scale_min and a.scale_max`)
  await staging.script(
    `drop table ${mappedTable}; alter table mapped_items rename to ${mappedTable}; drop table answers`,
  )
}
