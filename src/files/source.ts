import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'

/**
 * What is put, as one stream. Its own faults (the sender went away, the file changed) are remembered, so that they are
 * thrown as they are and never taken for faults of the storage.
 */
export async function openSource(source: string | Readable) {
  const bytes = typeof source === 'string' ? (await stat(source)).size : undefined
  const stream = typeof source === 'string' ? createReadStream(source, { highWaterMark: 1 << 20 }) : source
  const state = { read: 0, fault: undefined as unknown }
  async function* content(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of stream) {
        state.read += (piece as Uint8Array).length
        yield piece as Uint8Array
      }
      if (bytes !== undefined && state.read !== bytes) throw new Error(`${source} changed while it was read`)
    } catch (error) {
      state.fault = error
      throw error
    }
  }
  return {
    /** Known beforehand of a file, not of a stream. */
    bytes,
    content: content(),
    read: () => state.read,
    failed: (error: unknown) => state.fault !== undefined && state.fault === error,
    /** A stream that nobody reads any more must not hold its sender. */
    close: () => stream.destroy(),
  }
}
