/**
 * Findings: what hurts, whom, how much, how sure.
 * GET    /api/v1/findings                 findings.list     {items: finding[], next, total}; ranked, without folded ones unless asked
 * GET    /api/v1/findings/:id             findings.read     {finding, observations[], folded[], merged[], history[], caveats[], undoable}
 * POST   /api/v1/findings/:id/accept      findings.accept   body {revision?, note?, ownerUserId?} -> finding
 * POST   /api/v1/findings/:id/dismiss     findings.dismiss  body {revision?, reason, note?} -> finding
 * POST   /api/v1/findings/:id/resolve     findings.resolve  body {revision?, reason, note?} -> finding
 * POST   /api/v1/findings/:id/merge       findings.merge    body {revision?, into, note?} -> finding
 * POST   /api/v1/findings/:id/undo        findings.undo     body {} -> finding: takes the newest decision back
 * PUT    /api/v1/findings/:id/watch       findings.watch    -> {watched}; DELETE findings.unwatch
 * GET    /api/v1/findings-ledger          findings.ledger   {periods[]}: what was tested when, at which allotted error
 * Actions and effects of a finding, and what worked elsewhere: improvement's contract.ts (/findings/:id/chain, /proposals).
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { id, note, paging, text } from '#contract/shapes.ts'

const month = z.string().regex(/^\d{4}-\d{2}$/)

export const states = ['new', 'accepted', 'dismissed', 'resolved', 'merged'] as const
export const dismissReasons = ['known', 'not_relevant', 'data_error', 'season', 'mix', 'too_small', 'other'] as const
export const resolveReasons = ['effect_proved', 'cause_gone', 'not_ours', 'other'] as const

/** The registered question behind a number, for its evidence. */
export const evidence = z.object({ question: z.string(), parameters: z.record(z.string(), z.unknown()) })

export const finding = z.object({
  id,
  /** below_target, worse_than_past, growing_wait or unmeasured. */
  finder: z.string(),
  metric: z.string(),
  metricName: text,
  /** points, score, seconds, share, per_10000 or count: how the screen writes value and reference. */
  metricUnit: z.string(),
  metricVersion: z.int(),
  touchpointId: id.nullable(),
  touchpointName: text.nullable(),
  unitId: id,
  unitName: text,
  segment: z.string().nullable(),
  direction: z.enum(['worse', 'missing']),
  /** One sentence: where, what, how much against what. */
  title: text,
  state: z.enum(states),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  ownerUserId: id.nullable(),
  value: z.number().nullable(),
  reference: z.number().nullable(),
  /** Value minus reference, with its interval, in the metric's unit; of a growing wait the rise of its trend. */
  difference: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
  /** Different customers who passed the place in the tested span; at an unmeasured touchpoint, anywhere in the bank. */
  customersAffected: z.int(),
  /** Loss in steps of what a customer notices × customers affected × moment of truth. */
  severity: z.number(),
  /** 0…1: the share of the loss that the interval makes sure. */
  confidence: z.number(),
  /** critical, high, medium or low. */
  severityLevel: z.enum(['critical', 'high', 'medium', 'low']),
  momentOfTruth: z.boolean(),
  firstPeriod: month,
  lastPeriod: month,
  lastSeenPeriod: month,
  /** In the newest closed period there is no evidence that it has recovered. */
  current: z.boolean(),
  windowMonths: z.int(),
  parentId: id.nullable(),
  mergedInto: id.nullable(),
  watched: z.boolean(),
  returnedAt: z.string().nullable(),
  revision: z.int(),
})

export const observation = z.object({
  id,
  period: month,
  windowMonths: z.int(),
  value: z.number().nullable(),
  reference: z.number().nullable(),
  difference: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
  pValue: z.number().nullable(),
  significant: z.boolean(),
  customersAffected: z.int(),
  late: z.boolean(),
  definitionVersion: z.int(),
  evidence: z.object({
    value: evidence,
    reference: evidence.nullable(),
    window: z.object({ from: z.string(), to: z.string() }),
    comparedWith: z.object({
      kind: z.enum(['target', 'own_past', 'trend', 'coverage']),
      from: z.string().nullable(),
      to: z.string().nullable(),
    }),
    othersChange: z.number().nullable(),
    margin: z.number(),
    alpha: z.number(),
    hypotheses: z.int(),
  }),
})

