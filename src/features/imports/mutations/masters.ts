import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Tx } from '#store/store.ts'
import { surrogatesFor } from '#store/subjects.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import { masterColumns, type MasterKind, masterTables } from './masterTables.ts'

export interface MasterCounts {
  new: number
  same: number
  corrected: number
}

type Row = Record<string, unknown>

const chunk = 2_000

/** Writes customers, units or staff: new ones are added, known ones corrected; what stood there before is kept for the undo. */
export async function writeMasters(
  services: Services,
  kind: MasterKind,
  loadId: number,
  identities: string,
  rows: readonly Row[],
): Promise<Result<MasterCounts>> {
  const outcome = await services.store.transaction(async (tx): Promise<Result<MasterCounts>> => {
    const made = kind === 'units' ? await unitRows(tx, rows) : await personRows(services, tx, kind, identities, rows)
    if (!made.ok) return made
    const counts: MasterCounts = { new: 0, same: 0, corrected: 0 }
    for (let from = 0; from < made.value.length; from += chunk)
      await upsert(services, tx, kind, loadId, made.value.slice(from, from + chunk), counts)
    return ok(counts)
  })
  if (outcome.ok) await refreshMasters(services, kind)
  return outcome
}

/** The warehouse's copies follow. */
export async function refreshMasters(services: Pick<Services, 'store' | 'warehouse'>, kind: MasterKind): Promise<void> {
  if (kind === 'units') {
    const units = await services.store.query<{
      unit_id: string
      name: string
      level: string
      kind: string
      parent_id: string | null
      path: string
    }>('select id as unit_id, name, level, kind, parent_id, path from units order by path')
    await services.warehouse.write((writer) => refreshDimensions(writer, { units }), { publish: true })
  }
  if (kind === 'customers') {
    const customers = await services.store.query<{
      customer_key: number
      unit_id: string | null
      segment: string | null
      birth_year: number | null
      opened_on: string | null
    }>('select key as customer_key, unit_id, segment, birth_year, opened_on from customers order by key')
    await services.warehouse.write((writer) => refreshDimensions(writer, { customers }), { publish: true })
  }
}

async function personRows(
  services: Services,
  tx: Tx,
  kind: 'customers' | 'staff',
  identities: string,
  rows: readonly Row[],
): Promise<Result<Row[]>> {
  const subject = kind === 'customers' ? 'customer' : 'staff'
  const { cipher } = services
  const keys = await surrogatesFor(
    tx,
    cipher,
    subject,
    identities,
    rows.map((row) => String(row[subject])),
  )
  const enc = (value: unknown) => (value == null ? null : cipher.encrypt(String(value)))
  const index = (field: string, value: unknown) => (value == null ? null : cipher.blindIndex(field, String(value)))
  // Of one file the last row of each person counts.
  const byKey = new Map<number, Row>()
  for (const row of rows) {
    const key = keys.get(String(row[subject])) as number
    byKey.set(key, {
      key,
      name_enc: enc(row.name),
      name_index: index(`${subject}.name`, row.name),
      unit_id: row.unit_id ?? null,
      ...(kind === 'customers'
        ? {
            phone_enc: enc(row.phone),
            phone_index: index('customer.phone', row.phone),
            document_enc: enc(row.document),
            document_index: index('customer.document', row.document),
            segment: row.segment ?? null,
            birth_year: row.birth_year == null ? null : Number(row.birth_year),
            opened_on: row.opened_on ?? null,
          }
        : { position: row.position ?? null, active: row.active ?? true }),
    })
  }
  return ok([...byKey.values()])
}

