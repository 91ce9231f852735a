/**
 * Cuts a stream into pieces of exactly so many bytes; only the last one may be shorter, and it says that it is the last.
 * A stream without content is one empty piece. Each piece is memory of its own: it may be kept.
 */
export async function* inPieces(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let piece = Buffer.allocUnsafe(bytes)
  let filled = 0
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; ) {
      // A full piece waits for the next byte: until then it may be the last.
      if (filled === bytes) {
        yield { piece, last: false }
        piece = Buffer.allocUnsafe(bytes)
        filled = 0
      }
      const taken = Math.min(bytes - filled, chunk.length - at)
      piece.set(chunk.subarray(at, at + taken), filled)
      filled += taken
      at += taken
    }
  yield { piece: piece.subarray(0, filled), last: true }
}
