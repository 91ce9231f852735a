import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { recordAudit } from '#store/audit.ts'
import { homePaths } from '#store/home.ts'
import type { ImportKind } from '#warehouse/import/kinds.ts'
import { readInto } from '#warehouse/import/readers/readInto.ts'
import type { upload } from '../contract.ts'
import { fetchFile, passedFiles, passOn } from './passing.ts'
import { guessMapping } from '../parse/guess.ts'

export type Upload = z.input<typeof upload>

export interface KeptFile {
  id: string
  fileName: string
  path: string
  bytes: number
  hash: string
  /** Whoever sent it; nobody else reads it. */
  sentBy: string
}

const firstRows = 2_000
const keptHours = 24

/** The servers' common folder where the operator names one, else this server's own. */
const folderOf = (services: Pick<Services, 'home'>) =>
  process.env.ZHIYIN_UPLOADS ?? homePaths(services.home.folder).uploads

/** The next request may reach another server, which does not see this one's disk: then the file goes through the Store. */
const goesThroughStore = ({ server }: Services) => server.shared && !process.env.ZHIYIN_UPLOADS

/** Keeps a file that was sent, readable by the server's own user only, until it is loaded or a day has passed. */
export async function keepFile(
  services: Services,
  scope: Scope,
  fileName: string,
  stream: Readable,
): Promise<Result<KeptFile, 'file_empty'>> {
  const folder = folderOf(services)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const id = newId('upl')
  const path = join(folder, id)
  const hash = createHash('sha256')
  let bytes = 0
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk)
      bytes += chunk.length
      next(null, chunk)
    },
  })
  try {
    await pipeline(stream, measured, createWriteStream(path, { mode: 0o600 }))
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  if (bytes === 0) {
    await rm(path, { force: true })
    return fail('file_empty')
  }
  const kept: KeptFile = {
    id,
    fileName: basename(fileName),
    path,
    bytes,
    hash: hash.digest('hex'),
    sentBy: scope.actor.id,
  }
  if (goesThroughStore(services)) await passOn(services, kept)
  await writeFile(`${path}.json`, JSON.stringify(kept), { mode: 0o600 })
  return ok(kept)
}

/** A file that this caller sent; another caller's is not found. */
export async function keptFile(services: Services, scope: Scope, id: string): Promise<KeptFile | undefined> {
  if (!/^upl_[0-9a-z]+$/.test(id)) return undefined
  const text = await readFile(join(folderOf(services), `${id}.json`), 'utf8').catch(() => undefined)
  if (text === undefined)
    return goesThroughStore(services) ? fetchFile(services, scope, id, folderOf(services)) : undefined
  const kept = { ...(JSON.parse(text) as KeptFile), path: join(folderOf(services), id) }
  return kept.sentBy === scope.actor.id ? kept : undefined
}

export async function dropFile(services: Services, kept: KeptFile): Promise<void> {
  await rm(kept.path, { force: true })
  await rm(`${kept.path}.json`, { force: true })
  if (goesThroughStore(services)) await services.store.query('delete from uploads where id = $1', [kept.id])
}

/** Removes files nobody loaded within a day: they hold customers' data. */
export async function dropOldFiles(services: Services): Promise<number> {
  const folder = folderOf(services)
  const now = services.clock().getTime()
  const passing = goesThroughStore(services) ? await passedFiles(services) : undefined
  let dropped = 0
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('upl_')) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    // What was loaded or dropped on another server leaves its copy here; a younger one may be on its way to the Store.
    const isLeft = passing !== undefined && !passing.has(name.split('.', 1)[0]!)
    if (!found || found.mtimeMs > now - (isLeft ? 1 : keptHours) * 3_600_000) continue
    await rm(path, { force: true })
    dropped += 1
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
  const seen = await services.warehouse.session(async ({ connection }) => {
    const read = await readInto(connection, kept.path, { ...named, firstRows })
    if (!read.ok) return read
    const { columns, rows, format, found } = read.value
    const filled = await filledShares(
      connection,
      read.value.table,
      columns.map((column) => column.name),
    )
    await read.value.drop()
    return ok({ columns, rows, format, found, filled })
  })
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