/** Units in an order in which each parent comes first; refuses unknown parents, circles and a second head office. */
async function unitRows(tx: Tx, rows: readonly Row[]): Promise<Result<Row[], 'units_not_a_tree'>> {
  const existing = await tx.query<{
    id: string
    code: string
    path: string
    parent_id: string | null
    name: string
    level: string
  }>('select id, code, path, parent_id, name, level from units')
  // The head office that a new home began with is only a placeholder: the bank's own takes its place.
  const placeholder = existing.length === 1 && existing[0]?.id === placeholderUnit ? existing[0] : undefined
  const ownRoots = rows.filter((row) => row.parent == null)
  if (placeholder && ownRoots.length === 1) existing[0] = { ...placeholder, code: String(ownRoots[0]?.code) }
  const byCode = new Map(
    existing.flatMap(
      (unit) =>
        [
          [unit.code, unit],
          [unit.id, unit],
        ] as const,
    ),
  )
  const given = new Map(rows.map((row) => [String(row.code), row]))
  const done = new Map<string, Row>()
  const refuse = (code: string, why: string) => fail('units_not_a_tree', { code, why })
  const place = (code: string, below: readonly string[]): Result<Row, 'units_not_a_tree'> => {
    const ready = done.get(code)
    if (ready) return ok(ready)
    const row = given.get(code)
    const known = byCode.get(code)
    if (!row) return known ? ok({ id: known.id, path: known.path }) : refuse(code, 'parent unknown')
    if (below.includes(code)) return refuse(code, 'a unit is its own ancestor')
    let parent: Row | undefined
    const parentCode = row.parent == null ? undefined : String(row.parent)
    if (parentCode !== undefined) {
      const found = place(parentCode, [...below, code])
      if (!found.ok) return found
      parent = found.value
    }
    const id = known?.id ?? idOf(code)
    const unit = {
      id,
      code,
      name: row.name,
      name_en: row.name_en ?? null,
      level: row.level,
      kind: row.kind ?? (row.level === 'branch' ? 'branch' : 'administration'),
      parent_id: parent?.id ?? null,
      path: `${parent ? parent.path : '/'}${id}/`,
      opened_on: row.opened_on ?? null,
      closed_on: row.closed_on ?? null,
    }
    if (
      known &&
      known.path !== unit.path &&
      existing.some((other) => other.id !== known.id && other.path.startsWith(known.path) && !given.has(other.code))
    )
      return refuse(code, 'it moves, and units below it are not in the file')
    done.set(code, unit)
    return ok(unit)
  }
  for (const code of given.keys()) {
    const placed = place(code, [])
    if (!placed.ok) return placed
  }
  const roots = [...existing.filter((unit) => !given.has(unit.code)), ...done.values()].filter(
    (unit) => unit.parent_id === null,
  )
  if (roots.length > 1) return refuse(String(roots[1]?.code), 'there is one head office; every other unit has a parent')
  return ok([...done.values()])
}

/** The unit in which the first administrator of an empty home is put. */
const placeholderUnit = 'head-office'

const idOf = (code: string): string =>
  /^[\w-]{1,60}$/.test(code) ? code : `u_${Buffer.from(code, 'utf8').toString('hex').slice(0, 58)}`

async function upsert(
  services: Services,
  tx: Tx,
  kind: MasterKind,
  loadId: number,
  rows: readonly Row[],
  counts: MasterCounts,
): Promise<void> {
  const { table, key } = masterTables[kind]
  const columns = masterColumns[kind]
  const before = await tx.query<Row>(`select * from ${table} where ${key} = any($1)`, [rows.map((row) => row[key])])
  const byKey = new Map(before.map((row) => [String(row[key]), row]))
  const changed: { row: Row; old: Row | undefined }[] = []
  for (const row of rows) {
    const old = byKey.get(String(row[key]))
    if (old && unchanged(services, old, row, columns)) counts.same += 1
    else changed.push({ row, old })
  }
  if (changed.length === 0) return
  counts.corrected += changed.filter(({ old }) => old).length
  counts.new += changed.filter(({ old }) => !old).length
  const settable = columns.filter((column) => column !== key)
  await tx.query(
    `insert into ${table} (${columns.join(', ')}, load_id) values ${placeholders(changed.length, columns.length + 1)}
     on conflict (${key}) do update set ${settable.map((column) => `${column} = excluded.${column}`).join(', ')}, load_id = excluded.load_id`,
    changed.flatMap(({ row }) => [...columns.map((column) => row[column] ?? null), loadId]),
  )
  await tx.query(
    `insert into load_changes (load_id, kind, key, before_enc) values ${placeholders(changed.length, 4)} on conflict do nothing`,
    changed.flatMap(({ row, old }) => [
      loadId,
      kind,
      String(row[key]),
      old ? services.cipher.encrypt(JSON.stringify(portable(old))) : null,
    ]),
  )
}

