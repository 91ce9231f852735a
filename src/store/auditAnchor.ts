import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { log } from '#lib/log.ts'
import { homePaths } from './home.ts'
import type { ChainHead } from './auditChain.ts'
import type { Store } from './store.ts'

/**
 * The head of the audit chain, noted outside the database and signed with the home's key: whoever can write to the
 * database only can neither cut the chain's end nor forge it anew without being found.
 */
export async function writeAnchor(folder: string, key: Uint8Array, head: ChainHead): Promise<void> {
  const { anchor: path } = homePaths(folder)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ ...head, signature: signatureOf(key, head) })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

/**
 * Notes a newer head in place of the one noted before, if the chain still holds that one: each server has an anchor of
 * its own, and none must follow a chain that was cut or written anew elsewhere.
 */
export async function moveAnchor(store: Pick<Store, 'query'>, folder: string, key: Uint8Array, head: ChainHead) {
  const before = await readAnchor(folder, key)
  if (before !== undefined && before !== 'forged') {
    if (before.position === head.position && before.hash === head.hash) return
    const [link] = await store.query<{ hash: string }>(
      "select encode(hash, 'hex') as hash from audit_chain where position = $1",
      [before.position],
    )
    if (link?.hash !== before.hash) {
      log('error', 'the audit chain no longer holds the head noted in audit.anchor: run zhiyin verify-audit', {
        position: before.position,
      })
      return
    }
  }
  // A forged note is a finding of the verification, and stays one.
  if (before !== 'forged') await writeAnchor(folder, key, head)
}

/** The noted head; 'forged' where its signature is not this key's; undefined where none was noted. */
export async function readAnchor(folder: string, key: Uint8Array): Promise<ChainHead | 'forged' | undefined> {
  let text: string
  try {
    text = await readFile(homePaths(folder).anchor, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { position, hash, signature } = JSON.parse(text) as ChainHead & { signature: string }
    const [given, right] = [Buffer.from(String(signature)), Buffer.from(signatureOf(key, { position, hash }))]
    return given.length === right.length && timingSafeEqual(given, right) ? { position, hash } : 'forged'
  } catch {
    return 'forged'
  }
}

const signatureOf = (key: Uint8Array, { position, hash }: ChainHead): string =>
  createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'zhiyin audit anchor', 32)))
    .update(`${position}|${hash}`)
    .digest('hex')
