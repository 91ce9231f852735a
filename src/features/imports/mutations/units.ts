import { createHash } from 'node:crypto'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Tx } from '#store/store.ts'
import { mappedTable } from '#warehouse/import/mapRows.ts'
import type { MasterCounts } from './masters.ts'
import { masterColumns } from './masterTables.ts'
import { countsOf } from './people.ts'
import type { OwnStaging } from './readFile.ts'

type Row = Record<string, unknown>
interface Unit extends Row {
  id: string
  code: string
  parent_id: string | null
  path: string
}

/** The unit in which the first administrator of an empty home is put. */
const placeholderUnit = 'head-office'

const idOf = (code: string): string => {
  if (/^[\w-]{1,60}$/.test(code)) return code
  const hex = Buffer.from(code, 'utf8').toString('hex')
  return `u_${hex.length <= 58 ? hex : createHash('sha256').update(code).digest('hex').slice(0, 58)}`
}

const byCodeAndId = <T extends { id: string; code: string }>(units: readonly T[]): Map<string, T> =>
  new Map([...units.map((unit) => [unit.id, unit] as const), ...units.map((unit) => [unit.code, unit] as const)])

/** Rows of a units file whose parent is neither in the file nor in the bank, and those below them: they would hang in the air. */
export async function strayUnits(
  services: Services,
  staging: OwnStaging,
): Promise<{ column: string; reason: 'parent_unknown'; rows: number[] }[]> {
  const rows = await staging.rows(`select * from ${mappedTable} order by row_number`)
  const known = byCodeAndId(await services.store.query<{ id: string; code: string }>('select id, code from units'))
  let left = rows
  const stray: number[] = []
  for (;;) {
    const given = new Set(left.map((row) => String(row.code)))
    const lost = left.filter(
      (row) => row.parent != null && !given.has(String(row.parent)) && !known.has(String(row.parent)),
    )
    if (lost.length === 0) break
    stray.push(...lost.map((row) => Number(row.row_number)))
    const gone = new Set(lost)
    left = left.filter((row) => !gone.has(row))
  }
  return stray.length ? [{ column: 'parent', reason: 'parent_unknown', rows: stray }] : []
}

/** Each unit's path from the root, or the unit at which it goes round in a circle. */
export function pathsOf(parents: ReadonlyMap<string, string | null>): Result<Map<string, string>, 'units_not_a_tree'> {
  const paths = new Map<string, string>()
  for (const start of parents.keys()) {
    const below: string[] = []
    const met = new Set<string>()
    let at: string | null = start
    while (at !== null && !paths.has(at)) {
      if (met.has(at)) return fail('units_not_a_tree', { code: at, why: 'a unit is its own ancestor' })
      met.add(at)
      below.push(at)
      at = parents.get(at) ?? null
    }
    let path = at === null ? '/' : (paths.get(at) as string)
    for (const id of below.reverse()) {
      path = `${path}${id}/`
      paths.set(id, path)
    }
  }
  return ok(paths)
}

