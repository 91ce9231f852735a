/**
 * Actions and their effects: who changes what by when, and did it help.
 * GET    /api/v1/actions                     actions.list      {items: action[], next, total}
 * POST   /api/v1/actions                     actions.create    body plan -> action (state planned)
 * GET    /api/v1/actions/:id                 actions.read      {action, finding|null, effects[], history[], undoable}
 * PATCH  /api/v1/actions/:id                 actions.change    body {revision, …plan}; after the lock only owner, due, description, cost
 * POST   /api/v1/actions/:id/lock            actions.lock      pre-registers measure, guards, expected effect, design, dates -> action
 * POST   /api/v1/actions/:id/start           actions.start     body {on?} -> action (running)
 * POST   /api/v1/actions/:id/finish          actions.finish    body {on?, note?} -> action (finished: carried out; the effect is judged on its day)
 * POST   /api/v1/actions/:id/cancel          actions.cancel    body {reason} -> action
 * POST   /api/v1/actions/:id/undo            actions.undo      -> action: takes the newest step back (never a lock)
 * GET    /api/v1/actions/:id/chart           actions.chart     {points[], limits, signals[], controls[], judgedFrom}: no verdict in it
 * POST   /api/v1/actions/:id/estimate        actions.estimate  -> effect; refused before the analysis date and before its facts are in
 * POST   /api/v1/improvement/power           improvement.power body {measure, design, expectedEffect} -> {weeks, analysisOn, curve[], baseline, controls[]}
 * GET    /api/v1/effects                     effects.list      {items: effect[], next, total}; ?verdict=proved for the overview
 * GET    /api/v1/effects/:id                 effects.read      {effect, action, finding|null}
 * POST   /api/v1/effects/:id/decide          effects.decide    body {decision, note?} -> effect (permission effects.decide)
 * POST   /api/v1/effects/:id/undo            effects.undo      -> effect
 * POST   /api/v1/effects/:id/recheck         effects.recheck   -> effect (kind recheck, on all facts that have settled)
 * GET    /api/v1/findings/:id/chain          improvement.chain {finding, actions[], effects[]}
 * GET    /api/v1/findings/:id/proposals      improvement.proposals {items: [{action, effect, similarity[], text}]}: what worked for similar findings
 * GET    /api/v1/my-work                     work.mine         {today, actions[], due[], overdue[], findings[], effects[], reminders[]}
 * POST   /api/v1/reminders/:id/done          work.done         -> {id}
 * POST   /api/v1/reminders/:id/snooze        work.snooze       body {until} -> {id}
 * GET    /api/v1/owners                      work.owners       {owners: [{id, name, unitIds}]}: who can own an action in my units
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { finding } from '#features/findings/contract.ts'

const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/)
const text = z.object({ zh: z.string(), en: z.string() })
const day = z.iso.date()
const note = z.string().trim().max(2000)
const one = z.object({ id })

export const actionStates = ['planned', 'locked', 'running', 'finished', 'decided', 'cancelled'] as const
/** Difference-in-differences, interrupted time series, or control chart before and after. */
export const designs = ['did', 'its', 'xmr'] as const
/** Charts of individual values, shares and rates; after Laney where counts scatter more than chance. */
export const chartKinds = ['xmr', 'p', 'u', 'p_laney', 'u_laney'] as const
/** Shortest time from start to judgement (requirements, part C: evidence.min_effect_window_days). */
export const minEffectWindowDays = 60
/** An action that begins more days than these off its registered start is not carried out as registered. */
export const mostDaysOff = 7
/** Days after the day of judgement on which what was proved is looked at again (requirements, B10: recheck at 6 months). */
export const recheckAfterDays = 182
export const grades = ['A', 'B', 'C', 'D', 'E'] as const
export const verdicts = ['proved', 'not_proved', 'worse', 'not_measurable'] as const
export const decisions = ['standardise', 'adjust', 'roll_back'] as const

export const measure = z.strictObject({
  metric: z.string().max(40),
  touchpointId: id.nullable(),
  unitIds: z.array(id).min(1).max(200),
  segment: z.string().max(80).nullable().default(null),
})

