import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Tx } from '#store/store.ts'
import { factKinds } from '#warehouse/facts.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { masterColumns, type MasterKind, masterTables } from './masterTables.ts'
import { renewPaths } from './units.ts'

type InUse = Result<void, 'load_in_use'>

/**
 * Takes a load of customers, units or staff back, as if only the other loads had ever been made, in whichever order:
 * what another load brought again unchanged is handed to it; where a later load changed the same row, that load's memory
 * of what stood there before is mended instead. To be rolled back by its caller when it refuses.
 */
export async function undoMasters(services: Services, tx: Tx, kind: MasterKind, loadId: number): Promise<InUse> {
  // As when they came: the planner must know how many there are.
  for (const table of ['load_changes', 'load_repeats']) await tx.query(`analyze ${table}`)
  await readOldMemory(services, tx, kind, loadId)
  await handOver(tx, kind, loadId)
  await mendLater(tx, kind, loadId)
  const { table, key, keyType } = masterTables[kind]
  const own = [loadId, kind]
  if (kind === 'units') {
    const [used] = await tx.query<{ id: string }>(
      `select c.key as id from load_changes c where c.load_id = $1 and c.kind = $2 and c.before is null
         and (${unitReferences('c.key')}
           or c.key in (select m.before ->> r from load_changes m, unnest(array['unit_id', 'parent_id']) r
             where m.load_id <> $1 and m.before is not null and m.before ->> r is not null)
           or exists (select 1 from units u where u.parent_id = c.key and not exists (
           select 1 from load_changes o where o.load_id = $1 and o.kind = $2 and o.key = u.id
             and (o.before is null or o.before ->> 'parent_id' is distinct from c.key))))
       limit 1`,
      own,
    )
    if (used) return fail('load_in_use', { unit: used.id })
  }
  const settable = [...masterColumns[kind], 'load_id']
  await tx.query(
    `update ${table} t set ${settable.map((column) => `${column} = b.${column}`).join(', ')}
     from load_changes c, lateral jsonb_populate_record(null::${table}, c.before) b
     where c.load_id = $1 and c.kind = $2 and c.before is not null and t.${key} = c.key::${keyType}`,
    own,
  )
  await tx.query(
    `delete from ${table} t using load_changes c
     where c.load_id = $1 and c.kind = $2 and c.before is null and t.${key} = c.key::${keyType}`,
    own,
  )
  await tx.query('delete from load_changes where load_id = $1 and kind = $2', own)
  await tx.query('delete from load_repeats where load_id = $1 and kind = $2', own)
  if (kind === 'units') {
    const renewed = await renewPaths(tx)
    if (!renewed.ok) return fail('load_in_use', { unit: String(renewed.detail?.code), why: renewed.detail?.why })
  }
  return ok(undefined)
}

/** Rows that the next load to know them brought unchanged are that load's from now on. */
async function handOver(tx: Tx, kind: MasterKind, loadId: number): Promise<void> {
  const { table, key, keyType } = masterTables[kind]
  await tx.query(
    `insert into load_changes (load_id, kind, key, before)
     select r.load_id, c.kind, c.key, c.before
     from load_changes c
     join lateral (select min(r.load_id) as load_id from load_repeats r
       where r.kind = c.kind and r.key = c.key and r.load_id > c.load_id) r on r.load_id is not null
     where c.load_id = $1 and c.kind = $2 and not exists (select 1 from load_changes l
       where l.kind = c.kind and l.key = c.key and l.load_id > c.load_id and l.load_id < r.load_id)`,
    [loadId, kind],
  )
  // Handed over just now: the only ones that a load both made and repeated.
  const handed = 'load_changes n join load_repeats r on r.kind = n.kind and r.key = n.key and r.load_id = n.load_id'
  await tx.query(
    `update ${table} t set load_id = n.load_id from ${handed}
     where n.kind = $2 and t.${key} = n.key::${keyType} and t.load_id = $1`,
    [loadId, kind],
  )
  await tx.query(
    `delete from load_changes c where c.load_id = $1 and c.kind = $2
       and exists (select 1 from ${handed} where n.kind = c.kind and n.key = c.key)`,
    [loadId, kind],
  )
  await tx.query(
    `delete from load_repeats r using load_changes n
     where r.kind = $1 and n.kind = r.kind and n.key = r.key and n.load_id = r.load_id`,
    [kind],
  )
}

async function mendLater(tx: Tx, kind: MasterKind, loadId: number): Promise<void> {
  await tx.query(
    `update load_changes l set before = c.before, before_enc = null from load_changes c
     where c.load_id = $1 and c.kind = $2 and l.kind = c.kind and l.key = c.key and l.load_id = (
       select min(n.load_id) from load_changes n where n.kind = c.kind and n.key = c.key and n.load_id > c.load_id)`,
    [loadId, kind],
  )
  await tx.query(
    `delete from load_changes c where c.load_id = $1 and c.kind = $2 and exists (
       select 1 from load_changes l where l.kind = c.kind and l.key = c.key and l.load_id > c.load_id)`,
    [loadId, kind],
  )
}

/** Loads of before this table kept rows kept them encrypted, bytes as `{hex}`. */
async function readOldMemory(services: Services, tx: Tx, kind: MasterKind, loadId: number): Promise<void> {
  const rows = await tx.query<{ key: string; before_enc: Uint8Array }>(
    'select key, before_enc from load_changes where load_id = $1 and kind = $2 and before is null and before_enc is not null',
    [loadId, kind],
  )
  for (const row of rows) {
    const before = JSON.parse(services.cipher.decrypt(row.before_enc), (_, value: unknown) =>
      typeof value === 'object' && value !== null && 'hex' in value ? `\\x${String(value.hex)}` : value,
    ) as unknown
    await tx.query(
      'update load_changes set before = $4::jsonb, before_enc = null where load_id = $1 and kind = $2 and key = $3',
      [loadId, kind, row.key, JSON.stringify(before)],
    )
  }
}

/** What in the Store stands on a unit, beside other units. */
const unitReferences = (id: string): string =>
  [
    ...['grants', 'customers', 'staff', 'targets', 'service_tokens', 'findings', 'actions'].map(
      (table) => `exists (select 1 from ${table} x where x.unit_id = ${id})`,
    ),
    `exists (select 1 from touchpoints x where x.owner_unit_id = ${id})`,
  ].join(' or ')

/** A unit that this load made and that facts stand on; asked before the Store's transaction begins. */
export async function unitWithFacts(services: Services, loadId: number): Promise<string | undefined> {
  const made = await services.store.query<{ key: string }>(
    `select key from load_changes c where c.load_id = $1 and c.kind = 'units' and c.before is null and c.before_enc is null
       and not exists (select 1 from load_repeats r where r.kind = c.kind and r.key = c.key and r.load_id > $1)
       and not exists (select 1 from load_changes l where l.kind = c.kind and l.key = c.key and l.load_id > $1)`,
    [loadId],
  )
  const ids = new Set(made.map(({ key }) => key))
  if (ids.size === 0) return undefined
  return services.warehouse.write(async (writer) => {
    for (const kind of factKinds) {
      const { rows } = await writer.whole(sql`select distinct unit_id from ${raw(kind)} where unit_id is not null`)
      const used = rows.find((row) => ids.has(String(row.unit_id)))
      if (used) return String(used.unit_id)
    }
    return undefined
  })
}
