import type { Bound } from '#features/bind.ts'
import type { Job } from '#features/job.ts'
import { questionRoutes } from '#features/questions/routes.ts'
import type { Question } from '#warehouse/question.ts'

/** Every question that can be asked. A feature that exports questions, routes or jobs is listed here by name. */
export const questions: readonly Question[] = []

/** Every route the server answers. */
export const routes: readonly Bound[] = [...questionRoutes(questions)]

/** What the server does by itself on a schedule. */
export const jobs: readonly Job[] = []
