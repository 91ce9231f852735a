import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { writeSchema, type WarehouseTable } from '../backup.ts'
import { appendColumns } from '../cells.ts'
import { duckdb } from '../dialect.ts'
import { internals } from '../facts.ts'
import { logParts, logTable } from '../logTables.ts'
import { createTable } from '../migrations.ts'
import { orderToCopy } from '../moving/chunks.ts'
import type { Notes } from '../moving/sides.ts'
import { type Lake, lakeSource } from './lakeCopy.ts'
import type { LakeState } from './lakeState.ts'
import { columnsOfTable, logOfTable } from './lakeTables.ts'

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/**
 * Writes what is published out as the embedded warehouse does, a Parquet file a table: such a backup makes a home of
 * either kind. The caller sees to it that no snapshot goes while it is read.
 */
export async function exportLake(
  lake: Lake,
  state: LakeState,
  notes: Notes,
  folder: string,
  spill = tmpdir(),
): Promise<WarehouseTable[]> {
  for (const path of [folder, spill]) await mkdir(path, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(spill, 'zhiyin-export-'))
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: scratch,
  })
  const connection = await instance.connect()
  const exported: WarehouseTable[] = []
  const write = async (name: string, query: string, rows: number, columns: Parameters<typeof createTable>[2]) => {
    const path = join(folder, `${name}.parquet`)
    await connection.run(`copy (${query}) to ${quoted(path)} (format parquet, compression zstd)`)
    await chmod(path, 0o600)
    exported.push({ name, rows, sql: createTable(duckdb, name, columns) })
  }
  try {
    await connection.run("set timezone = 'UTC'")
    const source = lakeSource(lake, state, notes, Number.POSITIVE_INFINITY)
    const tables = await source.tables()
    for (const table of tables) {
      const columns = columnsOfTable(table)
      const rows = (await source.chunksOf(table)).reduce((sum, chunk) => sum + chunk.rows, 0)
      const order = orderToCopy(table)
      const names = Object.keys(columns).join(', ')
      const ordered = order.length ? ` order by ${order.join(', ')}` : ''
      if (rows === 0) {
        await connection.run(createTable(duckdb, table, columns))
        await write(table, `select ${names} from ${table}`, 0, columns)
      } else
        await source.unload({ table, name: 'all', where: 'true', rows }, (paths) =>
          write(table, `select ${names} from read_parquet([${paths.map(quoted).join(', ')}])${ordered}`, rows, columns),
        )
    }
    const { fact_repeats: _, ...kept } = internals
    const content: Record<keyof typeof kept, readonly (readonly (string | number)[])[]> = {
      warehouse_meta: [[...notes.meta.keys()], [...notes.meta.values()]],
      moved_batches: (['batch_id', 'load_id', 'row_count'] as const).map((column) =>
        notes.batches.map((batch) => batch[column]),
      ),
      stale_days: [notes.staleDays.stale_days],
      stale_episode_days: [notes.staleDays.stale_episode_days],
    }
    for (const [table, columns] of Object.entries(kept)) {
      const data = content[table as keyof typeof kept]
      await connection.run(createTable(duckdb, table, columns))
      await appendColumns(connection, table, Object.keys(columns), data)
      await write(table, `select * from ${table}`, data[0]!.length, columns)
    }
    const views = tables.flatMap((table) => {
      const log = logOfTable(table)
      if (log?.part !== 'events') return []
      return logParts
        .map((part) => logTable(log.log, part))
        .filter((name) => !tables.includes(name))
        .map((name) => `create view ${name} as select * from ${table}`)
    })
    return (await writeSchema(folder, { tables: exported, views })).tables
  } finally {
    connection.closeSync()
    instance.closeSync()
    await rm(scratch, { recursive: true, force: true })
  }
}
