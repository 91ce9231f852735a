import { type FieldSql, fieldSql, type StagedColumn, testSql } from './fieldSql.ts'
import { importFields } from './kinds.ts'
import { columnsOf, type Mapping } from './mapping.ts'
import { literal, name } from './sqlText.ts'

/** Runs SQL in the staging database. */
export interface Staging {
  script(text: string): Promise<void>
  rows(text: string): Promise<Record<string, unknown>[]>
}

export interface MappedRows {
  /** Rows of the file that became a mapped row. */
  good: number
  rejected: number
  skipped: { because: string; rows: number }[]
}

/** Tables the mapping leaves in the staging database; see `mapRows`. */
export const mappedTable = 'mapped'
export const faultsTable = 'mapped_faults'

/**
 * Reads the staging table (as it must stand in SQL) through a mapping into two tables:
 * `mapped` (row_number, one column a field, attributes) with the good rows, and
 * `mapped_faults` (row_number, column_name, reason, excerpt) with every reason why a row is not among them.
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
  const built = Object.entries(given.columns).map(([field, source]) => ({
    field,
    definition: fields[field]!,
    source,
    sql: fieldSql(field, fields[field]!, source, columns, given, homeZone),
  }))

  const skip = given.skip.map((test) => ({ because: test.because, when: testSql(test.column, test) }))
  const skipCase = skip.length ? `case ${skip.map((s, i) => `when ${s.when} then ${i}`).join(' ')} end` : 'null'
  const unmapped = given.rest === 'drop' ? [] : columns.filter((column) => !columnsOf(given).includes(column.name))
  const attributes = unmapped.length
    ? `json_merge_patch('{}', json_object(${unmapped.map((column) => `${literal(column.name)}, ${name(column.name)}`).join(', ')}))`
    : 'null'

  const value = ({ field, definition, sql }: (typeof built)[number]) =>
    `${sql.value} as ${name(fieldColumn(field, definition.refersTo))}`
  const lookups = built.filter(
    ({ definition }) => definition.refersTo === 'unit' || definition.refersTo === 'touchpoint',
  )
  const faults = [...built.flatMap((entry) => faultsOf(entry)), ...orderFaults(built)]

  await staging.script(
    `drop table if exists mapped_all; drop table if exists ${mappedTable}; drop table if exists ${faultsTable}`,
  )
  await staging.script(`create temp table mapped_all as
    select row_number, ${skipCase} as skipped${built.map((entry) => `, ${value(entry)}`).join('')}${built.map((entry) => `, ${entry.sql.raw} as ${name(`raw:${entry.field}`)}`).join('')}${
      attributes === 'null'
        ? ', cast(null as varchar) as attributes'
        : `, nullif(cast(${attributes} as varchar), '{}') as attributes`
    }, list_filter([${faults.map((fault) => `case when ${fault.when} then {'column_name': ${literal(fault.field)}, 'reason': ${literal(fault.reason)}} end`).join(', ') || 'cast(null as struct(column_name varchar, reason varchar))'}], fault -> fault is not null) as faults
    from ${table}`)
  for (const { field, definition } of lookups) {
    const known = definition.refersTo === 'unit' ? 'known_units' : 'known_touchpoints'
    const reason = definition.refersTo === 'unit' ? 'unit_unknown' : 'touchpoint_unknown'
    const column = name(fieldColumn(field, definition.refersTo))
    // Several names may lead to one unit; a name leads to one unit only.
    await staging.script(
      `update mapped_all set ${column} = known.id from ${known} known where known.name = mapped_all.${column}`,
    )
    await staging.script(`update mapped_all set faults = list_append(faults, {'column_name': ${literal(field)}, 'reason': ${literal(reason)}})
      where ${column} is not null and ${column} not in (select id from ${known})`)
  }
  const excerpt = `case fault.column_name ${built.map(({ field }) => `when ${literal(field)} then ${name(`raw:${field}`)}`).join(' ')} end`
  await staging.script(`create temp table ${faultsTable} as
    select row_number, fault.column_name as column_name, fault.reason as reason, left(${built.length ? excerpt : 'null'}, 200) as excerpt
    from (select *, unnest(faults) as fault from mapped_all where skipped is null)`)
  const kept = built.map(({ field, definition }) => name(fieldColumn(field, definition.refersTo)))
  await staging.script(`create temp table ${mappedTable} as
    select row_number, attributes${kept.map((column) => `, ${column}`).join('')} from mapped_all where skipped is null and len(faults) = 0`)
  if (given.items.length > 0) await spreadItems(staging, table, given, kept)

  const [counts] = await staging.rows(`select count(*) filter (where skipped is null and len(faults) = 0) as good,
    count(*) filter (where skipped is null and len(faults) > 0) as rejected from mapped_all`)
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

const faultsOf = ({ field, sql }: { field: string; sql: FieldSql }) => sql.faults.map((fault) => ({ ...fault, field }))

/** Faults that need two fields or the calendar. */
function orderFaults(built: readonly { field: string; sql: FieldSql }[]) {
  const found = (field: string) => built.find((entry) => entry.field === field)?.sql.value
  const start = found('start_at')
  const end = found('end_at')
  return [
    ...(start
      ? [
          {
            field: 'start_at',
            reason: 'time_out_of_range',
            when: `(${start}) not between timestamp '1970-01-01' and now()::timestamp + interval 2 day`,
          },
        ]
      : []),
    ...(start && end ? [{ field: 'end_at', reason: 'ends_before_it_starts', when: `(${end}) < (${start})` }] : []),
  ]
}

