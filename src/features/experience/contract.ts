/**
 * How customers fare.
 * GET /api/v1/overview            the overview's numbers: sentence, headline metrics, heat map
 * GET /api/v1/touchpoints/:id     one touchpoint: trend, by unit, by channel
 * GET /api/v1/diagnostic          the plan's five lenses
 * GET /api/v1/metrics             definitions of the metrics
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { day, id, text } from '#contract/shapes.ts'

const period = z.object({ from: day, to: day })

/** A number as the screen shows it; `hidden` below n = 10, `few` below 30. */
export const figure = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
  shown: z.enum(['ok', 'few', 'hidden']),
})

export const change = z.object({
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  /** Null where the difference may be chance. */
  verdict: z.enum(['better', 'worse']).nullable(),
})

/** The registered question behind a number, for its evidence. */
export const evidence = z.object({ question: z.string(), parameters: z.record(z.string(), z.unknown()) })

export const headline = z.object({
  metric: z.string(),
  name: text,
  /** points, score, seconds, share, per_10000 or count: how the screen writes it. */
  unit: z.string(),
  direction: z.enum(['up', 'down', 'none']),
  version: z.int(),
  figure,
  previous: figure,
  change: change.nullable(),
  target: z.number().nullable(),
  /** Whole weeks, oldest first; a week below n = 10 is null: a break in the line. */
  spark: z.array(
    z.object({
      from: day,
      value: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      n: z.int(),
    }),
  ),
  /** Limits of the XmR chart over the spark, where 20 points allow them. */
  limits: z.object({ centre: z.number(), lower: z.number(), upper: z.number() }).nullable(),
  evidence,
})

export const cell = z.object({
  touchpointId: id,
  name: text,
  facet: z.string(),
  channel: z.string(),
  momentOfTruth: z.boolean(),
  figure: figure.nullable(),
  change: change.nullable(),
  target: z.number().nullable(),
  /** Against the target, with the interval: worse means that the whole interval lies on the wrong side. */
  /** `elsewhere`: no customer met this touchpoint in the unit that is read, so nobody could measure it there. */
  state: z.enum(['worse', 'better', 'on_target', 'no_target', 'too_few', 'unmeasured', 'no_record', 'elsewhere']),
})

const reading = {
  unit: id.optional(),
  channel: z.string().max(20).optional(),
  from: day.optional(),
  to: day.optional(),
  compare: z.enum(['previous', 'last_year']).default('previous'),
}

export const readOverview = route({
  id: 'overview.read',
  method: 'GET',
  path: '/api/v1/overview',
  summary: {
    zh: '体验总览：一句话结论、关键指标、旅程热力图',
    en: 'Overview: the sentence, headline metrics, journey heat map',
  },
  permission: 'experience.read',
  query: z.object({ ...reading, metric: z.string().max(40).default('csat') }),
  answer: z.object({
    asOf: z.string(),
    dataVersion: z.number(),
    /** The newest day that has facts; null in an empty home. */
    newestDay: day.nullable(),
    unit: z.object({ id, name: text }).nullable(),
    period,
    compared: period,
    sentence: text,
    headlines: z.array(headline),
    /** Units one level below the picked one, with the heat map's metric: where it is better or worse. */
    units: z.array(z.object({ id, name: text, level: z.string(), figure, change: change.nullable() })),
    channels: z.array(z.object({ channel: z.string(), figure, change: change.nullable() })),
    heatMap: z.object({
      metric: z.string(),
      name: text,
      /** The metric over everything looked at, and its target there. */
      overall: figure,
      target: z.number().nullable(),
      journeys: z.array(
        z.object({
          id,
          name: text,
          stages: z.array(
            z.object({ id, name: text, phase: z.enum(['before', 'during', 'after']), cells: z.array(cell) }),
          ),
        }),
      ),
      evidence,
    }),
  }),
  errors: ['period_wrong', 'metric_unknown', 'not_found'],
})

export const series = z.array(
  z.object({
    from: day,
    value: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    n: z.int(),
  }),
)

export const readTouchpoint = route({
  id: 'touchpoint.read',
  method: 'GET',
  path: '/api/v1/touchpoints/:id',
  summary: { zh: '单个触点：趋势、各机构、各渠道', en: 'One touchpoint: trend, by unit, by channel' },
  permission: 'experience.read',
  params: z.object({ id }),
  query: z.object(reading),
  answer: z.object({
    id,
    name: text,
    journey: text,
    stage: text,
    phase: z.enum(['before', 'during', 'after']),
    facet: z.string(),
    channel: z.string(),
    ownerUnitId: id.nullable(),
    moments: z.array(text),
    period,
    compared: period,
    metrics: z.array(
      z.object({
        metric: z.string(),
        name: text,
        unit: z.string(),
        direction: z.enum(['up', 'down', 'none']),
        version: z.int(),
        figure,
        previous: figure,
        change: change.nullable(),
        target: z.number().nullable(),
        trend: series,
        /** Ordered by name, never ranked; each with its interval. */
        byUnit: z.array(z.object({ id, name: text, figure })),
        byChannel: z.array(z.object({ channel: z.string(), figure })),
        evidence,
      }),
    ),
  }),
  errors: ['period_wrong', 'not_found'],
})

export const lenses = ['process', 'people', 'it', 'personalisation', 'regulation'] as const

export const indicator = z.object({
  id: z.string(),
  name: text,
  /** How it is computed, in one sentence. */
  definition: text,
  unit: z.string(),
  direction: z.enum(['up', 'down', 'none']),
  figure,
  previous: figure.nullable(),
  change: change.nullable(),
  /** The worst places, with their intervals. */
  where: z.array(z.object({ name: text, figure })),
  /** What has to be imported or recorded before this can be computed; null where it can. */
  missing: text.nullable(),
})

export const readDiagnostic = route({
  id: 'diagnostic.read',
  method: 'GET',
  path: '/api/v1/diagnostic',
  summary: {
    zh: '体验诊断：流程、人员、技术、个性化、监管五个视角',
    en: 'Diagnostic: process, people, IT, personalisation, regulation',
  },
  permission: 'experience.read',
  query: z.object(reading),
  answer: z.object({
    period,
    compared: period,
    sentence: text,
    lenses: z.array(z.object({ lens: z.enum(lenses), name: text, sentence: text, indicators: z.array(indicator) })),
  }),
  errors: ['period_wrong', 'not_found'],
})

export const readMetrics = route({
  id: 'metrics.read',
  method: 'GET',
  path: '/api/v1/metrics',
  summary: { zh: '指标定义：公式、单位、方向、版本', en: 'Metric definitions: formula, unit, direction, version' },
  permission: 'experience.read',
  answer: z.object({
    metrics: z.array(
      z.object({
        id: z.string(),
        name: text,
        definition: text,
        formula: text,
        unit: z.string(),
        direction: z.enum(['up', 'down', 'none']),
        version: z.int(),
      }),
    ),
  }),
})
