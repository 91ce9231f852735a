import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { DuckDBDataChunk } from '@duckdb/node-api'
import type { Columns } from '../facts/columns.ts'

const chunkRows = 2048

/** Puts columns of numbers into a temporary table of the same names, a chunk at a time. */
export async function stageNumbers(
  connection: DuckDBConnection,
  table: string,
  { names, length, of }: Pick<Columns<string>, 'names' | 'length' | 'of'>,
): Promise<void> {
  const columns = names.map((name) => `"${name}" ${of[name] instanceof Int32Array ? 'integer' : 'double'}`)
  await connection.run(`create or replace temp table ${table} (${columns.join(', ')})`)
  const appender = await connection.createAppender(table)
  try {
    const chunk = DuckDBDataChunk.create(names.map((_, c) => appender.columnType(c)))
    for (let start = 0; start < length; start += chunkRows) {
      const end = Math.min(length, start + chunkRows)
      chunk.reset()
      chunk.rowCount = end - start
      names.forEach((name, c) => {
        // A typed array is read by index like any other list of numbers.
        chunk.setColumnValues(c, of[name]?.subarray(start, end) as unknown as readonly DuckDBValue[])
      })
      appender.appendDataChunk(chunk)
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

/** A small table from codes to texts. */
export async function stageTexts(connection: DuckDBConnection, table: string, texts: readonly string[]): Promise<void> {
  await connection.run(`create or replace temp table ${table} (code integer, label varchar)`)
  const appender = await connection.createAppender(table)
  try {
    texts.forEach((label, code) => {
      appender.appendInteger(code)
      appender.appendVarchar(label)
      appender.endRow()
    })
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}