export const guard = z.strictObject({
  ...measure.shape,
  /** How much worse it may get, in the metric's unit; 0: not at all; null: not stated, only a certain worsening counts. */
  tolerance: z.number().min(0).nullable(),
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

const reason = z.object({ code: z.string(), text, detail: z.record(z.string(), z.unknown()).optional() })

export const action = z.object({
  id,
  title: z.string(),
  description: z.string(),
  findingId: id.nullable(),
  unitId: id,
  unitName: text,
  ownerUserId: id.nullable(),
  ownerName: z.string().nullable(),
  dueOn: day,
  state: z.enum(actionStates),
  measure: z.object({ ...measure.shape, segment: z.string().nullable() }),
  /** What is measured, in words: metric, touchpoint, units. */
  measureText: text,
  metricUnit: z.string(),
  guards: z.array(z.object({ ...guard.shape, segment: z.string().nullable() })),
  design: z.enum(designs),
  expectedEffect: z.number(),
  startOn: day,
  analysisOn: day,
  lockedAt: z.string().nullable(),
  lockedBy: z.string().nullable(),
  registrationHash: z.string().nullable(),
  /** The registered text still has its hash and says what the action says. */
  registrationIntact: z.boolean().nullable(),
  startedOn: day.nullable(),
  finishedOn: day.nullable(),
  cancelledReason: z.string().nullable(),
  cost: z.number().nullable(),
  overdue: z.boolean(),
  /** Its day has come but the facts have not: how far they reach, and how far they must. */
  factsMissing: z.object({ have: day.nullable(), need: day }).nullable(),
  /** Days since the start, of the days until the analysis. */
  day: z.int().nullable(),
  days: z.int(),
  createdBy: z.string(),
  createdAt: z.string(),
  revision: z.int(),
})

export const effect = z.object({
  id,
  actionId: id,
  actionTitle: z.string(),
  unitId: id,
  unitName: text,
  metric: z.string(),
  metricName: text,
  metricUnit: z.string(),
  metricVersion: z.int(),
  kind: z.enum(['primary', 'recheck']),
  estimatedAt: z.string(),
  through: day,
  designRegistered: z.enum(designs),
  /** What was carried out in the end: the registered design, a weaker one, or a mere before and after. */
  designUsed: z.enum([...designs, 'before_after']),
  chart: z.enum(chartKinds).nullable(),
  /** Change caused by the action, in the metric's unit. */
  estimate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  pValue: z.number().nullable(),
  n: z.int(),
  expectedEffect: z.number(),
  grade: z.enum(grades),
  verdict: z.enum(verdicts),
  /** Why this grade and verdict, each a sentence. */
  reasons: z.array(reason),
  warnings: z.array(reason),
  guards: z.array(
    z.object({
      metric: z.string(),
      metricName: text,
      metricUnit: z.string(),
      tolerance: z.number().nullable(),
      estimate: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      /** null: could not be measured, so that the guard does not hold. */
      holds: z.boolean().nullable(),
    }),
  ),
  /** The series behind the estimate, for the picture; `control`: untreated units, or what the series alone expects. */
  points: z.array(z.object({ from: day, treated: z.number().nullable(), control: z.number().nullable(), n: z.int() })),
  /** How many untreated units it was compared with, and those of them that the reader sees. */
  controls: z.int(),
  controlUnits: z.array(id),
  /** Comparisons: each block's difference to the last one before the start. Those of the baseline should lie around zero. */
  leads: z.array(z.object({ from: day, estimate: z.number(), low: z.number(), high: z.number() })),
  customersHelped: z.int(),
  costPerCustomer: z.number().nullable(),
  decision: z.enum(decisions).nullable(),
  decisionNote: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  revision: z.int(),
})

export const historyEntry = z.object({
  id,
  at: z.string(),
  actor: z.string(),
  event: z.string(),
  note: z.string().nullable(),
  undone: z.boolean(),
})

const paging = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}

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

const planErrors = [
  'not_found',
  'metric_unknown',
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
  params: one,
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
  params: one,
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
  params: one,
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
  params: one,
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
  params: one,
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
  errors: ['metric_unknown', 'target_place_unknown', 'not_found'],
})

export const listEffects = route({
  id: 'effects.list',
  method: 'GET',
  path: '/api/v1/effects',
  summary: { zh: '效果评估列表', en: 'Effects, newest first' },
  permission: 'actions.read',
  query: z.object({
    verdict: z.enum(verdicts).optional(),
    undecided: z.enum(['yes']).optional(),
    unit: id.optional(),
    ...paging,
  }),
  answer: z.object({ items: z.array(effect), next: z.string().nullable(), total: z.int() }),
  errors: ['bad_request'],
})

export const readEffect = route({
  id: 'effects.read',
  method: 'GET',
  path: '/api/v1/effects/:id',
  summary: { zh: '一项效果评估', en: 'One effect with its action and finding' },
  permission: 'actions.read',
  params: one,
  answer: z.object({ effect, action, finding: finding.nullable() }),
  errors: ['not_found'],
})

export const decideEffect = route({
  id: 'effects.decide',
  method: 'POST',
  path: '/api/v1/effects/:id/decide',
  summary: { zh: '决定：固化推广、调整或回退', en: 'Decide: standardise, adjust or roll back' },
  permission: 'effects.decide',
  params: one,
  body: z.strictObject({ revision: z.int().optional(), decision: z.enum(decisions), note: note.optional() }),
  answer: effect,
  errors: ['not_found', 'changed_meanwhile', 'effect_decided', 'note_needed'],
})

export const undoEffect = route({
  id: 'effects.undo',
  method: 'POST',
  path: '/api/v1/effects/:id/undo',
  summary: { zh: '撤销决定', en: 'Take the decision back' },
  permission: 'effects.decide',
  params: one,
  body: z.strictObject({}),
  answer: effect,
  errors: ['not_found', 'nothing_to_undo'],
})

export const recheckEffect = route({
  id: 'effects.recheck',
  method: 'POST',
  path: '/api/v1/effects/:id/recheck',
  summary: { zh: '复查效果是否保持', en: 'Recheck whether the effect lasts' },
  permission: 'actions.write',
  params: one,
  body: z.strictObject({}),
  answer: effect,
  errors: ['not_found', 'effect_not_due', 'effect_facts_missing'],
})

export const readChain = route({
  id: 'improvement.chain',
  method: 'GET',
  path: '/api/v1/findings/:id/chain',
  summary: { zh: '证据链：问题、措施、效果', en: 'The chain: finding, actions, effects' },
  permission: 'findings.read',
  params: one,
  answer: z.object({ finding, actions: z.array(action), effects: z.array(effect) }),
  errors: ['not_found'],
})

export const readProposals = route({
  id: 'improvement.proposals',
  method: 'GET',
  path: '/api/v1/findings/:id/proposals',
  summary: { zh: '对类似问题有效过的措施', en: 'Actions that worked for similar findings' },
  permission: 'findings.read',
  params: one,
  answer: z.object({
    items: z.array(
      z.object({
        action,
        effect,
        /** same_metric, same_touchpoint, same_facet, same_channel, same_unit_kind. */
        similarity: z.array(z.string()),
        text,
      }),
    ),
  }),
  errors: ['not_found'],
})

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
  params: one,
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
  params: one,
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
