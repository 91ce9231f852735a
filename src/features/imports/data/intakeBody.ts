import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { FieldCipher } from '#store/encryption.ts'

// How a batch of interactions lies in the Store while it waits.

export const packBody = (cipher: FieldCipher, body: Uint8Array): Uint8Array =>
  cipher.encryptBytes(zstdCompressSync(body))

/** The lines of a batch as they came, empty ones left out. */
export const linesInBody = (cipher: FieldCipher, body: Uint8Array): string[] =>
  zstdDecompressSync(cipher.decryptBytes(body))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
