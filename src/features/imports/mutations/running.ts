import type { Services } from '#features/services.ts'

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
