import type { Job } from '#features/job.ts'
import { carryOutErasures } from './mutations/carryOut.ts'

export const jobs: Job[] = [
  {
    name: 'erasures.carryOut',
    schedule: { everyMinutes: 1 },
    run: carryOutErasures,
  },
]
