import { z } from 'zod'
import { route } from '#contract/route.ts'
import { byId, day, id, note, paging, text } from '#contract/shapes.ts'
import { finding } from '#features/findings/contract.ts'
import { action, actionStates, chartKinds, designs, effect, guard, historyEntry, measure } from './shapes.ts'

export const listActions = route({
  id: 'actions.list',
  method: 'GET',
  path: '/api/v1/actions',
  summary: { zh: '改进措施列表', en: 'Actions, the next due first' },
  permission: 'actions.read',
  query: z.object({
    state: z.enum([...actionStates, 'open', 'all']).default('open'),
    unit: id.optional(),
    owner: id.optional(),
    finding: id.optional(),
    ...paging,
  }),
  answer: z.object({ items: z.array(action), next: z.string().nullable(), total: z.int() }),
  errors: ['bad_request'],
})

const plan = {
  title: z.string().trim().min(1).max(200),
  description: z.string().trim().max(4000).default(''),
  findingId: id.nullable().default(null),
  unitId: id,
  ownerUserId: id.nullable().default(null),
  dueOn: day,
  measure,
  guards: z.array(guard).max(10).default([]),
  design: z.enum(designs),
  /** In the metric's unit, with its sign: -120 for two minutes less. */
  expectedEffect: z.number(),
  startOn: day,
  analysisOn: day,
  cost: z.number().min(0).nullable().default(null),
}

const planErrors = [
  'not_found',
  'metric_unknown',
  'segment_episodes',
  'target_place_unknown',
  'owner_unknown',
  'action_dates',
  'effect_direction',
] as const

export const createAction = route({
  id: 'actions.create',
  method: 'POST',
  path: '/api/v1/actions',
  summary: { zh: '新建改进措施', en: 'Plan an action' },
  permission: 'actions.write',
  body: z.strictObject(plan),
  answer: action,
  errors: planErrors,
})

export const readAction = route({
  id: 'actions.read',
  method: 'GET',
  path: '/api/v1/actions/:id',
  summary: { zh: '一项改进措施', en: 'One action with its finding, effects and history' },
  permission: 'actions.read',
  params: byId,
  answer: z.object({
    action,
    finding: finding.nullable(),
    effects: z.array(effect),
    history: z.array(historyEntry),
    undoable: z.boolean(),
  }),
  errors: ['not_found'],
})

export const changeAction = route({
  id: 'actions.change',
  method: 'PATCH',
  path: '/api/v1/actions/:id',
  summary: {
    zh: '修改改进措施；预登记锁定后，测量方案不可更改',
    en: 'Change an action; what is pre-registered cannot change after the lock',
  },
  permission: 'actions.write',
  params: byId,
  body: z.strictObject({
    revision: z.int(),
    title: plan.title.optional(),
    description: z.string().trim().max(4000).optional(),
    ownerUserId: id.nullable().optional(),
    dueOn: day.optional(),
    measure: measure.optional(),
    guards: z.array(guard).max(10).optional(),
    design: z.enum(designs).optional(),
    expectedEffect: z.number().optional(),
    startOn: day.optional(),
    analysisOn: day.optional(),
    cost: z.number().min(0).nullable().optional(),
  }),
  answer: action,
  errors: [...planErrors, 'changed_meanwhile', 'registration_locked', 'action_state', 'owner_needed'],
})

const step = {
  permission: 'actions.write',
  params: byId,
  answer: action,
  errors: ['not_found', 'action_state', 'action_dates', 'nothing_to_undo', 'changed_meanwhile'],
} as const

export const lockAction = route({
  ...step,
  id: 'actions.lock',
  method: 'POST',
  path: '/api/v1/actions/:id/lock',
  summary: { zh: '锁定预登记：指标、护栏、预期效果、设计与日期', en: 'Lock the pre-registration' },
  body: z.strictObject({ revision: z.int().optional() }),
  errors: [...step.errors, 'owner_needed'],
})

export const startAction = route({
  ...step,
  id: 'actions.start',
  method: 'POST',
  path: '/api/v1/actions/:id/start',
  summary: { zh: '开始执行', en: 'Start the action' },
  body: z.strictObject({ on: day.optional() }),
  errors: [...step.errors, 'start_backdated'],
})

