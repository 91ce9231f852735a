import { z } from 'zod'

/** A day: YYYY-MM-DD, or so many days before the last day of the history ("-120d"). */
const when = z.string().regex(/^(\d{4}-\d{2}-\d{2}|-\d{1,4}d)$/, 'a day is YYYY-MM-DD or like -120d')
const touchpoint = z.string().min(1)
const unit = z.string().min(1)
const period = { from: when, to: when.optional() }

export const plantSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('score_drop'),
    metric: z.enum(['csat', 'ces', 'nps']),
    touchpoint,
    unit: unit.optional(),
    ...period,
    /** Points of the metric: CSAT of five, CES of seven, NPS of the index from -100 to 100. */
    by: z.number().positive(),
  }),
  z
    .strictObject({
      kind: z.literal('wait_growth'),
      unit,
      ...period,
      /** Windows (agents) taken away, as a negative number. */
      servers: z.int().min(-10).max(-1).optional(),
      /** Every service takes so many times as long. */
      slower: z.number().gt(1).max(4).optional(),
    })
    .refine((plant) => (plant.servers === undefined) !== (plant.slower === undefined), 'give either servers or slower'),
  z.strictObject({ kind: z.literal('unmeasured'), touchpoint }),
  z.strictObject({
    kind: z.literal('failure_rise'),
    touchpoint,
    unit: unit.optional(),
    ...period,
    /** Added to the probability of failure. */
    by: z.number().positive().max(0.9),
  }),
  z.strictObject({
    kind: z.literal('complaint_surge'),
    touchpoint,
    unit: unit.optional(),
    ...period,
    /** So many times the usual complaints. */
    factor: z.number().gt(1).max(20),
  }),
  z.strictObject({
    kind: z.literal('action'),
    title: z.string().min(1).max(120),
    touchpoint,
    unit,
    from: when,
    metric: z.enum(['csat', 'ces', 'nps', 'success_rate']),
    /** True effect in points of the metric, better is positive; 0 is a sham. */
    effect: z.number().min(0),
    design: z.enum(['did', 'its', 'xmr']),
    /** What the bank hoped for when it began; default: the true effect, or a hopeful guess for a sham. */
    expected: z.number().positive().optional(),
  }),
])

export const plantFileSchema = z.strictObject({ plants: z.array(plantSchema).max(200) })

export type Plant = z.output<typeof plantSchema>
export type PlantFile = z.output<typeof plantFileSchema>
export type ScoreMetric = 'csat' | 'ces' | 'nps'
