import { type FactKind, factKinds } from './facts.ts'
import { rolledUp, type Touched, touchedBy } from './loading.ts'
import { writeMeta } from './migrations.ts'
import { subtractFromRollups } from './rollups/subtracting.ts'
import { list, raw, sql } from './sql.ts'
import type { Writer } from './warehouse.ts'

/** Noted until the files of a lake, and their history, hold nothing of those who were erased; see lakeUpkeep.ts. */
export const rewriteDue = 'rewrite_due'

/**
 * Takes customers and every version of their facts out, for good: no undoing brings them back. What they add up to goes from
 * the sums of their days; whoever calls prepares the logs of the processes anew.
 */
export async function eraseCustomers(writer: Writer, keys: readonly number[]): Promise<{ removed: number } & Touched> {
  const theirs = sql`customer_key in ${list(keys)}`
  const days = new Set<string>()
  const summed = new Set<string>()
  const processes = new Set<string>()
  let removed = 0
  const held: FactKind[] = []
  for (const kind of factKinds) {
    const table = raw(kind)
    const { rows } = await writer.whole(sql`select count(*) as n from ${table} where ${theirs}`)
    if (!rows[0]!.n) continue
    removed += Number(rows[0]!.n)
    const touched = await touchedBy(writer.whole, kind, theirs)
    for (const day of touched.days) {
      days.add(day)
      if (rolledUp.has(kind)) summed.add(day)
    }
    for (const process of touched.processes) processes.add(process)
    held.push(kind)
  }
  await subtractFromRollups(writer, `customer_key in (${keys.map(Number).join(', ')})`, [...summed].sort())
  for (const kind of held) {
    const table = raw(kind)
    await writer.remove(
      'fact_repeats',
      sql`kind = ${kind} and exists (select 1 from ${table} f where f.source = fact_repeats.source
        and f.source_id = fact_repeats.source_id and f.${theirs})`,
    )
    await writer.remove(kind, theirs)
  }
  await writer.remove('customers', theirs)
  await writeMeta(writer, { [rewriteDue]: new Date().toISOString() })
  return { removed, days: [...days].sort(), processes: [...processes].sort() }
}
