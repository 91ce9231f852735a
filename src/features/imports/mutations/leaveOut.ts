import type { Staging } from '#warehouse/import/mapRows.ts'
import type { Mapping } from '#warehouse/import/mapping.ts'
import { columnsOf } from '#warehouse/import/mapping.ts'
import { literal, name } from '#warehouse/import/sqlText.ts'
import { type LeftOut, longestValue, meansPersonal, type PersonalReason, valuePatterns } from '../parse/personal.ts'

// Facts, and the warehouse's backups with them, stand unencrypted: what nobody mapped goes along only when neither its
// name nor any of its values says who somebody is.

const anyPattern = literal(valuePatterns.map(([, pattern]) => `(?:${pattern})`).join('|'))
/** The names of a JSON text at any depth, and a string in it that is prose. */
const jsonNames = `'"((?:[^"\\\\]|\\\\.)*)"\\s*:'`
const jsonProse = `'"(?:[^"\\\\]|\\\\.){${Math.ceil(longestValue / 3) + 1},}"'`

interface Looked {
  /** How a text is spoken of. */
  column: string
  /** Its SQL over `relation`. */
  value: string
}

/** Which of these texts look like personal data, from one pass over all of them. */
async function looksOf(staging: Staging, relation: string, texts: readonly Looked[]): Promise<LeftOut[]> {
  if (texts.length === 0) return []
  const json = (value: string) => `(left(ltrim(${value}), 1) in ('{', '['))`
  const each = texts.map(
    ({ value }, i) =>
      `max(strlen(${value})) filter (where not ${json(value)}) as length_${i}, bool_or(regexp_matches(${value}, ${anyPattern})) as hit_${i}, bool_or(${json(value)}) as json_${i}`,
  )
  const [seen] = await staging.rows(`select ${each.join(', ')} from ${relation}`)
  const found: LeftOut[] = []
  for (const [i, { column, value }] of texts.entries()) {
    const reason =
      seen?.[`hit_${i}`] === true
        ? await whichPattern(staging, relation, value)
        : Number(seen?.[`length_${i}`] ?? 0) > longestValue
          ? 'free_text'
          : seen?.[`json_${i}`] === true
            ? await insideJson(staging, relation, value)
            : undefined
    if (reason) found.push({ column, reason })
  }
  return found
}

async function whichPattern(staging: Staging, relation: string, value: string): Promise<PersonalReason> {
  const [seen] = await staging.rows(
    `select ${valuePatterns.map(([reason, pattern]) => `bool_or(regexp_matches(${value}, ${literal(pattern)})) as ${reason}`).join(', ')} from ${relation}`,
  )
  return valuePatterns.find(([reason]) => seen?.[reason] === true)?.[0] ?? 'free_text'
}

/** A column of JSON is judged by every name inside it. */
async function insideJson(staging: Staging, relation: string, value: string): Promise<PersonalReason | undefined> {
  const names = await staging.rows(
    `select distinct unnest(regexp_extract_all(${value}, ${jsonNames}, 1)) as name from ${relation} limit 5000`,
  )
  for (const row of names) {
    const reason = meansPersonal(String(row.name))
    if (reason) return reason
  }
  const [seen] = await staging.rows(`select bool_or(regexp_matches(${value}, ${jsonProse})) as prose from ${relation}`)
  return seen?.prose === true ? 'free_text' : undefined
}

/** Settles which unmapped columns become attributes: a mapping whose `rest` is a list, and what it left out. */
export async function settleRest(
  staging: Staging,
  table: string,
  columns: readonly { name: string }[],
  given: Mapping,
): Promise<{ given: Mapping; leftOut: LeftOut[] }> {
  if (given.rest !== 'attributes') return { given, leftOut: [] }
  const mapped = new Set(columnsOf(given))
  const unmapped = columns.map((column) => column.name).filter((column) => !mapped.has(column))
  const leftOut: LeftOut[] = []
  const open: Looked[] = []
  for (const column of unmapped) {
    const reason = meansPersonal(column)
    if (reason) leftOut.push({ column, reason })
    else open.push({ column, value: `cast(${name(column)} as varchar)` })
  }
  leftOut.push(...(await looksOf(staging, table, open)))
  const out = new Set(leftOut.map(({ column }) => column))
  return { given: { ...given, rest: unmapped.filter((column) => !out.has(column)) }, leftOut }
}

/**
 * Which keys of a column of JSON objects do not stay: what `withoutKeys` strips, and what of it the mapping did not ask
 * for. `prefix` is how the facts will name them.
 */
export async function settleKeys(
  staging: Staging,
  relation: string,
  keys: readonly string[],
  rest: Mapping['rest'],
  prefix = '',
): Promise<{ strip: string[]; leftOut: LeftOut[] }> {
  if (rest === 'drop') return { strip: [...keys], leftOut: [] }
  if (rest !== 'attributes') {
    const strip = keys.filter((key) => !rest.includes(key) && !rest.includes(`${prefix}${key}`))
    return { strip, leftOut: [] }
  }
  const found = await personalKeys(staging, relation, keys)
  return {
    strip: found.map(({ column }) => column),
    leftOut: found.map(({ column, reason }) => ({ column: `${prefix}${column}`, reason })),
  }
}

async function personalKeys(staging: Staging, relation: string, keys: readonly string[]): Promise<LeftOut[]> {
  if (keys.length === 0) return []
  const byName = keys.flatMap((column) => {
    const reason = meansPersonal(column)
    return reason ? [{ column, reason }] : []
  })
  // Most logs hold codes and amounts only: one look at the whole text tells.
  const [seen] = await staging.rows(
    `select bool_or(regexp_matches(attributes, ${anyPattern}) or regexp_matches(attributes, ${jsonProse}) or regexp_matches(attributes, '[{[].*[{[]')) as suspect from ${relation}`,
  )
  if (seen?.suspect !== true) return byName
  await staging.script(
    `create or replace temp table attribute_values as select e.key, case when e.type = 'VARCHAR' then e.value ->> '$' else cast(e.value as varchar) end as value
     from ${relation} r, json_each(r.attributes) e where e.type not in ('NULL', 'BOOLEAN', 'DOUBLE')`,
  )
  const named = new Set(byName.map(({ column }) => column))
  const byValue: LeftOut[] = []
  for (const column of keys.filter((key) => !named.has(key)))
    byValue.push(
      ...(await looksOf(staging, `(select value from attribute_values where key = ${literal(column)})`, [
        { column, value: 'value' },
      ])),
    )
  await staging.script('drop table attribute_values')
  return [...byName, ...byValue]
}

/** The attributes (as SQL) without these keys; null when nothing is left. */
export function withoutKeys(attributes: string, keys: readonly string[]): string {
  if (keys.length === 0) return attributes
  const patch = JSON.stringify(Object.fromEntries(keys.map((key) => [key, null])))
  return `nullif(cast(json_merge_patch(${attributes}, ${literal(patch)}) as varchar), '{}')`
}
