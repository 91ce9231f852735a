import { forgetOldAttempts } from '#access/signIn.ts'
import type { Job } from '#features/job.ts'

export const jobs: Job[] = [
  {
    name: 'access.forget',
    schedule: { daily: '03:40' },
    run: ({ store, clock }) => forgetOldAttempts(store, clock()),
  },
]
