import type { Scope } from '#access/scope.ts'
import type { Services } from './services.ts'

/** When a job is due: each local day from a time on, or in every stretch of so many minutes. */
export type Schedule = { daily: string } | { everyMinutes: number }

/** Work the server does by itself. It may be run twice for the same stretch (after a fault, after kill -9): that must do no harm. */
export interface Job {
  /** `feature.verb`, unique. */
  name: string
  schedule: Schedule
  run(services: Services, scope: Scope, signal: AbortSignal): Promise<void>
}
