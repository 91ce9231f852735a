import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scopeOfOperator } from '#access/mint.ts'
import { readLoad } from '#features/imports/data/loads.ts'
import { loadAndWait } from '#features/imports/mutations/loadFile.ts'
import type { Services } from '#features/services.ts'
import { openHome } from '#server/open.ts'
import type { Mapping } from '#warehouse/import/mapping.ts'

/** A real home with both stores on disk, gone when `work` ends. */
export async function withHome<T>(work: (services: Services, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-bench-'))
  const opened = await openHome({ folder: join(folder, 'home'), kind: 'real' })
  if (!opened.ok) throw new Error(opened.reason)
  try {
    return await work(opened.value.services, folder)
  } finally {
    await opened.value.close()
    await rm(folder, { recursive: true, force: true })
  }
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Loads a file as the import page and the command line do: read, mapped, loaded, prepared, on record. */
export async function importWhole(
  services: Services,
  file: { path: string; fileName: string; hash: string },
  mapping: Mapping,
  events: number,
): Promise<number> {
  const id = await loadAndWait(services, scopeOfOperator(), file, mapping)
  const done = await readLoad(services, scopeOfOperator(), id)
  if (done?.state !== 'done' || done.rows.new !== events) throw new Error(JSON.stringify(done))
  return id
}
