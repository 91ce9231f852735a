import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { ReadFault } from './fault.ts'
import { mostUnpacked } from './zip.ts'

export interface Progress {
  bytesRead: number
  bytesTotal: number
  rows: number
}

export interface Bytes {
  path: string
  bytesTotal: number
  gzip: boolean
  signal?: AbortSignal | undefined
  /** Bytes of the file itself, compressed where it is, that have been taken so far. */
  bytesRead: number
  /** How much a packed file may unpack to. */
  contentLimit: number
  /** About how large the pieces of content are. */
  pieceBytes: number
}

/** Opens a file for reading; gzip is told by its first two bytes, not by the name. */
export async function openBytes(path: string, signal?: AbortSignal): Promise<Bytes> {
  let handle: Awaited<ReturnType<typeof open>>
  try {
    handle = await open(path, 'r')
  } catch (error) {
    throw new ReadFault('file_unreadable', { cause: (error as NodeJS.ErrnoException).code })
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new ReadFault('file_unreadable', { cause: 'not a file' })
    if (stat.size === 0) throw new ReadFault('file_empty')
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    const gzip = buffer[0] === 0x1f && buffer[1] === 0x8b
    return {
      path,
      bytesTotal: stat.size,
      gzip,
      contentLimit: gzip ? mostUnpacked(stat.size) : Number.POSITIVE_INFINITY,
      signal,
      bytesRead: 0,
      pieceBytes: 1 << 20,
    }
  } finally {
    await handle.close()
  }
}

/**
 * The content in pieces, unpacked, and refused as soon as it grows beyond what honest data does. Inflating runs in the
 * thread pool a few pieces ahead, beside the caller's parsing.
 */
export async function* contentOf(bytes: Bytes): AsyncGenerator<Buffer> {
  const file = createReadStream(bytes.path, { highWaterMark: bytes.gzip ? 1 << 18 : bytes.pieceBytes })
  bytes.bytesRead = 0
  file.on('data', (piece) => {
    bytes.bytesRead += piece.length
  })
  const inflating = { chunkSize: bytes.pieceBytes, highWaterMark: bytes.pieceBytes * 4 }
  const content = bytes.gzip ? file.pipe(createGunzip(inflating)) : file
  if (content !== file) file.on('error', (error) => content.destroy(error))
  let total = 0
  try {
    for await (const piece of content) {
      if (bytes.signal?.aborted) throw new ReadFault('read_cancelled')
      total += (piece as Buffer).length
      if (total > bytes.contentLimit) throw new ReadFault('zip_bomb_refused')
      yield piece as Buffer
    }
  } catch (error) {
    if (error instanceof ReadFault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'Z_BUF_ERROR') throw new ReadFault('gzip_truncated')
    if (code.startsWith('Z_')) throw new ReadFault('gzip_corrupt', { cause: code })
    throw new ReadFault('file_unreadable', { cause: code })
  } finally {
    content.destroy()
    file.destroy()
  }
}

/** The first bytes of the content, to tell what it is. */
export async function headOf(bytes: Bytes, length: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let total = 0
  for await (const piece of contentOf(bytes)) {
    pieces.push(piece)
    total += piece.length
    if (total >= length) break
  }
  return Buffer.concat(pieces).subarray(0, length)
}
