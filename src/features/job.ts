import type { Scope } from '#access/scope.ts'
import type { Services } from './services.ts'

/** Work the server does by itself: `schedule` is a cron line in the home's time zone. Running twice must do no harm. */
export interface Job {
  /** `feature.verb`, unique. */
  name: string
  schedule: string
  run(services: Services, scope: Scope, signal: AbortSignal): Promise<void>
}
