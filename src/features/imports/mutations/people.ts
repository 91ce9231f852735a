import type { Services } from '#features/services.ts'
import { type ArrayElement, arrayText } from '#store/arrayText.ts'
import type { Tx } from '#store/store.ts'
import { surrogatesFor } from '#store/subjects.ts'
import { mappedTable } from '#warehouse/import/mapRows.ts'
import { differ, masterTables } from './masterTables.ts'
import type { MasterCounts } from './masters.ts'
import type { OwnStaging } from './readFile.ts'

type Row = Record<string, unknown>
export type PeopleKind = 'customers' | 'staff'

// A chunk is encrypted in one go: a tenth of a second in which nothing else runs.
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
 * Brings people from staging to the Store's threshold piece by piece, personal fields encrypted on the way; nobody else
 * waits for it. `takeOver` then lets them in with a few statements. Of one file the last row of each person counts.
 */
export async function bringPeople(
  services: Services,
  staging: OwnStaging,
  kind: PeopleKind,
  loadId: number,
  identities: string,
  signal: AbortSignal,
): Promise<string[]> {
  const fields = await givenFields(staging, kind)
  const columns = fields.flatMap((field) => field.columns.map((column) => ({ ...column, field: field.field })))
  const subject = kind === 'customers' ? 'customer' : 'staff'
  const names = columns.map(({ name }) => name)
  const insert = `insert into incoming_people (load_id, key${names.map((name) => `, ${name}`).join('')})
    select $1, * from unnest($2::bigint[]${columns.map(({ type }, i) => `, $${i + 3}::${type}[]`).join('')})
    on conflict (load_id, key) do ${names.length ? `update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}` : 'nothing'}`
  for (let after = -1; ; ) {
    signal.throwIfAborted()
    const rows = await staging.rows(
      `select * from ${mappedTable} where row_number > ${after} order by row_number limit ${chunk}`,
    )
    if (rows.length === 0) return names
    after = Number(rows.at(-1)?.row_number)
    const keys = await services.store.transaction((tx) =>
      surrogatesFor(
        tx,
        services.cipher,
        subject,
        identities,
        rows.map((row) => String(row[subject])),
      ),
    )
    const byKey = new Map<number, Row>(rows.map((row) => [keys.get(String(row[subject])) as number, row]))
    const last = [...byKey.values()]
    await services.store.query(insert, [
      loadId,
      arrayText([...byKey.keys()]),
      ...columns.map(({ field, of }) => arrayText(last.map((row) => of(services, row[field])))),
    ])
  }
}

/** Lets in who waits at the threshold: new ones are added, known ones corrected; what stood there before is kept for the undo. */
export async function takeOver(
  tx: Tx,
  kind: PeopleKind,
  loadId: number,
  columns: readonly string[],
): Promise<MasterCounts> {
  const { table } = masterTables[kind]
  // Tables that were empty a moment ago: without this the planner takes them for small and joins row by row.
  await tx.query('analyze incoming_people')
  await tx.query(
    `insert into load_changes (load_id, kind, key, before)
     select $1, $2, i.key::text, case when t.key is null then null else to_jsonb(t) end
     from incoming_people i left join ${table} t on t.key = i.key
     where i.load_id = $1 and (t.key is null or ${differ(columns, 't', 'i')})`,
    [loadId, kind],
  )
  await tx.query('analyze load_changes')
  await tx.query(
    `insert into load_repeats (load_id, kind, key) select $1, $2, i.key::text from incoming_people i
     where i.load_id = $1 and not exists (
       select 1 from load_changes c where c.load_id = $1 and c.kind = $2 and c.key = i.key::text)`,
    [loadId, kind],
  )
  const list = columns.map((column) => `, ${column}`).join('')
  await tx.query(
    `insert into ${table} (key${list}, load_id) select i.key${columns.map((column) => `, i.${column}`).join('')}, $1
     from incoming_people i join load_changes c on c.load_id = $1 and c.kind = $2 and c.key = i.key::text
     where i.load_id = $1
     on conflict (key) do update set ${columns.map((column) => `${column} = excluded.${column}, `).join('')}load_id = excluded.load_id`,
    [loadId, kind],
  )
  await tx.query('delete from incoming_people where load_id = $1', [loadId])
  return countsOf(tx, kind, loadId)
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