/** Wide answers become one row an item; an empty cell is no answer, a wrong one is an error of its row and column. */
async function spreadItems(staging: Staging, table: string, given: Mapping, kept: readonly string[]): Promise<void> {
  const each = given.items.map((item) => {
    const raw = `nullif(trim(s.${name(item.column)}), '')`
    return `select m.row_number, ${literal(item.column)} as column_name, ${literal(item.item ?? item.column)} as item, ${literal(item.metric)} as metric,
      ${literal(item.scale[0])}::double as scale_min, ${literal(item.scale[1])}::double as scale_max, ${literal(item.touchpoint ?? null)}::varchar as item_touchpoint,
      ${raw} as raw, try_cast(${raw} as double) as score
      from ${mappedTable} m join ${table} s using (row_number) where ${raw} is not null`
  })
  await staging.script(`create temp table answers as ${each.join(' union all ')}`)
  await staging.script(`insert into ${faultsTable} select row_number, column_name, case when score is null then 'not_a_number' else 'outside_scale' end, left(raw, 200)
    from answers where score is null or score not between scale_min and scale_max`)
  const own = new Set(['item', 'metric', 'score', 'scale_min', 'scale_max', 'touchpoint_id', 'source_id', 'respondent'])
  const others = kept.filter((column) => !own.has(column.slice(1, -1)))
  const has = (column: string) => kept.includes(name(column))
  const respondent = has('respondent') ? 'm.respondent' : has('source_id') ? 'm.source_id' : 'null'
  await staging.script(`create temp table mapped_items as select m.row_number, m.attributes${others.map((column) => `, m.${column}`).join('')},
      ${has('source_id') ? "m.source_id || ':' || a.item" : 'cast(null as varchar)'} as source_id, cast(${respondent} as varchar) as respondent,
      coalesce(a.item_touchpoint, ${has('touchpoint_id') ? 'm.touchpoint_id' : 'null'}) as touchpoint_id, a.item, a.metric, a.score, a.scale_min, a.scale_max
    from ${mappedTable} m join answers a using (row_number) where a.score between a.scale_min and a.scale_max`)
  await staging.script(
    `drop table ${mappedTable}; alter table mapped_items rename to ${mappedTable}; drop table answers`,
  )
}
