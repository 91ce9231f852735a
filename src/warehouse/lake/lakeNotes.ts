import type { Changes, LakeState, StaleDays, Turn } from './lakeState.ts'
import { readStaleDays } from './lakeState.ts'
import type { Workbench } from './workbench.ts'

const batchColumns = ['batch_id', 'load_id', 'row_count'] as const
type Batch = Record<(typeof batchColumns)[number], number>
const kinds = ['stale_days', 'stale_episode_days'] as const
/** What publishing itself writes of warehouse_meta: on the workbench it stands as it was when the write began. */
const ofPublishing: ReadonlySet<string> = new Set(['data_version', 'changed_at', 'published_version'])

/**
 * What a warehouse keeps beside its tables, as a lake keeps it in the Store: brought to the workbench, where the loading
 * code reads and writes it, and compared when the write is published.
 */
export class LakeNotes {
  private readonly bench: Workbench
  private readonly turn: Turn
  private readonly knownBatches = new Set<number>()
  private staleDays: StaleDays = { stale_days: [], stale_episode_days: [] }

  constructor(bench: Workbench, turn: Turn) {
    this.bench = bench
    this.turn = turn
  }

  async open({ meta }: LakeState): Promise<void> {
    await this.bench.append('warehouse_meta', ['key', 'value'], [[...meta.keys()], [...meta.values()]])
    this.staleDays = await readStaleDays(this.turn.connection)
    for (const kind of kinds) await this.bench.append(kind, ['local_day'], [this.staleDays[kind]])
  }

  /** Those of the batches that were moved before which a condition names. */
  async bringBatches(where: string): Promise<void> {
    const rows = await this.turn.connection.objects<Batch>(
      `select ${batchColumns.join(', ')} from lake_batches where ${where}`,
    )
    for (const row of rows) this.knownBatches.add(Number(row.batch_id))
    await this.bench.append(
      'moved_batches',
      batchColumns,
      batchColumns.map((column) => rows.map((row) => row[column])),
    )
  }

  /** What of it differs from what was published. */
  async changes(
    state: LakeState,
  ): Promise<Pick<Changes, 'batches' | 'staleDays'> & { meta: Map<string, string | null>; differ: boolean }> {
    const meta = await this.metaChanges(state)
    const rows = await this.bench.rows<Record<keyof Batch, string>>(
      `select ${batchColumns.join(', ')} from moved_batches`,
    )
    const batches = rows
      .map((row) => ({
        batch_id: Number(row.batch_id),
        load_id: Number(row.load_id),
        row_count: Number(row.row_count),
      }))
      .filter(({ batch_id }) => !this.knownBatches.has(batch_id))
    const staleDays = {
      stale_days: await this.daysOf('stale_days'),
      stale_episode_days: await this.daysOf('stale_episode_days'),
    }
    const sameDays = JSON.stringify(staleDays) === JSON.stringify(this.staleDays)
    return { meta, batches, staleDays, differ: meta.size + batches.length > 0 || !sameDays }
  }

  published({ batches, staleDays }: Pick<Changes, 'batches' | 'staleDays'>): void {
    for (const { batch_id } of batches) this.knownBatches.add(batch_id)
    this.staleDays = staleDays
  }

  private async metaChanges({ meta }: LakeState): Promise<Map<string, string | null>> {
    const rows = await this.bench.rows<{ key: string; value: string }>('select key, value from warehouse_meta')
    const now = new Map(rows.map(({ key, value }) => [key, value]))
    const changes = new Map<string, string | null>()
    for (const [key, value] of now) if (meta.get(key) !== value) changes.set(key, value)
    for (const key of meta.keys()) if (!now.has(key)) changes.set(key, null)
    for (const key of ofPublishing) changes.delete(key)
    return changes
  }

  private async daysOf(table: (typeof kinds)[number]): Promise<string[]> {
    const rows = await this.bench.rows<{ day: string }>(
      `select distinct cast(local_day as varchar) as day from ${table} order by 1`,
    )
    return rows.map(({ day }) => day)
  }
}
