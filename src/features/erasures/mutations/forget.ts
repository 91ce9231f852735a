import { caseBlocks, packCases } from '#features/imports/data/caseBlocks.ts'
import type { Services } from '#features/services.ts'
import { arrayText } from '#store/arrayText.ts'
import type { Tx } from '#store/store.ts'

/** A text of a fact's version, by the fact's id and the load that brought the version. */
export interface TextOf {
  kind: string
  source: string
  sourceId: string
  loadId: number
}

export interface CaseOf {
  process: string
  key: number
}

/** What the Store keeps beside the facts of these customers, and of who they are. Answers how much it was. */
export async function forget(
  tx: Tx,
  services: Services,
  keys: readonly number[],
  { texts, cases }: { texts: readonly TextOf[]; cases: readonly CaseOf[] },
): Promise<{ texts: number; records: number; cases: number }> {
  const removed = await tx.query(
    `delete from free_texts t using unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as f(kind, source, id, load_id)
     where t.fact_kind = f.kind and t.source = f.source and t.source_id = f.id and t.load_id = f.load_id returning 1`,
    [
      arrayText(texts.map(({ kind }) => kind)),
      arrayText(texts.map(({ source }) => source)),
      arrayText(texts.map(({ sourceId }) => sourceId)),
      arrayText(texts.map(({ loadId }) => loadId)),
    ],
  )
  const records = await tx.query('delete from customers where key = any($1::bigint[]) returning 1', [keys])
  // What loads remember of the row that they changed would come back with their undoing.
  for (const table of ['load_changes', 'load_repeats'])
    await tx.query(`delete from ${table} where kind = 'customers' and key = any($1::text[])`, [keys.map(String)])
  return { texts: removed.length, records: records.length, cases: await forgetCases(tx, services, cases) }
}

/** A case's number in its source leads back to the customer. Its place stays empty: the next one's key follows from it. */
async function forgetCases(tx: Tx, { cipher }: Services, cases: readonly CaseOf[]): Promise<number> {
  let forgotten = 0
  for (const [process, own] of [...Map.groupBy(cases, (one) => one.process)].sort()) {
    // As whoever gives new cases their keys: both write blocks whole.
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [process])
    const theirs = new Set(own.map(({ key }) => key))
    for (const { base, numbers } of await caseBlocks(tx, cipher, process)) {
      const kept = numbers.map((number, i) => (theirs.has(base + i) ? null : number))
      const gone = kept.filter((number, i) => number !== numbers[i]).length
      if (gone === 0) continue
      forgotten += gone
      await tx.query('update case_key_blocks set numbers_enc = $3 where process_id = $1 and base = $2', [
        process,
        base,
        packCases(cipher, kept),
      ])
    }
  }
  return forgotten
}
