import { resolve } from 'node:path'
import type { Bytes } from './bytes.ts'
import { ReadFault } from './fault.ts'
import { RejectTable } from './rejects.ts'
import { columnNames, quoted, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'

/** Reads a Parquet file; instants become ISO 8601 in UTC, local times ISO 8601 without a zone. `row_number` is from 1. */
export async function readParquet(bytes: Bytes, staging: Staging, options: ReadOptions): Promise<Staged> {
  const { connection } = staging
  const file = pathLiteral(bytes.path)
  const stop = () => connection.interrupt()
  options.signal?.addEventListener('abort', stop)
  try {
    const described = await connection.runAndReadAll(`describe select * from read_parquet(${file})`)
    const columns = described
      .getRowObjects()
      .map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
    const names = columnNames(columns.map(({ name }) => name))
    const list = columns.map(({ name, type }, i) => `${asText(quoted(name), type)} as ${quoted(names[i]!)}`)
    // A column of the file may have the name under which the rows' numbers would come.
    const taken = columns.some(({ name }) => name.toLowerCase() === 'file_row_number')
    const rowNumber = taken ? 'row_number() over ()' : 'file_row_number + 1'
    const table = await staging.table(
      '',
      `as select ${rowNumber} as row_number, ${list.join(', ')} from read_parquet(${file}${taken ? '' : ', file_row_number = true'})${options.firstRows ? ` limit ${Math.ceil(options.firstRows)}` : ''}`,
    )
    const rejects = await RejectTable.create(staging)
    rejects.close()
    const rows = await staging.count(table)
    options.onProgress?.({ bytesRead: bytes.bytesTotal, bytesTotal: bytes.bytesTotal, rows })
    return {
      format: 'parquet',
      table,
      columns: await sampled(staging, options, table, names),
      rows,
      rejects: 0,
      rejectTable: rejects.name,
      found: { partial: options.firstRows !== undefined && rows >= options.firstRows },
      drop: () => staging.drop(),
    }
  } catch (error) {
    if (options.signal?.aborted) throw new ReadFault('read_cancelled')
    const message = error instanceof Error ? error.message : String(error)
    throw new ReadFault('parquet_malformed', { what: message.split('\n')[0]!.slice(0, 200) })
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

function asText(column: string, type: string): string {
  if (type === 'TIMESTAMP WITH TIME ZONE')
    return `strftime(make_timestamp(epoch_us(${column})), '%Y-%m-%dT%H:%M:%S.%fZ')`
  if (type.startsWith('TIMESTAMP')) return `strftime(${column}::timestamp, '%Y-%m-%dT%H:%M:%S.%f')`
  if (type === 'VARCHAR') return `nullif(${column}, '')`
  // Older writers do not mark text as such; bytes that are none are shown in hexadecimal.
  if (type === 'BLOB') return `nullif(coalesce(try(decode(${column})), hex(${column})), '')`
  if (/\]$|^STRUCT|^MAP|^UNION/.test(type)) return `to_json(${column})::varchar`
  return `${column}::varchar`
}

/** A path as SQL text that names exactly one file: the signs of a pattern are each put in a bracket of their own. */
function pathLiteral(path: string): string {
  return `'${resolve(path).replaceAll("'", "''").replace(/[*?[]/g, '[$&]')}'`
}
