import type { Services } from '#features/services.ts'
import { keepLease, type Lease, leaseEnd } from '#store/lease.ts'

export interface LoadProgress {
  phase: 'reading' | 'mapping' | 'loading' | 'preparing'
  bytesRead: number
  bytesTotal: number
  rows: number
  secondsLeft: number | null
}

export interface RunningLoad {
  progress: LoadProgress
  abort: AbortController
  done: Promise<void>
}

const byHome = new WeakMap<Services['store'], Map<number, RunningLoad>>()

/** The loads that this process works on now. */
export function runningLoads(services: Pick<Services, 'store'>): Map<number, RunningLoad> {
  let running = byHome.get(services.store)
  if (!running) {
    running = new Map()
    byHome.set(services.store, running)
  }
  return running
}

/**
 * Writes down once a second how far a load of this server is, so that readers and servers elsewhere know it goes on, and
 * sees whether one of them has cancelled it. A server that has the home alone needs none of it.
 */
export function keepLoad(services: Services, id: number, progress: LoadProgress, abort: AbortController): Lease {
  const { store, server } = services
  if (!server.shared) return { lost: new AbortController().signal, stop: async () => undefined }
  const lease = keepLease(async () => {
    const [row] = await store.query<{ cancel_asked: boolean }>(
      `update loads set lease_until = ${leaseEnd}, progress = $3::jsonb
       where id = $1 and server_id = $2 and state = 'running' returning cancel_asked`,
      [id, server.id, JSON.stringify(progress)],
    )
    if (row?.cancel_asked) abort.abort()
    return row !== undefined
  }, 1_000)
  lease.lost.addEventListener('abort', () => abort.abort(lease.lost.reason))
  return lease
}

/** Says how far a load is, and how long it still takes at the pace so far. */
export function progressOf(startedAt: number) {
  const progress: LoadProgress = { phase: 'reading', bytesRead: 0, bytesTotal: 0, rows: 0, secondsLeft: null }
  return {
    progress,
    read(bytesRead: number, bytesTotal: number, rows: number) {
      const elapsed = (Date.now() - startedAt) / 1000
      Object.assign(progress, { bytesRead, bytesTotal, rows })
      progress.secondsLeft =
        bytesRead > 0 && elapsed > 0.5 ? Math.max(0, (elapsed * (bytesTotal - bytesRead)) / bytesRead) : null
    },
    enter(phase: LoadProgress['phase']) {
      progress.phase = phase
      if (phase !== 'reading') progress.secondsLeft = null
    },
  }
}
