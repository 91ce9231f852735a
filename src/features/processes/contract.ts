/**
 * Event logs of the bank's processes. Their numbers are questions: processes.summary, .edges, .variants.
 * GET /api/v1/processes            the processes whose logs were imported
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'

/** all events; completions only; starts paired with completions. */
export const view = z.enum(['events', 'complete', 'work_items'])

export const process = z.object({
  id: z.string(),
  name: z.string(),
  nameEn: z.string().nullable(),
  /** Newer facts are in that the log does not hold yet: it is being prepared, or that failed and is tried again. */
  behind: z.boolean(),
  /** Null while no event of it is there. */
  log: z
    .object({
      cases: z.int(),
      events: z.int(),
      activities: z.int(),
      variants: z.int(),
      /** False: the three views are the same. */
      lifecycle: z.boolean(),
      /** The calendar by which business hours were counted. */
      calendar: z.string(),
      preparedAt: z.iso.datetime(),
    })
    .nullable(),
})

export const listProcesses = route({
  id: 'processes.list',
  method: 'GET',
  path: '/api/v1/processes',
  summary: { zh: '流程清单及其事件日志', en: 'The processes and their event logs' },
  permission: 'processes.read',
  answer: z.object({ processes: z.array(process) }),
})
