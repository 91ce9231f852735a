import { Worker } from 'node:worker_threads'
import type { Request } from './pglite.worker.ts'
import type { Engine, Runner, Value } from './store.ts'

/** A fault the database reported, with its SQLSTATE. */
export class StoreError extends Error {
  readonly code: string | undefined
  readonly constraint: string | undefined
  constructor(message: string, code?: string, constraint?: string) {
    super(message)
    this.name = 'StoreError'
    this.code = code
    this.constraint = constraint
  }
}

type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: { message: string; code?: string; constraint?: string } }
// Distributes over the union, which Omit alone does not.
type Unnumbered<R> = R extends { id: number } ? Omit<R, 'id'> : never

/** Opens PGlite in its worker. `dataDir` is a folder or 'memory://'. The caller holds the home's lock. */
export async function openPglite(
  dataDir: string,
  loadFrom?: Uint8Array,
): Promise<Engine & { dump(): Promise<Uint8Array> }> {
  const worker = new Worker(new URL('./pglite.worker.ts', import.meta.url), { workerData: { dataDir, loadFrom } })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let next = 0
  let dead: Error | undefined

  const opened = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }))
  worker.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.ok) caller?.resolve(reply.value)
    else caller?.reject(new StoreError(reply.error.message, reply.error.code, reply.error.constraint))
  })
  const die = (error: Error) => {
    dead = error
    for (const caller of waiting.values()) caller.reject(error)
    waiting.clear()
  }
  worker.on('error', die)
  worker.on('exit', () => die(new Error('the store is closed')))
  await opened

  const send = (request: Unnumbered<Request>): Promise<unknown> => {
    if (dead) return Promise.reject(dead)
    const id = ++next
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...request })
    })
  }
  const direct: Runner = {
    rows: (text, values) => send({ kind: 'query', text, values: [...values], asObjects: false }) as Promise<Value[][]>,
    objects: <T>(text: string, values: readonly Value[] = []) =>
      send({ kind: 'query', text, values: [...values], asObjects: true }) as Promise<T[]>,
  }

  // One connection: whoever is in a transaction has it alone.
  let tail: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = tail.then(work, work)
    tail = mine.catch(() => undefined)
    return mine
  }
  return {
    kind: 'pglite',
    rows: (text, values) => alone(() => direct.rows(text, values)),
    objects: (text, values) => alone(() => direct.objects(text, values)),
    script: (text) => alone(() => send({ kind: 'script', text })) as Promise<void>,
    transaction: (work) =>
      alone(async () => {
        await send({ kind: 'script', text: 'begin' })
        try {
          const value = await work(direct)
          await send({ kind: 'script', text: 'commit' })
          return value
        } catch (error) {
          await send({ kind: 'script', text: 'rollback' }).catch(() => undefined)
          throw error
        }
      }),
    dump: () => alone(() => send({ kind: 'dump' })) as Promise<Uint8Array>,
    close: async () => {
      await alone(() => send({ kind: 'close' })).catch(() => undefined)
      await worker.terminate()
    },
  }
}
