import { z } from 'zod'
import { route } from '#contract/route.ts'
import { byId, day, id, text } from '#contract/shapes.ts'
import { finding } from '#features/findings/contract.ts'
import { action, effect } from './shapes.ts'

export const reminder = z.object({
  id,
  /** action_due_soon, action_overdue, effect_due, effect_to_decide, recheck_due, finding_waiting. */
  kind: z.string(),
  text,
  objectKind: z.enum(['action', 'finding', 'effect']),
  objectId: id,
  dueOn: day.nullable(),
  createdAt: z.string(),
})

export const readMyWork = route({
  id: 'work.mine',
  method: 'GET',
  path: '/api/v1/my-work',
  summary: { zh: '我的工作', en: 'My work: assigned, due, overdue, to decide' },
  permission: 'self.read',
  answer: z.object({
    today: day,
    /** Mine and not yet due within a week. */
    actions: z.array(action),
    due: z.array(action),
    overdue: z.array(action),
    /** Assigned to me, or new in my units when I may decide. */
    findings: z.array(finding),
    /** Measured and waiting for a decision that I may take. */
    effects: z.array(effect),
    reminders: z.array(reminder),
  }),
})

export const markDone = route({
  id: 'work.done',
  method: 'POST',
  path: '/api/v1/reminders/:id/done',
  summary: { zh: '提醒已处理', en: 'Mark a reminder as done' },
  permission: 'self.read',
  params: byId,
  body: z.strictObject({}),
  answer: z.object({ id }),
  errors: ['not_found'],
})

export const snooze = route({
  id: 'work.snooze',
  method: 'POST',
  path: '/api/v1/reminders/:id/snooze',
  summary: { zh: '稍后提醒', en: 'Snooze a reminder' },
  permission: 'self.read',
  params: byId,
  body: z.strictObject({ until: day }),
  answer: z.object({ id }),
  errors: ['not_found', 'action_dates'],
})

export const listOwners = route({
  id: 'work.owners',
  method: 'GET',
  path: '/api/v1/owners',
  summary: { zh: '可指派的负责人', en: 'Who can own an action in my units' },
  permission: 'actions.read',
  query: z.object({ unit: id.optional() }),
  answer: z.object({
    owners: z.array(z.object({ id, name: z.string(), unitIds: z.array(id) })),
  }),
})
