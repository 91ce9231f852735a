import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { inPieces } from '#lib/pieces.ts'

/** Encrypts whole files of any length, piece by piece. */
export interface FileCipher {
  /** `name` is bound to the content: it opens under this name only. */
  encryptFile(name: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** Throws FileDamaged when a byte was changed, the end is missing, or the file is another's. */
  decryptFile(name: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
}

export class FileDamaged extends Error {
  constructor(name: string) {
    super(`${name} was changed, cut short, or encrypted under another key or name`)
    this.name = 'FileDamaged'
  }
}

const formatVersion = 1
const saltBytes = 32
const tagBytes = 16
const pieceBytes = 1 << 20

/**
 * Format 1: a byte of format, a salt, then pieces of 1 MiB, each AES-256-GCM under a key of this file alone (HKDF of the
 * home's key, salt and name). The nonce is the piece's number and whether it is the last, so that pieces cannot be moved,
 * left out or cut off: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as in age.
 */
export function fileCipher(key: Uint8Array): FileCipher {
  const keyOf = (salt: Uint8Array, name: string) =>
    Buffer.from(hkdfSync('sha256', key, salt, `zhiyin file encryption\0${name}`, 32))
  return {
    async *encryptFile(name, content) {
      const salt = randomBytes(saltBytes)
      const fileKey = keyOf(salt, name)
      yield Buffer.concat([Buffer.of(formatVersion), salt])
      let number = 0
      for await (const { piece, last } of inPieces(content, pieceBytes)) {
        const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(number++, last))
        yield cipher.update(piece)
        cipher.final()
        yield cipher.getAuthTag()
      }
    },
    async *decryptFile(name, content) {
      const { head, rest } = await splitHead(content, 1 + saltBytes)
      if (head.length < 1 + saltBytes || head[0] !== formatVersion) throw new FileDamaged(name)
      const fileKey = keyOf(head.subarray(1), name)
      let number = 0
      for await (const { piece, last } of inPieces(rest, pieceBytes + tagBytes)) {
        if (piece.length < tagBytes) throw new FileDamaged(name)
        const decipher = createDecipheriv('aes-256-gcm', fileKey, nonceOf(number++, last))
        decipher.setAuthTag(piece.subarray(-tagBytes))
        const plain = decipher.update(piece.subarray(0, -tagBytes))
        try {
          decipher.final()
        } catch {
          throw new FileDamaged(name)
        }
        // Only now: nothing is given out that was not authenticated.
        yield plain
      }
    },
  }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** The first bytes of a stream, and what follows them. */
async function splitHead(content: AsyncIterable<Uint8Array>, bytes: number) {
  const pieces = content[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < bytes) {
    const { value, done } = await pieces.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  const begun = head.subarray(bytes)
  async function* rest() {
    try {
      yield begun
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
    } finally {
      await pieces.return?.()
    }
  }
  return { head: head.subarray(0, bytes), rest: rest() }
}
