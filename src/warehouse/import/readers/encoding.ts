import { isUtf8 } from 'node:buffer'
import { ReadFault } from './fault.ts'

export type Encoding = 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be' | string

/** The names under which an encoding may be declared, by the one under which it is decoded. */
const passedThrough = new Set(['utf-8', 'us-ascii', 'ascii', 'utf8'])

/**
 * What the first bytes are written in. Undecided bytes (plain ASCII) count as UTF-8; Chinese that is not UTF-8 is taken
 * for GB18030, of which GBK and GB2312 are parts.
 */
export function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const whole = withoutCutTail(head)
  if (isUtf8(whole)) return 'utf-8'
  // Mostly good UTF-8 is UTF-8 with damaged places; GB18030 read as UTF-8 is damaged nearly everywhere.
  const text = whole.toString()
  const damaged = text.split('\ufffd').length - 1
  const good = [...text].filter((character) => character > '\x7f' && character !== '\ufffd').length
  return good > damaged * 4 ? 'utf-8' : 'gb18030'
}

/** A sample may end inside a character. */
function withoutCutTail(head: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= head.length; back++) {
    const byte = head[head.length - back]!
    if (byte < 0x80) break
    if (byte >= 0xc0) return head.subarray(0, head.length - back)
  }
  return head
}

export function normalEncoding(name: string): Encoding {
  const lower = name.trim().toLowerCase()
  if (passedThrough.has(lower)) return 'utf-8'
  try {
    return new TextDecoder(lower).encoding
  } catch {
    throw new ReadFault('encoding_unsupported', { encoding: name })
  }
}

/** The pieces as UTF-8. What cannot be decoded becomes U+FFFD, which the caller reports where it finds it. */
export async function* utf8Of(pieces: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  if (normalEncoding(encoding) === 'utf-8') {
    yield* pieces
    return
  }
  const decoder = new TextDecoder(encoding)
  for await (const piece of pieces) {
    const text = decoder.decode(piece, { stream: true })
    if (text) yield Buffer.from(text)
  }
  const last = decoder.decode()
  if (last) yield Buffer.from(last)
}
