import type { Tally } from '#lib/tally.ts'
import type { StaleDays } from '../lake/lakeState.ts'
import type { Chunk } from './chunks.ts'

/** What a warehouse knows beside its tables. */
export interface Notes {
  meta: ReadonlyMap<string, string>
  batches: readonly { batch_id: number; load_id: number; row_count: number }[]
  staleDays: StaleDays
}

/** Where rows are copied from. Nothing of it is changed. */
export interface MoveSource {
  /** Changes whenever its facts do. */
  readonly version: string
  tables(): Promise<string[]>
  chunksOf(table: string): Promise<Chunk[]>
  tally(chunk: Chunk, signal?: AbortSignal): Promise<Tally>
  /** Its rows as Parquet files on this machine, in order, for as long as `use` takes. */
  unload<T>(chunk: Chunk, use: (paths: readonly string[]) => Promise<T>, signal?: AbortSignal): Promise<T>
  notes(): Promise<Notes>
  close(): Promise<void>
}

/** Where they are copied to. Nobody sees anything of it before the move is published. */
export interface MoveTarget {
  make(table: string): Promise<void>
  clear(table: string): Promise<void>
  /** The rows of a chunk; in place of what an earlier attempt may have left of it, where it is done `again`. */
  load(
    chunk: Chunk,
    paths: readonly string[],
    options: { again: boolean; signal?: AbortSignal | undefined },
  ): Promise<void>
  tally(table: string, signal?: AbortSignal): Promise<Tally>
  close(): Promise<void>
}
