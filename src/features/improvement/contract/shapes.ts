import { z } from 'zod'
import { day, id, text } from '#contract/shapes.ts'

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
  /** Its day has come, and whether the facts have cannot be said: the warehouse gives no answer. */
  factsUnknown: z.boolean(),
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
