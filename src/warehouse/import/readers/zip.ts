import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { ReadFault } from './fault.ts'

export interface ZipEntry {
  name: string
  method: number
  encrypted: boolean
  compressed: number
  /** Where the entry's local header stands. */
  offset: number
}

const mostEntries = 10_000
const largestDirectory = 16 << 20
/** What is packed may unpack to 64 MB at once, and beyond that to no more than this many times its packed size. */
export const mostUnpacked = (packed: number): number => (64 << 20) + packed * 200

/** The directory of a ZIP archive (APPNOTE 6.3, ZIP64 included), by entry name. */
export async function zipEntries(path: string): Promise<Map<string, ZipEntry>> {
  const handle = await open(path, 'r')
  const at = async (position: number, length: number) => {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    if (bytesRead < length) throw new ReadFault('zip_malformed', { what: 'cut short' })
    return buffer
  }
  try {
    const { size } = await handle.stat()
    const tailAt = Math.max(0, size - 65_557)
    const tail = await at(tailAt, size - tailAt)
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
    if (end < 0 || end + 22 > tail.length) throw new ReadFault('zip_malformed', { what: 'no directory' })
    let count = tail.readUInt16LE(end + 10)
    let length = tail.readUInt32LE(end + 12)
    let start = tail.readUInt32LE(end + 16)
    if (start === 0xffffffff || count === 0xffff || length === 0xffffffff) {
      const locator = await at(tailAt + end - 20, 20)
      if (locator.readUInt32LE(0) !== 0x07064b50) throw new ReadFault('zip_malformed', { what: 'no directory' })
      const record = await at(Number(locator.readBigUInt64LE(8)), 56)
      count = Number(record.readBigUInt64LE(32))
      length = Number(record.readBigUInt64LE(40))
      start = Number(record.readBigUInt64LE(48))
    }
    if (count > mostEntries || length > largestDirectory) throw new ReadFault('zip_bomb_refused')
    return parseDirectory(await at(start, length), count)
  } finally {
    await handle.close()
  }
}

function parseDirectory(directory: Buffer, count: number): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>()
  let p = 0
  for (let i = 0; i < count; i++) {
    if (p + 46 > directory.length || directory.readUInt32LE(p) !== 0x02014b50)
      throw new ReadFault('zip_malformed', { what: 'damaged directory' })
    const nameLength = directory.readUInt16LE(p + 28)
    const extraLength = directory.readUInt16LE(p + 30)
    const name = directory.toString('utf8', p + 46, p + 46 + nameLength)
    let compressed = directory.readUInt32LE(p + 20)
    let offset = directory.readUInt32LE(p + 42)
    const extra = directory.subarray(p + 46 + nameLength, p + 46 + nameLength + extraLength)
    for (let q = 0; q + 4 <= extra.length; q += 4 + extra.readUInt16LE(q + 2)) {
      if (extra.readUInt16LE(q) !== 1) continue
      let field = q + 4
      if (directory.readUInt32LE(p + 24) === 0xffffffff) field += 8
      if (compressed === 0xffffffff) {
        compressed = Number(extra.readBigUInt64LE(field))
        field += 8
      }
      if (offset === 0xffffffff) offset = Number(extra.readBigUInt64LE(field))
    }
    const flags = directory.readUInt16LE(p + 8)
    entries.set(name, {
      name,
      method: directory.readUInt16LE(p + 10),
      encrypted: (flags & 1) === 1,
      compressed,
      offset,
    })
    p += 46 + nameLength + extraLength + directory.readUInt16LE(p + 32)
  }
  return entries
}

/** Unpacks one entry as a stream, and stops as soon as it grows beyond what honest data does. */
export async function* zipContent(
  path: string,
  entry: ZipEntry,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  if (entry.encrypted) throw new ReadFault('xls_unsupported')
  if (entry.method !== 0 && entry.method !== 8) throw new ReadFault('zip_malformed', { what: `method ${entry.method}` })
  const handle = await open(path, 'r')
  const header = Buffer.alloc(30)
  const { bytesRead } = await handle.read(header, 0, 30, entry.offset).finally(() => handle.close())
  if (bytesRead < 30 || header.readUInt32LE(0) !== 0x04034b50)
    throw new ReadFault('zip_malformed', { what: entry.name })
  if (entry.compressed === 0) return
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const file = createReadStream(path, { start, end: start + entry.compressed - 1, highWaterMark: 1 << 16 })
  if (onRead) file.on('data', (piece) => onRead(piece.length))
  const content = entry.method === 8 ? file.pipe(createInflateRaw({ chunkSize: 1 << 18 })) : file
  if (content !== file) file.on('error', (error) => content.destroy(error))
  const limit = mostUnpacked(entry.compressed)
  let total = 0
  try {
    for await (const piece of content) {
      total += (piece as Buffer).length
      if (total > limit) throw new ReadFault('zip_bomb_refused', { part: entry.name })
      yield piece as Buffer
    }
  } catch (error) {
    if (error instanceof ReadFault) throw error
    throw new ReadFault('zip_malformed', { what: entry.name })
  } finally {
    content.destroy()
    file.destroy()
  }
}