/** What the file makes of the tree: its units as they will stand, and every path. Refuses circles and a second head office. */
function planOf(
  existing: readonly Unit[],
  rows: readonly Row[],
): Result<{ units: Unit[]; paths: Map<string, string> }, 'units_not_a_tree'> {
  // The head office that a new home began with is only a placeholder: the bank's own takes its place.
  const ownRoots = rows.filter((row) => row.parent == null)
  const placeholder = existing.length === 1 && existing[0]?.id === placeholderUnit && ownRoots.length === 1
  const before = byCodeAndId(placeholder ? [{ ...(existing[0] as Unit), code: String(ownRoots[0]?.code) }] : existing)
  const given = new Map(rows.map((row) => [String(row.code), row]))
  const idIn = (code: string) => before.get(code)?.id ?? idOf(code)
  const units = [...given].map(([code, row]): Unit => {
    const known = before.get(code)
    const says = (field: string, otherwise: unknown) =>
      field in row && row[field] != null ? row[field] : field in row ? null : (known?.[field] ?? otherwise)
    return {
      id: idIn(code),
      code,
      name: row.name,
      name_en: says('name_en', null),
      level: row.level,
      kind: says('kind', null) ?? (row.level === 'branch' ? 'branch' : 'administration'),
      parent_id: 'parent' in row ? (row.parent == null ? null : idIn(String(row.parent))) : (known?.parent_id ?? null),
      path: '',
      opened_on: says('opened_on', null),
      closed_on: says('closed_on', null),
    }
  })
  const parents = new Map(existing.map((unit) => [unit.id, unit.parent_id]))
  for (const unit of units) parents.set(unit.id, unit.parent_id)
  const paths = pathsOf(parents)
  if (!paths.ok) return paths
  const roots = [...parents].filter(([, parent]) => parent === null).map(([id]) => id)
  if (roots.length > 1)
    return fail('units_not_a_tree', {
      code: units.find((unit) => unit.id === roots[1])?.code ?? roots[1],
      why: 'there is one head office; every other unit has a parent',
    })
  return ok({ units: units.map((unit) => ({ ...unit, path: paths.value.get(unit.id) as string })), paths: paths.value })
}

/** Writes units: new ones are added, known ones corrected; those below a moved one move along. */
export async function writeUnits(
  tx: Tx,
  loadId: number,
  rows: readonly Row[],
): Promise<Result<MasterCounts, 'units_not_a_tree'>> {
  const existing = await tx.query<Unit>('select * from units order by path for update')
  const plan = planOf(existing, rows)
  if (!plan.ok) return plan
  const before = new Map(existing.map((unit) => [unit.id, unit]))
  const columns = masterColumns.units
  const same = (unit: Unit) =>
    columns.every((column) => String(before.get(unit.id)?.[column] ?? '') === String(unit[column] ?? ''))
  const changed = plan.value.units.filter((unit) => !before.has(unit.id) || !same(unit))
  const changedIds = new Set(changed.map(({ id }) => id))
  const repeated = plan.value.units.filter(({ id }) => !changedIds.has(id)).map(({ id }) => id)
  await tx.query(
    `insert into load_changes (load_id, kind, key, before)
     select $1, 'units', i.id, case when u.id is null then null else to_jsonb(u) end
     from unnest($2::text[]) as i(id) left join units u on u.id = i.id`,
    [loadId, [...changedIds]],
  )
  await tx.query(
    "insert into load_repeats (load_id, kind, key) select $1, 'units', id from unnest($2::text[]) as i(id)",
    [loadId, repeated],
  )
  await tx.query(
    `insert into units (id, path, ${columns.join(', ')}, load_id)
     select id, path, ${columns.join(', ')}, $1 from jsonb_populate_recordset(null::units, $2::jsonb)
     on conflict (id) do update set path = excluded.path, ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, load_id = excluded.load_id`,
    [loadId, JSON.stringify(changed)],
  )
  await writePaths(tx, plan.value.paths)
  return ok(await countsOf(tx, 'units', loadId))
}

/** A path ends with its own unit, so that no two collide on the way. */
async function writePaths(tx: Tx, paths: ReadonlyMap<string, string>): Promise<void> {
  await tx.query(
    'update units u set path = p.path from unnest($1::text[], $2::text[]) as p(id, path) where u.id = p.id and u.path <> p.path',
    [[...paths.keys()], [...paths.values()]],
  )
}

/** Makes every path anew from the parents as they stand. */
export async function renewPaths(tx: Tx): Promise<Result<void, 'units_not_a_tree'>> {
  const units = await tx.query<{ id: string; parent_id: string | null }>('select id, parent_id from units')
  const paths = pathsOf(new Map(units.map((unit) => [unit.id, unit.parent_id])))
  if (!paths.ok) return paths
  await writePaths(tx, paths.value)
  return ok(undefined)
}
