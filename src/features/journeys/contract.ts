/**
 * The experience model: journey > stage > touchpoint > moment of truth, targets, coverage.
 * GET    /api/v1/experience-model                     the whole tree
 * POST   /api/v1/experience-model/:kind               add a journey, stage, touchpoint or moment
 * PATCH  /api/v1/experience-model/:kind/:id           change it (with the revision that was read)
 * POST   /api/v1/experience-model/:kind/:id/archive   take it out of use; /restore brings it back
 * GET    /api/v1/coverage                             touchpoints and how each is measured
 * GET    /api/v1/targets · POST /api/v1/targets · POST /api/v1/targets/:id/end
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { day, id } from '#contract/shapes.ts'

export const channels = [
  'branch',
  'web',
  'app',
  'atm',
  'phone',
  'wechat',
  'sms',
  'email',
  'video',
  'social',
  'rm_visit',
  'third_party',
] as const
export const facets = ['product', 'service', 'channel', 'people', 'brand'] as const
export const phases = ['before', 'during', 'after'] as const
export const kinds = ['journeys', 'stages', 'touchpoints', 'moments'] as const

const name = z.string().trim().min(1).max(80)

const node = { id, name, nameEn: name, position: z.int(), revision: z.int() }

export const moment = z.object({ ...node, why: z.string() })
export const touchpoint = z.object({
  ...node,
  facet: z.enum(facets),
  channel: z.enum(channels),
  ownerUnitId: id.nullable(),
  ownerUserId: id.nullable(),
  moments: z.array(moment),
})
export const stage = z.object({ ...node, phase: z.enum(phases), touchpoints: z.array(touchpoint) })
export const journey = z.object({ ...node, stages: z.array(stage) })

export const readModel = route({
  id: 'model.read',
  method: 'GET',
  path: '/api/v1/experience-model',
  summary: {
    zh: '读取体验模型（旅程、阶段、触点、关键时刻）',
    en: 'The experience model: journeys, stages, touchpoints, moments of truth',
  },
  permission: 'experience.read',
  answer: z.object({ journeys: z.array(journey) }),
})

/** What may be set; which fields apply follows from the kind. */
export const nodeFields = z.strictObject({
  name,
  nameEn: name,
  position: z.int().min(0).max(10_000).optional(),
  parentId: id.optional(),
  phase: z.enum(phases).optional(),
  facet: z.enum(facets).optional(),
  channel: z.enum(channels).optional(),
  ownerUnitId: id.nullable().optional(),
  ownerUserId: id.nullable().optional(),
  why: z.string().max(500).optional(),
})

const kindParameter = z.object({ kind: z.enum(kinds) })
const kindAndId = z.object({ kind: z.enum(kinds), id })

export const addNode = route({
  id: 'model.add',
  method: 'POST',
  path: '/api/v1/experience-model/:kind',
  summary: { zh: '新增旅程、阶段、触点或关键时刻', en: 'Add a journey, stage, touchpoint or moment of truth' },
  permission: 'model.write',
  params: kindParameter,
  body: nodeFields,
  answer: z.object({ id, revision: z.int() }),
  errors: ['model_parent_unknown', 'model_field_missing'],
})

export const changeNode = route({
  id: 'model.change',
  method: 'PATCH',
  path: '/api/v1/experience-model/:kind/:id',
  summary: { zh: '修改旅程、阶段、触点或关键时刻', en: 'Change a journey, stage, touchpoint or moment of truth' },
  permission: 'model.write',
  params: kindAndId,
  body: nodeFields.partial().extend({ revision: z.int() }),
  answer: z.object({ id, revision: z.int() }),
  errors: ['changed_meanwhile', 'model_parent_unknown'],
})

export const archiveNode = route({
  id: 'model.archive',
  method: 'POST',
  path: '/api/v1/experience-model/:kind/:id/archive',
  summary: { zh: '停用（历史数据保留）', en: 'Take out of use; its history stays' },
  permission: 'model.write',
  params: kindAndId,
  answer: z.object({ id }),
})

export const restoreNode = route({
  id: 'model.restore',
  method: 'POST',
  path: '/api/v1/experience-model/:kind/:id/restore',
  summary: { zh: '恢复使用', en: 'Bring back into use' },
  permission: 'model.write',
  params: kindAndId,
  answer: z.object({ id }),
})

export const coverageRow = z.object({
  touchpointId: id,
  name: z.string(),
  nameEn: z.string(),
  journey: z.string(),
  journeyEn: z.string(),
  stage: z.string(),
  stageEn: z.string(),
  facet: z.enum(facets),
  channel: z.enum(channels),
  momentOfTruth: z.boolean(),
  ownerUnitId: id.nullable(),
  /** Measurements in the period, metric by metric. */
  measured: z.array(z.object({ metric: z.string(), n: z.int(), lastDay: day })),
  /** Customers who passed here in the period, measured or not. */
  volume: z.int(),
  state: z.enum(['measured', 'few', 'operational_only', 'unmeasured']),
})

export const readCoverage = route({
  id: 'coverage.read',
  method: 'GET',
  path: '/api/v1/coverage',
  summary: { zh: '触点测量覆盖检查', en: 'Coverage check: which touchpoints nobody measures' },
  permission: 'experience.read',
  query: z.object({ from: day.optional(), to: day.optional(), unit: id.optional() }),
  answer: z.object({ period: z.object({ from: day, to: day }), rows: z.array(coverageRow) }),
  errors: ['not_found'],
})

export const target = z.object({
  id,
  metric: z.string(),
  touchpointId: id.nullable(),
  unitId: id.nullable(),
  value: z.number(),
  effectiveFrom: day,
  effectiveTo: day.nullable(),
  setBy: z.string(),
})

export const readTargets = route({
  id: 'targets.read',
  method: 'GET',
  path: '/api/v1/targets',
  summary: { zh: '目标值及其生效期', en: 'Targets and when they are in force' },
  permission: 'experience.read',
  answer: z.object({ targets: z.array(target) }),
})

export const setTarget = route({
  id: 'targets.set',
  method: 'POST',
  path: '/api/v1/targets',
  summary: { zh: '设定目标值（自生效日起）', en: 'Set a target from a day on' },
  permission: 'targets.write',
  body: z.strictObject({
    metric: z.string().max(40),
    touchpointId: id.nullable().default(null),
    unitId: id.nullable().default(null),
    value: z.number().min(-1_000_000).max(1_000_000),
    effectiveFrom: day,
  }),
  answer: z.object({ id }),
  errors: ['target_metric_unknown', 'target_place_unknown', 'target_already_ahead'],
})

export const endTarget = route({
  id: 'targets.end',
  method: 'POST',
  path: '/api/v1/targets/:id/end',
  summary: { zh: '终止目标值', en: 'End a target on a day' },
  permission: 'targets.write',
  params: z.object({ id }),
  body: z.strictObject({ on: day }),
  answer: z.object({ id }),
  errors: ['target_period_wrong'],
})
