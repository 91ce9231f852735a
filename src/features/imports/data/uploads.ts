import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { FilesError } from '#files/fault.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import type { ImportKind } from '#warehouse/import/kinds.ts'
import { readInto } from '#warehouse/import/readers/readInto.ts'
import type { upload } from '../contract.ts'
import { guessMapping } from '../parse/guess.ts'
import { beginCopy, dropCopy, onStorage, uploadKey, withCopy } from './copies.ts'

export type Upload = z.input<typeof upload>

export interface KeptFile {
  id: string
  fileName: string
  bytes: number
  hash: string
  /** Whoever sent it; nobody else reads it. */
  sentBy: string
}

const firstRows = 2_000
const keptHours = 24
/** Its name, its hash and who sent it, encrypted as it is itself. */
const aboutKey = (id: string) => `${uploadKey(id)}.about`

/** Keeps a file that was sent, encrypted, until it is loaded or a day has passed. */
export async function keepFile(
  services: Services,
  scope: Scope,
  fileName: string,
  stream: Readable,
): Promise<Result<KeptFile, 'file_empty'>> {
  const { files, cipher } = services
  const id = newId('upl')
  const copy = await onStorage(() => beginCopy(services, id))
  const hash = createHash('sha256')
  let bytes = 0
  async function* passing() {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      hash.update(piece)
      bytes += piece.length
      await copy.write(piece)
      yield piece
    }
  }
  try {
    await onStorage(() => files.put(uploadKey(id), Readable.from(cipher.encryptFile(id, passing()))))
    const kept = { id, fileName: basename(fileName), bytes, hash: hash.digest('hex'), sentBy: scope.actor.id }
    if (bytes > 0) {
      const about = cipher.encryptBytes(Buffer.from(JSON.stringify(kept)))
      await onStorage(() => files.put(aboutKey(id), Readable.from([about])))
      await copy.keep()
      return ok(kept)
    }
  } catch (error) {
    await copy.drop()
    // What is left of it, if this fails as well, goes with the files of a day.
    await files.remove(uploadKey(id)).catch(() => undefined)
    throw error
  }
  await copy.drop()
  await files.remove(uploadKey(id))
  return fail('file_empty')
}

/** A file that this caller sent; another caller's is not found. */
export async function keptFile(services: Services, scope: Scope, id: string): Promise<KeptFile | undefined> {
  if (!/^upl_[0-9a-z]+$/.test(id)) return undefined
  const kept = await onStorage(() => readAbout(services, id))
  return kept?.id === id && kept.sentBy === scope.actor.id ? kept : undefined
}

async function readAbout({ files, cipher }: Services, id: string): Promise<KeptFile | undefined> {
  const about = await buffer(files.read(aboutKey(id))).catch((error: unknown) => {
    if (error instanceof FilesError && error.reason === 'missing') return undefined
    throw error
  })
  if (!about) return undefined
  try {
    return JSON.parse(Buffer.from(cipher.decryptBytes(about)).toString()) as KeptFile
  } catch (error) {
    throw new FilesError('corrupt', 'what is known of a file that was sent cannot be decrypted', error)
  }
}

export async function dropFile(services: Services, kept: KeptFile): Promise<void> {
  await onStorage(() => services.files.remove(aboutKey(kept.id)))
  await onStorage(() => services.files.remove(uploadKey(kept.id)))
  await dropCopy(services, kept)
}

/** Removes files nobody loaded within a day: they hold customers' data. */
export async function dropOldFiles(services: Services): Promise<number> {
  const limit = services.clock().getTime() - keptHours * 3_600_000
  let dropped = 0
  for await (const { key, changedAt } of services.files.list('uploads/')) {
    if (!key.startsWith(uploadKey('upl_')) || changedAt.getTime() > limit) continue
    await services.files.remove(key)
    dropped += 1
  }
  return dropped
}

/** Removes every file that was sent before: whom it names nobody knows until it is read. */
export async function dropFilesSentBefore(services: Services, at: Date): Promise<number> {
  let dropped = 0
  for await (const { key, changedAt } of services.files.list('uploads/')) {
    if (!key.startsWith(uploadKey('upl_')) || changedAt > at) continue
    // What is known of it goes as well, and is a file of its own here: one is counted.
    if (!key.endsWith('.about')) dropped += 1
    await services.files.remove(key)
    await dropCopy(services, { id: key.slice(uploadKey('').length) })
  }
  return dropped
}

export interface LookOptions {
  kind?: ImportKind | undefined
  delimiter?: string | undefined
  encoding?: string | undefined
  sheet?: string | undefined
}

/** Samples and excerpts of a file may name customers: whoever looks is written down. */
export const recordView = (services: Services, scope: Scope, kept: KeptFile, detail: Record<string, unknown> = {}) =>
  services.store.transaction((tx) =>
    recordAudit(tx, scope.actor, {
      action: 'upload.view',
      objectKind: 'upload',
      objectId: kept.id,
      detail: { file: kept.fileName, sha256: kept.hash, ...detail },
    }),
  )

/** What a file seems to be, from its first rows. */
export async function lookAt(
  services: Services,
  scope: Scope,
  kept: KeptFile,
  options: LookOptions = {},
): Promise<Result<Upload, 'file_unreadable' | 'file_format_unknown'>> {
  const { kind, ...given } = options
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const seen = await withCopy(services, kept, (path) =>
    services.warehouse.session(async ({ connection }) => {
      const read = await readInto(connection, path, { ...named, firstRows })
      if (!read.ok) return read
      const { columns, rows, format, found } = read.value
      const filled = await filledShares(
        connection,
        read.value.table,
        columns.map((column) => column.name),
      )
      await read.value.drop()
      return ok({ columns, rows, format, found, filled })
    }),
  )
  if (!seen.ok)
    return fail(seen.reason === 'format_unknown' ? 'file_format_unknown' : 'file_unreadable', {
      why: seen.reason,
      ...seen.detail,
    })
  const { columns, rows, format, found, filled } = seen.value
  await recordView(services, scope, kept)
  const guess = guessMapping({ columns, fileName: kept.fileName, format, kind })
  const before = await services.store.query<{ id: number }>(
    "select id from loads where file_hash = $1 and state = 'done' order by id",
    [kept.hash],
  )
  return ok({
    id: kept.id,
    fileName: kept.fileName,
    bytes: kept.bytes,
    format,
    rowsSeen: rows,
    found,
    columns: columns.map(({ name, samples }, i) => ({
      name,
      samples,
      filled: filled[i] ?? 0,
      guess: guess.fields.get(name) ?? null,
    })),
    kinds: guess.kinds,
    mapping: { ...guess.mapping, ...(Object.keys(named).length ? { file: named } : {}) },
    ambiguities: guess.ambiguities,
    loadedBefore: before.map((row) => row.id),
  })
}

async function filledShares(
  connection: { runAndReadAll(text: string): Promise<{ getRows(): unknown[][] }> },
  table: string,
  columns: readonly string[],
): Promise<number[]> {
  if (columns.length === 0) return []
  const quoted = columns.map((column) => `"${column.replaceAll('"', '""')}"`)
  const result = await connection.runAndReadAll(
    `select ${quoted.map((column) => `coalesce(count(${column}) / nullif(count(*), 0), 0)::double`).join(', ')} from ${table}`,
  )
  return (result.getRows()[0] ?? []).map(Number)
}
