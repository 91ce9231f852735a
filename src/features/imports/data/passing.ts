import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import type { KeptFile } from './uploads.ts'

const partBytes = 4 * 1024 * 1024

/** Lays a file that was sent to this server into the Store, encrypted and in parts, for whichever server is asked next. */
export async function passOn({ store, cipher }: Services, kept: KeptFile): Promise<void> {
  const { path, ...described } = kept
  await store.query('insert into uploads (id, sent_by, described_enc) values ($1, $2, $3)', [
    kept.id,
    kept.sentBy,
    cipher.encrypt(JSON.stringify(described)),
  ])
  let position = 0
  for await (const part of createReadStream(path, { highWaterMark: partBytes }))
    await store.query('insert into upload_parts (upload_id, position, body_enc) values ($1, $2, $3)', [
      kept.id,
      position++,
      cipher.encryptBytes(part as Buffer),
    ])
}

/** Brings a file of this caller's that another server took to this one's disk; undefined where there is none, or half of one. */
export async function fetchFile(
  { store, cipher }: Services,
  scope: Scope,
  id: string,
  folder: string,
): Promise<KeptFile | undefined> {
  const [row] = await store.query<{ described_enc: Uint8Array }>(
    'select described_enc from uploads where id = $1 and sent_by = $2',
    [id, scope.actor.id],
  )
  if (!row) return undefined
  const path = join(folder, id)
  const kept = { ...(JSON.parse(cipher.decrypt(row.described_enc)) as Omit<KeptFile, 'path'>), path }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Two requests may bring it at once: each writes its own, and the last name given stands.
  const draft = `${path}.${newId('cpy')}`
  let bytes = 0
  const file = await open(draft, 'wx', 0o600)
  try {
    for (let position = 0; bytes < kept.bytes; position++) {
      const [part] = await store.query<{ body_enc: Uint8Array }>(
        'select body_enc from upload_parts where upload_id = $1 and position = $2',
        [id, position],
      )
      if (!part) break
      const body = cipher.decryptBytes(part.body_enc)
      await file.writeFile(body)
      bytes += body.byteLength
    }
  } finally {
    await file.close()
  }
  if (bytes !== kept.bytes) {
    await rm(draft, { force: true })
    return undefined
  }
  await rename(draft, path)
  await writeFile(`${path}.json`, JSON.stringify(kept), { mode: 0o600 })
  return kept
}

/** The ids of files on their way; what is older than a day is forgotten. */
export async function passedFiles({ store }: Services): Promise<Set<string>> {
  await store.query("delete from uploads where sent_at < now() - interval '24 hours'")
  return new Set((await store.query<{ id: string }>('select id from uploads')).map(({ id }) => id))
}
