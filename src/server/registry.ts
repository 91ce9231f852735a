import { jobs as accessJobs } from '#features/access/jobs.ts'
import { routes as accessRoutes } from '#features/access/routes.ts'
import type { Bound } from '#features/bind.ts'
import { jobs as erasuresJobs } from '#features/erasures/jobs.ts'
import { routes as erasuresRoutes } from '#features/erasures/routes.ts'
import { experienceComplaintTimes } from '#features/experience/questions/complaintTimes.ts'
import { experienceCoverage } from '#features/experience/questions/coverage.ts'
import { experienceDays } from '#features/experience/questions/days.ts'
import { experienceNewest } from '#features/experience/questions/newest.ts'
import { experienceRecognised } from '#features/experience/questions/recognised.ts'
import { experienceScores } from '#features/experience/questions/scores.ts'
import { experienceSums } from '#features/experience/questions/sums.ts'
import { experienceTrend } from '#features/experience/questions/trend.ts'
import { experienceWaitBins } from '#features/experience/questions/waitBins.ts'
import { experienceWeekly } from '#features/experience/questions/weekly.ts'
import { routes as experienceRoutes } from '#features/experience/routes.ts'
import { jobs as improvementJobs } from '#features/improvement/jobs.ts'
import { routes as improvementRoutes } from '#features/improvement/routes.ts'
import { jobs as importsJobs } from '#features/imports/jobs.ts'
import { importsReach } from '#features/imports/questions/reach.ts'
import { routes as importsRoutes } from '#features/imports/routes.ts'
import { jobs as findingsJobs } from '#features/findings/jobs.ts'
import { findingsCases } from '#features/findings/questions/cases.ts'
import { findingsCell } from '#features/findings/questions/cell.ts'
import { findingsPeers } from '#features/findings/questions/peers.ts'
import { findingsRanked } from '#features/findings/questions/ranked.ts'
import { routes as findingsRoutes } from '#features/findings/routes.ts'
import type { Job } from '#features/job.ts'
import { routes as journeysRoutes } from '#features/journeys/routes.ts'
import { processesEdges } from '#features/processes/questions/edges.ts'
import { processesSummary } from '#features/processes/questions/summary.ts'
import { processesVariants } from '#features/processes/questions/variants.ts'
import { routes as processesRoutes } from '#features/processes/routes.ts'
import { questionRoutes } from '#features/questions/routes.ts'
import { jobs as systemJobs } from '#features/system/jobs.ts'
import { routes as systemRoutes } from '#features/system/routes.ts'
import type { Question } from '#warehouse/question.ts'

/** Every question that can be asked. A feature that exports questions, routes or jobs is listed here by name. */
export const questions: readonly Question[] = [
  experienceComplaintTimes,
  experienceCoverage,
  experienceDays,
  experienceNewest,
  experienceRecognised,
  experienceScores,
  experienceSums,
  experienceTrend,
  experienceWaitBins,
  experienceWeekly,
  findingsCases,
  findingsCell,
  findingsPeers,
  findingsRanked,
  importsReach,
  processesEdges,
  processesSummary,
  processesVariants,
]

/** Every route the server answers. */
export const routes: readonly Bound[] = [
  ...accessRoutes,
  ...erasuresRoutes,
  ...experienceRoutes,
  ...findingsRoutes,
  ...importsRoutes,
  ...improvementRoutes,
  ...journeysRoutes,
  ...processesRoutes,
  ...questionRoutes(questions),
  ...systemRoutes,
]

/** What the server does by itself on a schedule. */
export const jobs: readonly Job[] = [
  ...accessJobs,
  ...erasuresJobs,
  ...findingsJobs,
  ...importsJobs,
  ...improvementJobs,
  ...systemJobs,
]
