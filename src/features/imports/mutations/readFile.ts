import type { DuckDBConnection } from '@duckdb/node-api'
import type { Services } from '#features/services.ts'
import { allEnded } from '#lib/allEnded.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { isFactKind } from '#warehouse/import/kinds.ts'
import { columnsOf, type Mapping } from '#warehouse/import/mapping.ts'
import { faultsTable, type MappedRows, mapRows, mappedTable, type Staging } from '#warehouse/import/mapRows.ts'
import type { Progress } from '#warehouse/import/readers/bytes.ts'
import { readInto } from '#warehouse/import/readers/readInto.ts'
import type { Staged, StagedLog } from '#warehouse/import/readers/staging.ts'
import { literal } from '#warehouse/import/sqlText.ts'
import type { LeftOut } from '../parse/personal.ts'
import { settleKeys, settleRest, withoutKeys } from './leaveOut.ts'
import { stagingOn } from './references.ts'
import { refuseRows } from './refuseRows.ts'

export interface ReadHooks {
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
  /** Only so many rows: for a look at a large file. */
  firstRows?: number
  /** Gets keys for the dictionaries of a coded event log, and returns what puts them in before they are spread over its rows. */
  keyLog?: (staging: OwnStaging, log: StagedLog) => Promise<() => Promise<void>>
}

export interface ReadCounts {
  read: number
  good: number
  rejected: number
  skipped: { because: string; rows: number }[]
  /** Columns nobody mapped that are not kept as attributes, for they say who somebody is. */
  leftOut: LeftOut[]
  /** The log's cases and performers carry keys already. */
  keyed: boolean
}

export type OwnStaging = Staging & { connection: DuckDBConnection }

/** The options of the readers that a mapping names. */
export const readOptions = (
  given: Pick<Mapping, 'file' | 'timeZone'>,
  homeZone: string,
  { onProgress, signal, firstRows }: ReadHooks = {},
) => ({
  ...given.file,
  timeZone: given.timeZone ?? homeZone,
  ...(onProgress ? { onProgress } : {}),
  ...(signal ? { signal } : {}),
  ...(firstRows ? { firstRows } : {}),
})

/**
 * Reads a file through its mapping on a connection of one's own. Leaves `mapped` with the good rows (row_number, fields,
 * attributes) and `mapped_faults` with every reason why another row is not among them, those the reader itself found too.
 */
export async function readFile(
  services: Services,
  connection: DuckDBConnection,
  path: string,
  given: Mapping,
  hooks: ReadHooks = {},
): Promise<Result<ReadCounts>> {
  const staging: OwnStaging = { ...stagingOn(connection), connection }
  const read = await readInto(connection, path, {
    ...readOptions(given, services.home.timeZone, hooks),
    samples: false,
  })
  hooks.signal?.throwIfAborted()
  if (!read.ok) return fail('file_unreadable', { why: read.reason, ...read.detail })
  const staged = read.value
  const names = staged.columns.map((column) => column.name)
  const rest = Array.isArray(given.rest) ? given.rest : []
  const unknown = [...columnsOf(given), ...rest].filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    await staged.drop()
    return fail('mapping_column_unknown', { unknown, columns: names })
  }
  hooks.signal?.throwIfAborted()
  const plain = staged.log !== undefined && isPlainLog(given)
  const through = plain
    ? ok(await mapLog(staging, staged.log as StagedLog, given.rest, hooks.keyLog))
    : await mapTable(services, staging, staged, given)
  hooks.signal?.throwIfAborted()
  if (!through.ok) {
    await staged.drop()
    return through
  }
  const mapped = through.value
  await staging.script(
    `insert into ${faultsTable} (row_number, column_name, reason, excerpt)
      select row_number, coalesce(column_name, ''), reason, excerpt from ${staged.rejectTable}`,
  )
  await staged.drop()
  const keyed = plain && hooks.keyLog !== undefined
  // Keys are numbers of ours: nothing in them to refuse.
  const refused = keyed ? 0 : await refuseRows(services, staging, given)
  return ok({
    read: staged.rows + staged.rejects,
    good: mapped.good - refused,
    rejected: mapped.rejected + staged.rejects + refused,
    skipped: mapped.skipped,
    leftOut: mapped.leftOut,
    keyed,
  })
}

/** What the database says where a mapping asks for something impossible, not where it itself is in trouble. */
const impossible = /^(Invalid Input|Binder|Conversion|Out of Range|Not implemented|Parser) Error/

interface Mapped extends MappedRows {
  leftOut: LeftOut[]
}

async function mapTable(
  services: Services,
  staging: OwnStaging,
  staged: Staged,
  given: Mapping,
): Promise<Result<Mapped, 'mapping_invalid'>> {
  await knownNames(services, staging)
  const typed = staged.log ? new Set(['at']) : new Set<string>()
  const columns = staged.columns.map(({ name }) => ({
    name,
    type: typed.has(name) ? ('timestamp' as const) : ('text' as const),
  }))
  try {
    // Only facts have attributes.
    const settled = isFactKind(given.kind)
      ? await settleRest(staging, staged.table, columns, given)
      : { given: { ...given, rest: 'drop' as const }, leftOut: [] }
    const mapped = await mapRows(staging, staged.table, columns, settled.given, services.home.timeZone)
    return ok({ ...mapped, leftOut: settled.leftOut })
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : '').split('\n')
    if (!impossible.test(why)) throw error
    return fail('mapping_invalid', { issues: [why.slice(0, 300)] })
  }
}