export const finishAction = route({
  ...step,
  id: 'actions.finish',
  method: 'POST',
  path: '/api/v1/actions/:id/finish',
  summary: { zh: '标记为已执行完毕，等待效果评估', en: 'Mark as carried out; the effect is judged on its day' },
  body: z.strictObject({ on: day.optional(), note: note.optional() }),
})

export const cancelAction = route({
  ...step,
  id: 'actions.cancel',
  method: 'POST',
  path: '/api/v1/actions/:id/cancel',
  summary: { zh: '取消并说明原因', en: 'Cancel the action with a reason' },
  body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
})

export const undoAction = route({
  ...step,
  id: 'actions.undo',
  method: 'POST',
  path: '/api/v1/actions/:id/undo',
  summary: { zh: '撤销最近一步（预登记锁定除外）', en: 'Take the newest step back (never a lock)' },
  body: z.strictObject({}),
})

export const readChart = route({
  id: 'actions.chart',
  method: 'GET',
  path: '/api/v1/actions/:id/chart',
  summary: { zh: '进行中的走势图；评估日前不下结论', en: 'The running chart; no verdict before its day' },
  permission: 'actions.read',
  params: byId,
  answer: z.object({
    metric: z.string(),
    metricUnit: z.string(),
    points: z.array(
      z.object({
        from: day,
        value: z.number().nullable(),
        n: z.int(),
        after: z.boolean(),
        /** Rules of the control chart that this point breaks. */
        signals: z.array(z.string()),
        /** Limits at this point; null without a chart. */
        lower: z.number().nullable(),
        upper: z.number().nullable(),
      }),
    ),
    /** Days of one point: 7, or 14 where weeks hold too few answers. */
    pointDays: z.int(),
    /** Answers below which a point is drawn but left out of limits and signals; 1 where nobody was asked. */
    fewestOnChart: z.int(),
    chart: z.enum(chartKinds).nullable(),
    /** Frozen limits of the points before the start, the widest where they vary; null with fewer than 20 points. */
    limits: z.object({ centre: z.number(), lower: z.number(), upper: z.number(), vary: z.boolean() }).nullable(),
    /** Comparable units that nobody acted on, together. */
    controls: z.array(z.object({ from: day, value: z.number().nullable(), n: z.int() })),
    controlUnits: z.array(id),
    startOn: day,
    judgedFrom: day,
    mayBeJudged: z.boolean(),
    evidence: z.object({ question: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  }),
  errors: ['not_found'],
})

export const estimateEffect = route({
  id: 'actions.estimate',
  method: 'POST',
  path: '/api/v1/actions/:id/estimate',
  summary: { zh: '评估效果（评估日及以后）', en: 'Estimate the effect, on or after its day' },
  permission: 'actions.write',
  params: byId,
  body: z.strictObject({}),
  answer: effect,
  errors: ['not_found', 'action_state', 'effect_not_due', 'effect_facts_missing', 'effect_exists'],
})

export const askPower = route({
  id: 'improvement.power',
  method: 'POST',
  path: '/api/v1/improvement/power',
  summary: { zh: '多久能看出效果', en: 'How long until the effect can be seen' },
  permission: 'actions.read',
  body: z.strictObject({ measure, design: z.enum(designs), expectedEffect: z.number(), startOn: day.optional() }),
  answersOnly: true,
  answer: z.object({
    /** Weeks after the start until the expected effect is seen with 80 % power; null: not within two years. */
    weeks: z.int().nullable(),
    analysisOn: day.nullable(),
    /** Why it cannot be said or seen. */
    reason: text.nullable(),
    curve: z.array(z.object({ weeks: z.int(), detectable: z.number(), power: z.number() })),
    baseline: z.object({ value: z.number().nullable(), weeks: z.int(), n: z.int() }),
    controls: z.array(id),
    /** The strongest design these data allow. */
    advised: z.enum(designs),
    advisedBecause: text,
  }),
  errors: ['metric_unknown', 'segment_episodes', 'target_place_unknown', 'not_found'],
})
