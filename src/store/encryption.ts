import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FileCipher, fileCipher } from './fileCipher.ts'

/** Encrypts personal fields and files (AES-256-GCM) and makes blind indexes (HMAC-SHA-256), all from one key file. */
export interface FieldCipher extends FileCipher {
  encrypt(text: string): Uint8Array
  decrypt(bytes: Uint8Array): string
  encryptBytes(bytes: Uint8Array): Uint8Array
  decryptBytes(bytes: Uint8Array): Uint8Array
  /** The same text gives the same index within one field name, and tells nothing of the text without the key. */
  blindIndex(field: string, text: string): Uint8Array
}

const formatVersion = 1

export function fieldCipher(key: Uint8Array): FieldCipher {
  const dataKey = Buffer.from(hkdfSync('sha256', key, '', 'zhiyin field encryption', 32))
  const indexKey = Buffer.from(hkdfSync('sha256', key, '', 'zhiyin blind index', 32))
  const encryptBytes = (plain: Uint8Array): Uint8Array => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', dataKey, nonce)
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([Buffer.of(formatVersion), nonce, cipher.getAuthTag(), body])
  }
  const decryptBytes = (bytes: Uint8Array): Uint8Array => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer[0] !== formatVersion) throw new Error('an encrypted field has an unknown format')
    const decipher = createDecipheriv('aes-256-gcm', dataKey, buffer.subarray(1, 13))
    decipher.setAuthTag(buffer.subarray(13, 29))
    return Buffer.concat([decipher.update(buffer.subarray(29)), decipher.final()])
  }
  return {
    ...fileCipher(key),
    encryptBytes,
    decryptBytes,
    encrypt: (text) => encryptBytes(Buffer.from(text, 'utf8')),
    decrypt: (bytes) => Buffer.from(decryptBytes(bytes)).toString('utf8'),
    blindIndex: (field, text) =>
      createHmac('sha256', indexKey)
        .update(`${field}\0${text.normalize('NFKC')}`)
        .digest(),
  }
}

/** Reads the key file, or makes one that only its owner can read when the home is new. */
export async function openKeyFile(path: string, create: boolean): Promise<Uint8Array> {
  if (create) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${randomBytes(32).toString('hex')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  }
  const hex = (await readFile(path, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error(`${path} is not a key file: 64 hexadecimal digits were expected`)
  return Buffer.from(hex, 'hex')
}

/** Undefined where no key file lies there, or something else does. */
export const readKeyFile = (path: string): Promise<Uint8Array | undefined> =>
  openKeyFile(path, false).catch(() => undefined)

/** Brings a home its key: whole or not at all, for its owner only. */
export async function copyKeyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const draft = `${to}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(await readFile(from))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, to)
}