export const historyEntry = z.object({
  id,
  at: z.string(),
  actor: z.string(),
  event: z.string(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  undone: z.boolean(),
})

const one = z.object({ id })
const decision = { revision: z.int().optional(), note: note.optional() }

export const listFindings = route({
  id: 'findings.list',
  method: 'GET',
  path: '/api/v1/findings',
  summary: { zh: '按严重程度排列的问题发现', en: 'Findings, ranked by severity and confidence' },
  permission: 'findings.read',
  query: z.object({
    /** One state, or `open` for new and accepted. */
    state: z.enum([...states, 'open', 'all']).default('open'),
    unit: id.optional(),
    metric: z.string().max(40).optional(),
    finder: z.string().max(40).optional(),
    touchpoint: id.optional(),
    watched: z.enum(['yes']).optional(),
    /** `yes`: findings that another one explains, too. */
    folded: z.enum(['yes', 'no']).default('no'),
    /** `yes`: only what has not recovered by the newest closed period. */
    current: z.enum(['yes']).optional(),
    ...paging,
  }),
  answer: z.object({ items: z.array(finding), next: z.string().nullable(), total: z.int() }),
  errors: ['bad_request'],
})

export const readFinding = route({
  id: 'findings.read',
  method: 'GET',
  path: '/api/v1/findings/:id',
  summary: { zh: '一个问题发现及其证据', en: 'One finding with its evidence' },
  permission: 'findings.read',
  params: one,
  answer: z.object({
    finding,
    observations: z.array(observation),
    /** Findings that this one explains. */
    folded: z.array(finding),
    merged: z.array(finding),
    history: z.array(historyEntry),
    /** What else could explain it. */
    caveats: z.array(z.object({ code: z.string(), text })),
    /** How the cell developed, month by month, beside the rest of the bank: ask this. */
    trend: evidence,
    comparison: evidence.nullable(),
    /** Redacted single cases behind it. */
    cases: evidence,
    undoable: z.boolean(),
  }),
  errors: ['not_found'],
})

export const acceptFinding = route({
  id: 'findings.accept',
  method: 'POST',
  path: '/api/v1/findings/:id/accept',
  summary: { zh: '认可该问题', en: 'Accept the finding' },
  permission: 'findings.decide',
  params: one,
  body: z.strictObject({ ...decision, ownerUserId: id.optional() }),
  answer: finding,
  errors: ['not_found', 'finding_state', 'changed_meanwhile', 'owner_unknown'],
})

export const dismissFinding = route({
  id: 'findings.dismiss',
  method: 'POST',
  path: '/api/v1/findings/:id/dismiss',
  summary: { zh: '不予认可并说明原因', en: 'Dismiss the finding with a reason' },
  permission: 'findings.decide',
  params: one,
  body: z.strictObject({ ...decision, reason: z.enum(dismissReasons) }),
  answer: finding,
  errors: ['not_found', 'finding_state', 'changed_meanwhile', 'note_needed'],
})

export const resolveFinding = route({
  id: 'findings.resolve',
  method: 'POST',
  path: '/api/v1/findings/:id/resolve',
  summary: { zh: '标记为已解决并说明依据', en: 'Mark as resolved, with the reason' },
  permission: 'findings.decide',
  params: one,
  body: z.strictObject({ ...decision, reason: z.enum(resolveReasons) }),
  answer: finding,
  errors: ['not_found', 'finding_state', 'changed_meanwhile', 'note_needed'],
})

export const mergeFinding = route({
  id: 'findings.merge',
  method: 'POST',
  path: '/api/v1/findings/:id/merge',
  summary: { zh: '并入另一个问题', en: 'Merge into another finding' },
  permission: 'findings.decide',
  params: one,
  body: z.strictObject({ ...decision, into: id }),
  answer: finding,
  errors: ['not_found', 'finding_state', 'changed_meanwhile', 'merge_circular'],
})

export const undoDecision = route({
  id: 'findings.undo',
  method: 'POST',
  path: '/api/v1/findings/:id/undo',
  summary: { zh: '撤销最近一次处理', en: 'Take the newest decision back' },
  permission: 'findings.decide',
  params: one,
  body: z.strictObject({}),
  answer: finding,
  errors: ['not_found', 'nothing_to_undo'],
})

export const watchFinding = route({
  id: 'findings.watch',
  method: 'PUT',
  path: '/api/v1/findings/:id/watch',
  summary: { zh: '关注', en: 'Watch the finding' },
  permission: 'findings.read',
  params: one,
  answer: z.object({ watched: z.boolean() }),
  errors: ['not_found', 'users_only'],
})

export const unwatchFinding = route({
  id: 'findings.unwatch',
  method: 'DELETE',
  path: '/api/v1/findings/:id/watch',
  summary: { zh: '取消关注', en: 'Stop watching the finding' },
  permission: 'findings.read',
  params: one,
  answer: z.object({ watched: z.boolean() }),
  errors: ['not_found', 'users_only'],
})

export const readLedger = route({
  id: 'findings.ledger',
  method: 'GET',
  path: '/api/v1/findings-ledger',
  summary: { zh: '检验台账：每个期间只检验一次', en: 'The ledger of tests: each closed period once' },
  permission: 'findings.read',
  answer: z.object({
    /** The error all statistical finders together may make in a year. */
    alphaPerYear: z.number(),
    periods: z.array(
      z.object({
        finder: z.string(),
        finderName: text,
        period: month,
        finderVersion: z.int(),
        alpha: z.number(),
        /** The counts are the whole bank's: null for whoever does not see all of it. */
        hypotheses: z.int().nullable(),
        rejected: z.int().nullable(),
        factsN: z.int().nullable(),
        lateN: z.int().nullable(),
        testedAt: z.string(),
      }),
    ),
  }),
})
