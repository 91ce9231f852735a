import { routes as accessRoutes } from '#features/access/routes.ts'
import type { Bound } from '#features/bind.ts'
import { experienceComplaintTimes } from '#features/experience/questions/complaintTimes.ts'
import { experienceCoverage } from '#features/experience/questions/coverage.ts'
import { experienceNewest } from '#features/experience/questions/newest.ts'
import { experienceRecognised } from '#features/experience/questions/recognised.ts'
import { experienceSums } from '#features/experience/questions/sums.ts'
import { experienceWaitBins } from '#features/experience/questions/waitBins.ts'
import { experienceWeekly } from '#features/experience/questions/weekly.ts'
import { routes as experienceRoutes } from '#features/experience/routes.ts'
import { jobs as importsJobs } from '#features/imports/jobs.ts'
import { routes as importsRoutes } from '#features/imports/routes.ts'
import type { Job } from '#features/job.ts'
import { routes as journeysRoutes } from '#features/journeys/routes.ts'
import { questionRoutes } from '#features/questions/routes.ts'
import { routes as systemRoutes } from '#features/system/routes.ts'
import type { Question } from '#warehouse/question.ts'

/** Every question that can be asked. A feature that exports questions, routes or jobs is listed here by name. */
export const questions: readonly Question[] = [
  experienceComplaintTimes,
  experienceCoverage,
  experienceNewest,
  experienceRecognised,
  experienceSums,
  experienceWaitBins,
  experienceWeekly,
]

/** Every route the server answers. */
export const routes: readonly Bound[] = [
  ...accessRoutes,
  ...experienceRoutes,
  ...importsRoutes,
  ...journeysRoutes,
  ...questionRoutes(questions),
  ...systemRoutes,
]

/** What the server does by itself on a schedule. */
export const jobs: readonly Job[] = [...importsJobs]
