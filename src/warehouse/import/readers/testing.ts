import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openBytes } from './bytes.ts'
import type { ReadOptions, Staged } from './staging.ts'
import { Staging } from './staging.ts'
import { readInto } from './readInto.ts'

/** A database in memory and a folder, both gone when the test ends. */
export async function bench(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-readers-'))
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  t.after(async () => {
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true, force: true })
  })
  const file = async (content: string | Buffer, name = 'file') => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }
  const rows = async (query: string) => rowsOf(connection, query)
  return {
    connection,
    file,
    rows,
    /** Reads a text as if it were a file; fails the test where the file is refused. */
    async staged(content: string | Buffer, options?: ReadOptions): Promise<Staged> {
      const result = await readInto(connection, await file(content), options)
      if (!result.ok) throw new Error(`refused: ${result.reason} ${JSON.stringify(result.detail)}`)
      return result.value
    },
    async refusal(content: string | Buffer, options?: ReadOptions) {
      const result = await readInto(connection, await file(content), options)
      if (result.ok) throw new Error('was read')
      return { reason: result.reason, ...result.detail }
    },
    /** Runs one reader over pieces of a given size, to show that nothing depends on where a piece ends. */
    async inPieces(
      content: string | Buffer,
      pieceBytes: number,
      read: (bytes: Awaited<ReturnType<typeof openBytes>>, staging: Staging) => Promise<Staged>,
    ): Promise<Staged> {
      const bytes = await openBytes(await file(content))
      bytes.pieceBytes = pieceBytes
      return read(bytes, new Staging(connection, {}))
    },
    rejects: (staged: Staged) =>
      rows(`select row_number, column_name, reason, detail from ${staged.rejectTable} order by all`),
    relations: async () =>
      (
        await rows(
          'select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal',
        )
      ).flat(),
  }
}

async function rowsOf(connection: DuckDBConnection, query: string): Promise<(string | number | boolean | null)[][]> {
  const result = await connection.runAndReadAll(query)
  return result
    .getRowsJS()
    .map((row) =>
      row.map((cell) =>
        typeof cell === 'bigint' ? Number(cell) : cell instanceof Date ? cell.toISOString() : (cell as string | null),
      ),
    )
}

/** A ZIP archive, deflated, as its entries' names and contents. */
export function zipOf(entries: Record<string, string | Buffer>): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = Buffer.from(content)
    const packed = deflateRawSync(data)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(8, 4)
    fields.writeUInt32LE(crc32(data), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(data.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed])
    const central = Buffer.alloc(16)
    central.writeUInt32LE(offset, 12)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, central.subarray(2), Buffer.from(name)]))
    parts.push(local)
    offset += local.length
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}
