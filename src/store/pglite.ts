import { Worker } from 'node:worker_threads'
import { log } from '#lib/log.ts'
import { observePool } from '#lib/telemetry.ts'
import { StoreError } from './errors.ts'
import type { Request } from './pglite.worker.ts'
import type { Engine, Runner, Value } from './store.ts'

type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: { message: string; code?: string; constraint?: string } }
// Distributes over the union, which Omit alone does not.
type Unnumbered<R> = R extends { id: number } ? Omit<R, 'id'> : never

const checkpointAfterBytes = 32 * 1024 * 1024

const walPosition = async (runner: Runner): Promise<number> =>
  (await runner.objects<{ bytes: number }>("select (pg_current_wal_lsn() - '0/0')::bigint as bytes"))[0]!.bytes

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
  let closing = false
  const die = (error: Error) => {
    if (!closing && !dead) log('error', 'the embedded store stopped; restart the server', { error: String(error) })
    dead ??= error
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
  let queued = 0
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    queued++
    const begin = () => {
      queued--
      return work()
    }
    const mine = tail.then(begin, begin)
    tail = mine.catch(() => undefined)
    return mine
  }
  // One process has this engine, and its one connection could not tell its holders apart.
  const held = new Set<number>()
  // The embedded server has no checkpointer: without this its log would grow, and recovery with it, until the store is closed.
  let checkpointed = await walPosition(direct)
  const upkeep = setInterval(() => {
    alone(async () => {
      const position = await walPosition(direct)
      if (position - checkpointed < checkpointAfterBytes) return
      await send({ kind: 'script', text: 'checkpoint' })
      checkpointed = position
    }).catch(() => undefined)
  }, 30_000).unref()

  const unobserve = observePool('store', () => queued)
  return {
    kind: 'pglite',
    rows: (text, values) => alone(() => direct.rows(text, values)),
    objects: (text, values) => alone(() => direct.objects(text, values)),
    script: async (text) => {
      await alone(() => send({ kind: 'script', text }))
    },
    transaction: (work) =>
      alone(async () => {
        await send({ kind: 'script', text: 'begin' })
        try {
          const value = await work(direct)
          const command = await send({ kind: 'script', text: 'commit' })
          // A statement failed inside and `work` went on: PostgreSQL then rolls back, and says so only here.
          if (command !== 'COMMIT') throw new StoreError('the transaction had failed and was rolled back', '25P02')
          return value
        } catch (error) {
          await send({ kind: 'script', text: 'rollback' }).catch(() => undefined)
          throw error
        }
      }),
    whileAlone: async (lock, work) => {
      if (held.has(lock)) return undefined
      held.add(lock)
      try {
        return await work()
      } finally {
        held.delete(lock)
      }
    },
    dump: () => alone(() => send({ kind: 'dump' })) as Promise<Uint8Array>,
    close: async () => {
      unobserve()
      clearInterval(upkeep)
      closing = true
      await alone(() => send({ kind: 'close' })).catch(() => undefined)
      await worker.terminate()
    },
  }
}
