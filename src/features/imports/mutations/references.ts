import { randomInt } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Services } from '#features/services.ts'
import { type SubjectKind, surrogatesFor } from '#store/subjects.ts'
import { literal } from '#warehouse/import/sqlText.ts'
import type { Staging } from '#warehouse/import/mapRows.ts'
import { type CaseBlock, caseBlocks, packCases } from '../data/caseBlocks.ts'

/** A staging database over a connection of one's own. */
export const stagingOn = (connection: DuckDBConnection): Staging => ({
  script: async (text) => {
    await connection.run(text)
  },
  rows: async (text) => (await connection.runAndReadAll(text)).getRowObjectsJson() as Record<string, unknown>[],
})

/** Appends pairs of a text and what stands for it to a temporary table of two columns. */
async function keyTable(
  connection: DuckDBConnection,
  table: string,
  keys: Iterable<readonly [string, number | string]>,
  type: 'bigint' | 'varchar' = 'bigint',
): Promise<void> {
  await connection.run(`create or replace temp table ${table} (external varchar, key ${type})`)
  const appender = await connection.createAppender(table, 'main', 'temp')
  for (const [external, key] of keys) {
    appender.appendVarchar(external)
    if (type === 'bigint') appender.appendBigInt(BigInt(key))
    else appender.appendVarchar(String(key))
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

/** Puts a keyed hash in place of a survey's own name for who answered: the same within a source, and of nobody. */
export async function replaceRespondents(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  table: string,
  source: string,
): Promise<void> {
  const rows = await staging.rows(`select distinct respondent as external from ${table} where respondent is not null`)
  await keyTable(
    staging.connection,
    'respondent_keys',
    rows.map(
      ({ external }) => [String(external), shortIndex(services, `respondent:${source}`, String(external))] as const,
    ),
    'varchar',
  )
  await staging.script(`update ${table} set respondent = k.key from respondent_keys k where k.external = ${table}.respondent;
    drop table respondent_keys`)
}

/** Enough of a blind index to tell apart whatever a bank has. */
export const shortIndex = (services: Services, field: string, text: string): string =>
  Buffer.from(services.cipher.blindIndex(field, text)).toString('hex').slice(0, 24)

/** Few new cases go on a block that has room: intake brings some every second, and a block each would be many. */
const roomFor = 10_000

/** Keys of up to twelve digits: the warehouse holds texts so short within its rows. */
const lastKey = 10 ** 12 - 1

/** Where a block may begin and grow without meeting another. */
export function freeBase(blocks: readonly CaseBlock[], cases: number, random = randomInt): number {
  const reach = (count: number) => Math.max(count, roomFor)
  for (;;) {
    const base = random(2 ** 20, lastKey - reach(cases))
    const meets = ({ base: other, numbers }: CaseBlock) =>
      other < base + reach(cases) && base < other + reach(numbers.length)
    if (!blocks.some(meets)) return base
  }
}

/** Keys for these cases: known ones as they were, new ones in a block whose start is random. One row a load, not one a case. */
export async function caseKeys(
  services: Services,
  processId: string,
  loadId: number,
  numbers: readonly string[],
): Promise<Map<string, number>> {
  return services.store.transaction(async (tx) => {
    // Two that bring the same new case at once would give it two keys.
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [processId])
    const wanted = new Set(numbers)
    const keys = new Map<string, number>()
    const blocks = await caseBlocks(tx, services.cipher, processId)
    for (const { base, numbers: known } of blocks)
      for (let i = 0; i < known.length; i++) {
        const number = known[i] ?? null
        if (number !== null && wanted.has(number)) keys.set(number, base + i)
      }
    const fresh = [...wanted].filter((number) => !keys.has(number))
    if (fresh.length === 0) return keys
    const open = blocks.find((block) => block.numbers.length + fresh.length <= roomFor)
    const base = open?.base ?? freeBase(blocks, fresh.length)
    const first = base + (open?.numbers.length ?? 0)
    for (const [i, number] of fresh.entries()) keys.set(number, first + i)
    const all = [...(open?.numbers ?? []), ...fresh]
    await tx.query(
      `insert into case_key_blocks (process_id, load_id, base, count, numbers_enc) values ($1, $2, $3, $4, $5)
       on conflict (process_id, base) do update set count = excluded.count, numbers_enc = excluded.numbers_enc`,
      [processId, loadId, base, all.length, packCases(services.cipher, all)],
    )
    return keys
  })
}

/** A case's number in its source system, for whoever may see it. */
export async function caseNumber(services: Services, processId: string, key: number): Promise<string | undefined> {
  for (const block of await caseBlocks(services.store, services.cipher, processId)) {
    const number = block.numbers[key - block.base]
    if (typeof number === 'string') return number
  }
  return undefined
}

/**
 * As `replacePeople`, for cases: the column keeps its name and holds the key as text. Whose case it is says the row's own
 * `process`, or for all of them the given one.
 */
export async function replaceCases(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  table: string,
  process: { of: string } | 'row',
  loadId: number,
): Promise<void> {
  const each = process === 'row' ? 'process' : literal(process.of)
  const rows = await staging.rows(
    `select ${each} as process, case_key as external from ${table} where case_key is not null group by all order by min(row_number)`,
  )
  const byProcess = Map.groupBy(rows, (row) => String(row.process))
  for (const [processId, cases] of byProcess) {
    const numbers = cases.map((row) => String(row.external))
    const keys = await caseKeys(services, processId, loadId, numbers)
    await keyTable(
      staging.connection,
      'case_numbers',
      numbers.map((number) => [number, keys.get(number) as number] as const),
    )
    // A key of one process may be a number of another: each row is changed once, by its own process.
    await staging.script(
      `update ${table} set case_key = cast(k.key as varchar) from case_numbers k where k.external = ${table}.case_key and ${each} = ${literal(processId)};
       drop table case_numbers`,
    )
  }
}

/**
 * As `replaceCases` and `replacePeople` on the dictionaries of a coded log: a key a case and a performer, not one an
 * event. Asks the Store and returns what writes the keys: an appender stands still, and the whole process with it, while
 * another statement runs on its connection.
 */
export async function keyLog(
  services: Services,
  staging: Staging & { connection: DuckDBConnection },
  log: { cases: string; resources: string },
  processId: string,
  loadId: number,
  identities: string,
): Promise<() => Promise<void>> {
  const namesIn = async (query: string) => (await staging.rows(query)).map((row) => String(row.name))
  const numbers = await namesIn(`select case_id as name from ${log.cases} where case_id is not null order by case_code`)
  const people = await namesIn(`select name from ${log.resources} where name is not null`)
  const keys = await caseKeys(services, processId, loadId, numbers)
  const staff = await services.store.transaction((tx) =>
    surrogatesFor(tx, services.cipher, 'staff', identities, people),
  )
  return async () => {
    await keyTable(
      staging.connection,
      'case_numbers',
      numbers.map((number) => [number, keys.get(number) as number]),
    )
    await keyTable(staging.connection, 'person_keys', staff)
    await staging.script(
      `update ${log.cases} c set case_id = cast(k.key as varchar) from case_numbers k where k.external = c.case_id; drop table case_numbers;
       update ${log.resources} r set name = cast(k.key as varchar) from person_keys k where k.external = r.name; drop table person_keys`,
    )
  }
}
