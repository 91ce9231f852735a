import assert from 'node:assert/strict'
import { zstdDecompressSync } from 'node:zlib'
import type { ImportBench } from '#features/imports/mutations/testing.ts'
import type { Services } from '#features/services.ts'
import { scopeOfJob } from '#access/mint.ts'
import type { Row } from '#warehouse/warehouse.ts'
import { raw } from '#warehouse/sql.ts'
import { carryOut } from './mutations/carryOut.ts'
import { approveErasure, requestErasure } from './mutations.ts'

/** A person whom each kind of file names, under a number, a telephone and in words of his own. */
export const person = (i: number) => ({
  number: `CUST-${7000 + i}`,
  name: `姓名${i}之`,
  phone: `1390000${String(1000 + i)}`,
  words: `第${i}位客户的原话`,
  loan: `LOAN-2025-${3000 + i}`,
})

const day = (i: number, n: number) => `2025-03-${String(1 + ((i + n) % 20)).padStart(2, '0')}`

/** Loads files of every kind that name these people, each several times. */
export async function loadPeople(bench: ImportBench, people: readonly number[]): Promise<void> {
  const lines = (head: string, of: (i: number) => string[]) => [head, ...people.flatMap(of)].join('\n')
  const file = async (name: string, content: string, mapping: object) => {
    const load = await bench.load(name, content, mapping)
    assert.equal(load.state, 'done', JSON.stringify(load))
    return load
  }
  await file(
    'customers.csv',
    lines('no,name,phone,unit,segment', (i) => {
      const { number, name, phone } = person(i)
      return [`${number},${name},${phone},hz-xihu,gold`]
    }),
    {
      kind: 'customers',
      source: 'crm',
      columns: { customer: 'no', name: 'name', phone: 'phone', unit: 'unit', segment: 'segment' },
    },
  )
  // A second list changes some: what stood there before is remembered for the undo.
  await file(
    'segments.csv',
    lines('no,segment', (i) => [`${person(i).number},silver`]),
    {
      kind: 'customers',
      source: 'crm',
      columns: { customer: 'no', segment: 'segment' },
    },
  )
  const interactions = (outcome: string) =>
    lines('id,no,at,channel,intent,outcome,wait', (i) =>
      [0, 1, 2].map(
        (n) =>
          `I${i}-${n},${person(i).number},${day(i, n)} 10:0${n},${n ? 'app' : 'branch'},transfer,${outcome},${30 + i}`,
      ),
    )
  const ofInteractions = {
    kind: 'interactions',
    source: 'front',
    columns: {
      source_id: 'id',
      customer: 'no',
      start_at: 'at',
      channel: 'channel',
      intent: 'intent',
      outcome: 'outcome',
      wait_seconds: 'wait',
    },
  }
  await file('interactions.csv', interactions('failure'), ofInteractions)
  await file('interactions2.csv', interactions('success'), ofInteractions)
  await file(
    'complaints.csv',
    lines('id,no,at,words', (i) => [`K${i},${person(i).number},${day(i, 3)} 11:00,${person(i).words}`]),
    {
      kind: 'complaints',
      source: 'desk',
      columns: { source_id: 'id', customer: 'no', start_at: 'at', text: 'words' },
    },
  )
  await file(
    'answers.csv',
    lines('no,at,score,words', (i) => [`${person(i).number},${day(i, 4)} 12:00,${i % 11},${person(i).words}`]),
    {
      kind: 'responses',
      source: 'survey',
      columns: { customer: 'no', start_at: 'at', text: 'words' },
      items: [{ column: 'score', metric: 'nps', scale: [0, 10] }],
    },
  )
  await file(
    'events.csv',
    lines('case,step,at,no', (i) =>
      ['apply', 'check', 'pay'].map((step, n) => `${person(i).loan},${step},${day(i, n)} 09:00,${person(i).number}`),
    ),
    {
      kind: 'events',
      source: 'loans',
      process: 'loan',
      columns: { case_key: 'case', activity: 'step', start_at: 'at', customer: 'no' },
    },
  )
}

export async function keyOf({ store, cipher }: Services, number: string): Promise<number | undefined> {
  const [row] = await store.query<{ key: number }>(
    "select key from subject_keys where kind = 'customer' and source = 'core' and external_index = $1",
    [cipher.blindIndex('customer:core', number)],
  )
  return row?.key
}

/** Where in the Store these words stand, in clear or under a field's encryption; columns that may hold them are named. */
export async function storeHolding(
  { store, cipher }: Services,
  words: readonly string[],
  except: readonly string[] = [],
): Promise<string[]> {
  const tables = await store.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = current_schema() order by 1',
  )
  const found = new Set<string>()
  for (const { name } of tables) {
    for (const row of await store.query<Record<string, unknown>>(`select * from "${name}"`))
      for (const [column, value] of Object.entries(row)) {
        if (except.includes(`${name}.${column}`)) continue
        for (const text of readings(cipher, value))
          if (words.some((word) => text.includes(word))) found.add(`${name}.${column}`)
      }
  }
  return [...found].sort()
}

/** A value as whoever has the key reads it: bytes as hex, decrypted, unpacked. */
function readings(cipher: Services['cipher'], value: unknown): string[] {
  if (!(value instanceof Uint8Array)) return [JSON.stringify(value) ?? '']
  const texts = [Buffer.from(value).toString('hex')]
  try {
    const plain = cipher.decryptBytes(value)
    texts.push(Buffer.from(plain).toString('utf8'))
    texts.push(zstdDecompressSync(plain).toString('utf8'))
  } catch {
    // Not encrypted, or not packed: what it is has been read.
  }
  return texts
}

export const rowsOf = async ({ warehouse }: Services, query: string): Promise<Row[]> =>
  (await warehouse.write((writer) => writer.run(raw(query)))).rows

/** The tables of the warehouse in which one of these values stands. */
export async function warehouseHolding(services: Services, words: readonly string[]): Promise<string[]> {
  const tables = await rowsOf(
    services,
    'select table_name as name from duckdb_tables() where not internal and not temporary order by 1',
  )
  const found: string[] = []
  for (const { name } of tables) {
    const [row] = await rowsOf(
      services,
      `select count(*) as n from "${name}" t where regexp_matches(to_json(t)::varchar, '(^|[^0-9a-zA-Z])(${words.join('|')})([^0-9a-zA-Z]|$)')`,
    )
    if (row!.n) found.push(String(name))
  }
  return found
}

/** Files a request and approves it by another. */
export async function approved(bench: ImportBench, numbers: readonly string[], note = ''): Promise<string> {
  const { services, operator, user } = bench.home
  const asked = await requestErasure(services, (await user({ role: 'DPO', unit: 'bank' })).scope, {
    customers: numbers.map((number) => ({ source: 'core', number })),
    ground: 'consent_withdrawn',
    note,
  })
  assert.ok(asked.ok, JSON.stringify(asked))
  assert.ok((await approveErasure(services, operator, asked.value.id)).ok)
  return asked.value.id
}

export const carryOutNow = (services: Services, id: string) => carryOut(services, scopeOfJob('erasures.carryOut'), id)