/** What units and touchpoints may be called in a file: their id, their code, their name. */
async function knownNames(services: Services, staging: Staging): Promise<void> {
  const units = await services.store.query<{ name: string; id: string }>(
    `select distinct on (name) name, id from (select id as name, id, 1 as rank from units union all select code, id, 2 from units
     union all select name, id, 3 from units u where not exists (select 1 from units o where o.name = u.name and o.id <> u.id)) n order by name, rank`,
  )
  const touchpoints = await services.store.query<{ name: string; id: string }>(
    `select distinct on (name) name, id from (select id as name, id, 1 as rank from touchpoints union all
     select name, id, 2 from touchpoints t where not exists (select 1 from touchpoints o where o.name = t.name and o.id <> t.id)) n order by name, rank`,
  )
  const table = async (into: string, rows: readonly { name: string; id: string }[]) => {
    await staging.script(`create or replace temp table ${into} (name varchar, id varchar)`)
    for (let from = 0; from < rows.length; from += 500) {
      const values = rows.slice(from, from + 500).map((row) => `(${literal(row.name)}, ${literal(row.id)})`)
      await staging.script(`insert into ${into} values ${values.join(', ')}`)
    }
  }
  await table('known_units', units)
  await table('known_touchpoints', touchpoints)
}

const plainLog = {
  case_key: 'case_id',
  activity: 'activity',
  lifecycle: 'lifecycle',
  start_at: 'at',
  resource: 'resource',
}

/** An event log whose mapping only says what XES says itself: its coded form is taken over as it is. */
function isPlainLog(given: Mapping): boolean {
  const entries = Object.entries(given.columns)
  return (
    given.skip.length === 0 &&
    given.rest !== 'drop' &&
    entries.length === 5 &&
    entries.every(([field, source]) => plainLog[field as keyof typeof plainLog] === source)
  )
}

async function mapLog(staging: OwnStaging, log: StagedLog, rest: Mapping['rest'], keyLog: ReadHooks['keyLog']) {
  // While the Store hands out keys the warehouse looks at all else.
  const [leftOut, putKeys] = await allEnded([
    settleLog(staging, log, rest),
    keyLog?.(staging, log) ?? Promise.resolve(undefined),
  ])
  await putKeys?.()
  const attributes = log.eventAttributes.length > 0
  const ofCases = log.caseAttributes.length > 0
  const merged =
    attributes && ofCases
      ? 'case when k.attributes is null then x.attributes when x.attributes is null then k.attributes else json_merge_patch(x.attributes, k.attributes) end'
      : attributes
        ? 'x.attributes'
        : ofCases
          ? 'k.attributes'
          : 'cast(null as varchar)'
  await staging.script(`create temp table ${mappedTable} as
    select r.row_number, cast(${merged} as varchar) as attributes, c.case_id as case_key, a.name as activity, l.name as lifecycle, r."at" as start_at, s.name as resource
    from ${log.rows} r
    join ${log.cases} c on c.case_code = r.case_code
    join ${log.activities} a on a.code = r.activity_code
    left join ${log.lifecycles} l on l.code = r.lifecycle_code
    left join ${log.resources} s on s.code = r.resource_code
    ${attributes ? `left join (select row_number, ${withoutKeys('attributes', leftOut.ofEvents.strip)} as attributes from ${log.attributes}) x on x.row_number = r.row_number` : ''}
    ${ofCases ? 'left join case_attributes k on k.row_number = r.row_number' : ''}
    where c.case_id is not null and ${inTime}`)
  const [counts] = await staging.rows(
    `select (select count(*) from ${mappedTable}) as good, (select count(*) from ${faultsTable}) as rejected`,
  )
  return {
    good: Number(counts?.good),
    rejected: Number(counts?.rejected),
    skipped: [],
    leftOut: [...leftOut.ofEvents.leftOut, ...leftOut.ofCase.leftOut],
  }
}

const inTime = `r."at" between timestamp '1970-01-01' and now()::timestamp + interval 2 day`

/**
 * What is wrong with rows, what must be left out, and the attributes of a case on its first event, named `case:…` as in
 * flat exports of event logs.
 */
async function settleLog(staging: Staging, log: StagedLog, rest: Mapping['rest']) {
  const ofEvents = await settleKeys(staging, log.attributes, log.eventAttributes, rest)
  const ofCase = await settleKeys(staging, log.cases, log.caseAttributes, rest, 'case:')
  await staging.script(`drop table if exists ${mappedTable}; drop table if exists ${faultsTable}`)
  const lacking = 'case when c.case_id is null then 1 when r.activity_code = 0 then 2 else 3 end'
  await staging.script(`create temp table ${faultsTable} as
    select r.row_number, (['case_id', 'activity', 'at'])[${lacking}] as column_name,
      case when ${lacking} = 3 and r."at" is not null then 'time_out_of_range' else 'missing' end as reason,
      case when ${lacking} = 3 then cast(r."at" as varchar) end as excerpt, (['case_key', 'activity', 'start_at'])[${lacking}] as field
    from ${log.rows} r left join ${log.cases} c on c.case_code = r.case_code
    where c.case_id is null or r.activity_code = 0 or r."at" is null or not (${inTime})`)
  if (log.caseAttributes.length > 0) {
    const value = `json_extract(any_value(c.attributes), '/' || replace(replace(k, '~', '~0'), '/', '~1'))`
    await staging.script(`create or replace temp table case_attributes as
      select min(r.row_number) as row_number, '{' || list_aggregate(list_transform(json_keys(any_value(c.attributes)),
        lambda k: to_json('case:' || k)::varchar || ':' || ${value}::varchar), 'string_agg', ',') || '}' as attributes
      from ${log.rows} r join (select case_code, ${withoutKeys('attributes', ofCase.strip)} as attributes from ${log.cases}) c on c.case_code = r.case_code
      where c.attributes is not null and r.activity_code > 0 and ${inTime} group by r.case_code`)
  }
  return { ofEvents, ofCase }
}
