/** PGlite blocks its thread while it works, so it lives in this one. One message in, one out, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { typeParsers } from './types.ts'

export type Request =
  | { id: number; kind: 'query'; text: string; values: unknown[]; asObjects: boolean }
  | { id: number; kind: 'script'; text: string }
  | { id: number; kind: 'dump' }
  | { id: number; kind: 'close' }

const { dataDir, loadFrom } = workerData as { dataDir: string; loadFrom?: Uint8Array }
const port = parentPort!

const db = await PGlite.create({
  ...(dataDir === 'memory://' ? {} : { dataDir }),
  parsers: typeParsers,
  ...(loadFrom ? { loadDataDir: new Blob([loadFrom as Uint8Array<ArrayBuffer>]) } : {}),
})
await db.exec("set time zone 'UTC'")
port.postMessage({ id: 0, ok: true })

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'query': {
      const result = await db.query(request.text, request.values, {
        rowMode: request.asObjects ? 'object' : 'array',
      })
      return result.rows
    }
    case 'script':
      return (await db.exec(request.text)).at(-1)?.command ?? null
    case 'dump':
      return new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer())
    case 'close':
      await db.close()
      return null
  }
}

let tail: Promise<void> = Promise.resolve()
port.on('message', (request: Request) => {
  tail = tail.then(async () => {
    try {
      port.postMessage({ id: request.id, ok: true, value: await answer(request) })
    } catch (error) {
      const { message, code, detail, constraint } = error as Error & Record<string, string | undefined>
      port.postMessage({ id: request.id, ok: false, error: { message, code, detail, constraint } })
    }
    if (request.kind === 'close') port.close()
  })
})
