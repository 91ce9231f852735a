import { randomInt } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Services } from '#features/services.ts'
import { type SubjectKind, surrogatesFor } from '#store/subjects.ts'
import { name } from '#warehouse/import/sqlText.ts'
import type { Staging } from '#warehouse/import/mapRows.ts'

/** A staging database over a connection of one's own. */
export const stagingOn = (connection: DuckDBConnection): Staging => ({
  script: async (text) => {
    await connection.run(text)
  },
  rows: async (text) => (await connection.runAndReadAll(text)).getRowObjectsJson() as Record<string, unknown>[],
})

/** Appends pairs of a text and a key to a temporary table of two columns. */
async function keyTable(connection: DuckDBConnection, table: string, keys: Iterable<[string, number]>): Promise<void> {
  await connection.run(`create or replace temp table ${table} (external varchar, key bigint)`)
  const appender = await connection.createAppender(table, 'main', 'temp')
  for (const [external, key] of keys) {
    appender.appendVarchar(external)
    appender.appendBigInt(BigInt(key))
    appender.endRow()
  }
  appender.closeSync()
}

/**
 * Puts our own key in place of a person's number in `table`: the column `field` becomes `field_key`. Numbers never
 * reach the warehouse.
 */
export async function replacePeople(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  table: string,
  field: SubjectKind,
  identities: string,
): Promise<void> {
  const rows = await staging.rows(`select distinct ${field} as external from ${table} where ${field} is not null`)
  const keys = await services.store.transaction((tx) =>
    surrogatesFor(
      tx,
      services.cipher,
      field,
      identities,
      rows.map((row) => String(row.external)),
    ),
  )
  await keyTable(staging.connection, 'person_keys', keys)
  await staging.script(`alter table ${table} add column ${field}_key bigint;
    update ${table} set ${field}_key = k.key from person_keys k where k.external = ${table}.${field};
    alter table ${table} drop column ${field}; drop table person_keys`)
}

interface CaseBlock {
  base: number
  numbers: string[]
}

/** The case numbers of a process that have a key already. */
async function caseBlocks(services: Services, processId: string): Promise<CaseBlock[]> {
  const rows = await services.store.query<{ base: number; numbers_enc: Uint8Array }>(
    'select base, numbers_enc from case_key_blocks where process_id = $1 order by base',
    [processId],
  )
  return rows.map((row) => ({
    base: row.base,
    numbers: JSON.parse(zstdDecompressSync(services.cipher.decryptBytes(row.numbers_enc)).toString('utf8')) as string[],
  }))
}

/** Keys for these cases: known ones as they were, new ones in a block whose start is random. One row a load, not one a case. */
export async function caseKeys(
  services: Services,
  processId: string,
  loadId: number,
  numbers: readonly string[],
): Promise<Map<string, number>> {
  const keys = new Map<string, number>()
  for (const block of await caseBlocks(services, processId))
    for (const [i, number] of block.numbers.entries()) keys.set(number, block.base + i)
  const fresh = numbers.filter((number) => !keys.has(number))
  if (fresh.length === 0) return keys
  // Within 2^48 two blocks of a process practically never meet.
  const base = randomInt(2 ** 20, 2 ** 47) * 2
  for (const [i, number] of fresh.entries()) keys.set(number, base + i)
  const packed = services.cipher.encryptBytes(zstdCompressSync(Buffer.from(JSON.stringify(fresh), 'utf8')))
  await services.store.query(
    'insert into case_key_blocks (process_id, load_id, base, count, numbers_enc) values ($1, $2, $3, $4, $5)',
    [processId, loadId, base, fresh.length, packed],
  )
  return keys
}

/** A case's number in its source system, for whoever may see it. */
export async function caseNumber(services: Services, processId: string, key: number): Promise<string | undefined> {
  for (const block of await caseBlocks(services, processId)) {
    const number = block.numbers[key - block.base]
    if (number !== undefined) return number
  }
  return undefined
}

/** As `replacePeople`, for the cases of a process: the column keeps its name and holds the key as text. */
export async function replaceCases(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  table: string,
  processId: string,
  loadId: number,
): Promise<void> {
  const rows = await staging.rows(
    `select ${name('case_key')} as external, min(row_number) as first from ${table} group by 1 order by 2`,
  )
  const keys = await caseKeys(
    services,
    processId,
    loadId,
    rows.map((row) => String(row.external)),
  )
  await keyTable(
    staging.connection,
    'case_numbers',
    rows.map((row) => [String(row.external), keys.get(String(row.external)) as number]),
  )
  await staging.script(
    `update ${table} set case_key = cast(k.key as varchar) from case_numbers k where k.external = ${table}.case_key; drop table case_numbers`,
  )
}

/** As `replaceCases` and `replacePeople` on the dictionaries of a coded log: a key a case and a performer, not one an event. */
export async function keyLog(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  log: { cases: string; resources: string },
  processId: string,
  loadId: number,
  identities: string,
): Promise<void> {
  const cases = await staging.rows(
    `select case_id as name from ${log.cases} where case_id is not null order by case_code`,
  )
  const numbers = cases.map((row) => String(row.name))
  const keys = await caseKeys(services, processId, loadId, numbers)
  await keyTable(
    staging.connection,
    'case_numbers',
    numbers.map((number) => [number, keys.get(number) as number]),
  )
  await staging.script(
    `update ${log.cases} c set case_id = cast(k.key as varchar) from case_numbers k where k.external = c.case_id; drop table case_numbers`,
  )
  const people = (await staging.rows(`select name from ${log.resources} where name is not null`)).map((row) =>
    String(row.name),
  )
  const staff = await services.store.transaction((tx) =>
    surrogatesFor(tx, services.cipher, 'staff', identities, people),
  )
  await keyTable(staging.connection, 'person_keys', staff)
  await staging.script(
    `update ${log.resources} r set name = cast(k.key as varchar) from person_keys k where k.external = r.name; drop table person_keys`,
  )
}
