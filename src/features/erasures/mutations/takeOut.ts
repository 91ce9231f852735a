import { markProcesses } from '#features/prepareLogs.ts'
import type { Services } from '#features/services.ts'
import { eraseCustomers } from '#warehouse/erasing.ts'
import { factKinds } from '#warehouse/facts.ts'
import { join, list, raw, type Sql, sql } from '#warehouse/sql.ts'
import type { Row, Writer } from '#warehouse/warehouse.ts'
import { type Counts, factsByKind } from '../data.ts'
import { type CaseOf, forget, type TextOf } from './forget.ts'

/**
 * Takes the facts of these customers out of the warehouse, and what the Store keeps of them first: while the facts are
 * there, a server that is killed in between finds from them what is left to do. In one turn, so that nothing is loaded
 * meanwhile and no list of customers is copied from before.
 */
export async function takeOut(services: Services, id: string, keys: readonly number[]): Promise<void> {
  const theirs = sql`customer_key in ${list(keys)}`
  await services.warehouse.write(
    async (writer) => {
      const found = await countsOf(writer, theirs)
      const texts = await textsOf(writer, theirs)
      const cases = await casesOfNobodyElse(writer, theirs)
      await services.store.transaction(async (tx) => {
        const [row] = await tx.query<{ counts: Counts }>('select counts from erasures where id = $1 for update', [id])
        const before = row!.counts
        const gone = await forget(tx, services, keys, { texts, cases })
        const counts: Counts = {
          ...before,
          // Where nothing is found any more, they went in a turn that could not say so.
          ...(found.facts.length > 0 || !before.facts ? found : {}),
          texts: (before.texts ?? 0) + gone.texts,
          records: (before.records ?? 0) + gone.records,
          cases: (before.cases ?? 0) + gone.cases,
        }
        await tx.query('update erasures set counts = $2::jsonb where id = $1', [id, JSON.stringify(counts)])
      })
      const { processes } = await eraseCustomers(writer, keys)
      // Noted with the facts' going, for logs may be made anew by somebody else.
      await markProcesses(services, writer, processes)
    },
    { publish: true },
  )
}

const perKind = async (writer: Writer, query: (kind: string) => Sql): Promise<Row[]> =>
  (await writer.whole(join(factKinds.map(query), ' union all '))).rows

/** What is there, corrected versions and all. */
async function countsOf(
  writer: Writer,
  theirs: Sql,
): Promise<Required<Pick<Counts, 'facts' | 'versions' | 'processes'>>> {
  const rows = await perKind(
    writer,
    (kind) => sql`select ${kind} as kind, count(*) as versions, sum(case when superseded_by = 0 then 1 else 0 end) as n,
      count(distinct load_id) as loads, min(local_day) as first_day, max(local_day) as last_day
      from ${raw(kind)} where ${theirs} having count(*) > 0`,
  )
  const processes = await writer.whole(sql`select distinct process from events where ${theirs} and process is not null`)
  return {
    facts: factsByKind(rows),
    versions: rows.reduce((sum, row) => sum + Number(row.versions), 0),
    processes: processes.rows.map((row) => String(row.process)).sort(),
  }
}

async function textsOf(writer: Writer, theirs: Sql): Promise<TextOf[]> {
  const rows = await perKind(
    writer,
    (kind) => sql`select ${kind} as kind, source, source_id, load_id from ${raw(kind)}
      where ${theirs} and source_id is not null and attributes like ${'%"text_key"%'}`,
  )
  return rows.map((row) => ({
    kind: String(row.kind),
    source: String(row.source),
    sourceId: String(row.source_id),
    loadId: Number(row.load_id),
  }))
}

const casesAtOnce = 500

/** Their cases, without those that another customer has a part in. */
async function casesOfNobodyElse(writer: Writer, theirs: Sql): Promise<CaseOf[]> {
  const rows = await perKind(
    writer,
    (kind) => sql`select distinct process, case_key from ${raw(kind)}
      where ${theirs} and process is not null and case_key is not null`,
  )
  const name = (row: Row) => `${row.case_key} ${row.process}`
  const own = new Map(rows.map((row) => [name(row), row]))
  const caseKeys = [...new Set(rows.map((row) => String(row.case_key)))]
  for (let at = 0; at < caseKeys.length; at += casesAtOnce) {
    const some = list(caseKeys.slice(at, at + casesAtOnce))
    const shared = await perKind(
      writer,
      (kind) => sql`select distinct process, case_key from ${raw(kind)}
        where case_key in ${some} and customer_key is not null and not (${theirs})`,
    )
    for (const row of shared) own.delete(name(row))
  }
  return [...own.values()].map((row) => ({ process: String(row.process), key: Number(row.case_key) }))
}
