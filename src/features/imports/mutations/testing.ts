import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Scope } from '#access/scope.ts'
import { openTestHome, type TestHome } from '#server/testing.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { raw } from '#warehouse/sql.ts'
import type { Row } from '#warehouse/warehouse.ts'
import { type Load, readLoad } from '../data/loads.ts'
import { takeInteractions } from '../mutations.ts'
import { type FileToLoad, loadAndWait } from './loadFile.ts'
import { moveIntake } from './moveIntake.ts'

/** A home into which tests bring files and lines. */
export interface ImportBench {
  home: TestHome
  file(name: string, content: string | Uint8Array): Promise<FileToLoad & { path: string }>
  /** Loads this text under that mapping and answers with the load at its end. */
  load(name: string, content: string | Uint8Array, mapping: unknown, strict?: boolean): Promise<Load>
  /** Sends lines as one batch and moves whatever waits. */
  send(lines: object[], options?: { scope?: Scope; key?: string; source?: string }): ReturnType<typeof takeInteractions>
  /** Rows of the warehouse. */
  rows(query: string): Promise<Row[]>
  close(): Promise<void>
}

export async function openImportBench(options?: Parameters<typeof openTestHome>[0]): Promise<ImportBench> {
  const home = await openTestHome(options)
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-imports-'))
  const { services, operator } = home
  let keys = 0
  const file = async (name: string, content: string | Uint8Array): Promise<FileToLoad & { path: string }> => {
    const path = join(folder, name)
    await writeFile(path, content)
    return {
      path,
      fileName: basename(path),
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    }
  }
  return {
    home,
    file,
    load: async (name, content, input, strict = false) => {
      const mapping = readMapping(input)
      assert.ok(mapping.ok, JSON.stringify(mapping))
      const id = await loadAndWait(services, operator, await file(name, content), mapping.value, strict)
      const load = await readLoad(services, operator, id)
      assert.ok(load)
      return load
    },
    send: async (lines, { scope = operator, key = `key-${++keys}`, source = 'app' } = {}) => {
      const taken = await takeInteractions(services, scope, {
        source,
        key,
        body: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')),
      })
      while ((await moveIntake(services)) > 0);
      return taken
    },
    rows: async (query) => (await services.warehouse.write((writer) => writer.run(raw(query)))).rows,
    close: async () => {
      await home.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
