import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { type ArrayElement, arrayText } from '#store/arrayText.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { surrogatesFor } from '#store/subjects.ts'
import { mappedTable } from '#warehouse/import/mapRows.ts'
import { differ, masterTables } from './masterTables.ts'
import type { MasterCounts } from './masters.ts'
import type { OwnStaging } from './readFile.ts'

type Row = Record<string, unknown>
export type PeopleKind = 'customers' | 'staff'

// A chunk is encrypted in one go: a moment in which nothing else runs.
const chunk = 2_000

/** A field of a mapping as columns of the Store. */
interface Stored {
  field: string
  columns: { name: string; type: string; of(services: Services, value: unknown): ArrayElement }[]
}

const text = (value: unknown): ArrayElement => (value == null ? null : String(value))
const plain = (field: string, name: string, type: string, of = text): Stored => ({
  field,
  columns: [{ name, type, of: (_, value) => of(value) }],
})
const encrypted = (field: string, index: string): Stored => ({
  field,
  columns: [
    {
      name: `${field}_enc`,
      type: 'bytea',
      of: ({ cipher }, value) => (value == null ? null : cipher.encrypt(String(value))),
    },
    {
      name: `${field}_index`,
      type: 'bytea',
      of: ({ cipher }, value) => (value == null ? null : cipher.blindIndex(index, String(value))),
    },
  ],
})

const stored: Record<PeopleKind, Stored[]> = {
  customers: [
    encrypted('name', 'customer.name'),
    encrypted('phone', 'customer.phone'),
    encrypted('document', 'customer.document'),
    plain('unit_id', 'unit_id', 'text'),
    plain('segment', 'segment', 'text'),
    plain('birth_year', 'birth_year', 'integer', (value) => (value == null ? null : Number(value))),
    plain('opened_on', 'opened_on', 'date'),
  ],
  staff: [
    encrypted('name', 'staff.name'),
    plain('unit_id', 'unit_id', 'text'),
    plain('position', 'position', 'text'),
    plain('active', 'active', 'boolean', (value) => value !== false),
  ],
}

/** Only what the mapping names is written: a list of segments blanks nobody's telephone. */
async function givenFields(staging: OwnStaging, kind: PeopleKind): Promise<Stored[]> {
  const there = new Set(
    (await staging.rows(`select column_name from (describe ${mappedTable})`)).map((row) => String(row.column_name)),
  )
  return stored[kind].filter(({ field }) => there.has(field))
}

/**
 * Writes people from staging piece by piece, personal fields encrypted on the way: new ones are added, known ones
 * corrected; what stood there before, and who was brought again unchanged, is kept for the undo. Each piece is a short
 * transaction of its own with its audit record, so that nobody waits for a million customers; a load that does not come
 * to its end is taken out like any other. Of one file the last row of each person counts.
 */
export async function writePeople(
  services: Services,
  scope: Scope,
  staging: OwnStaging,
  kind: PeopleKind,
  loadId: number,
  identities: string,
  signal: AbortSignal,
): Promise<MasterCounts> {
  const subject = kind === 'customers' ? 'customer' : 'staff'
  await staging.script(
    `delete from ${mappedTable} where row_number not in (select max(row_number) from ${mappedTable} group by ${subject})`,
  )
  const fields = await givenFields(staging, kind)
  const columns = fields.flatMap((field) => field.columns.map((column) => ({ ...column, field: field.field })))
  const statement = pieceSql(kind, columns)
  for (let after = -1; ; ) {
    signal.throwIfAborted()
    const rows = await staging.rows(
      `select * from ${mappedTable} where row_number > ${after} order by row_number limit ${chunk}`,
    )
    if (rows.length === 0) return countsAtEnd(services, kind, loadId)
    const from = Number(rows[0]?.row_number)
    after = Number(rows.at(-1)?.row_number)
    const numbers = rows.map((row) => String(row[subject]))
    const keys = await services.store.transaction((tx) =>
      surrogatesFor(tx, services.cipher, subject, identities, numbers),
    )
    const byKey = new Map<number, Row>(rows.map((row) => [keys.get(String(row[subject])) as number, row]))
    const last = [...byKey.values()]
    const values = columns.map(({ field, of }) => arrayText(last.map((row) => of(services, row[field]))))
    await services.store.transaction(async (tx) => {
      await tx.query(statement, [loadId, kind, arrayText([...byKey.keys()]), ...values])
      await recordAudit(tx, scope.actor, {
        action: `${kind}.load`,
        objectKind: 'load',
        objectId: String(loadId),
        detail: { from, to: after, rows: last.length },
      })
    })
  }
}

/** One statement a piece: its rows are sent once, and all its parts see what stood there before. */
function pieceSql(kind: PeopleKind, columns: readonly { name: string; type: string }[]): string {
  const { table } = masterTables[kind]
  const names = columns.map(({ name }) => name)
  const list = names.map((name) => `, ${name}`).join('')
  return `with b as materialized (
      select i.*, case when t.key is not null then to_jsonb(t) end as before, t.key is null or ${differ(names, 't', 'i')} as changed
      from unnest($3::bigint[]${columns.map(({ type }, n) => `, $${n + 4}::${type}[]`).join('')}) as i(key${list})
      left join ${table} t on t.key = i.key),
    c as (insert into load_changes (load_id, kind, key, before)
      select $1::bigint, $2::text, key::text, before from b where changed on conflict do nothing),
    r as (insert into load_repeats (load_id, kind, key)
      select $1::bigint, $2::text, key::text from b where not changed on conflict do nothing)
    insert into ${table} (key${list}, load_id) select key${list}, $1::bigint from b where changed
    on conflict (key) do update set ${names.map((name) => `${name} = excluded.${name}, `).join('')}load_id = excluded.load_id`
}

/** A person whom two spellings of one number brought twice was changed, not repeated. */
async function countsAtEnd(services: Services, kind: PeopleKind, loadId: number): Promise<MasterCounts> {
  return services.store.transaction(async (tx) => {
    await tx.query(
      `delete from load_repeats r where r.load_id = $1 and exists (
         select 1 from load_changes c where c.load_id = r.load_id and c.kind = r.kind and c.key = r.key)`,
      [loadId],
    )
    return countsOf(tx, kind, loadId)
  })
}

export async function countsOf(tx: Tx, kind: string, loadId: number): Promise<MasterCounts> {
  const [row] = await tx.query<MasterCounts>(
    `select count(*) filter (where before is null)::int as new, count(*) filter (where before is not null)::int as corrected,
       (select count(*)::int from load_repeats r where r.load_id = $1 and r.kind = $2) as same
     from load_changes where load_id = $1 and kind = $2`,
    [loadId, kind],
  )
  return { new: row?.new ?? 0, same: row?.same ?? 0, corrected: row?.corrected ?? 0 }
}
