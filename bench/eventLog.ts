import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { loadFacts } from '#warehouse/loading.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

/** A warehouse in a file of its own, gone when `work` ends. */
export async function withWarehouse<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-bench-'))
  const warehouse = await openDuckdb(join(folder, 'warehouse.duckdb'))
  try {
    return await work(warehouse)
  } finally {
    await warehouse.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The same events at every run: cases of eight events that follow one of some thousands of paths, the first ones far more
 * often, through 24 activities by 200 people in 60 units, gaps between a minute and weeks. Written in the order of time,
 * as systems export them.
 */
export async function loadEvents(warehouse: Warehouse, events: number): Promise<void> {
  const cases = Math.floor(events / 8)
  await warehouse.session(async ({ connection, write }) => {
    await connection.run(`create temp table staged as
      select 'bench' as process, 'C' || c as case_key, 'activity ' || activity as activity, 'r' || (h >> 8) % 200 as resource,
        'u' || c % 60 as unit_id, moment as start_at
      from (
        select c, hash(c * 8 + k) as h,
          case k when 0 then 0 when 7 then 23 else 1 + hash(path * 8 + k) % 22 end as activity,
          timestamp '2024-01-01' + to_milliseconds(c * 20000 + cast(sum(gap) over (partition by c order by k) as bigint)) as moment
        from (
          select c, k, cast(5000 * power((hash(c) % 100000) / 100000.0, 4) as bigint) as path,
            cast(exp(11 + 8 * (hash(c * 8 + k, 1) % 1000000) / 1e6) as bigint) as gap
          from range(${cases}) a(c), range(8) b(k)))
      order by moment`)
    await write((writer) =>
      loadFacts(writer, 'events', { loadId: 1, source: 'bench', timeZone: 'Asia/Shanghai' }, 'staged'),
    )
  })
}
