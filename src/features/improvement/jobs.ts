import type { Job } from '#features/job.ts'
import { estimateDue } from './mutations/effects.ts'
import { remind } from './mutations/reminders.ts'

export const jobs: readonly Job[] = [
  {
    name: 'improvement.estimate',
    schedule: { everyMinutes: 60 },
    run: async (services, scope, signal) => {
      await estimateDue(services, scope, signal)
    },
  },
  {
    name: 'improvement.remind',
    schedule: { everyMinutes: 60 },
    run: async (services, scope) => {
      await remind(services, scope)
    },
  },
]