/** `($1, $2), ($3, $4)` */
const placeholders = (rows: number, columns: number): string =>
  Array.from(
    { length: rows },
    (_, r) => `(${Array.from({ length: columns }, (_, c) => `$${r * columns + c + 1}`).join(', ')})`,
  ).join(', ')

/** Encrypted fields differ each time they are written: they are compared by what they hold. */
function unchanged(services: Services, old: Row, row: Row, columns: readonly string[]): boolean {
  return columns.every((column) => {
    const [a, b] = [old[column] ?? null, row[column] ?? null]
    if (a instanceof Uint8Array && b instanceof Uint8Array) {
      return column.endsWith('_enc')
        ? services.cipher.decrypt(a) === services.cipher.decrypt(b)
        : Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
    }
    return a === b || (a !== null && b !== null && String(a) === String(b))
  })
}

const portable = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value,
    ]),
  )

const restored = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'hex' in value ? Buffer.from(String(value.hex), 'hex') : value

/**
 * Takes a load of customers, units or staff back. Where a later load changed the same row, that load's memory of what
 * stood there before is mended instead, so that undoing in any order ends the same.
 */
export async function undoMasters(
  services: Services,
  tx: Tx,
  kind: MasterKind,
  loadId: number,
): Promise<Result<{ removed: number }, 'load_in_use'>> {
  const { table, key } = masterTables[kind]
  const columns = masterColumns[kind]
  const changes = await tx.query<{ key: string; before_enc: Uint8Array | null }>(
    'select key, before_enc from load_changes where load_id = $1 and kind = $2',
    [loadId, kind],
  )
  let removed = 0
  // Units go from the leaves up, or a parent would still be needed.
  const ordered = kind === 'units' ? await deepestFirst(tx, changes) : changes
  for (const change of ordered) {
    const [later] = await tx.query<{ load_id: number }>(
      'select load_id from load_changes where kind = $1 and key = $2 and load_id > $3 order by load_id limit 1',
      [kind, change.key, loadId],
    )
    if (later) {
      await tx.query('update load_changes set before_enc = $1 where load_id = $2 and kind = $3 and key = $4', [
        change.before_enc,
        later.load_id,
        kind,
        change.key,
      ])
    } else if (change.before_enc === null) {
      if (kind === 'units' && (await unitInUse(tx, change.key))) return fail('load_in_use', { unit: change.key })
      await tx.query(`delete from ${table} where ${key} = $1`, [change.key])
      removed += 1
    } else {
      const before = JSON.parse(services.cipher.decrypt(change.before_enc)) as Row
      const settable = [...columns.filter((column) => column !== key), 'load_id']
      await tx.query(
        `update ${table} set ${settable.map((column, i) => `${column} = $${i + 2}`).join(', ')} where ${key} = $1`,
        [change.key, ...settable.map((column) => restored(before[column]) ?? null)],
      )
    }
  }
  await tx.query('delete from load_changes where load_id = $1 and kind = $2', [loadId, kind])
  return ok({ removed })
}

async function deepestFirst<T extends { key: string }>(tx: Tx, changes: readonly T[]): Promise<T[]> {
  const paths = new Map(
    (await tx.query<{ id: string; path: string }>('select id, path from units')).map((unit) => [unit.id, unit.path]),
  )
  return [...changes].sort((a, b) => (paths.get(b.key)?.length ?? 0) - (paths.get(a.key)?.length ?? 0))
}

/** A unit that people, grants or targets stand on is not deleted under them. */
async function unitInUse(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from grants where unit_id = $1 union all select 1 from customers where unit_id = $1
     union all select 1 from staff where unit_id = $1 union all select 1 from units where parent_id = $1
     union all select 1 from targets where unit_id = $1 union all select 1 from service_tokens where unit_id = $1 limit 1`,
    [id],
  )
  return rows.length > 0
}
