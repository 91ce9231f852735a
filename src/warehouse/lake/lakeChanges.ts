import type { Turn } from './lakeState.ts'
import type { LakeStatements } from './lakeStatements.ts'
import type { TrinoClient } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'

export const headText = (table: string): string =>
  `select cast(snapshot_id as varchar) from "${table}$refs" where name = 'main'`

const changedElsewhere = (table: string, by: string) =>
  new TrinoError(`${table} was changed by ${by} meanwhile`, 'changed_elsewhere')

/** A snapshot, the one before it, the query that made it, and whether it is the table's newest. */
type Snapshot = [table: string, id: string, parent: string | null, query: string | null, head: boolean]

/** Which tables a write has changed since the last publishing, and whether every commit to them was its own. */
export class LakeChanges {
  /** By the snapshot they had; undefined where they are new. */
  private readonly changed = new Map<string, string | undefined>()
  /** Snapshots of ours that carry no query: registering files writes none. */
  private readonly registered = new Set<string>()
  private readonly statements: LakeStatements
  private readonly turn: Turn

  constructor(statements: LakeStatements, turn: Turn) {
    this.statements = statements
    this.turn = turn
  }

  get size(): number {
    return this.changed.size
  }

  has(table: string): boolean {
    return this.changed.has(table)
  }

  /** Before the first change of a table: seen to be as it was published, and written down. */
  async willChange(table: string, published: string | undefined): Promise<void> {
    if (this.changed.has(table)) return
    if (published !== undefined) {
      const { rows } = await this.statements.run(headText(table))
      // Not ours to take back: what it is, the doctor tells.
      if (String(rows[0]?.[0]) !== published)
        throw new TrinoError(`${table} is not as it was published: somebody else wrote to it`, 'changed_elsewhere')
    }
    await this.turn.willChange(table)
    this.changed.set(table, published)
  }

  /** After files with so many rows were registered as a table's newest snapshot. */
  async noteRegistered(table: string, rows: number): Promise<void> {
    const found = await this.statements.run(
      `select cast(s.snapshot_id as varchar), element_at(s.summary, 'added-records'), element_at(s.summary, 'trino_query_id')
       from "${table}$snapshots" s join "${table}$refs" r on r.snapshot_id = s.snapshot_id and r.name = 'main'`,
    )
    const [head] = found.rows as [string, string | null, string | null][]
    if (!head || head[2] !== null || Number(head[1]) !== rows) throw changedElsewhere(table, 'another program')
    this.registered.add(head[0])
  }

  /** The new snapshot of each changed table; refused where one of those in between is not of this write. */
  async snapshots(): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    const tables = [...this.changed.keys()]
    if (tables.length === 0) return found
    const { rows } = await this.statements.run(
      tables
        .map(
          (table) => `select '${table}', cast(s.snapshot_id as varchar), cast(s.parent_id as varchar),
            element_at(s.summary, 'trino_query_id'), s.snapshot_id = r.snapshot_id
          from "${table}$snapshots" s cross join (select snapshot_id from "${table}$refs" where name = 'main') r`,
        )
        .join(' union all '),
    )
    for (const table of tables) {
      const own = (rows as Snapshot[]).filter(([name]) => name === table)
      const byId = new Map(own.map((row) => [row[1], row]))
      let at = own.find((row) => row[4])
      if (at) found.set(table, at[1])
      for (const base = this.changed.get(table); at && at[1] !== base; ) {
        const [, id, parent, query]: Snapshot = at
        if (!this.registered.has(id) && !this.statements.ids.has(query ?? ''))
          throw changedElsewhere(table, query ?? 'another program')
        at = parent === null ? undefined : byId.get(parent)
      }
    }
    return found
  }

  published(): void {
    this.changed.clear()
  }

  /** As if nothing had been done since the last publishing. */
  async rollBack(client: TrinoClient, source: string): Promise<void> {
    // Without the turn it is whoever has it next who takes this back: doing it here would undo what he writes.
    await this.turn.check()
    // One whose answer was lost may still be going on.
    if (this.changed.size > 0) await this.statements.end()
    await rollBackTables({ client, source, check: () => this.turn.check() }, this.changed)
    await this.turn.end()
  }
}

/** Takes tables back to their published snapshots; those without one were new and go. */
export async function rollBackTables(
  { client, source, check }: { client: TrinoClient; source: string; check: Turn['check'] },
  tables: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  for (const [table, base] of tables) {
    // A turn may be lost while one waits for the cluster; another's work, published since, would be undone.
    await check()
    if (base === undefined) {
      await client.run(`drop table if exists ${table}`, { source })
      continue
    }
    const { rows } = await client.run(headText(table), { source })
    await check()
    if (String(rows[0]?.[0]) !== base)
      await client.run(`alter table ${table} execute rollback_to_snapshot(snapshot_id => ${BigInt(base)})`, { source })
  }
}
