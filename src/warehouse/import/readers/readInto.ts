import type { DuckDBConnection } from '@duckdb/node-api'
import { fail, ok, type Result } from '#lib/result.ts'
import { type Bytes, contentOf, openBytes } from './bytes.ts'
import { type Detected, detect } from './detect.ts'
import { utf8Of } from './encoding.ts'
import { ReadFault } from './fault.ts'
import { readJsonLines } from './jsonl.ts'
import { readParquet } from './parquet.ts'
import { type ReadOptions, type Staged, Staging } from './staging.ts'
import { readText } from './text.ts'
import { readXes } from './xes.ts'
import { readXlsx } from './xlsx.ts'

/**
 * Reads a file of any known format into a staging table of the connection. Rows that cannot be read are put aside with
 * their reason; a file that cannot be read as a whole is a failed Result, and nothing of it stays behind. Nothing else may
 * use the connection meanwhile, and no transaction should be open on it: readers run many statements.
 */
export async function readInto(
  connection: DuckDBConnection,
  path: string,
  options: ReadOptions = {},
): Promise<Result<Staged>> {
  const staging = new Staging(connection, options)
  let bytes: Bytes | undefined
  let detected: Detected | undefined
  try {
    bytes = await openBytes(path, options.signal)
    detected = await detect(bytes, options.encoding)
    return ok(await read(bytes, detected, staging, options))
  } catch (error) {
    // What cannot be dropped must not hide why reading failed.
    await staging.drop().catch(() => undefined)
    if (!(error instanceof ReadFault)) throw error
    const place = error.offset !== undefined && bytes ? await placeOf(bytes, detected!.encoding, error.offset) : {}
    return fail(error.reason, { ...error.detail, ...place })
  }
}

function read(bytes: Bytes, { format, encoding }: Detected, staging: Staging, options: ReadOptions): Promise<Staged> {
  switch (format) {
    case 'xes':
      return readXes(bytes, encoding, staging, options)
    case 'csv':
      return readText(bytes, encoding, staging, options)
    case 'jsonl':
      return readJsonLines(bytes, encoding, staging, options)
    case 'parquet':
      return readParquet(bytes, staging, options)
    case 'xlsx':
      return readXlsx(bytes, staging, options)
  }
}

/** Line and column of an offset. Only a file that failed pays for counting its lines. */
async function placeOf(bytes: Bytes, encoding: string, offset: number): Promise<Record<string, number>> {
  let line = 1
  let lineStart = 0
  let base = 0
  try {
    for await (const piece of utf8Of(contentOf({ ...bytes, signal: undefined }), encoding)) {
      for (let at = piece.indexOf(10); at >= 0 && base + at < offset; at = piece.indexOf(10, at + 1)) {
        line++
        lineStart = base + at + 1
      }
      base += piece.length
      if (base > offset) break
    }
  } catch {
    // A packed file may break off just after the place that is looked for.
  }
  return { line, column: offset - lineStart + 1, byte: offset }
}
